"""Writes the golden bytes of wire version 1: `python tests/golden/make_wire.py`.

Each `wire/NAME.bin` is one WebSocket message; `wire/NAME.json` says what every client must read in it: `direction`
(who sends it), `body` (the field of the oneof), `fields` under the names of the .proto (enums as numbers, bytes as
lists of numbers) and, for a frame, the decoded `quaternions` xyzw. `rotations.json` lists quaternions with the
integers that they are packed into.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from enum import Enum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge import messages as m
from signllm_bridge.smallest_three import decode_rotations, encode_rotations, pack_rotations
from signllm_bridge.wire import encode_client_message, encode_server_message

FOLDER = Path(__file__).parent / "wire"
FACE_NAMES = tuple(f"face{k:02d}" for k in range(52))
HALF = np.sqrt(0.5)
CORNERS = [
    (0, 0, 0, 1), (0, 0, 0, -1), (1, 0, 0, 0), (0, -1, 0, 0), (0, 0.6, 0, 0.8), (-0.6, 0, 0.8, 0),
    (HALF, 0, 0, HALF), (0, HALF, -HALF, 0), (0.5, 0.5, 0.5, 0.5), (-0.5, 0.5, 0.5, -0.5),
]  # fmt: skip


def some_rotations(count: int, seed: int) -> npt.NDArray[np.float64]:
    """[count, 4] unit quaternions: the corners of the encoding, then random ones."""
    q = np.random.default_rng(seed).normal(size=(count, 4))
    q[: len(CORNERS)] = CORNERS
    return np.asarray(q / np.linalg.norm(q, axis=-1, keepdims=True))


ROTATIONS = encode_rotations(some_rotations(len(HUMANOID.joint_names), seed=1))
SERVER: dict[str, m.ServerMessage] = {
    "setup": m.Setup(
        server_name="signllm 0.1.0", rig_name="vrm_humanoid", joint_names=HUMANOID.joint_names, face_names=FACE_NAMES,
        fps=25.0, label="Computer-generated signing, experimental", sources=("signllm", "lexicon"),
        max_text_length=2000,
    ),
    "utterance_start": m.UtteranceStart(
        utterance_id=7, text="My name is Zoë. \N{WAVING HAND SIGN}", language="asl", source="lexicon",
        gloss="NAME MY fs:ZOE", label="Experimental", coverage=0.75, notices=("The word 'Zoë' is spelled.",),
    ),
    "frame": m.Frame(
        utterance_id=7, sequence=130, presentation_time_us=5_200_000, rotations=ROTATIONS, root=(0.0, 0.9375, -0.0625),
        face=bytes(range(0, 260, 5)),
    ),
    "frame_unchanged_root": m.Frame(utterance_id=7, sequence=131, presentation_time_us=5_240_000, rotations=ROTATIONS),
    "frame_late_in_a_long_stream": m.Frame(
        utterance_id=2**32 - 1, sequence=2**32 - 1, presentation_time_us=2**53 - 1, rotations=ROTATIONS,
        root=(-1.5, 0.9375, 100.0), face=b"\xff" * 52,
    ),
    "sign_boundary": m.SignBoundary(
        utterance_id=7, gloss_index=3, gloss="fs:O", word_index=2, text="Zoë", start_time_us=5_200_000
    ),
    "sign_boundary_rest": m.SignBoundary(
        utterance_id=7, gloss_index=5, gloss="", word_index=3, text="", start_time_us=6_000_000
    ),
    "utterance_end": m.UtteranceEnd(utterance_id=7, frames=150, reason=m.EndReason.FINISHED, end_time_us=6_400_000),
    "utterance_end_cancelled": m.UtteranceEnd(
        utterance_id=8, frames=0, reason=m.EndReason.CANCELLED, end_time_us=6_500_000
    ),
    "error": m.Error(m.ErrorCode.INPUT_REFUSED, "The text has 2001 characters: at most 2000 can be signed.", 9),
    "pong": m.Pong(client_time_us=2**53 - 1, server_time_us=12_345_678),
    "state_paused": m.State(m.Status.PAUSED, 1_000_000),
    "state_playing": m.State(m.Status.PLAYING, 1_000_000),
    "setup_with_a_source_for_broadcasts": m.Setup(
        server_name="signllm 0.1.0", rig_name="vrm_humanoid", joint_names=HUMANOID.joint_names, face_names=FACE_NAMES,
        fps=25.0, label="Computer-generated signing, experimental", sources=("signllm", "lexicon"),
        max_text_length=2000, broadcast_source="lexicon",
    ),
    "utterance_start_with_its_signs": m.UtteranceStart(
        utterance_id=8, text="I do not live in room 205, Zoë.", language="asl", source="signllm",
        gloss="IX-1 NOT LIVE fs:ROOM dig:205 | fs:ZOE", label="Experimental", coverage=0.75,
        notices=("The word 'Zoë' is spelled.",),
        trace=("tag_words: i/pronoun do/do not/negation live/verb", "look_up: IX-1 NOT LIVE"), review="draft",
        non_manuals=(m.NonManual("negation", 1, 2), m.NonManual("gaze-left", 2, 2)),
        signs=("IX-1", "NOT", "LIVE", *(f"fs:{x}" for x in "ROOM"), *(f"dig:{x}" for x in "205"), "|",
               *(f"fs:{x}" for x in "ZOE")),
        sign_words=(0, 1, 2, 3, 3, 3, 3, 4, 4, 4, 5, 6, 6, 6),
    ),
    "error_of_a_report": m.Error(m.ErrorCode.REPORT_REFUSED, "Sign 9 does not exist; utterance 8 has 0 to 3.", 0),
    "reported": m.Reported(utterance_id=8, gloss_index=3),
}  # fmt: skip
CLIENT: dict[str, m.ClientMessage] = {
    "speak": m.Speak("My name is Zoë. \N{WAVING HAND SIGN}", "asl", "lexicon", True, ""),
    "speak_gloss": m.Speak("", gloss="NAME MY fs:ANA"),
    "speak_as_the_viewer_likes": m.Speak(
        "Where is my sister?",
        "",
        "lexicon",
        speed=0.75,
        left_handed=True,
        no_mouthing=True,
        no_drafts=True,
    ),
    "speak_approved": m.Speak("Leave the building.", "asl", "", speed=1.25, approved_by="Zoë Ruiz"),
    "report": m.Report(8, 3, "fs:R", 5_200_000, "The fingers are not crossed. \N{WAVING HAND SIGN}"),
    "report_without_a_note": m.Report(utterance_id=8, gloss_index=0),
    "control_pause": m.Control(m.Command.PAUSE),
    "control_resume": m.Control(m.Command.RESUME),
    "control_cancel": m.Control(m.Command.CANCEL),
    "ping": m.Ping(2**53 - 1),
}
BODIES = {
    m.Setup: "setup", m.UtteranceStart: "utterance_start", m.Frame: "frame", m.SignBoundary: "sign_boundary",
    m.UtteranceEnd: "utterance_end", m.Error: "error", m.Pong: "pong", m.State: "state",
    m.Reported: "reported", m.Speak: "speak", m.Control: "control", m.Ping: "ping", m.Report: "report",
}  # fmt: skip


def describe(message: m.ServerMessage | m.ClientMessage, direction: str) -> dict[str, object]:
    """What a client must read in the message, as JSON."""
    fields = {field.name: plain(getattr(message, field.name)) for field in dataclasses.fields(message)}
    out: dict[str, object] = {"direction": direction, "body": BODIES[type(message)], "fields": fields}
    if isinstance(message, m.Setup):
        fields["rotation_format"] = 1
    if isinstance(message, m.Frame):
        out["quaternions"] = np.round(decode_rotations(message.rotations), 9).tolist()
    return out


def plain(value: object) -> object:
    """The value as JSON holds it; no root is an empty list, as in the .proto."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes | tuple):
        return [plain(part) for part in value]
    if isinstance(value, m.NonManual):
        return dataclasses.asdict(value)
    return [] if value is None else value


def golden_files() -> dict[str, bytes]:
    """Names and contents of all files."""
    files = {f"{name}.bin": encode_server_message(message) for name, message in SERVER.items()}
    files |= {f"{name}.bin": encode_client_message(message) for name, message in CLIENT.items()}
    files |= {f"{name}.json": to_json(describe(message, "server")) for name, message in SERVER.items()}
    files |= {f"{name}.json": to_json(describe(message, "client")) for name, message in CLIENT.items()}
    quaternions = some_rotations(64, seed=2)
    table = [{"quaternion": q.tolist(), "packed": int(pack_rotations(q))} for q in quaternions]
    return files | {"rotations.json": to_json(table)}


def to_json(value: object) -> bytes:
    """Stable, readable bytes."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def main() -> int:
    """Write all files, and drop those that are no longer made."""
    FOLDER.mkdir(exist_ok=True)
    files = golden_files()
    for old in FOLDER.iterdir():
        if old.name not in files:
            old.unlink()
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(files)} files in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
