"""Random rotations, skeletons and poses for property tests, singular points included on purpose."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from signllm.motion import rotation
from signllm.motion.skeleton import Skeleton
from signllm.motion.skeletons import humanoid

# No test is timed, and every machine tries the same examples.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

Array = rotation.Array

_NEARLY = (0.0, 1e-300, 1e-15, 1e-9, 1e-6)
ANGLES = st.one_of(
    st.floats(0.0, np.pi),
    # Where formulas divide by the sine or the cosine of the half angle.
    st.sampled_from([centre + sign * e for centre in (0.0, np.pi) for sign in (-1.0, 1.0) for e in _NEARLY]),
)
COORDINATES = st.floats(-10.0, 10.0, allow_subnormal=False)


@st.composite
def vectors(draw: st.DrawFn) -> Array:
    """[3], up to 10 long on each axis, zero included."""
    return np.array([draw(COORDINATES) for _ in range(3)])


@st.composite
def unit_vectors(draw: st.DrawFn) -> Array:
    """[3], directions; the axes and their opposites come often."""
    axis = draw(st.sampled_from([*np.eye(3), *-np.eye(3)]))
    v = draw(st.one_of(vectors(), st.just(axis)))
    length = np.linalg.norm(v)
    return np.asarray(axis if length < 1e-3 else v / length)


@st.composite
def rotvecs(draw: st.DrawFn) -> Array:
    """[3] rotation vectors, with angles at and near zero and the half turn."""
    return np.asarray(draw(unit_vectors()) * draw(ANGLES))


@st.composite
def quaternions(draw: st.DrawFn) -> Array:
    """[4] unit quaternions xyzw, either sign."""
    q = rotation.rotvec_to_quat(draw(rotvecs()))
    return np.asarray(q * draw(st.sampled_from([1.0, -1.0])))


def random_skeleton(rng: np.random.Generator, joints: int) -> Skeleton:
    """A tree of any shape, parents before children."""
    parents = (-1, *(int(rng.integers(0, j)) for j in range(1, joints)))
    names = tuple(f"joint{j}" for j in range(joints))
    return Skeleton("random", names, parents, rng.normal(size=(joints, 3)))


def random_quaternions(rng: np.random.Generator, *shape: int) -> Array:
    """[*shape, 4] unit quaternions, uniform over all rotations."""
    return np.asarray(rotation.normalize(rng.normal(size=(*shape, 4))))


def random_poses(rng: np.random.Generator, count: int) -> Array:
    """[count, 55, 4] local rotations of the humanoid within the limits of a living signer's upper body.

    The trunk yaws and rolls, because keypoints do not show its pitch; shoulder girdle, neck and legs rest.
    """
    q = np.tile(rotation.IDENTITY, (count, len(humanoid.HUMANOID.joint_names), 1))
    index = humanoid.HUMANOID.index
    # The smallest rotation of the shoulder line has no part about X: what else the trunk does, nobody sees.
    q[:, index["upperChest"]] = _turns(rng, count, (0.0, 0.0), (-0.3, 0.3), (-0.15, 0.15))
    q[:, index["head"]] = _turns(rng, count, (-0.4, 0.4), (-0.7, 0.7), (-0.3, 0.3))
    for side in ("left", "right"):
        for bone, pose in _left_arm(rng, count).items():
            q[:, index[side + bone]] = pose if side == "left" else rotation.mirror(pose)
    return q


def _left_arm(rng: np.random.Generator, count: int) -> dict[str, Array]:
    none = (0.0, 0.0)
    # From the T-pose: forward is a negative turn about Y, down a negative one about Z, elbows bend about -Y.
    reach = rotation.multiply(_turns(rng, count, none, (-1.8, 0.3), none), _turns(rng, count, none, none, (-1.4, 0.9)))
    pose = {
        "UpperArm": rotation.multiply(reach, _turns(rng, count, (-1.0, 1.0), none, none)),
        "LowerArm": _turns(rng, count, none, (-2.4, 0.0), none),
        "Hand": rotation.multiply(
            _turns(rng, count, (-1.3, 1.3), none, none), _turns(rng, count, none, (-0.3, 0.4), (-1.1, 1.1))
        ),
    }
    for finger in humanoid.FINGERS:
        sideways, bend = ((-0.4, 0.4), (-0.6, 0.4)) if finger == "thumb" else ((-0.25, 0.25), (-1.6, 0.2))
        for k, bone in enumerate(humanoid.finger_bones("", finger)):
            pose[bone] = _turns(rng, count, none, sideways if k == 0 else none, bend)
    return pose


def _turns(rng: np.random.Generator, count: int, *limits: tuple[float, float]) -> Array:
    """[count, 4] with rotation vectors uniform within `limits` of x, y and z, radians."""
    low, high = np.array(limits).T
    return rotation.rotvec_to_quat(rng.uniform(low, high, size=(count, 3)))
