"""`signllm lexicon render`: pictures of signs, letters and handshapes, to be looked at by people."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from signllm.arguments import CommandParser
from signllm.errors import InputError
from signllm.face.expressions import find_expression
from signllm.lexicon.hand import hand_rotations
from signllm.lexicon.handshapes import load_handshapes
from signllm.lexicon.phonology import Sign
from signllm.lexicon.synthesise import Synthesiser
from signllm.motion import rotation
from signllm.motion.skeletons import humanoid, prompt2sign
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar import picture
from signllm_bridge.avatar.picture import ABOVE, FRONT, PALM, SIDE, THUMB, Frame, View
from signllm_bridge.lexicon_postures import KeyPosture, chosen, key_postures, read_signs
from signllm_bridge.lexicon_sheets import Block, Cell, pages
from signllm_bridge.retarget import retarget

if TYPE_CHECKING:
    from PIL import Image

Array = npt.NDArray[np.float64]

_EXAMPLES: Final = """\
examples:
  signllm lexicon render BOOK SCHOOL --out signs.png
      these signs at their key postures, from the front and from the signer's right
  signllm lexicon render BOOK --hands --out book.png
      the hands beside it, twice as large
  signllm lexicon render --letters --out letters.png
      the manual alphabet, hand by hand
  signllm lexicon render --handshapes --out handshapes.png
      every handshape from the palm side and from the thumb side
  signllm lexicon render --out sheets
      contact sheets of all handshapes, letters and signs, in a folder
"""

_BODY: Final = {"front": Frame(-0.42, 0.42, 0.86, 1.78), "right side": Frame(-0.20, 0.62, 0.86, 1.78)}
"""Hips to head, metres; a picture grows where a hand goes beyond."""
_BUST: Final = {"front": Frame(-0.20, 0.20, 1.32, 1.76), "right side": Frame(-0.13, 0.18, 1.32, 1.76)}
"""Head and shoulders; a picture of a contact sheet shows them and the hands, nothing else."""
_MARGIN: Final = 0.03
_AT_REST: Final = -0.45
"""Metres from the shoulders: a hand whose middle is lower hangs at rest."""
_SCALE, _SHEET_SCALE, _HAND_SCALE = 348.0, 290.0, 1000.0
"""Pixels per metre: 320 pixels from the hips to the head, about 200 for a hand alone."""
_WIDTH, _SHEET_WIDTH = 1240, 2560
_SIGNS_A_PAGE: Final = 24
_LETTERS: Final = ("fs:", "dgs:", "dsgs:", "dig:")


def render(argv: Sequence[str] | None = None) -> int:
    """`signllm lexicon render`. Returns the exit status."""
    parser = CommandParser("lexicon render", "Draw signs, letters and handshapes with the avatar.", _EXAMPLES)
    parser.add_argument("signs", nargs="*", metavar="SIGN", help="glosses, such as BOOK or fs:A; all when absent")
    parser.add_argument("--out", required=True, type=Path, help="a .png file, or a folder for sheets of everything")
    parser.add_argument("--hands", action="store_true", help="add close-ups of both hands")
    parser.add_argument("--letters", action="store_true", help="close-ups of the manual alphabet and the digits")
    parser.add_argument("--handshapes", action="store_true", help="every handshape from two sides")
    parser.add_argument("--language", default="asl", help="sign language (default: asl)")
    options = parser.parse_args(argv)
    signs = read_signs(options.language, _report)
    synthesiser = Synthesiser(signs)
    if options.signs:
        names = chosen(signs, options.signs)
        blocks = [sign_block(signs[name], synthesiser, scale=_SCALE, hands=options.hands) for name in names]
        return _one_file(blocks, options.out, _WIDTH)
    letters = [name for name in signs if name.startswith(_LETTERS)]
    if options.letters:
        return _one_file([hand_block(signs[name], synthesiser) for name in letters], options.out, _WIDTH)
    if options.handshapes:
        return _one_file(handshape_blocks(), options.out, _WIDTH)
    if options.out.suffix:
        raise InputError(f"--out {options.out}: everything does not fit into one picture; name a folder, or some signs")
    options.out.mkdir(parents=True, exist_ok=True)
    _write(pages(handshape_blocks(), width=_SHEET_WIDTH, most=60), options.out, "handshapes")
    _write(
        pages([hand_block(signs[name], synthesiser) for name in letters], width=_SHEET_WIDTH, most=60),
        options.out,
        "letters",
    )
    named = [name for name in signs if name not in letters]
    blocks = [sign_block(signs[n], synthesiser, scale=_SHEET_SCALE, hands=options.hands, least=_BUST) for n in named]
    _write(pages(blocks, width=_SHEET_WIDTH, most=_SIGNS_A_PAGE), options.out, "signs")
    return 0


def sign_block(
    sign: Sign,
    synthesiser: Synthesiser,
    *,
    scale: float,
    hands: bool = False,
    least: Mapping[str, Frame] = _BODY,
) -> Block:
    """A sign at its key postures, from the front and from the right side.

    Args:
        sign: The sign.
        synthesiser: What makes its motion.
        scale: Pixels per metre.
        hands: Close-ups of the hands too.
        least: What each view shows at least; it grows to hold the hands at every posture.
    """
    painter, postures = picture.painter(), key_postures(sign, synthesiser)
    frames = {view.name: least[view.name].united(_around_hands(postures, view)) for view in (FRONT, SIDE)}
    rows = []
    for posture in postures:
        vertices = painter.pose(retarget(posture.keypoints), morphs=_face(sign))
        row = [
            Cell(
                painter.picture(vertices, view, frames[view.name], pixels_per_metre=scale),
                posture.caption if view is FRONT else "",
            )
            for view in (FRONT, SIDE)
        ]
        if hands:
            for view in (FRONT, SIDE, ABOVE):
                frame = _around_hands([posture], view)
                image = painter.picture(vertices, view, frame, pixels_per_metre=_zoom(frame, scale))
                row.append(Cell(image, f"hands, {view.name}"))
        rows.append(row)
    return Block(sign.name, rows, _note(sign))


def hand_block(sign: Sign, synthesiser: Synthesiser) -> Block:
    """Close-ups of the signing hand at the key postures of a sign."""
    painter, postures = picture.painter(), key_postures(sign, synthesiser)
    faces = painter.hand_faces("right")
    rows = []
    for posture in postures:
        vertices = painter.pose(retarget(posture.keypoints))
        row = []
        for view in (FRONT, SIDE):
            frame = Frame.around(_in_view(_hand(posture, "right"), view), 0.02)
            image = painter.picture(vertices, view, frame, pixels_per_metre=_HAND_SCALE, faces=faces)
            row.append(Cell(image, posture.caption if view is FRONT else view.name))
        rows.append(row)
    return Block(sign.name, rows)


def handshape_blocks() -> list[Block]:
    """Every handshape, the right hand upright, from the palm side and from the thumb side."""
    painter = picture.painter()
    faces = painter.hand_faces("right")
    bones = [HUMANOID.index[b] for finger in humanoid.FINGERS for b in humanoid.finger_bones("right", finger)]
    wrist = HUMANOID.rest_positions[HUMANOID.index["rightHand"]]
    blocks = []
    for name, angles in load_handshapes().items():
        pose = np.tile(rotation.IDENTITY, (len(HUMANOID.joint_names), 1))
        pose[bones] = hand_rotations(angles)
        vertices = painter.pose(pose)
        row = []
        for view, left, right in ((PALM, -0.080, 0.112), (THUMB, -0.110, 0.055)):
            x, y, _ = view.project(wrist)
            frame = Frame(x + left, x + right, y - 0.04, y + 0.205)
            image = painter.picture(vertices, view, frame, pixels_per_metre=0.7 * _HAND_SCALE, faces=faces)
            row.append(Cell(image, view.name))
        blocks.append(Block(name, [row]))
    return blocks


def _around_hands(postures: Sequence[KeyPosture], view: View) -> Frame:
    """The frame around all hands that sign; one that hangs at rest does not count."""
    hands = [_hand(posture, side) for posture in postures for side in ("right", "left")]
    signing = [hand for hand in hands if hand[:, 1].mean() > _AT_REST] or hands
    return Frame.around(_in_view(np.concatenate(signing), view), _MARGIN)


def _hand(posture: KeyPosture, side: str) -> Array:
    return posture.keypoints[prompt2sign.hand_slice(side)]


def _in_view(keypoints: Array, view: View) -> Array:
    return view.project(keypoints + np.array([0.0, humanoid.SHOULDER_HEIGHT, 0.0]))


def _zoom(frame: Frame, scale: float) -> float:
    """Pixels per metre at which a close-up is no larger than the picture beside it, at most three times its scale."""
    body = _BODY["front"]
    room = (body.top - body.bottom) / (frame.top - frame.bottom), (body.right - body.left) / (frame.right - frame.left)
    return scale * min(3.0, max(1.0, min(room)))


def _face(sign: Sign) -> dict[str, float]:
    """The face of a sign at full strength; the head is not moved."""
    expressions = [find_expression(name, grammatical=False) for name in sign.face]
    weights = np.max([expression.weights for expression in expressions], axis=0) if expressions else np.zeros(0)
    return {name: float(weight) for name, weight in zip(FACE_NAMES, weights, strict=False) if weight}


def _note(sign: Sign) -> str:
    total = sum(step.ms for step in sign.steps)
    time = f"{total:.0f} ms" if sign.steps else "held"
    return ", ".join([sign.hands, time, *sign.face, sign.review])


def _one_file(blocks: Sequence[Block], out: Path, width: int) -> int:
    if out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: one sheet is a .png file; end its name in .png")
    (page,) = pages(blocks, width=width, most=max(1, len(blocks)))
    out.parent.mkdir(parents=True, exist_ok=True)
    page.save(out)
    print(f"{out}: {len(blocks)} named, {page.width} x {page.height}")
    return 0


def _write(sheets: Iterator[Image.Image], folder: Path, name: str) -> None:
    for number, page in enumerate(sheets, 1):
        path = folder / f"{name}-{number:02d}.png"
        page.save(path)
        print(f"{path}: {page.width} x {page.height}")


def _report(sentence: str) -> None:
    print(f"signllm lexicon render: {sentence}", file=sys.stderr)
