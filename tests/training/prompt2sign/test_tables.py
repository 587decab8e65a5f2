"""Text tables: what is signed, by name; and cutting recordings by their times."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signllm_training.prompt2sign import tables
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.sample import Observation
from tests.real_data import real_data

HOW2SIGN = "VIDEO_ID\tVIDEO_NAME\tSENTENCE_ID\tSENTENCE_NAME\tSTART_REALIGNED\tEND_REALIGNED\tSENTENCE\n"
PHOENIX = "name|video|start|end|speaker|orth|translation\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def recording(frames: int, fps: float = 10.0) -> Observation:
    """Frame k has every coordinate at k."""
    points = np.broadcast_to(np.arange(frames, dtype=np.float32)[:, None, None], (frames, 50, 3)).copy()
    return Observation(points, np.ones((frames, 50), np.float32), fps)


def test_how2sign_rows_have_their_recording_and_times(tmp_path: Path) -> None:
    path = write(
        tmp_path / "made_val.csv", HOW2SIGN + "v\tv-1-rgb_front\tv_0\tv_0-1-rgb_front\t1.5\t2.25\tHello, you.\n"
    )
    assert tables.read_table(path) == {
        "v_0-1-rgb_front": tables.TextRow(
            "v_0-1-rgb_front", "Hello, you.", begin_s=1.5, end_s=2.25, split="dev", recording="v-1-rgb_front"
        )
    }


def test_a_spreadsheets_quotes_go_and_other_quotes_stay(tmp_path: Path) -> None:
    rows = ['"He said ""go"", twice."', '"Go," he said.', 'He said "go".', '"never closed']
    lines = "".join(f"v\tv\tv_{k}\tn{k}\t0\t1\t{row}\n" for k, row in enumerate(rows))
    read = tables.read_table(write(tmp_path / "t.csv", HOW2SIGN + lines))
    assert [row.text for row in read.values()] == [
        'He said "go", twice.',
        '"Go," he said.',
        'He said "go".',
        '"never closed',
    ]


def test_phoenix_rows_have_gloss_and_signer_and_no_times(tmp_path: Path) -> None:
    path = write(
        tmp_path / "PHOENIX-2014-T.train.corpus.csv", PHOENIX + "a-1|a-1/1/*.png|-1|-1|Signer08|EINS ZWEI|eins zwei\n"
    )
    assert tables.read_table(path) == {
        "a-1": tables.TextRow("a-1", "eins zwei", ("EINS", "ZWEI"), "Signer08", split="train")
    }


def test_parallel_files_pair_up_by_line_whichever_is_named(tmp_path: Path) -> None:
    write(tmp_path / "dev.files", "dev/a\ndev/b")  # the last line need not end
    write(tmp_path / "dev.text", 'eins .\r\n"zwei, drei ."\r\n')
    write(tmp_path / "dev.gloss", "EINS\n\n")
    expected = {
        "dev/a": tables.TextRow("dev/a", "eins .", ("EINS",), split="dev"),
        "dev/b": tables.TextRow("dev/b", "zwei, drei .", (), split="dev"),
    }
    for suffix in ("files", "text", "gloss"):
        assert tables.read_table(tmp_path / f"dev.{suffix}") == expected
    assert tables.find_tables(tmp_path) == expected


def test_a_line_that_only_one_of_parallel_files_has_is_named(tmp_path: Path) -> None:
    write(tmp_path / "dev.files", "a\nb\n")
    write(tmp_path / "dev.text", "eins\nzwei\ndrei\n")
    with pytest.raises(DataError, match=r"dev\.text, line 3: 3 lines, but 2 names"):
        tables.read_table(tmp_path / "dev.text")


@pytest.mark.parametrize("as_list", [False, True])
def test_slrtp_texts_are_read_from_a_json_export(tmp_path: Path, as_list: bool) -> None:
    row = {"text": "eins zwei", "gloss": "EINS ZWEI", "speaker": "Signer01"}
    found = [{"name": "a", **row}] if as_list else {"a": row}
    read = tables.read_table(write(tmp_path / "test.json", json.dumps(found)))
    assert read == {"a": tables.TextRow("a", "eins zwei", ("EINS", "ZWEI"), "Signer01", split="test")}


def test_slrtps_own_files_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "dev.pt"
    path.write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    with pytest.raises(DataError, match="a pickle can run code, so it is not opened; export its texts as JSON"):
        tables.read_table(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.csv", "a,b,c\n1,2,3\n", r"t\.csv, line 1: begins with 'a,b,c', which is no header that is known"),
        ("t.csv", "", "line 1: begins with ''"),
        ("t.csv", HOW2SIGN + "v\tv\tv\tn\t0\t1\n", "line 2: 6 columns, but the header has 7"),
        ("t.csv", HOW2SIGN + "v\tv\tv\tn\tsoon\t1\tx\n", "line 2: 'soon' is no time in seconds"),
        ("t.csv", HOW2SIGN + "v\tv\tv\tn\t-1\t1\tx\n", "line 2: '-1' is no time"),
        ("t.csv", HOW2SIGN + "v\tv\tv\t\t0\t1\tx\n", "line 2: the sentence has no name"),
        ("t.csv", PHOENIX + "a|v|0|0|s|G|x\na|v|0|0|s|G|y\n", "line 3: 'a' has been given another sentence before"),
        ("t.json", '{"a": {', "is not JSON"),
        ("t.json", "[" * 100_000, "is not JSON"),
        ("t.json", '{"a": 3}', 'expected an object with "name" and "text", got 3'),
        ("t.json", '"a"', "expected {name"),
        ("t.json", '{"a": {"text": "x", "gloss": 3}}', "the gloss of 'a' is neither text nor a list"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        tables.read_table(write(tmp_path / name, text))


def test_other_encodings_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(PHOENIX.encode() + b"a|v|0|0|s|G|s\xfcd\n")
    with pytest.raises(DataError, match="line 2: is not UTF-8"):
        tables.read_table(path)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        tables.read_table(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("how2sign_realigned_val", "dev"),
        ("PHOENIX-2014-T.train.corpus", "train"),
        ("test_2D_keypoints", "test"),
        ("latest", ""),
        ("train-and-test", ""),
    ],
)
def test_a_split_is_a_whole_word_of_a_name(name: str, split: str) -> None:
    assert tables.split_of(name) == split


def test_sentences_are_found_with_or_without_their_split_and_by_recording() -> None:
    late = tables.TextRow("dev/b", "", begin_s=2.0, end_s=3.0, recording="r")
    early = tables.TextRow("a", "", begin_s=0.0, end_s=1.0, recording="r")
    sentences = tables.Sentences({row.name: row for row in (late, early)})
    assert sentences.of_clip("b") is late and sentences.of_clip("train/a") is early
    assert sentences.of_clip("c") is None and sentences.in_recording("c") == ()
    assert sentences.in_recording("r") == (early, late)


def test_pieces_that_follow_one_another_share_no_frame_and_lose_none() -> None:
    seen = recording(frames=30)
    pieces = [tables.cut(seen, begin, end) for begin, end in ((0.0, 0.74), (0.74, 1.55), (1.55, 3.2))]
    assert np.array_equal(np.concatenate([piece.points for piece in pieces]), seen.points)
    assert pieces[1].points[0, 0, 0] == 7.0 and len(pieces[1]) == 9 and pieces[1].fps == seen.fps


@pytest.mark.parametrize(
    ("begin", "end", "message"),
    [
        (1.0, 1.0, "from 1.0 to 1.0 seconds"),
        (-1.0, 1.0, "a start of 0 or more"),
        (0.0, float("nan"), "a later end"),
        (3.0, 4.0, r"no frame from 3 to 4 seconds: the recording has 30 frames, 3\.00 seconds at 10"),
        (1.0, 1.01, "no frame"),
    ],
)
def test_times_without_a_frame_are_refused(begin: float, end: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        tables.cut(recording(frames=30), begin, end)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["t.csv", "dev.text", "t.json"]),
    header=st.sampled_from([b"", HOW2SIGN.encode(), PHOENIX.encode(), b'{"a": ', b"[{"]),
    body=st.one_of(st.binary(max_size=80), st.text('ab|\t"\n\r0.,{}[]:', max_size=80).map(str.encode)),
)
def test_any_bytes_are_a_table_or_refused(tmp_path: Path, name: str, header: bytes, body: bytes) -> None:
    (tmp_path / "dev.files").write_bytes(b"a\nb")
    (tmp_path / name).write_bytes(header + body)
    try:
        rows = tables.read_table(tmp_path / name)
    except DataError:
        return
    assert all(row.name == name and isinstance(row.text, str) for name, row in rows.items())


def test_the_real_how2sign_table_is_read_whole() -> None:
    rows = tables.read_table(real_data("text/how2sign_realigned_val.csv"))
    assert len(rows) == 1741
    assert all(row.recording and row.split == "dev" for row in rows.values())
    assert all(row.begin_s is not None and row.end_s is not None and row.begin_s < row.end_s for row in rows.values())


def test_the_real_parallel_files_say_what_the_real_table_says_but_where_they_are_one_line_off() -> None:
    table = tables.read_table(real_data("text/how2sign_realigned_val.csv"))
    lines = tables.read_table(real_data("openpose_how2sign/dev.files"))
    assert len(lines) == 1739
    others = [k for k, (name, row) in enumerate(lines.items(), 1) if name in table and row.text != table[name].text]
    assert others == list(range(1554, 1654))  # a defect of the public files: each has the sentence before its own
