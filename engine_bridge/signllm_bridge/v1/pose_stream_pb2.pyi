from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RotationFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROTATION_FORMAT_UNSPECIFIED: _ClassVar[RotationFormat]
    ROTATION_FORMAT_SMALLEST_THREE_32: _ClassVar[RotationFormat]
ROTATION_FORMAT_UNSPECIFIED: RotationFormat
ROTATION_FORMAT_SMALLEST_THREE_32: RotationFormat

class ServerMessage(_message.Message):
    __slots__ = ("setup", "utterance_start", "frame", "sign_boundary", "utterance_end", "error", "pong", "state", "reported")
    SETUP_FIELD_NUMBER: _ClassVar[int]
    UTTERANCE_START_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    SIGN_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    UTTERANCE_END_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    setup: Setup
    utterance_start: UtteranceStart
    frame: Frame
    sign_boundary: SignBoundary
    utterance_end: UtteranceEnd
    error: Error
    pong: Pong
    state: State
    reported: Reported
    def __init__(self, setup: _Optional[_Union[Setup, _Mapping]] = ..., utterance_start: _Optional[_Union[UtteranceStart, _Mapping]] = ..., frame: _Optional[_Union[Frame, _Mapping]] = ..., sign_boundary: _Optional[_Union[SignBoundary, _Mapping]] = ..., utterance_end: _Optional[_Union[UtteranceEnd, _Mapping]] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., state: _Optional[_Union[State, _Mapping]] = ..., reported: _Optional[_Union[Reported, _Mapping]] = ...) -> None: ...

class ClientMessage(_message.Message):
    __slots__ = ("speak", "control", "ping", "report")
    SPEAK_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    speak: Speak
    control: Control
    ping: Ping
    report: Report
    def __init__(self, speak: _Optional[_Union[Speak, _Mapping]] = ..., control: _Optional[_Union[Control, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., report: _Optional[_Union[Report, _Mapping]] = ...) -> None: ...

class Setup(_message.Message):
    __slots__ = ("wire_version", "server_name", "rig_name", "joint_names", "face_names", "fps", "rotation_format", "label", "sources", "max_text_length", "broadcast_source")
    WIRE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVER_NAME_FIELD_NUMBER: _ClassVar[int]
    RIG_NAME_FIELD_NUMBER: _ClassVar[int]
    JOINT_NAMES_FIELD_NUMBER: _ClassVar[int]
    FACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    FPS_FIELD_NUMBER: _ClassVar[int]
    ROTATION_FORMAT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    MAX_TEXT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_SOURCE_FIELD_NUMBER: _ClassVar[int]
    wire_version: int
    server_name: str
    rig_name: str
    joint_names: _containers.RepeatedScalarFieldContainer[str]
    face_names: _containers.RepeatedScalarFieldContainer[str]
    fps: float
    rotation_format: RotationFormat
    label: str
    sources: _containers.RepeatedScalarFieldContainer[str]
    max_text_length: int
    broadcast_source: str
    def __init__(self, wire_version: _Optional[int] = ..., server_name: _Optional[str] = ..., rig_name: _Optional[str] = ..., joint_names: _Optional[_Iterable[str]] = ..., face_names: _Optional[_Iterable[str]] = ..., fps: _Optional[float] = ..., rotation_format: _Optional[_Union[RotationFormat, str]] = ..., label: _Optional[str] = ..., sources: _Optional[_Iterable[str]] = ..., max_text_length: _Optional[int] = ..., broadcast_source: _Optional[str] = ...) -> None: ...

class UtteranceStart(_message.Message):
    __slots__ = ("utterance_id", "text", "language", "source", "gloss", "label", "coverage", "notices", "trace", "review", "non_manuals", "signs", "sign_words")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    GLOSS_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    NON_MANUALS_FIELD_NUMBER: _ClassVar[int]
    SIGNS_FIELD_NUMBER: _ClassVar[int]
    SIGN_WORDS_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    text: str
    language: str
    source: str
    gloss: str
    label: str
    coverage: float
    notices: _containers.RepeatedScalarFieldContainer[str]
    trace: _containers.RepeatedScalarFieldContainer[str]
    review: str
    non_manuals: _containers.RepeatedCompositeFieldContainer[NonManual]
    signs: _containers.RepeatedScalarFieldContainer[str]
    sign_words: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, utterance_id: _Optional[int] = ..., text: _Optional[str] = ..., language: _Optional[str] = ..., source: _Optional[str] = ..., gloss: _Optional[str] = ..., label: _Optional[str] = ..., coverage: _Optional[float] = ..., notices: _Optional[_Iterable[str]] = ..., trace: _Optional[_Iterable[str]] = ..., review: _Optional[str] = ..., non_manuals: _Optional[_Iterable[_Union[NonManual, _Mapping]]] = ..., signs: _Optional[_Iterable[str]] = ..., sign_words: _Optional[_Iterable[int]] = ...) -> None: ...

class NonManual(_message.Message):
    __slots__ = ("name", "first_gloss", "last_gloss")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIRST_GLOSS_FIELD_NUMBER: _ClassVar[int]
    LAST_GLOSS_FIELD_NUMBER: _ClassVar[int]
    name: str
    first_gloss: int
    last_gloss: int
    def __init__(self, name: _Optional[str] = ..., first_gloss: _Optional[int] = ..., last_gloss: _Optional[int] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ("utterance_id", "sequence", "presentation_time_us", "rotations", "root", "face")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_TIME_US_FIELD_NUMBER: _ClassVar[int]
    ROTATIONS_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    sequence: int
    presentation_time_us: int
    rotations: bytes
    root: _containers.RepeatedScalarFieldContainer[float]
    face: bytes
    def __init__(self, utterance_id: _Optional[int] = ..., sequence: _Optional[int] = ..., presentation_time_us: _Optional[int] = ..., rotations: _Optional[bytes] = ..., root: _Optional[_Iterable[float]] = ..., face: _Optional[bytes] = ...) -> None: ...

class SignBoundary(_message.Message):
    __slots__ = ("utterance_id", "gloss_index", "gloss", "word_index", "text", "start_time_us")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    GLOSS_INDEX_FIELD_NUMBER: _ClassVar[int]
    GLOSS_FIELD_NUMBER: _ClassVar[int]
    WORD_INDEX_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_US_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    gloss_index: int
    gloss: str
    word_index: int
    text: str
    start_time_us: int
    def __init__(self, utterance_id: _Optional[int] = ..., gloss_index: _Optional[int] = ..., gloss: _Optional[str] = ..., word_index: _Optional[int] = ..., text: _Optional[str] = ..., start_time_us: _Optional[int] = ...) -> None: ...

class UtteranceEnd(_message.Message):
    __slots__ = ("utterance_id", "frames", "reason", "end_time_us")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[UtteranceEnd.Reason]
        REASON_FINISHED: _ClassVar[UtteranceEnd.Reason]
        REASON_CANCELLED: _ClassVar[UtteranceEnd.Reason]
        REASON_FAILED: _ClassVar[UtteranceEnd.Reason]
    REASON_UNSPECIFIED: UtteranceEnd.Reason
    REASON_FINISHED: UtteranceEnd.Reason
    REASON_CANCELLED: UtteranceEnd.Reason
    REASON_FAILED: UtteranceEnd.Reason
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    END_TIME_US_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    frames: int
    reason: UtteranceEnd.Reason
    end_time_us: int
    def __init__(self, utterance_id: _Optional[int] = ..., frames: _Optional[int] = ..., reason: _Optional[_Union[UtteranceEnd.Reason, str]] = ..., end_time_us: _Optional[int] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "message", "utterance_id")
    class Code(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CODE_UNSPECIFIED: _ClassVar[Error.Code]
        CODE_BAD_MESSAGE: _ClassVar[Error.Code]
        CODE_INPUT_REFUSED: _ClassVar[Error.Code]
        CODE_QUEUE_FULL: _ClassVar[Error.Code]
        CODE_SOURCE_FAILED: _ClassVar[Error.Code]
        CODE_REPORT_REFUSED: _ClassVar[Error.Code]
    CODE_UNSPECIFIED: Error.Code
    CODE_BAD_MESSAGE: Error.Code
    CODE_INPUT_REFUSED: Error.Code
    CODE_QUEUE_FULL: Error.Code
    CODE_SOURCE_FAILED: Error.Code
    CODE_REPORT_REFUSED: Error.Code
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    code: Error.Code
    message: str
    utterance_id: int
    def __init__(self, code: _Optional[_Union[Error.Code, str]] = ..., message: _Optional[str] = ..., utterance_id: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("client_time_us", "server_time_us")
    CLIENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_US_FIELD_NUMBER: _ClassVar[int]
    client_time_us: int
    server_time_us: int
    def __init__(self, client_time_us: _Optional[int] = ..., server_time_us: _Optional[int] = ...) -> None: ...

class State(_message.Message):
    __slots__ = ("status", "server_time_us")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[State.Status]
        STATUS_PLAYING: _ClassVar[State.Status]
        STATUS_PAUSED: _ClassVar[State.Status]
    STATUS_UNSPECIFIED: State.Status
    STATUS_PLAYING: State.Status
    STATUS_PAUSED: State.Status
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_US_FIELD_NUMBER: _ClassVar[int]
    status: State.Status
    server_time_us: int
    def __init__(self, status: _Optional[_Union[State.Status, str]] = ..., server_time_us: _Optional[int] = ...) -> None: ...

class Reported(_message.Message):
    __slots__ = ("utterance_id", "gloss_index")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    GLOSS_INDEX_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    gloss_index: int
    def __init__(self, utterance_id: _Optional[int] = ..., gloss_index: _Optional[int] = ...) -> None: ...

class Speak(_message.Message):
    __slots__ = ("text", "language", "source", "spell", "gloss", "speed", "left_handed", "no_mouthing", "no_drafts", "approved_by")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SPELL_FIELD_NUMBER: _ClassVar[int]
    GLOSS_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    LEFT_HANDED_FIELD_NUMBER: _ClassVar[int]
    NO_MOUTHING_FIELD_NUMBER: _ClassVar[int]
    NO_DRAFTS_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    text: str
    language: str
    source: str
    spell: bool
    gloss: str
    speed: float
    left_handed: bool
    no_mouthing: bool
    no_drafts: bool
    approved_by: str
    def __init__(self, text: _Optional[str] = ..., language: _Optional[str] = ..., source: _Optional[str] = ..., spell: bool = ..., gloss: _Optional[str] = ..., speed: _Optional[float] = ..., left_handed: bool = ..., no_mouthing: bool = ..., no_drafts: bool = ..., approved_by: _Optional[str] = ...) -> None: ...

class Control(_message.Message):
    __slots__ = ("command",)
    class Command(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        COMMAND_UNSPECIFIED: _ClassVar[Control.Command]
        COMMAND_PAUSE: _ClassVar[Control.Command]
        COMMAND_RESUME: _ClassVar[Control.Command]
        COMMAND_CANCEL: _ClassVar[Control.Command]
    COMMAND_UNSPECIFIED: Control.Command
    COMMAND_PAUSE: Control.Command
    COMMAND_RESUME: Control.Command
    COMMAND_CANCEL: Control.Command
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: Control.Command
    def __init__(self, command: _Optional[_Union[Control.Command, str]] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("utterance_id", "gloss_index", "gloss", "presentation_time_us", "note")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    GLOSS_INDEX_FIELD_NUMBER: _ClassVar[int]
    GLOSS_FIELD_NUMBER: _ClassVar[int]
    PRESENTATION_TIME_US_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    utterance_id: int
    gloss_index: int
    gloss: str
    presentation_time_us: int
    note: str
    def __init__(self, utterance_id: _Optional[int] = ..., gloss_index: _Optional[int] = ..., gloss: _Optional[str] = ..., presentation_time_us: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("client_time_us",)
    CLIENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    client_time_us: int
    def __init__(self, client_time_us: _Optional[int] = ...) -> None: ...
