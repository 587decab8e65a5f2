"""DWPose frames in both layouts of keys: the same people, bounded archives, and pickles that are read but never run."""

from __future__ import annotations

import io
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import dwpose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Sample, Skipped
from signllm_training.prompt2sign.standard import restore, standardise
from tests.real_data import real_data

Arrays = dict[str, Any]


def person(x: float = 0.5, size: float = 0.2, seed: int = 0) -> Arrays:
    """One person as the new layout has it; x is the middle, in picture widths."""
    rng = np.random.default_rng(seed)
    body = rng.uniform(-0.1, 0.1, (18, 2)) * size + [x, 0.5]
    body[[2, 5]] = [[x - size, 0.4], [x + size, 0.4]]
    face = np.tile([x, 0.2], (68, 1))
    face[[0, 16, 8, 27]] = [[x - 0.1, 0.2], [x + 0.1, 0.2], [x, 0.2 + 0.174], [x, 0.2]]  # square picture elements
    return {
        "body_keypoints": body,
        "body_scores": np.arange(18.0),
        "face_keypoints": face,
        "face_scores": np.ones(68),
        "left_hand_keypoints": rng.uniform(0, 0.1, (21, 2)) + body[7],
        "left_hand_scores": rng.uniform(0.1, 1, 21),
        "right_hand_keypoints": rng.uniform(0, 0.1, (21, 2)) + body[4],
        "right_hand_scores": rng.uniform(0.1, 1, 21),
    }


def new_layout(*people: Arrays) -> Arrays:
    return {"num_persons": np.array(len(people)), **{f"person_{k}": np.array(p, object) for k, p in enumerate(people)}}


def old_layout(*people: Arrays) -> Arrays:
    def stacked(key: str) -> npt.NDArray[np.float64]:
        return np.stack([p[key] for p in people]) if people else np.zeros((0, 21))

    hands = [stacked(f"{side}_hand_keypoints") for side in ("left", "right")]
    scores = [stacked(f"{side}_hand_scores") for side in ("left", "right")]
    return {
        "bodies": np.concatenate([p["body_keypoints"] for p in people]),
        "body_scores": stacked("body_scores"),
        "hands": np.concatenate(hands),
        "hands_scores": np.concatenate(scores),
        "faces": stacked("face_keypoints"),
        "faces_scores": stacked("face_scores"),
    }


def write(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)


def one(folder: Path, **options: Any) -> Sample:
    (found,) = dwpose.read(folder, ReadOptions(**options))
    assert isinstance(found, Sample), found
    return found


def reason(folder: Path, **options: Any) -> str:
    (found,) = dwpose.read(folder, ReadOptions(**options))
    assert isinstance(found, Skipped)
    return found.reason


# Real frames


def test_real_frames_become_the_standard_and_return() -> None:
    clip = one(real_data("dwpose"))
    assert (clip.name, len(clip.seen), clip.seen.unit, clip.seen.depth, clip.seen.fps) == (
        "npz",
        20,
        "image",
        "none",
        24,
    )
    np.testing.assert_allclose(restore(standardise(clip.seen)).points, clip.seen.points, atol=1e-7, rtol=0)


def test_real_hands_hang_on_their_own_wrists_and_the_right_one_is_raised() -> None:
    placed = standardise(one(real_data("dwpose")).seen)
    for side, sign in (("left", 1), ("right", -1)):
        wrist, base = prompt2sign.WRIST[side], prompt2sign.HAND_BASE[side]
        both = placed.mask[:, wrist] & placed.mask[:, base]
        assert both.any()
        assert np.linalg.norm(placed.points[both, wrist] - placed.points[both, base], axis=-1).max() < 0.05
        assert (sign * placed.points[both, wrist, 0] > 0.1).all()
    assert (placed.points[:, 4, 1] > placed.points[:, 7, 1] + 0.3).all()


def test_real_keypoints_are_the_numbers_of_the_file() -> None:
    folder = real_data("dwpose/npz")
    clip = one(folder, profile="1:1")
    for t, path in enumerate(sorted(folder.glob("*.npz"))):
        with np.load(path) as arrays:
            expected = np.concatenate([arrays["bodies"][:8], *arrays["hands"]]).astype(np.float32)
            np.testing.assert_array_equal(clip.seen.points[t, :, :2], expected)
            np.testing.assert_array_equal(
                clip.seen.confidence[t, 8:], arrays["hands_scores"].ravel().astype(np.float32)
            )


# Layouts, people, frames


def test_both_layouts_hold_the_same_person(tmp_path: Path) -> None:
    write(tmp_path / "new" / "1.npz", new_layout(person()))
    write(tmp_path / "old" / "1.npz", old_layout(person()))
    new, old = one(tmp_path / "new").seen, one(tmp_path / "old").seen
    np.testing.assert_array_equal(new.points, old.points)
    np.testing.assert_array_equal(new.confidence, old.confidence)
    assert (new.axes, new.confidence[0, 0]) == ((1, -1, 1), 1.0)


@pytest.mark.parametrize("layout", [new_layout, old_layout])
def test_the_largest_person_is_followed_where_it_was(tmp_path: Path, layout: Callable[..., Arrays]) -> None:
    large, small = person(0.3, 0.15), person(0.7, 0.1, seed=1)
    grown = person(0.72, 0.19, seed=1)  # nearer to the camera now, and still somebody else
    write(tmp_path / "1.npz", layout(small, large))
    write(tmp_path / "2.npz", layout(grown, large))
    seen = one(tmp_path).seen
    np.testing.assert_array_equal(seen.points[0], seen.points[1])
    assert seen.points[0, 2, 0] == pytest.approx(0.15)
    assert reason(tmp_path, people="only") == "1.npz: 2 people are in the picture, and `people` is `only`"


def test_scores_of_the_body_are_indices_and_minus_one_is_missing(tmp_path: Path) -> None:
    given = person()
    given["body_scores"] = np.array([0, 1, 2, 3, -1, 5, 6, 7, *[-1] * 10], float)
    given["left_hand_keypoints"][3] = -1.0
    given["right_hand_keypoints"][4] = np.nan
    write(tmp_path / "1.npz", new_layout(given))
    seen = one(tmp_path).seen
    assert np.flatnonzero(seen.confidence[0] == 0).tolist() == [4, 8 + 3, 29 + 4]
    assert not seen.points[0, [4, 11, 33]].any()
    assert seen.confidence[0, 7] == 1.0


def test_a_frame_that_is_left_out_or_empty_stays_unknown(tmp_path: Path) -> None:
    write(tmp_path / "f_08.npz", new_layout(person()))
    write(tmp_path / "f_10.npz", new_layout(person()))
    write(tmp_path / "f_11.npz", new_layout())
    seen = one(tmp_path).seen
    assert seen.confidence.any(axis=1).tolist() == [True, False, True, False]


def test_every_folder_of_frames_is_a_clip(tmp_path: Path) -> None:
    for name in ("a/1", "a/2", "b/deep/1"):
        write(tmp_path / f"{name}.npz", new_layout(person()))
    found = list(dwpose.read(tmp_path, ReadOptions(corpus="wlasl", language="asl")))
    assert [(s.name, len(s.seen)) for s in found if isinstance(s, Sample)] == [("a", 2), ("b/deep", 1)]
    assert one(tmp_path / "a" / "1.npz").name == "1"


def test_the_shape_of_the_picture_is_measured_or_said(tmp_path: Path) -> None:
    given = person()
    for key in ("body", "face", "left_hand", "right_hand"):
        given[f"{key}_keypoints"] = given[f"{key}_keypoints"] * [1, 16 / 9]  # shares of a height of 9/16 of the width
    write(tmp_path / "1.npz", new_layout(given))
    measured, said = one(tmp_path).seen, one(tmp_path, profile="16:9").seen
    np.testing.assert_array_equal(measured.points, said.points)
    np.testing.assert_allclose(said.points[0, 2, :2], person()["body_keypoints"][2], rtol=1e-6)
    del given["face_keypoints"]
    write(tmp_path / "1.npz", new_layout(given))
    assert "no face shows how these compare" in reason(tmp_path)
    np.testing.assert_array_equal(one(tmp_path, profile="16:9").seen.points, said.points)


# What cannot be right


def without(arrays: Arrays, key: str) -> Arrays:
    return {name: value for name, value in arrays.items() if name != key}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"points": np.zeros(3)}, "its arrays are points; DWPose has bodies, body_scores, hands, hands_scores"),
        ({**old_layout(person()), "bodies": np.zeros((17, 2))}, r"bodies is float64 \(17, 2\): Nx18x2 numbers"),
        ({**old_layout(person()), "hands": np.zeros((4, 21, 2))}, "1 bodies, 1 scores and 2 pairs of hands"),
        ({**old_layout(person()), "hands": np.array(["a"])}, r"hands is <U1 \(1,\): 2xNx21x2 numbers"),
        ({**new_layout(person()), "num_persons": np.array(-1)}, "num_persons should be a number up to 100"),
        ({**new_layout(person()), "num_persons": np.array(10**9)}, "num_persons should be a number up to 100"),
        ({**new_layout(person()), "num_persons": np.array([1, 1])}, "num_persons should be a number up to 100"),
        ({**new_layout(person()), "num_persons": np.array(2)}, "person_1 is missing"),
        ({"num_persons": np.array(1), "person_0": np.zeros(3)}, "person_0 is no dictionary"),
        (new_layout(without(person(), "body_scores")), "body_scores is missing: 18 numbers are expected"),
        (new_layout({**person(), "left_hand_scores": [1, 2]}), "left_hand_scores is float64"),
    ],
)
def test_arrays_that_are_no_frame_are_a_sentence(tmp_path: Path, arrays: Arrays, message: str) -> None:
    write(tmp_path / "1.npz", arrays)
    assert re.search(message, reason(tmp_path)), reason(tmp_path)


class Runs:
    """A pickle of this writes a file when it is loaded the usual way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_a_pickle_that_tries_to_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    write(
        tmp_path / "clip" / "1.npz", {"num_persons": np.array(1), "person_0": np.array(Runs(tmp_path / "ran"), object)}
    )
    assert "asks for the global" in reason(tmp_path / "clip")
    assert not (tmp_path / "ran").exists()
    with np.load(tmp_path / "clip" / "1.npz", allow_pickle=True) as arrays:  # the usual way does run it
        arrays["person_0"]
    assert (tmp_path / "ran").exists()


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "1.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(4_000_000))
        archive.writestr("bodies.npy", buffer.getvalue())
    assert (tmp_path / "1.npz").stat().st_size < 100_000
    assert "take more than 8,388,608 bytes" in reason(tmp_path)


@pytest.mark.parametrize("data", [b"", b"PK", pickle.dumps([1]), b"\x93NUMPY"])
def test_what_is_no_archive_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "1.npz").write_bytes(data)
    assert "1.npz: not a whole .npz archive" in reason(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a", "1"), "a.npz has no number, so its place among the frames is not known"),
        (("a_1", "b_01"), "b_01.npz and a_1.npz are the same frame"),
        (("1", "200001"), "frames 1 to 200,001: at most 100,000 are read as one clip"),
    ],
)
def test_names_that_give_no_order_are_a_sentence(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    for name in names:
        write(tmp_path / f"{name}.npz", new_layout(person()))
    assert message in reason(tmp_path)


@pytest.mark.parametrize(("name", "message"), [("no", "no such file"), ("", r"no \.npz file in or below this folder")])
def test_nothing_to_read_is_a_sentence(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        dwpose.read(tmp_path / name, ReadOptions())


@settings(max_examples=80)
@given(st.booleans(), st.floats(0, 1), st.binary(min_size=1, max_size=6))
def test_a_damaged_archive_is_a_clip_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, new: bool, where: float, patch: bytes
) -> None:
    folder = tmp_path_factory.mktemp("dwpose")
    write(folder / "1.npz", (new_layout if new else old_layout)(person()))
    data = bytearray((folder / "1.npz").read_bytes())
    at = int(where * (len(data) - len(patch)))
    data[at : at + len(patch)] = patch
    (folder / "1.npz").write_bytes(data)
    (found,) = dwpose.read(folder, ReadOptions())
    assert isinstance(found, (Sample, Skipped))


_VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.lists(st.floats(), max_size=3),
    st.builds(np.zeros, st.lists(st.integers(0, 3), max_size=3).map(tuple)),
    st.builds(lambda v: np.full((21, 2), v), st.sampled_from([np.nan, np.inf, -1.0, 1e300])),
    st.builds(dict),
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(person())), st.sampled_from(sorted(old_layout(person()))), _VALUES)
def test_any_value_under_a_known_key_is_people_or_a_sentence(new_key: str, old_key: str, value: Any) -> None:
    for arrays in (
        {"num_persons": np.array(1), "person_0": [{**person(), new_key: value}]},
        {"num_persons": value, "person_0": [person()]},
        {"num_persons": np.array(1), "person_0": value},
        {**old_layout(person()), old_key: value},
    ):
        try:
            dwpose.decode(arrays)
        except DataError:
            pass
