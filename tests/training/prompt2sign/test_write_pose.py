"""`.pose` files of our own are read back exactly, by us and by the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  (every machine tries the same examples)
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import pose_profile
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.readers import pose
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation
from signllm_training.prompt2sign.standard import standardise
from signllm_training.prompt2sign.writers.pose import encode_pose, write_pose
from tests.real_data import real_data
from tests.training.prompt2sign.pose_files import (
    assert_same,
    decode,
    holistic_components,
    observation,
    pose_bytes,
    samples,
    signer,
    sure,
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    frames, seed = draw(st.integers(1, 4)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    scale = 10.0 ** draw(st.integers(-30, 30))
    points = (rng.standard_normal((frames, 50, 3)) * scale).astype(np.float32)
    confidence = (rng.uniform(0, 1, (frames, 50)) * (rng.uniform(0, 1, (frames, 50)) > 0.3)).astype(np.float32)
    return observation(
        points,
        confidence,
        fps=draw(st.floats(0.001, 999.0)),
        axes=tuple(draw(st.lists(st.sampled_from([1, -1]), min_size=3, max_size=3))),
        unit=draw(st.sampled_from(["pixel", "image", "metre", "shoulder", "arbitrary"])),
        depth=draw(st.sampled_from(["none", "measured", "lifted"])),
    )


@settings(max_examples=40)
@given(observations())
def test_what_we_write_is_read_back_exactly(seen: Observation) -> None:
    again, tag = decode(encode_pose(seen))
    assert tag == "signllm50"
    assert_same(again, seen)


@settings(max_examples=25)
@given(observations())
def test_a_standard_clip_is_read_back_exactly_with_its_placement(
    tmp_path_factory: pytest.TempPathFactory, seen: Observation
) -> None:
    try:
        clip = standardise(seen)
        data = encode_pose(clip)
    except DataError:  # no shoulders, or numbers too large for a file
        return
    path = tmp_path_factory.mktemp("clip") / "clip.pose"
    path.write_bytes(data)
    again = pose.read_clip(path)
    np.testing.assert_array_equal(again.points, clip.points)
    np.testing.assert_array_equal(again.mask, clip.mask)
    np.testing.assert_array_equal(again.confidence, clip.confidence)
    assert (again.fps, again.depth, again.placement) == (clip.fps, clip.depth, clip.placement)


def test_the_library_reads_ours_by_names_and_as_a_picture(tmp_path: Path) -> None:
    from pose_format import Pose

    clip = standardise(
        decode(pose_bytes(0.2, holistic_components(478, world=True), signer()[:, None], sure(signer())[:, None]))[0]
    )
    write_pose(clip, tmp_path / "clip.pose")
    read = Pose.read((tmp_path / "clip.pose").read_bytes())
    assert [component.name for component in read.header.components][:3] == list(pose_profile.PARTS)
    assert read.header.components[0].points == list(prompt2sign.BODY)
    assert round(read.header.version, 3) == 0.2
    wrist = read.body.data.data[:, 0, read.header.get_point_index("SIGNLLM_BODY", "right_wrist")]
    np.testing.assert_array_equal(wrist, clip.points[:, prompt2sign.WRIST["right"]] * [1024, -1024, -1024])


def test_a_file_of_ours_without_a_placement_is_no_standard_clip(tmp_path: Path) -> None:
    write_pose(observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32)), tmp_path / "a.pose")
    with pytest.raises(DataError, match="no standard clip"):
        pose.read_clip(tmp_path / "a.pose")


@pytest.mark.parametrize(
    "said",
    [
        "",
        " axes=+-+",
        " axes=+-+ unit=pixel depth=none fps=x factor=1.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=3.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=0.0 flip=+++",
        " axes=+-0 unit=pixel depth=none fps=25.0 factor=1.0 flip=+++",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=1.0 flip=+++ placed=1,2",
        " axes=+-+ unit=pixel depth=none fps=25.0 factor=1.0 flip=+++ placed=1,2,inf,1,+++,metre",
    ],
)
def test_a_file_of_ours_that_does_not_say_what_it_means_is_refused(said: str) -> None:
    with pytest.raises(DataError, match="should say axes, unit, depth, fps, factor and flip"):
        pose_profile.read_space(pose_profile.SPACE + said)


def test_a_file_of_ours_with_an_unknown_unit_is_refused() -> None:
    seen = observation(np.ones((1, 50, 3), np.float32), np.ones((1, 50), np.float32))
    data = encode_pose(seen).replace(b"unit=pixel", b"unit=bushl")
    with pytest.raises(DataError, match="'bushl'"):
        decode(data)


def test_real_clips_survive_our_own_files_exactly(tmp_path: Path) -> None:
    for folder in ("pose_signs_dsgs", "pose_format_versions"):
        for clip in samples(real_data(folder)):
            write_pose(clip.seen, tmp_path / "clip.pose")
            again, tag = pose.read_observation(tmp_path / "clip.pose", ReadOptions())
            assert tag == "signllm50"
            assert_same(again, clip.seen)
