"""Pictures of the avatar show what is there, where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from signllm.lexicon.signs import load_signs, parse_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import rotation
from signllm.motion.skeletons import prompt2sign
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar import skin
from signllm_bridge.avatar.picture import BACKGROUND, FRONT, PALM, SIDE, THUMB, Frame, Picture, painter, skin_frames
from signllm_bridge.lexicon_cli import main
from signllm_bridge.lexicon_postures import chosen, key_postures, read_signs
from signllm_bridge.lexicon_sheets import Block, Cell, block_image, pages
from signllm_bridge.retarget import retarget

BODY = Frame(-0.7, 0.7, 0.8, 1.8)
SIGNS = load_signs("asl")
SYNTHESISER = Synthesiser.load("asl")
REST = np.tile(rotation.IDENTITY, (len(HUMANOID.joint_names), 1))


def drawn(picture: Picture) -> npt.NDArray[np.bool_]:
    return np.asarray(np.any(picture != np.array(BACKGROUND, dtype=np.uint8), axis=-1))


def posed(gloss: str) -> npt.NDArray[np.float64]:
    clip = SYNTHESISER.clip([gloss])[0]
    return np.asarray(retarget(clip[len(clip) // 2]))


def test_a_raised_right_hand_is_on_the_left_of_the_front_picture() -> None:
    draw = painter()
    hand = draw.hand_faces("right")
    seen = drawn(draw.picture(draw.pose(posed("fs:B")), FRONT, BODY, pixels_per_metre=100.0, faces=hand))
    rows, columns = np.nonzero(seen)
    assert len(rows) > 50
    assert columns.max() < seen.shape[1] / 2
    assert rows.mean() < seen.shape[0] / 2


def test_from_the_right_side_the_signer_looks_to_the_right() -> None:
    draw = painter()
    seen = drawn(draw.picture(draw.pose(posed("fs:B")), SIDE, BODY, pixels_per_metre=100.0))
    head = seen[8:22]  # 1.58 to 1.72 m
    nose = (np.nonzero(head.any(axis=0))[0].max() + 1) / 100.0 - 0.7
    assert nose == pytest.approx(0.166, abs=0.015)


def test_what_is_nearer_hides_what_is_farther() -> None:
    draw = painter()
    vertices = draw.pose(posed("fs:B"))
    back = draw.mesh.part_of_face == [part.material for part in draw.mesh.parts].index("top")
    both = draw.picture(vertices, FRONT, BODY, pixels_per_metre=100.0, faces=back | draw.hand_faces("right"))
    hand = draw.picture(vertices, FRONT, BODY, pixels_per_metre=100.0, faces=draw.hand_faces("right"))
    # The hand is in front of the shoulder: its pixels, but for those at its rim, stay as they are.
    inside = drawn(hand)
    inside[1:-1, 1:-1] &= inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    redder = both[..., 0].astype(int) > both[..., 2].astype(int)  # skin is, the top is not
    assert redder[inside].mean() > 0.95


def test_a_metre_is_as_many_pixels_as_was_asked_for() -> None:
    draw = painter()
    seen = drawn(draw.picture(draw.pose(REST), FRONT, Frame(-1.0, 1.0, -0.1, 1.9), pixels_per_metre=120.0))
    columns, rows = np.nonzero(seen.any(axis=0))[0], np.nonzero(seen.any(axis=1))[0]
    assert seen.shape == (240, 240)
    assert columns.max() - columns.min() == pytest.approx(120.0 * np.ptp(draw.mesh.vertices[:, 0]), abs=3)
    assert rows.max() - rows.min() == pytest.approx(120.0 * np.ptp(draw.mesh.vertices[:, 1]), abs=3)


def test_faces_leave_no_holes() -> None:
    draw = painter()
    trunk = Frame(-0.10, 0.10, 1.05, 1.30)
    assert drawn(draw.picture(draw.pose(REST), FRONT, trunk, pixels_per_metre=400.0)).all()


def test_nothing_in_the_frame_is_an_empty_picture() -> None:
    draw = painter()
    picture = draw.picture(draw.pose(REST), FRONT, Frame(5.0, 5.2, 0.0, 0.1), pixels_per_metre=100.0)
    assert picture.shape == (10, 20, 3) and not drawn(picture).any()


def test_views_of_the_hand_have_its_thumb_where_a_viewer_expects_it() -> None:
    rest = HUMANOID.rest_positions
    tip = rest[HUMANOID.index["rightThumbDistal"]] - rest[HUMANOID.index["rightHand"]]
    finger = rest[HUMANOID.index["rightMiddleDistal"]] - rest[HUMANOID.index["rightHand"]]
    assert PALM.project(tip)[0] > 0.03 and PALM.project(finger)[1] > 0.1  # to the viewer's right, fingers up
    assert THUMB.project(tip)[2] > 0.03 and THUMB.project(finger)[1] > 0.1  # to the viewer
    assert THUMB.project(np.array([0.0, -1.0, 0.0]))[0] == pytest.approx(-1.0)  # the palm's side is on the left


def test_many_frames_are_skinned_like_one() -> None:
    draw, poses = painter(), np.stack([posed("BOOK"), posed("fs:B")])
    frames = skin_frames(draw.mesh, poses)
    for frame, pose in zip(frames, poses, strict=True):
        np.testing.assert_allclose(frame, skin(draw.mesh, pose), atol=1e-12)
    some = np.array([5, 4000, 9000])
    np.testing.assert_allclose(skin_frames(draw.mesh, poses, some), frames[:, some], atol=1e-12)


TAPPED = """
[TAPPED]
hands = "one"
start = { shape = "S", palm = "F", fingers = "U", at = "NEUTRAL", part = "palm" }
steps = [
  { ms = 120 },
  { ms = 400, tap = { times = 2, gap = 0.04, away = "F" } },
  { ms = 200, offset = { R = 0.1 } },
  { ms = 400, offset = {}, bulge = "U", height = 0.35 },
]
"""


def test_a_tap_and_a_bow_are_shown_at_their_extremes_and_a_hold_only_once() -> None:
    signs = parse_signs(TAPPED, "test")
    shown = key_postures(signs["TAPPED"], Synthesiser(signs))
    assert [posture.caption for posture in shown] == ["start", "in step 2", "step 2", "step 3", "in step 4", "step 4"]
    wrist = np.array([posture.keypoints[prompt2sign.WRIST["right"]] for posture in shown])
    assert wrist[1, 2] - wrist[0, 2] == pytest.approx(0.04, abs=0.003)
    assert wrist[4, 1] - wrist[0, 1] == pytest.approx(0.35 * 0.1, abs=0.004)


def test_signs_of_ones_own_are_read_and_a_broken_file_is_only_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asl").mkdir()
    (tmp_path / "asl" / "mine.toml").write_text(TAPPED, encoding="utf-8")
    (tmp_path / "asl" / "broken.toml").write_text("[OOPS", encoding="utf-8")
    monkeypatch.setenv("SIGNLLM_LEXICON", str(tmp_path))
    said: list[str] = []
    signs = read_signs("asl", said.append)
    assert "TAPPED" in signs and set(SIGNS) <= set(signs)
    assert len(said) == 1 and "broken.toml" in said[0]


def test_names_of_signs_are_found_as_people_type_them() -> None:
    assert chosen(SIGNS, ["thank you", "FS:a", "BOOK"]) == ["THANK-YOU", "fs:A", "BOOK"]


def test_a_sheet_holds_all_its_blocks_and_tears_no_row() -> None:
    cell = Cell(np.zeros((40, 60, 3), dtype=np.uint8), "caption")
    block = Block("NAME", [[cell, cell], [cell, cell], [cell, cell]])
    image = block_image(block, 300)  # two rows of two fit beside one another, the third goes below
    assert image.width <= 300 and 80 < image.height < 190
    sheets = list(pages([block] * 5, width=320, most=2))
    assert len(sheets) == 3 and all(sheet.width == 320 for sheet in sheets)


def test_the_command_writes_one_sheet_of_the_signs_that_it_is_given(tmp_path: Path) -> None:
    out = tmp_path / "signs.png"
    assert main(["render", "BOOK", "--hands", "--out", str(out)]) == 0
    with Image.open(out) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape[0] > 320 and pixels.shape[1] > 600
    assert np.std(pixels) > 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["render", "BOOKK", "--out", "x.png"], "there is no sign 'BOOKK'; similar: BOOK"),
        (["render", "BOOK", "--out", "x.jpg"], "one sheet is a .png file"),
        (["render", "--out", "x.png"], "name a folder"),
        (["render", "BOOK", "--out", "x.png", "--language", "xyz"], "no lexicon 'xyz'"),
        (["rendr"], "did you mean render?"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err
