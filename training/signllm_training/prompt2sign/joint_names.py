"""What motion capture calls the joints that signing needs, as data.

Names are compared without case, separators, and what stands before a colon or after `mixamorig`: `mixamorig:LeftArm`,
`mixamorig_LeftArm` and `LeftArm` are one. A rig belongs to a style as a whole, because words mean different joints in
different styles: `LeftShoulder` is the collar in Mixamo's and the shoulder in SMPL-X's.

Source: names as the tools export them (facts): Mixamo and MotionBuilder, the CMU database's BVH and ASF, VRM 1.0 and 0,
SMPL-X, Unreal's mannequin, Blender's Rigify, 3ds Max' Biped, VRoid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from signllm.motion.skeletons.prompt2sign import FINGERS
from signllm_training.prompt2sign.errors import DataError


@dataclass(frozen=True)
class Style:
    """One way of naming; `{s}` stands for the side's word, `{f}` for the finger's."""

    name: str
    sides: tuple[str, str]
    """Words for left and right."""
    shoulder: str
    elbow: str
    wrist: str
    head: str
    hips: str
    fingers: tuple[str, ...] = ()
    """Joints of a finger from the palm outwards, the last one may be its tip."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The finger's word where it is not this project's."""
    thumb: tuple[str, ...] = ()
    """The thumb's joints where they are called otherwise."""
    unless: str = ""
    """A joint that shows that the rig is of another style."""


_PINKY: Final = {"little": "pinky"}
_BIPED: Final = {finger: str(k) for k, finger in enumerate(FINGERS)}

STYLES: Final = (
    Style(
        *("mixamo", ("left", "right"), "{s}arm", "{s}forearm", "{s}hand", "head", "hips"),
        *(tuple(f"{{s}}hand{{f}}{k}" for k in (1, 2, 3, 4)), _PINKY),
        unless="leftfingerbase",
    ),
    # The CMU database has no fingers: its `LeftHandIndex1` is the palm's end, its `LThumb` a whole thumb.
    Style("cmu", ("left", "right"), "{s}arm", "{s}forearm", "{s}hand", "head", "hips"),
    Style("cmu-asf", ("l", "r"), "{s}humerus", "{s}radius", "{s}wrist", "head", "root"),
    Style(
        *("vrm1", ("left", "right"), "{s}upperarm", "{s}lowerarm", "{s}hand", "head", "hips"),
        *(("{s}{f}proximal", "{s}{f}intermediate", "{s}{f}distal"), {}),
        thumb=("{s}thumbmetacarpal", "{s}thumbproximal", "{s}thumbdistal"),
        unless="leftthumbintermediate",
    ),
    Style(
        *("vrm0", ("left", "right"), "{s}upperarm", "{s}lowerarm", "{s}hand", "head", "hips"),
        ("{s}{f}proximal", "{s}{f}intermediate", "{s}{f}distal"),
    ),
    Style(
        *("smplx", ("left", "right"), "{s}shoulder", "{s}elbow", "{s}wrist", "head", "pelvis"),
        *(tuple(f"{{s}}{{f}}{k}" for k in (1, 2, 3)), _PINKY),
    ),
    Style(
        *("unreal", ("l", "r"), "upperarm{s}", "lowerarm{s}", "hand{s}", "head", "pelvis"),
        *(tuple(f"{{f}}0{k}{{s}}" for k in (1, 2, 3)), _PINKY),
    ),
    *(
        Style(
            *(f"rigify{prefix}", ("l", "r"), f"{prefix}upperarm{{s}}", f"{prefix}forearm{{s}}", f"{prefix}hand{{s}}"),
            *(f"{prefix}head", f"{prefix}spine", tuple(f"{prefix}f{{f}}0{k}{{s}}" for k in (1, 2, 3)), _PINKY),
            tuple(f"{prefix}thumb0{k}{{s}}" for k in (1, 2, 3)),
        )
        for prefix in ("", "def")
    ),
    *(
        Style(
            *("biped", ("l", "r"), f"{prefix}{{s}}upperarm", f"{prefix}{{s}}forearm", f"{prefix}{{s}}hand"),
            *(f"{prefix}head", f"{prefix}pelvis"),
            *((f"{prefix}{{s}}finger{{f}}", f"{prefix}{{s}}finger{{f}}1", f"{prefix}{{s}}finger{{f}}2"), _BIPED),
        )
        for prefix in ("bip01", "bip001")
    ),
    Style(
        *("vroid", ("l", "r"), "jbip{s}upperarm", "jbip{s}lowerarm", "jbip{s}hand", "jbipchead", "jbipchips"),
        tuple(f"jbip{{s}}{{f}}{k}" for k in (1, 2, 3)),
    ),
)


@dataclass(frozen=True)
class Rig:
    """Indices of a rig's joints; those it lacks are not there."""

    style: str
    joints: Mapping[str, int]
    """By name of the keypoint that lies on the joint, and `head` and `hips`."""


def find_joints(names: Sequence[str]) -> Rig:
    """The joints that signing needs among those of a rig.

    Raises:
        DataError: No style has both shoulders, elbows and wrists among these names, which the message lists.
    """
    index: dict[str, int] = {}
    for j, name in enumerate(names):
        index.setdefault(plain_name(name), j)
    rigs = [_match(style, index) for style in STYLES if style.unless not in index]
    complete = [rig for rig in rigs if all(f"{side}_{part}" in rig.joints for side, part in _ARMS)]
    if not complete:
        held = ", ".join(name[:40] for name in names[:60]) or "no joint"
        raise DataError(
            f"has no rig whose arms are known; styles: {', '.join(dict.fromkeys(s.name for s in STYLES))}; joints in "
            f"the file: {held}"
        )
    return max(complete, key=lambda rig: len(rig.joints))


_ARMS: Final = tuple((side, part) for side in ("left", "right") for part in ("shoulder", "elbow", "wrist"))


def plain_name(name: str) -> str:
    """A joint's name without case, separators, namespace and Mixamo's prefix."""
    bare = re.sub(r"[\s_.\-]", "", name.rpartition(":")[2].rpartition("|")[2].lower())
    return re.sub(r"^mixamorig\d*", "", bare)


def _match(style: Style, index: Mapping[str, int]) -> Rig:
    wanted = {"head": style.head, "hips": style.hips}
    for side, word in zip(("left", "right"), style.sides, strict=True):
        for part in ("shoulder", "elbow", "wrist"):
            wanted[f"{side}_{part}"] = getattr(style, part).format(s=word)
        for finger in FINGERS:
            joints = style.thumb if finger == "thumb" and style.thumb else style.fingers
            for k, joint in enumerate(joints, 1):
                wanted[f"{side}_hand_{finger}{k}"] = joint.format(s=word, f=style.words.get(finger, finger))
    return Rig(style.name, {keypoint: index[name] for keypoint, name in wanted.items() if name in index})
