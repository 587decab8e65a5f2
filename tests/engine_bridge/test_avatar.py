"""The signer that the code builds: what the file holds, what the body touches, and how the hands bend."""

import json
import string
from typing import Any

import numpy as np
import numpy.typing as npt
import pygltflib
import pytest
import trimesh
from scipy.spatial import cKDTree

from signllm.lexicon.hand import BONE_RADII, CLEARANCE_PAIRS, clearance, hand_rotations, palm_keypoints
from signllm.lexicon.handshapes import HANDSHAPE_OF_LETTER, load_handshapes
from signllm.motion import kinematics, rotation
from signllm.motion.skeletons.arkit import FACE_NAMES
from signllm.motion.skeletons.humanoid import FINGERS, HUMANOID, SHOULDER_HEIGHT, finger_bones
from signllm_bridge.avatar import MAX_VERTICES, AvatarMesh, Part, build_avatar, build_mesh, picture, skin
from signllm_bridge.avatar.expressions import CUSTOM, PRESETS
from signllm_bridge.avatar.palette import MATERIALS, Material, contrast

Array = npt.NDArray[np.float64]

REST = np.tile(rotation.IDENTITY, (55, 1))
PAGE_SCALE = 590.0
"""Pixels per metre of the avatar on the page in a window of 1280 x 720."""
CONTACTS = {
    "forehead": (0.0, 0.288, 0.130),
    "right temple": (-0.083, 0.277, 0.090),
    "right cheek": (-0.058, 0.205, 0.112),
    "right ear": (-0.072, 0.227, 0.029),
    "mouth": (0.0, 0.173, 0.144),
    "chin": (0.0, 0.130, 0.137),
    "under the chin": (0.0, 0.104, 0.115),
    "nose": (0.0, 0.209, 0.166),
    "top of the head": (0.0, 0.353, 0.036),
    "front of the neck": (0.0, 0.054, 0.079),
    "chest": (0.0, -0.101, 0.119),
    "stomach": (0.0, -0.270, 0.122),
    "right shoulder": (-0.173, 0.0, 0.050),
}
"""Where signs touch the body, metres from the midpoint of the shoulders: `signllm.lexicon` aims at these points."""


@pytest.fixture(scope="module")
def mesh() -> AvatarMesh:
    return build_mesh()


@pytest.fixture(scope="module")
def data() -> bytes:
    return build_avatar()


@pytest.fixture(scope="module")
def document(data: bytes) -> pygltflib.GLTF2:
    return pygltflib.GLTF2.load_from_bytes(data)


def hand_skin(mesh: AvatarMesh, side: str) -> tuple[Part, npt.NDArray[np.int64]]:
    """The closed skin of one hand, and where its vertices are in the whole mesh."""
    wrist = HUMANOID.rest_positions[HUMANOID.index[f"{side}Hand"], 0]
    for k, part in enumerate(mesh.parts):
        if (part.mesh, part.material) == ("Hands", "skin") and np.mean(part.vertices[:, 0]) * wrist > 0.0:
            return part, np.flatnonzero(mesh.part_of_vertex == k)
    raise AssertionError(f"no skin for the {side} hand")


def spelling(letter: str) -> tuple[Array, Array]:
    """The hand's 21 angles for a letter, and rotations of the whole body that make it on the right hand."""
    angles = load_handshapes()[HANDSHAPE_OF_LETTER[letter]]
    local = REST.copy()
    local[[HUMANOID.index[bone] for finger in FINGERS for bone in finger_bones("right", finger)]] = hand_rotations(
        angles
    )
    return angles, local


def outside_capsule(p: Array, a: Array, b: Array, radii: tuple[float, ...]) -> Array:
    """Distance of points [N, 3] from a tapered bar, negative inside it."""
    t = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
    return np.asarray(np.linalg.norm(p - a - t[:, None] * (b - a), axis=1) - (radii[0] + t * (radii[1] - radii[0])))


# --- the file


def test_building_twice_gives_the_same_bytes(data: bytes) -> None:
    assert build_avatar() == data


def test_the_file_is_under_two_megabytes_and_twelve_thousand_vertices(data: bytes, mesh: AvatarMesh) -> None:
    assert len(data) < 2_000_000
    assert len(mesh.vertices) <= MAX_VERTICES == 12_000


def test_the_file_loads_back_as_binary_gltf_with_the_vrm_extension(document: pygltflib.GLTF2) -> None:
    assert document.asset.version == "2.0"
    assert document.extensionsUsed == ["VRMC_vrm"]
    assert document.extensions["VRMC_vrm"]["specVersion"] == "1.0"
    assert not document.animations  # "VRM files must not use animations"


def test_all_55_bones_are_mapped_and_rest_without_rotation(document: pygltflib.GLTF2) -> None:
    bones = document.extensions["VRMC_vrm"]["humanoid"]["humanBones"]
    assert sorted(bones) == sorted(HUMANOID.joint_names)
    for name, bone in bones.items():
        node = document.nodes[bone["node"]]
        assert (node.name, node.rotation, node.scale) == (name, None, None)
        np.testing.assert_allclose(node.translation, HUMANOID.rest_offsets[HUMANOID.index[name]], atol=1e-6)


def test_the_meta_block_names_the_authors_and_the_licence(document: pygltflib.GLTF2) -> None:
    meta = document.extensions["VRMC_vrm"]["meta"]
    assert meta["name"] and meta["authors"] == ["SignLLM maintainers"]
    assert meta["licenseUrl"] == "https://vrm.dev/licenses/1.0/"
    assert "Apache-2.0" in meta["copyrightInformation"]


def test_every_expression_binds_morph_targets_that_exist(document: pygltflib.GLTF2) -> None:
    expressions = document.extensions["VRMC_vrm"]["expressions"]
    assert set(expressions["preset"]) == set(PRESETS) >= {"aa", "blink", "happy", "neutral"}
    assert tuple(expressions["custom"]) == CUSTOM == FACE_NAMES
    for name, expression in (expressions["preset"] | expressions["custom"]).items():
        binds = expression.get("morphTargetBinds", [])
        assert bool(binds) == (name != "neutral")
        for bind in binds:
            targets = document.meshes[document.nodes[bind["node"]].mesh].extras["targetNames"]
            assert 0 <= bind["index"] < len(targets) and 0.0 < bind["weight"] <= 1.0


def test_stored_weights_of_every_vertex_sum_to_exactly_one(document: pygltflib.GLTF2) -> None:
    blob = document.binary_blob()
    for primitive in (primitive for mesh in document.meshes for primitive in mesh.primitives):
        accessor = document.accessors[primitive.attributes.WEIGHTS_0]
        start = document.bufferViews[accessor.bufferView].byteOffset
        weights = np.frombuffer(blob, np.uint16, accessor.count * 4, start).reshape(-1, 4)
        assert (weights.sum(axis=1, dtype=np.int64) == 65535).all()


# --- the mesh


def test_weights_are_shares_and_joints_are_bones(mesh: AvatarMesh) -> None:
    np.testing.assert_allclose(mesh.weights.sum(axis=1), 1.0, atol=1e-9)
    assert mesh.weights.min() >= 0.0
    assert 0 <= mesh.joints.min() and mesh.joints.max() < 55


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_hand_is_one_closed_skin(mesh: AvatarMesh, side: str) -> None:
    part, _ = hand_skin(mesh, side)
    solid = trimesh.Trimesh(part.vertices, part.faces, process=False)
    assert solid.is_watertight and solid.is_winding_consistent and solid.body_count == 1
    assert solid.euler_number == 2  # no handles: fingers are not fused to their neighbours
    assert 2.5e-4 < solid.volume < 4.5e-4  # positive, so that it faces outwards; an adult hand has about 0.35 litres


def test_top_and_trousers_are_closed(mesh: AvatarMesh) -> None:
    for part in mesh.parts:
        if part.mesh == "Body":
            solid = trimesh.Trimesh(part.vertices, part.faces, process=False)
            assert solid.is_watertight and solid.volume > 0.0


def test_normals_are_unit_and_point_the_way_the_faces_do(mesh: AvatarMesh) -> None:
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-6)
    a, b, c = mesh.vertices[mesh.faces.T]
    across = np.cross(b - a, c - a)
    agree = np.sum(across * mesh.normals[mesh.faces].mean(axis=1), axis=1)
    solid = np.linalg.norm(across, axis=1) > 1e-9
    assert np.mean(agree[solid] > 0.0) > 0.99


@pytest.mark.parametrize("place", CONTACTS)
def test_the_surface_passes_within_a_centimetre_of_where_signs_touch(mesh: AvatarMesh, place: str) -> None:
    point = np.add(CONTACTS[place], (0.0, SHOULDER_HEIGHT, 0.0))
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    for sign in (1.0, -1.0):
        _, distance, _ = body.nearest.on_surface([point * (sign, 1.0, 1.0)])
        assert distance[0] < 0.010


def test_the_avatar_stands_on_the_floor_and_its_hands_mirror_each_other(mesh: AvatarMesh) -> None:
    assert abs(mesh.vertices[:, 1].min()) < 0.01
    left, right = hand_skin(mesh, "left")[0], hand_skin(mesh, "right")[0]
    np.testing.assert_allclose(left.vertices, right.vertices * (-1.0, 1.0, 1.0), atol=1e-12)


def test_hands_stand_out_from_the_top_and_from_a_light_page() -> None:
    assert contrast(MATERIALS["skin"], MATERIALS["top"]) >= 3.0
    assert contrast(MATERIALS["skin"], Material("#f4f5f7")) >= 3.0


# --- skinning


def test_the_rest_pose_leaves_every_vertex_in_place(mesh: AvatarMesh) -> None:
    np.testing.assert_allclose(skin(mesh, REST), mesh.vertices, atol=1e-12)


def test_the_finger_tips_of_the_skin_follow_the_bones(mesh: AvatarMesh) -> None:
    _, local = spelling("Y")
    posed = skin(mesh, local)
    positions, world = kinematics.forward_kinematics(local, HUMANOID)
    for finger in FINGERS:
        bone = HUMANOID.index[finger_bones("right", finger)[2]]
        rigid = np.flatnonzero((mesh.weights[:, 0] > 0.999) & (mesh.joints[:, 0] == bone))
        expected = positions[bone] + rotation.rotate(world[bone], mesh.vertices[rigid] - HUMANOID.rest_positions[bone])
        assert len(rigid) > 30
        np.testing.assert_allclose(posed[rigid], expected, atol=1e-4)


def depths(mesh: AvatarMesh, letter: str) -> dict[tuple[str, str], float]:
    """How deep the skin of one finger lies in the flesh (`BONE_RADII`) of another, metres, negative for a gap.

    Left out: skin that a finger shares with the palm or a neighbour (weight below 0.95: webs, the folds at the roots),
    and the thumb's metacarpal, which lies within the palm.
    """
    part, where = hand_skin(mesh, "right")
    angles, local = spelling(letter)
    x, y, z = (skin(mesh, local)[where] - HUMANOID.rest_positions[HUMANOID.index["rightHand"]]).T
    posed = np.stack([z, -x, -y], axis=-1)  # T-pose to palm space
    bones = {finger: [HUMANOID.index[bone] for bone in finger_bones("right", finger)] for finger in FINGERS}
    own = {finger: np.sum(part.weights * np.isin(part.joints, bones[finger]), axis=1) > 0.95 for finger in FINGERS}
    found = {}
    for other, chain in zip(FINGERS, palm_keypoints(angles)[1:].reshape(5, 4, 3), strict=True):
        radii = BONE_RADII[other]
        chain[3] -= radii[3] * (chain[3] - chain[2]) / np.linalg.norm(chain[3] - chain[2])
        for finger in FINGERS:
            gaps = [
                outside_capsule(posed[own[finger]], chain[k], chain[k + 1], radii[k : k + 2]).min()
                for k in range(1 if other == "thumb" else 0, 3)
            ]
            found[finger, other] = -min(gaps)
    return {pair: depth for pair, depth in found.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("letter", string.ascii_uppercase)
def test_no_finger_sinks_into_another_by_two_millimetres(mesh: AvatarMesh, letter: str) -> None:
    assert {pair: depth for pair, depth in depths(mesh, letter).items() if depth > 0.002} == {}


@pytest.mark.parametrize("letter", string.ascii_uppercase)
def test_fingers_that_should_touch_are_within_two_millimetres(mesh: AvatarMesh, letter: str) -> None:
    angles, _ = spelling(letter)
    found = depths(mesh, letter)
    for (a, b), gap in zip(CLEARANCE_PAIRS, clearance(angles), strict=True):
        first, second = a[:-1], b[:-1]
        if gap > 0.001 or b == "palm" or a == "thumb1":
            continue
        assert max(found[first, second], found[second, first]) > -0.002, (first, second)


def stored_morphs(document: pygltflib.GLTF2, mesh_name: str, primitive: int) -> dict[str, Array]:
    """Morph targets of a primitive as a client reads them: zeros, with the sparse rows put in."""
    blob = document.binary_blob()
    found = next(mesh for mesh in document.meshes if mesh.name == mesh_name)
    morphs = {}
    for name, target in zip(found.extras["targetNames"], found.primitives[primitive].targets, strict=True):
        accessor = document.accessors[target["POSITION"]]
        assert accessor.bufferView is None
        morphs[name] = np.zeros((accessor.count, 3))
        if (sparse := accessor.sparse) is not None:
            at = document.bufferViews[sparse.indices.bufferView].byteOffset
            rows = np.frombuffer(blob, np.uint16, sparse.count, at).astype(np.int64)
            at = document.bufferViews[sparse.values.bufferView].byteOffset
            assert (np.diff(rows) > 0).all()  # glTF: indices strictly increase
            morphs[name][rows] = np.frombuffer(blob, np.float32, 3 * sparse.count, at).reshape(-1, 3)
        np.testing.assert_array_equal(accessor.min, morphs[name].min(axis=0))
        np.testing.assert_array_equal(accessor.max, morphs[name].max(axis=0))
    return morphs


def test_no_accessor_has_an_offset_into_a_buffer_view_that_it_lacks(data: bytes) -> None:
    length = int.from_bytes(data[12:16], "little")
    accessors = json.loads(data[20 : 20 + length])["accessors"]
    sparse = [accessor for accessor in accessors if "bufferView" not in accessor]
    assert len(sparse) >= 52
    assert not any("byteOffset" in accessor for accessor in sparse)  # the Khronos validator calls it an error


def test_stored_morphs_are_those_of_the_mesh(document: pygltflib.GLTF2, mesh: AvatarMesh) -> None:
    for k, part in enumerate(part for part in mesh.parts if part.mesh == "Face"):
        stored = stored_morphs(document, "Face", k)
        assert sorted(stored) == sorted(FACE_NAMES)
        for name, offsets in stored.items():
            expected = part.morphs.get(name, np.zeros_like(part.vertices))
            np.testing.assert_allclose(offsets, expected, atol=1e-8)


def test_all_52_morphs_move_the_face_and_leave_the_body_alone(mesh: AvatarMesh) -> None:
    face = np.array([part.mesh == "Face" for part in mesh.parts])[mesh.part_of_vertex]
    for name in FACE_NAMES:
        offsets = np.linalg.norm(mesh.morphs[name], axis=1)
        assert 0.002 < offsets.max() < 0.04, name
        assert offsets[~face].max() == 0.0, name


def test_morphs_of_one_side_are_mirror_images_of_the_other_side(mesh: AvatarMesh) -> None:
    flip = np.array([-1.0, 1.0, 1.0])
    lamp = [k for k, part in enumerate(mesh.parts) if part.material == "glint"]  # it shines from one side
    face = [k for k, part in enumerate(mesh.parts) if part.mesh == "Face" and k not in lamp]
    for k in face:
        mine = mesh.part_of_vertex == k
        here = mesh.vertices[mine]
        where = cKDTree(here)
        for name in FACE_NAMES:
            moved = (mesh.vertices + mesh.morphs[name])[mine]
            other = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
            counterpart = (mesh.vertices + mesh.morphs[other])[mine]
            # Several vertices may share a place, such as the edges of two sheets: compare where the moved ones lie.
            distance, _ = where.query(here * flip)
            assert distance.max() < 1e-9, mesh.parts[k].material
            distance, _ = cKDTree(counterpart).query(moved * flip)
            assert distance.max() < 1e-6, (mesh.parts[k].material, name)


SHOWN_WITH = {"mouthClose": {"jawOpen": 1.0}}
"""Morphs that ARKit defines for a face that already does something else."""


@pytest.mark.parametrize("name", FACE_NAMES)
def test_every_morph_shows_at_the_size_of_the_page(name: str) -> None:
    painter = picture.painter()
    frame = picture.Frame(-0.10, 0.10, 1.47, 1.76)
    sight = picture.view("half side", (0.6, 0.0, 1.0)) if name == "jawForward" else picture.FRONT
    before, after = (
        painter.picture(skin(painter.mesh, REST, morphs=weights), sight, frame, pixels_per_metre=PAGE_SCALE)
        for weights in (SHOWN_WITH.get(name, {}), SHOWN_WITH.get(name, {}) | {name: 1.0})
    )
    changed = np.abs(after.astype(int) - before).max(axis=-1) > 24
    assert np.count_nonzero(changed) >= 12, name


def test_the_tongue_is_hidden_until_it_comes_out(mesh: AvatarMesh) -> None:
    tongue = next(k for k, part in enumerate(mesh.parts) if part.material == "tongue")
    for weights, seen in (({}, False), ({"jawOpen": 0.5}, False), ({"tongueOut": 0.6}, True)):
        posed = skin(mesh, REST, morphs=weights)
        tip = posed[mesh.part_of_vertex == tongue].max(axis=0)[2]
        inside = [k for k, part in enumerate(mesh.parts) if part.material in ("mouth", "lips")]
        front = posed[np.isin(mesh.part_of_vertex, inside) & (np.abs(posed[:, 0]) < 0.006)]
        assert (tip > front[:, 2].max()) == seen, weights


def test_an_eye_that_looks_aside_keeps_its_layers_in_order(mesh: AvatarMesh) -> None:
    centre = HUMANOID.rest_positions[HUMANOID.index["leftEye"]]
    for weights in ({"eyeLookOutLeft": 0.5}, {"eyeLookOutLeft": 1.0, "eyeLookUpLeft": 1.0}, {"eyeLookDownLeft": 0.7}):
        posed = skin(mesh, REST, morphs=weights)
        eye, iris, pupil = (
            posed[np.isin(mesh.part_of_vertex, [k for k, p in enumerate(mesh.parts) if p.material == material])]
            for material in ("eye", "iris", "pupil")
        )
        middle = [layer[layer[:, 0] > 0.0][0] - centre for layer in (eye, iris, pupil)]  # the dome's own middle
        lengths = [float(np.linalg.norm(arm)) for arm in middle]
        assert lengths == sorted(lengths) and lengths[2] - lengths[0] > 0.0004


def test_a_blink_covers_the_pupil(mesh: AvatarMesh) -> None:
    posed = skin(mesh, REST, morphs={"eyeBlinkLeft": 1.0})
    lids = [k for k, part in enumerate(mesh.parts) if part.mesh == "Face" and part.material == "skin"]
    solid = trimesh.Trimesh(posed, mesh.faces[np.isin(mesh.part_of_face, lids)], process=False)
    eyes = np.stack([HUMANOID.rest_positions[HUMANOID.index[f"{side}Eye"]] for side in ("left", "right")])
    ray: Any = solid.ray
    hidden = ray.intersects_any(np.add(eyes, (0.0, 0.0, 0.0136)), np.tile([0.0, 0.0, 1.0], (2, 1)))
    assert hidden.tolist() == [True, False]


def test_an_unknown_morph_is_refused(mesh: AvatarMesh) -> None:
    with pytest.raises(KeyError, match="noseWiggle"):
        skin(mesh, REST, morphs={"noseWiggle": 1.0})
