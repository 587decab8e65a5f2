"""`.skels`: three profiles that look alike, told apart by measuring, read at once and written back byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import skels_profiles
from signllm_training.prompt2sign.errors import AmbiguousDataError, DataError
from signllm_training.prompt2sign.readers import skels
from signllm_training.prompt2sign.readers.decimals import NotANumberError, parse_decimals
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import Observation, Sample, Skipped
from signllm_training.prompt2sign.standard import restore, standardise
from signllm_training.prompt2sign.writers.skels import place, write_skels
from tests.real_data import real_data
from tests.training.prompt2sign import made

ANY = ReadOptions()
NAMES = tuple(skels_profiles.PROFILES)
FUZZ = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def words(profile: str, frames: int = 4, seed: int = 0) -> list[list[str]]:
    """A clip as the tool of a profile prints it, written out plainly: a list of words per frame, its counter last."""
    rng = np.random.default_rng(seed)
    clip = []
    for t in range(frames):
        if profile == "dwpose":
            numbers = rng.uniform(0.05, 0.95, 384)
            numbers[180:] = 0.0  # no face
            numbers[36:54] = np.where(np.arange(18) < 8, np.arange(18), -1)
            row, counter = [f"{v:.8f}" for v in numbers], f"{t / (frames - 1) if frames > 1 else 0:.8f}"
        else:
            points = rng.uniform(-0.3, 0.3, (50, 3))
            if profile == "phoenix":
                points[[2, 5]] = [[1 / 6, 0.08, 0.0], [-1 / 6, 0.08, 0.0]]
                points[1] = 0.0
            row = [f"{v:.5f}" for v in points.ravel()]
            counter = f"{t / frames:.4f}" if profile == "phoenix" else str(round((t + 1) / frames, 5))
        clip.append([*row, counter])
    return clip


def line(clip: list[list[str]], profile: str) -> str:
    return " ".join(" ".join(frame) for frame in clip) + (" " if profile == "signllm" else "")


def save(folder: Path, lines: list[str], stem: str = "dev", **beside: str) -> Path:
    (folder / f"{stem}.skels").write_bytes("".join(text + "\n" for text in lines).encode())
    for suffix, content in beside.items():
        (folder / f"{stem}.{suffix}").write_bytes(content.encode())
    return folder / f"{stem}.skels"


def samples(path: Path, options: ReadOptions = ANY) -> list[Sample]:
    read = list(skels.read(path, options))
    assert all(isinstance(found, Sample) for found in read), read
    return [found for found in read if isinstance(found, Sample)]


def skipped(path: Path, options: ReadOptions = ANY) -> list[Skipped]:
    return [found for found in skels.read(path, options) if isinstance(found, Skipped)]


# ---------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("decimals", [0, 1, 4, 5, 8, 14, 15, 17])
def test_numbers_are_those_of_float_bit_for_bit(decimals: int) -> None:
    rng = np.random.default_rng(decimals)
    values = [*rng.uniform(-2.0, 2.0, 3000), *rng.uniform(-1e4, 1e4, 50), 0.0, -0.0]
    text = [f"{value:.{decimals}f}" for value in values] + ["1", "-.5", "+3.25", "1e-3", "-0.00000", "7.", "12.34567"]
    ours = parse_decimals(" ".join(text).encode())
    assert ours.tobytes() == np.array([float(word) for word in text]).tobytes()


def test_long_rows_are_parsed_in_pieces_that_fit_together() -> None:
    text = [f"{k % 10}.{k:05d}"[:7] for k in range(120_000)]
    assert np.array_equal(parse_decimals(" ".join(text).encode() + b" "), np.array(text, dtype=float))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"0.1 x 0.2", "number 2 is 'x'"),
        (b"0.1  0.2", "two spaces in a row before number 2: a number may be missing there"),
        (b" 0.1", "two spaces in a row before number 1"),
        (b"0.1\t0.2", r"number 1 is '0\.1.t0\.2'"),
        (b"1_0 2", "number 1 is '1_0'"),
        (b"0.12345 0.1/345", r"number 2 is '0\.1/345'"),
        (b"0.1 " + b"9" * 65, "number 2 is '99999"),
        (b"0.1 \xff", "number 2 is"),
    ],
)
def test_what_is_no_number_is_named(text: bytes, message: str) -> None:
    with pytest.raises(NotANumberError, match=message):
        parse_decimals(text)


@FUZZ
@given(st.one_of(st.binary(max_size=60), st.text("0123456789.-+e nainf", max_size=60).map(str.encode)))
def test_any_text_is_what_float_says_or_refused(text: bytes) -> None:
    try:
        ours = parse_decimals(text)
    except NotANumberError:
        return
    assert ours.tobytes() == np.array([float(word) for word in text.split()]).tobytes()


# --------------------------------------------------------------------------------------------------------- profiles


@pytest.mark.parametrize("profile", NAMES)
@pytest.mark.parametrize("frames", [1, 2, 7])
def test_each_profile_is_recognised_by_its_numbers(tmp_path: Path, profile: str, frames: int) -> None:
    path = save(tmp_path, [line(words(profile, frames, seed), profile) for seed in range(3)])
    assert {sample.provenance.reader for sample in samples(path)} == {f"skels:{profile}"}


def test_one_broken_clip_does_not_hide_the_profile(tmp_path: Path) -> None:
    lines = [line(words("phoenix", 4, seed), "phoenix") for seed in range(5)]
    lines[2] = "0.1 0.2 zero"
    path = save(tmp_path, lines)
    assert [found.line for found in skipped(path)] == [3]
    assert sum(isinstance(found, Sample) for found in skels.read(path, ANY)) == 4


@pytest.mark.parametrize(
    ("place_of", "counter_of"), [("phoenix", "signllm"), ("signllm", "phoenix"), ("phoenix", "dwpose")]
)
def test_numbers_that_speak_for_two_profiles_are_refused_until_one_is_named(
    tmp_path: Path, place_of: str, counter_of: str
) -> None:
    counters = [row[-1] for row in words(counter_of)]
    clip = [[*row[:-1], counter] for row, counter in zip(words(place_of), counters, strict=True)]
    path = save(tmp_path, [line(clip, place_of)])
    with pytest.raises(
        AmbiguousDataError, match=r"dev\.skels: .*fit no profile wholly .* with the option profile: phoenix or signllm"
    ):
        skels.read(path, ANY)
    (sample,) = samples(path, ReadOptions(profile="phoenix"))
    assert sample.provenance.reader == "skels:phoenix"


def test_files_of_two_profiles_in_one_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, [line(words(profile), profile) for profile in ("phoenix", "signllm")])
    with pytest.raises(AmbiguousDataError, match=r"phoenix: counter from 0 to .* no, neck at 0 no"):
        skels.read(path, ANY)


def test_lines_of_no_profile_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lines of 5 numbers: a frame has 151 or 385, its counter among them"):
        skels.read(save(tmp_path, ["1 2 3 4 5"]), ANY)
    with pytest.raises(DataError, match=r"profile 'fenix' of \.skels: there are phoenix, signllm, dwpose and"):
        skels.read(save(tmp_path, ["1 2 3 4 5"]), ReadOptions(profile="fenix"))
    with pytest.raises(DataError, match="profile 'wide': the shape of the picture"):
        skels.read(save(tmp_path, ["1 2 3 4 5"]), ReadOptions(profile="dwpose:wide"))
    with pytest.raises(DataError, match=r"no \.skels file in this folder"):
        (tmp_path / "dev.skels").unlink()
        skels.read(tmp_path, ANY)


# ---------------------------------------------------------------------------------------------------------- reading


def plain(clip: list[list[str]]) -> npt.NDArray[np.float64]:
    return np.array([[float(word) for word in frame] for frame in clip])


def test_phoenix_has_the_pictures_sides_and_a_computed_depth(tmp_path: Path) -> None:
    clip = words("phoenix")
    (sample,) = samples(save(tmp_path, [line(clip, "phoenix")]), ReadOptions(language="dgs"))
    expected = plain(clip)[:, :150].reshape(4, 50, 3)
    seen = sample.seen
    assert (seen.fps, seen.axes, seen.unit, seen.depth) == (25.0, (1, -1, 1), "arbitrary", "lifted")
    for side, other in (("left", "right"), ("right", "left")):
        swapped = expected[:, prompt2sign.hand_slice(other)]
        assert np.allclose(seen.points[:, prompt2sign.hand_slice(side)], swapped)
        for arm in (prompt2sign.SHOULDER, prompt2sign.ELBOW, prompt2sign.WRIST):
            assert np.allclose(seen.points[:, arm[side]], expected[:, arm[other]])
    assert np.allclose(seen.points[:, :2], expected[:, :2])
    assert (seen.confidence == 1.0).all()


def test_signllm_says_missing_with_a_number(tmp_path: Path) -> None:
    clip = words("signllm")
    clip[1][30:33] = ["0.01600"] * 3  # keypoint 10 is missing
    clip[2][60] = "0.01600"  # one coordinate alone is a coordinate
    (sample,) = samples(save(tmp_path, [line(clip, "signllm")]), ReadOptions(fps=30.0))
    expected = plain(clip)[:, :150].reshape(4, 50, 3)
    expected[1, 10] = 0.0
    assert np.allclose(sample.seen.points, expected)
    assert np.argwhere(sample.seen.confidence == 0.0).tolist() == [[1, 10]]
    assert sample.seen.fps == 30.0


def test_dwpose_has_indices_for_scores_of_the_body_and_scores_of_hands(tmp_path: Path) -> None:
    clip = words("dwpose")
    clip[0][36 + 4] = "-1.00000000"
    clip[1][138 + 21 + 3] = "0.00000000"
    clip[2][138] = "1.25000000"
    clip[3][54:56] = ["-1.00000000"] * 2
    (sample,) = samples(save(tmp_path, [line(clip, "dwpose")]))
    numbers, seen = plain(clip), sample.seen
    assert (seen.fps, seen.unit, seen.depth) == (24.0, "image", "none")
    assert np.argwhere(seen.confidence == 0.0).tolist() == [[0, 4], [1, 8 + 21 + 3], [3, 8]]
    assert seen.confidence[0, 0] == 1.0  # index 0 is a nose that was seen
    assert seen.confidence[2, 8] == 1.0
    assert np.allclose(seen.points[3, :8, :2].ravel(), numbers[3, :16])
    assert np.allclose(seen.points[3, 9:, :2].ravel(), numbers[3, 56:138])
    assert np.allclose(seen.confidence[3, 9:], numbers[3, 139:180])


def test_dwpose_scores_that_are_confidences_are_taken_as_such(tmp_path: Path) -> None:
    clip = words("dwpose")
    clip[0][36 + 4] = "0.50000000"
    clip[0][36] = "0.00000000"
    (sample,) = samples(save(tmp_path, [line(clip, "dwpose")]))
    assert sample.seen.confidence[0, 4] == 0.5 and sample.seen.confidence[0, 0] == 0.0


def with_face(clip: list[list[str]], height: float) -> list[list[str]]:
    """A clip in pictures of a height in widths: a face, as wide as it is from the bridge of the nose to the chin."""
    face = np.zeros((68, 2))
    face[0], face[16], face[8], face[27] = [0.4, 0.3], [0.6, 0.3], [0.5, 0.3 + 0.174 / height], [0.5, 0.3]
    return [[*row[:180], *(f"{v:.8f}" for v in face.ravel()), *row[316:]] for row in clip]


@pytest.mark.parametrize("shape", ["16:9", "4:3", "1:1", "9:16"])
def test_dwpose_gives_picture_widths_by_the_shape_that_faces_show(tmp_path: Path, shape: str) -> None:
    wide, high = map(int, shape.split(":"))
    clip = with_face(words("dwpose"), high / wide)
    path = save(tmp_path, [line(clip, "dwpose")])
    (measured,), (said,) = samples(path), samples(path, ReadOptions(profile=f"dwpose:{shape}"))
    name = "skels:dwpose" if shape == "1:1" else f"skels:dwpose:{shape}"
    assert measured.provenance.reader == said.provenance.reader == name
    assert np.array_equal(measured.seen.points, said.seen.points)
    assert np.allclose(measured.seen.points[:, 8:, 1].ravel() * wide / high, plain(clip)[:, 55:138:2].ravel())
    assert np.allclose(measured.seen.points[:, 8:, 0].ravel(), plain(clip)[:, 54:138:2].ravel())
    # Named with its shape, the file's own numbers are written; without, square pictures that look the same.
    for written, read_as in ((name.removeprefix("skels:"), name.removeprefix("skels:")), ("dwpose", "")):
        write_skels([measured], tmp_path / "out", written)
        (again,) = samples(tmp_path / "out", ReadOptions(profile=read_as))
        assert np.allclose(again.seen.points, measured.seen.points, atol=2e-8, rtol=1e-6)
        if written != "dwpose":
            text = (tmp_path / "out" / "dev.skels").read_text().split()
            assert np.allclose([float(word) for word in text[54:138]], plain(clip)[0, 54:138], atol=1e-7, rtol=0.0)


def test_lines_are_named_by_the_files_beside_them(tmp_path: Path) -> None:
    lines = [line(words("phoenix", seed=k), "phoenix") for k in range(2)]
    path = save(tmp_path, lines, files="dev/a\r\ndev/b", text='eins\n"zwei, drei"\n', gloss="EINS\nZWEI DREI\n")
    found = [(s.name, s.text, s.gloss, s.split, s.provenance.source) for s in samples(tmp_path)]
    assert found == [
        ("dev/a", "eins", ("EINS",), "dev", "dev.skels"),
        ("dev/b", "zwei, drei", ("ZWEI", "DREI"), "dev", "dev.skels"),
    ]
    table = tmp_path / "table.csv"
    table.write_text("name|speaker|orth|translation\nb|S1|Z|zwei\n")
    found_b = samples(path, ReadOptions(text=table))[1]
    assert (found_b.text, found_b.gloss, found_b.signer) == ("zwei", ("Z",), "S1")


def test_lines_without_names_are_numbered(tmp_path: Path) -> None:
    path = save(tmp_path, [line(words("phoenix", seed=k), "phoenix") for k in range(2)], stem="part")
    assert [(s.name, s.split) for s in samples(path, ReadOptions(split="test"))] == [
        ("part-000001", "test"),
        ("part-000002", "test"),
    ]


@pytest.mark.parametrize("suffix", ["files", "text", "gloss"])
def test_files_with_more_or_fewer_lines_than_clips_are_refused_with_file_and_line(tmp_path: Path, suffix: str) -> None:
    lines = [line(words("phoenix", seed=k), "phoenix") for k in range(2)]
    path = save(tmp_path, lines, **{suffix: "a\n"})
    with pytest.raises(DataError, match=rf"dev\.{suffix}, line 2: 1 lines, but dev\.skels has 2"):
        skels.read(path, ANY)
    save(tmp_path, lines, **{suffix: "a\nb\nc"})
    with pytest.raises(DataError, match=rf"dev\.{suffix}, line 3: 3 lines, but dev\.skels has 2"):
        skels.read(path, ANY)


def _without_counters(clip: list[list[str]]) -> list[list[str]]:
    return [row[:-1] for row in clip]


def _one_number_moved(clip: list[list[str]]) -> list[list[str]]:
    return [clip[0], clip[1][1:], [*clip[2], "0.1"], clip[3]]


def _nothing(clip: list[list[str]]) -> list[list[str]]:
    return []


def _all_nan(clip: list[list[str]]) -> list[list[str]]:
    return [["nan"] * 150 + row[150:] for row in clip]


def _far_out(clip: list[list[str]]) -> list[list[str]]:
    return [["1e30", *row[1:]] for row in clip]


def _a_word(clip: list[list[str]]) -> list[list[str]]:
    return [[*row[:7], "missing", *row[8:]] for row in clip]


def _an_empty_word(clip: list[list[str]]) -> list[list[str]]:
    return [[*row[:7], "", *row[7:]] for row in clip]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_without_counters, "600 numbers .* of 151, .* they would be of 150, so the counters seem to be missing"),
        (lambda clip: [clip[0], clip[1][1:], *clip[2:]], "603 numbers are no whole number of frames of 151"),
        (_one_number_moved, r"frame 2 ends with .* where its counter, 0\.25000, should be: a number is missing"),
        (_an_empty_word, "two spaces in a row before number 8: a number may be missing there"),
        (_a_word, "number 8 is 'missing'"),
        (_nothing, "the line is empty"),
        (_all_nan, "no keypoint in any frame"),
        (_far_out, r"a coordinate of 1e\+30: none is larger than 1e\+06"),
    ],
)
def test_a_damaged_line_is_skipped_with_its_number(tmp_path: Path, damage: Any, reason: str) -> None:
    lines = [line(words("phoenix", seed=k), "phoenix") for k in range(6)]
    lines[3] = line(damage(words("phoenix", seed=3)), "phoenix")
    (found,) = skipped(save(tmp_path, lines))
    assert (found.source, found.line) == ("dev.skels", 4)
    with pytest.raises(DataError, match=reason):
        raise DataError(found.reason)


def test_a_line_that_is_too_long_is_skipped_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(words("phoenix", seed=k), "phoenix") for k in range(5)]
    lines[2] = line(words("phoenix", 9), "phoenix")
    monkeypatch.setattr(skels, "MAX_LINE_BYTES", max(map(len, lines[:2])) + 100)
    (found,) = skipped(save(tmp_path, lines))
    assert found.line == 3 and "the line is longer than" in found.reason


def test_nan_makes_a_keypoint_missing(tmp_path: Path) -> None:
    clip = words("phoenix")
    clip[1][33] = "nan"
    (sample,) = samples(save(tmp_path, [line(clip, "phoenix")]))
    assert np.argwhere(sample.seen.confidence == 0.0).tolist() == [[1, 11 + 21]]
    assert not sample.seen.points[1, 11 + 21].any()


@FUZZ
@given(
    profile=st.sampled_from(["", *NAMES]),
    made_as=st.sampled_from(NAMES),
    content=st.binary(max_size=60),
    at=st.integers(0, 10_000),
    replaced=st.integers(0, 20),
)
def test_any_bytes_are_samples_skipped_or_refused(
    tmp_path: Path, profile: str, made_as: str, content: bytes, at: int, replaced: int
) -> None:
    good = (line(words(made_as, 2), made_as) + "\n").encode()
    (tmp_path / "dev.skels").write_bytes(good[:at] + content + good[at + replaced :])
    try:
        read = list(skels.read(tmp_path, ReadOptions(profile=profile)))
    except DataError:
        return
    assert all(isinstance(found, Sample | Skipped) for found in read)


# ---------------------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("profile", ["phoenix", "signllm"])
def test_what_was_read_is_written_byte_for_byte(tmp_path: Path, profile: str) -> None:
    clips = [words(profile, frames, seed) for frames, seed in ((1, 0), (3, 1), (7, 2), (113, 3))]
    clips[1][0][9], clips[1][0][12] = "-0.00000", "0.00000"
    if profile == "signllm":
        clips[2][3][30:33] = ["0.01600"] * 3
    path = save(tmp_path, [line(clip, profile) for clip in clips], files="a\nb\nc\nd\n", text="eins\n\ndrei\nvier ü\n")
    written = write_skels(samples(path), tmp_path / "out", profile)
    assert sorted(file.name for file in written) == ["dev.files", "dev.skels", "dev.text"]
    for file in written:
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(file.name for file in written)


@pytest.mark.parametrize("profile", NAMES)
def test_the_standard_and_back_gives_the_same_file_but_for_the_sign_of_zero(tmp_path: Path, profile: str) -> None:
    path = save(tmp_path, [line(words(profile, 5, seed), profile) for seed in range(4)])
    there = [replace(sample, seen=restore(standardise(sample.seen))) for sample in samples(path)]
    write_skels(samples(path), tmp_path / "direct", profile)
    write_skels(there, tmp_path / "standard", profile)
    direct, standard = ((tmp_path / folder / "dev.skels").read_bytes() for folder in ("direct", "standard"))
    if profile == "dwpose":  # eight decimals are more than single precision has
        assert np.allclose(
            parse_decimals(direct.replace(b"\n", b" ")), parse_decimals(standard.replace(b"\n", b" ")), atol=2e-7
        )
    else:
        assert direct.replace(b"-0.00000", b"0.00000") == standard


def test_dwpose_gives_its_keypoints_back_and_nothing_of_legs_and_face(tmp_path: Path) -> None:
    clip = words("dwpose")
    clip[0][36 + 4] = "-1.00000000"
    read = samples(save(tmp_path, [line(clip, "dwpose")]))
    write_skels(read, tmp_path / "out", "dwpose")
    before = plain(clip)
    after = parse_decimals((tmp_path / "out" / "dev.skels").read_bytes().removesuffix(b"\n")).reshape(4, 385)
    kept = [*range(16), *range(36, 44), *range(54, 180), 384]
    before[0, [8, 9]] = 0.0  # the missing keypoint's own coordinates
    assert np.allclose(after[:, kept], before[:, kept], atol=1e-7, rtol=0.0)
    assert (after[:, 44:54] == -1.0).all() and not np.delete(after, [*kept, *range(44, 54)], axis=1).any()
    (again,) = samples(tmp_path / "out")
    assert np.array_equal(again.seen.points, read[0].seen.points)
    assert np.array_equal(again.seen.confidence, read[0].seen.confidence)
    write_skels([again], tmp_path / "twice", "dwpose")
    assert (tmp_path / "twice" / "dev.skels").read_bytes() == (tmp_path / "out" / "dev.skels").read_bytes()


@pytest.mark.parametrize("profile", ["phoenix", "signllm"])
def test_clips_from_elsewhere_are_recognised_as_the_profile_they_were_placed_in(tmp_path: Path, profile: str) -> None:
    seen = made.observation(9, depth="lifted")
    write_skels([made.sample("a", seen=seen), made.sample("b", seen=seen)], tmp_path, profile)
    read = samples(tmp_path)
    assert [(s.name, s.split, s.text, s.gloss) for s in read] == [
        (name, "train", "I am going to show you.", ("SHOW", "YOU")) for name in ("a", "b")
    ]
    assert read[0].provenance.reader == f"skels:{profile}"
    assert read[0].seen.points[0, 2, 0] < read[0].seen.points[0, 5, 0]  # the right shoulder stays at the right side


def test_a_clip_that_was_moved_since_it_was_read_is_placed_again(tmp_path: Path) -> None:
    (read,) = samples(save(tmp_path, [line(words("phoenix"), "phoenix")]))
    moved = replace(read.seen, points=read.seen.points * np.float32(2.0) + np.float32(1.0), unit="metre")
    write_skels([replace(read, seen=moved)], tmp_path / "out", "phoenix")
    (again,) = samples(tmp_path / "out")
    assert np.allclose(again.seen.points, read.seen.points, atol=2e-5)


def test_placing_keeps_shapes_and_turns_axes() -> None:
    """Two sources that differ in axes, unit and origin alone are one clip in the profile."""
    seen = replace(made.observation(9, depth="lifted", missing=0.0), unit="pixel")
    other = replace(
        seen,
        points=(seen.points * np.array([-0.01, -0.01, 0.01], np.float32) + np.float32(3.0)),
        axes=(-1, 1, 1),
        unit="metre",
    )
    for name in ("phoenix", "signllm"):
        profile = skels_profiles.PROFILES[name]
        ours, theirs = place(seen, profile), place(other, profile)
        planar = slice(0, 3 if name == "signllm" else 2)
        assert np.allclose(ours.points[..., planar], theirs.points[..., planar], atol=1e-4)


def test_a_frame_without_shoulders_is_measured_as_those_around_it() -> None:
    seen = made.observation(5, depth="lifted", missing=0.0)
    gone = seen.confidence.copy()
    gone[2, [1, 2, 5]] = 0.0
    profile = skels_profiles.PROFILES["phoenix"]
    placed, whole = place(replace(seen, confidence=gone), profile), place(seen, profile)
    known = gone > 0.0
    assert np.allclose(placed.points[known], whole.points[known], atol=1e-6)


@pytest.mark.parametrize(
    ("profile", "changes", "message"),
    [
        ("phoenix", {}, "a: the clip has no depth, and the profile phoenix has: lift it first"),
        ("signllm", {}, "a: the clip has no depth"),
        ("dwpose", {}, "a: the unit is 'pixel': the profile dwpose has parts of the picture"),
        ("phoenix", {"name": "a\nb"}, "has a line end"),
        ("fenix", {}, "profile 'fenix' of .skels"),
    ],
)
def test_what_a_profile_cannot_say_is_refused_and_leaves_no_files(
    tmp_path: Path, profile: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        write_skels([replace(made.sample("a"), **changes)], tmp_path, profile)
    assert not list(tmp_path.iterdir())


def test_shoulders_that_are_never_seen_are_refused() -> None:
    seen = Observation(np.ones((2, 50, 3), np.float32), np.zeros((2, 50), np.float32), 25.0, depth="lifted")
    with pytest.raises(DataError, match="both shoulders are never seen"):
        place(seen, skels_profiles.PROFILES["phoenix"])
    with pytest.raises(DataError, match="all in one place or missing"):
        place(seen, skels_profiles.PROFILES["signllm"])


def test_an_error_half_way_leaves_older_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "train.skels").write_text("older\n")
    good = made.sample("a", seen=made.observation(depth="lifted"))
    with pytest.raises(DataError, match="b: the clip has no depth"):
        write_skels([good, made.sample("b")], tmp_path, "phoenix")
    assert [path.name for path in tmp_path.iterdir()] == ["train.skels"]
    assert (tmp_path / "train.skels").read_text() == "older\n"


def test_line_ends_in_a_text_become_spaces(tmp_path: Path) -> None:
    seen = made.observation(depth="lifted")
    write_skels([made.sample("a", seen=seen, text="one\ntwo\r\nthree", gloss=())], tmp_path, "phoenix")
    assert (tmp_path / "train.text").read_bytes() == b"one two three\n"
    assert not (tmp_path / "train.gloss").exists()


# -------------------------------------------------------------------------------------------------------- real data


def test_real_phoenix_clips_are_written_byte_for_byte(tmp_path: Path) -> None:
    folder = real_data("skels_phoenix")
    read = samples(folder, ReadOptions(language="dgs"))
    assert len(read) == 10 and {s.provenance.reader for s in read} == {"skels:phoenix"}
    written = write_skels(read, tmp_path, "phoenix")
    assert sorted(file.name for file in written) == sorted(file.name for file in folder.iterdir())
    for file in written:
        assert file.read_bytes() == (folder / file.name).read_bytes(), file.name


def test_the_signers_right_hand_is_the_raised_one_in_real_phoenix_clips() -> None:
    """Phoenix's interpreters are right-handed; this is what the sides of the profile were concluded from."""
    raised = []
    for sample in samples(real_data("skels_phoenix")):
        points = sample.seen.points * np.array(sample.seen.axes, np.float32)
        right, left = prompt2sign.WRIST["right"], prompt2sign.WRIST["left"]
        raised.append(np.mean(points[:, right, 1] > points[:, left, 1]) > 0.5)
        shoulders = prompt2sign.SHOULDER
        assert (points[:, shoulders["right"], 0] < points[:, shoulders["left"], 0]).all()  # x points to the left
    assert sum(raised) >= 9
