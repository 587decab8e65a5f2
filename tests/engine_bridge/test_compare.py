"""`signllm compare`: sign by sign, how far the model is from the lexicon."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from signllm.language.labels import EXPERIMENTAL
from signllm.motion.recording import MotionFrame
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm.source import Gloss, Utterance
from signllm_bridge.compare import align, as_table, compare, main, mean_distances, picture

RNG = np.random.default_rng(3)
TWO = Utterance("My book.", "asl", (Gloss("MY", 0, "My"), Gloss("BOOK", 1, "book")), EXPERIMENTAL, 1.0)
REST = np.tile([0.0, 0.0, 0.0, 1.0], (len(HUMANOID.joint_names), 1))


def frame(keypoints: npt.NDArray[np.floating], gloss: int) -> MotionFrame:
    return MotionFrame(keypoints, REST, np.zeros(3), np.zeros(52), gloss)


def clip(*glosses: int) -> list[MotionFrame]:
    """A walk of keypoints, one frame for each number."""
    walk = np.cumsum(RNG.normal(0.0, 0.01, (len(glosses), 50, 3)), axis=0)
    return [frame(keypoints, gloss) for keypoints, gloss in zip(walk, glosses, strict=True)]


def shifted(frames: list[MotionFrame], keypoints: slice, by: float) -> list[MotionFrame]:
    moved = []
    for one in frames:
        points = one.keypoints.copy()
        points[keypoints, 1] += by
        moved.append(frame(points, one.gloss))
    return moved


def test_a_clip_is_not_apart_from_itself_nor_from_itself_with_frames_held() -> None:
    one = clip(0, 0, 0, 1, 1, 1, 2)
    held = [frame for frame in one for _ in range(2)]
    for other in (one, held):
        pairs = compare(TWO, one, other)
        assert [pair.gloss for pair in pairs] == ["MY", "BOOK"]
        assert mean_distances(pairs) == (0.0, 0.0)
    assert [pair.frames for pair in compare(TWO, one, held)] == [(3, 6), (3, 6)], "the way to rest is left out"


def test_hands_and_body_are_measured_apart() -> None:
    one = clip(0, 0, 0, 0, 1, 1, 1)
    hands, body = slice(8, prompt2sign.COUNT), slice(0, 8)
    (moved, _) = compare(TWO, one, shifted(one, hands, 0.002))
    assert moved.hands == pytest.approx(0.002)
    assert moved.body == pytest.approx(0.0)
    (moved, _) = compare(TWO, one, shifted(one, body, 0.003))
    assert moved.hands == pytest.approx(0.0)
    assert moved.body == pytest.approx(0.003)


def test_a_sign_that_one_source_leaves_out_has_no_distance_and_is_not_drawn() -> None:
    pairs = compare(TWO, clip(0, 0, 1, 1), clip(0, 0, 2))
    assert (pairs[1].frames, pairs[1].hands, pairs[1].moment) == ((2, 0), None, None)
    assert "| BOOK | 2 | 0 | - | - |" in as_table(TWO, pairs)
    assert mean_distances(pairs)[0] == pairs[0].hands
    assert mean_distances(compare(TWO, [], [])) == (None, None)
    assert "| all | 0 | 0 | - | - |" in as_table(TWO, compare(TWO, [], []))


def test_the_alignment_is_the_cheapest_path() -> None:
    cost = RNG.random((5, 4))
    path = align(cost)
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [4, 3]
    steps = np.diff(path, axis=0)
    assert set(map(tuple, steps.tolist())) <= {(0, 1), (1, 0), (1, 1)}

    def cheapest(i: int, j: int) -> float:
        before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
        found = [cheapest(*at) for at in before if min(at) >= 0]
        return float(cost[i, j]) + (min(found) if found else 0.0)

    assert cost[path[:, 0], path[:, 1]].sum() == pytest.approx(cheapest(4, 3))


def test_both_pictures_show_the_same_moment_of_a_sign() -> None:
    one = clip(*[0] * 10, *[1] * 10)
    later = [*clip(0, 0, 0), *one[3:]]
    for pair in compare(TWO, one, later):
        assert pair.moment is not None
        assert pair.moment[0] == pair.moment[1], "aligned frames are equal ones"


def test_a_picture_has_a_row_for_each_source_and_says_what_it_leaves_out() -> None:
    one = clip(*[0] * 4, *[1] * 4)
    small = picture(TWO, compare(TWO, one, one), one, one)
    upper, lower = np.split(np.asarray(small)[: small.height // 2 * 2], 2)
    assert (upper != 255).mean() > 0.5
    assert (lower != 255).mean() > 0.5
    long = Utterance("", "asl", tuple(Gloss("MY", k, "my") for k in range(10)), EXPERIMENTAL, 1.0)
    many = clip(*range(10))
    sheet = picture(long, compare(long, many, many), many, many)
    assert sheet.height > 1.9 * small.height, "ten signs take two rows of each source"
    assert sheet.width < 1800


def test_the_command_prints_a_table_and_writes_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "sheet.png"
    assert main(["My name is Ana.", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("MY NAME fs:ANA  (")
    assert "| gloss | lexicon frames | signllm frames | hands mm | body mm |" in said
    rows = [line.split(" | ") for line in said.splitlines() if line.startswith(("| MY", "| NAME", "| fs:"))]
    assert [row[0] for row in rows] == ["| MY", "| NAME", "| fs:A", "| fs:N", "| fs:A"]
    assert all(0.0 < float(row[3]) < 300.0 for row in rows), "the model is near the lexicon, and not the lexicon"
    with Image.open(out) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 900


def test_json_holds_what_the_table_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--gloss", "MY fs:A", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["gloss"] == "MY fs:A"
    assert [row["gloss"] for row in found["glosses"]] == ["MY", "fs:A"]
    assert set(found["glosses"][0]) == {"gloss", "lexicon_frames", "signllm_frames", "hands_mm", "body_mm"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is nothing to compare; give a text in quotes"),
        (["  "], "there is nothing to compare"),
        (["Hello.", "--out", "sheet.jpg"], "--out writes a .png picture; end its name in .png: sheet.jpg"),
        (["Hello.", "--out", "file/sheet.png"], "the picture cannot be written"),
        (["--gloss", "NOSUCH"], "there is no sign 'NOSUCH'"),
        (["Hello.", "--language", "klingon"], "klingon"),
        (["Fire! Leave the building now."], "nothing of this is signed, it is only captioned (Captions only)"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("not a folder")
    assert main(arguments) == 2
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith("signllm compare: ")
    assert said in last
