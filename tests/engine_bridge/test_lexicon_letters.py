"""The manual alphabet on the avatar's own bones, alone and against the hands of real signers."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from signllm.errors import InputError
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import rotation
from signllm_bridge import lexicon_cli, lexicon_letters, real_hands
from signllm_bridge.hand_angles import BENT_DEG, FINGERS, JOINTS, closed_fingers, joint_angles, read_letters
from signllm_bridge.letter_features import FEATURES, AvatarHand, avatar_hands, find_features
from tests.real_data import real_data

Array = npt.NDArray[np.float64]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HANDS = avatar_hands(Synthesiser.load("asl"))
FINDINGS = find_features(HANDS)
OURS = lexicon_letters.avatar_angles(HANDS)


# Features


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: f"{finding.feature.letters}: {finding.feature.what}")
def test_every_distinctive_feature_holds_on_the_avatar(finding: object) -> None:
    assert finding.holds, f"{finding.value:.1f}"  # type: ignore[attr-defined]


def test_there_are_forty_features_or_more_and_every_letter_has_one() -> None:
    assert len(FEATURES) >= 40
    assert set("".join(feature.letters for feature in FEATURES)) - {" "} == set(LETTERS)


def failing(**swapped: str) -> set[str]:
    """Letters of the features that fail when some letters are made with another letter's hand."""
    hands: dict[str, AvatarHand] = HANDS | {letter: HANDS[other] for letter, other in swapped.items()}
    return {finding.feature.letters for finding in find_features(hands) if not finding.holds}


@pytest.mark.parametrize(
    ("letter", "other"),
    [("T", "A"), ("N", "M"), ("M", "N"), ("S", "A"), ("A", "S"), ("E", "S"), ("U", "V"), ("V", "U"), ("R", "U"),
     ("K", "V"), ("G", "Q"), ("H", "U"), ("P", "K"), ("D", "Z"), ("F", "O"), ("O", "C"), ("C", "O"), ("X", "D"),
     ("Y", "I"), ("I", "Y"), ("J", "I"), ("L", "D"), ("W", "V"), ("B", "W"), ("Q", "G"), ("Z", "D")],
)  # fmt: skip
def test_a_letter_made_as_its_neighbour_is_found_out(letter: str, other: str) -> None:
    assert any(letter in letters for letters in failing(**{letter: other}))


# Joint angles and the reader


def some_hands() -> Array:
    return np.stack([HANDS[letter].points for letter in LETTERS])


def test_joint_angles_do_not_depend_on_where_the_hand_is_how_it_is_turned_or_how_large_it_is() -> None:
    rng = np.random.default_rng(3)
    turn = rotation.quat_to_matrix(rotation.normalize(rng.normal(size=4)))
    moved = 250.0 * some_hands() @ turn.T + rng.normal(size=3)
    np.testing.assert_allclose(joint_angles(moved), joint_angles(some_hands()), atol=1e-6)


def test_a_batch_of_hands_gives_what_each_gives() -> None:
    batch = joint_angles(some_hands())
    assert batch.shape == (26, len(JOINTS))
    np.testing.assert_allclose(batch[3], joint_angles(HANDS["D"].points))


def test_flat_and_closed_fingers_are_told_apart() -> None:
    assert not closed_fingers(OURS["B"]).any() and closed_fingers(OURS["S"]).all()
    assert dict(zip(FINGERS, closed_fingers(OURS["L"]), strict=True)) == {
        "index": False, "middle": True, "ring": True, "little": True
    }  # fmt: skip


def test_a_reader_names_every_letter_that_has_a_handshape_of_its_own_of_the_hand_that_it_knows() -> None:
    read = read_letters(OURS, OURS)
    assert all(read[letter] == letter for letter in LETTERS if letter not in "GHIJKPQU")


def test_our_letters_agree_with_themselves_in_104_states() -> None:
    states = lexicon_letters.compare_states("a", OURS, "b", OURS)
    assert (states.agree, states.total, states.differ) == (104, 104, ())


# Files


def pose_file(path: Path, version: float = 0.2, hand: str = "RIGHT_HAND_LANDMARKS", frames: int = 6) -> Path:
    def text(name: str) -> bytes:
        return struct.pack("<H", len(name)) + name.encode()

    names = b"".join(text(f"P{k}") for k in range(21))
    header = struct.pack("<fHHHH", version, 500, 400, 0, 1)
    component = text(hand) + text("XYZC") + struct.pack("<HHH", 21, 1, 0) + names + struct.pack("<HH", 0, 1)
    counts = struct.pack("<fIH", 25.0, frames, 1) if version > 0.15 else struct.pack("<HHH", 25, frames, 1)
    values = np.tile(HANDS["B"].points * [1000.0, -1000.0, -2.0], (frames, 1, 1)).astype("<f4")
    path.write_bytes(header + component + counts + values.tobytes() + np.ones((frames, 21), "<f4").tobytes())
    return path


@pytest.mark.parametrize("version", [0.1, 0.2])
def test_a_pose_file_gives_the_right_hand_back(tmp_path: Path, version: float) -> None:
    hand = real_hands.read_pose_hand(pose_file(tmp_path / "b.pose", version))
    assert hand.shape == (6, 21, 3)
    np.testing.assert_allclose(joint_angles(hand[0]), OURS["B"], atol=0.05)


@pytest.mark.parametrize("damage", ["empty", "short", "version", "hand", "noise"])
def test_a_damaged_pose_file_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = pose_file(tmp_path / "x.pose", version=0.7 if damage == "version" else 0.2,
                     hand="LEFT_HAND_LANDMARKS" if damage == "hand" else "RIGHT_HAND_LANDMARKS")  # fmt: skip
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "short": data[:300], "noise": bytes(range(256)) * 9}.get(damage, data))
    with pytest.raises(InputError, match=r"x\.pose is no \.pose file with a right hand"):
        real_hands.read_pose_hand(path)


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", json.dumps([[0, [], [[], []]]]), "[[0, [], [[], [[1]]]]]"])
def test_a_damaged_json_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "A.json").write_text(content)
    with pytest.raises(InputError, match=r"A\.json"):
        real_hands.load_json_letters(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SIGNLLM_TEST_DATA must name the folder"):
        lexicon_letters.load_real(tmp_path)


def test_the_frames_in_which_a_letter_is_held_are_the_quiet_ones() -> None:
    still = np.tile(HANDS["B"].points, (8, 1, 1))
    moving = still + np.linspace(0.0, 1.0, 8)[:, None, None]
    held = real_hands.held(np.concatenate([moving, still, moving]))
    np.testing.assert_array_equal(held, still[:6])


# The command


def test_the_command_prints_the_features_and_says_that_no_real_hands_were_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SIGNLLM_TEST_DATA", raising=False)
    assert lexicon_cli.main(["letters"]) == 0
    printed = capsys.readouterr().out
    assert f"{len(FEATURES)} of {len(FEATURES)} hold" in printed and "set SIGNLLM_TEST_DATA" in printed


def test_a_file_that_cannot_be_written_is_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SIGNLLM_TEST_DATA", raising=False)
    assert lexicon_cli.main(["letters", "--out", str(tmp_path / "none" / "letters.md")]) == 2
    assert "name a file in a folder that exists" in capsys.readouterr().err


# Real hands


@pytest.fixture(scope="module")
def real() -> dict[str, dict[str, Array]]:
    folder = real_data(real_hands.POSE_FOLDER).parent
    real_data(real_hands.JSON_FOLDER)
    return {name: dict(angles) for name, angles in lexicon_letters.load_real(folder).items()}


def test_fingers_are_open_and_closed_as_on_real_hands_in_102_of_104_states(real: dict[str, dict[str, Array]]) -> None:
    for name, angles in real.items():
        states = lexicon_letters.compare_states("ours", OURS, name, angles)
        assert states.total == 104 and states.agree >= lexicon_letters.AGREE_AIM, states.differ


def test_a_reader_of_real_hands_names_our_letters_as_often_as_the_other_real_signers(
    real: dict[str, dict[str, Array]],
) -> None:
    readings = lexicon_letters.compare_readings(OURS, real)
    assert len(readings) == 2
    for reading in readings:
        assert reading.ours_right >= reading.real_right > 5, reading


def test_our_angles_are_as_near_to_real_hands_as_these_are_to_each_other(real: dict[str, dict[str, Array]]) -> None:
    one, other = real.values()

    def apart(a: dict[str, Array], b: dict[str, Array]) -> float:
        return float(np.mean([np.abs(a[letter] - b[letter]).mean() for letter in LETTERS]))

    assert min(apart(dict(OURS), one), apart(dict(OURS), other)) < apart(one, other)


def test_the_command_passes_on_real_hands_and_prints_its_threshold(
    real: dict[str, dict[str, Array]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert lexicon_cli.main(["letters"]) == 0
    printed = capsys.readouterr().out
    assert f"more than {BENT_DEG:g} degrees" in printed and "fail" not in printed
