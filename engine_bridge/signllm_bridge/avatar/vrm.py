"""The avatar as VRM 1.0: a binary glTF file with one skin, morph targets and the `VRMC_vrm` extension.

Sources: glTF 2.0 specification; VRMC_vrm-1.0 "humanoid", "meta", "expressions", "lookAt" and "tpose".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pygltflib as gltf

from signllm.motion.skeletons.humanoid import HUMANOID
from signllm_bridge.avatar.expressions import CUSTOM, PRESETS
from signllm_bridge.avatar.fields import Array
from signllm_bridge.avatar.mesh import AvatarMesh, Part
from signllm_bridge.avatar.palette import MATERIALS

EXTENSION = "VRMC_vrm"
_COMPONENT = {"float32": gltf.FLOAT, "uint8": gltf.UNSIGNED_BYTE, "uint16": gltf.UNSIGNED_SHORT}
_SHAPE = {1: gltf.SCALAR, 3: gltf.VEC3, 4: gltf.VEC4, 16: gltf.MAT4}


class _Buffer:
    """The file's one binary chunk, filled accessor by accessor."""

    def __init__(self, document: gltf.GLTF2) -> None:
        self.document = document
        self.data = bytearray()

    def add(self, values: npt.NDArray[Any], target: int | None, *, bounds: bool = False, unit: bool = False) -> int:
        """Append rows and return their accessor's number.

        Args:
            values: [N] or [N, columns]; float32, uint8 or uint16.
            target: glTF buffer target, or None for data that is not vertices or indices.
            bounds: Write the smallest and the largest row, which glTF requires of positions.
            unit: Integers stand for 0 to 1.
        """
        columns = 1 if values.ndim == 1 else values.shape[1]
        accessor = gltf.Accessor(
            bufferView=self._view(values, target),
            componentType=_COMPONENT[values.dtype.name],
            count=len(values),
            type=_SHAPE[columns],
            normalized=unit or None,
        )
        if bounds:
            accessor.min, accessor.max = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def add_sparse(self, values: npt.NDArray[np.float32]) -> int:
        """Append rows [N, 3] that are mostly zero and return their accessor's number."""
        rows = np.flatnonzero(values.any(axis=1))
        accessor = gltf.Accessor(byteOffset=None, componentType=gltf.FLOAT, count=len(values), type=gltf.VEC3)
        accessor.min, accessor.max = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        if len(rows):
            accessor.sparse = gltf.Sparse(
                count=len(rows),
                indices=gltf.AccessorSparseIndices(
                    bufferView=self._view(rows.astype(np.uint16), None), componentType=gltf.UNSIGNED_SHORT
                ),
                values=gltf.AccessorSparseValues(bufferView=self._view(values[rows], None)),
            )
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def _view(self, values: npt.NDArray[Any], target: int | None) -> int:
        """Append bytes and return their buffer view's number."""
        self.data += b"\0" * (-len(self.data) % 4)
        raw = np.ascontiguousarray(values).tobytes()
        view = gltf.BufferView(buffer=0, byteOffset=len(self.data), byteLength=len(raw), target=target)
        self.document.bufferViews.append(view)
        self.data += raw
        return len(self.document.bufferViews) - 1


def write_vrm(avatar: AvatarMesh) -> bytes:
    """Bytes of a `.vrm` file; equal meshes give equal bytes."""
    document = gltf.GLTF2(
        asset=gltf.Asset(version="2.0", generator="signllm", copyright="SignLLM maintainers, Apache-2.0")
    )
    document.extensionsUsed = [EXTENSION]
    buffer = _Buffer(document)
    document.materials = [_material(name) for name in MATERIALS]
    document.nodes = _bones()
    document.skins = [_skin(buffer)]
    meshes = list(dict.fromkeys(part.mesh for part in avatar.parts))
    for name in meshes:
        document.meshes.append(_mesh(buffer, name, [part for part in avatar.parts if part.mesh == name]))
        document.nodes.append(gltf.Node(name=name, mesh=len(document.meshes) - 1, skin=0))
    nodes = {name: len(HUMANOID.joint_names) + k for k, name in enumerate(meshes)}
    document.scenes = [gltf.Scene(name="signer", nodes=[0, *nodes.values()])]
    document.scene = 0
    document.extensions = {EXTENSION: _extension(avatar, meshes, nodes)}
    document.buffers = [gltf.Buffer(byteLength=len(buffer.data))]
    document.set_binary_blob(bytes(buffer.data))
    return b"".join(document.save_to_bytes())


def morph_names(parts: Sequence[Part]) -> list[str]:
    """Morph targets of one mesh of the file: every primitive of a mesh has the same ones, in this order."""
    return sorted({name for part in parts for name in part.morphs})


def _material(name: str) -> gltf.Material:
    material = MATERIALS[name]
    surface = gltf.PbrMetallicRoughness(
        baseColorFactor=[*(round(value, 5) for value in material.linear), 1.0],
        metallicFactor=0.0,
        roughnessFactor=material.roughness,
    )
    return gltf.Material(name=name, pbrMetallicRoughness=surface, doubleSided=False, alphaCutoff=None)


def _bones() -> list[gltf.Node]:
    children: list[list[int]] = [[] for _ in HUMANOID.joint_names]
    for joint, parent in enumerate(HUMANOID.parents[1:], 1):
        children[parent].append(joint)
    return [
        gltf.Node(name=name, translation=[round(v, 9) for v in offset.tolist()], children=below)
        for name, offset, below in zip(HUMANOID.joint_names, HUMANOID.rest_offsets, children, strict=True)
    ]


def _skin(buffer: _Buffer) -> gltf.Skin:
    inverse = np.tile(np.eye(4), (len(HUMANOID.joint_names), 1, 1))
    inverse[:, 3, :3] = -HUMANOID.rest_positions  # row 3: glTF stores matrices column by column
    accessor = buffer.add(inverse.reshape(-1, 16).astype(np.float32), None)
    return gltf.Skin(joints=list(range(len(HUMANOID.joint_names))), inverseBindMatrices=accessor, skeleton=0)


def _mesh(buffer: _Buffer, name: str, parts: Sequence[Part]) -> gltf.Mesh:
    morphs = morph_names(parts)
    primitives = []
    for part in parts:
        attributes = gltf.Attributes(
            POSITION=buffer.add(part.vertices.astype(np.float32), gltf.ARRAY_BUFFER, bounds=True),
            NORMAL=buffer.add(_unit_rows(part.normals), gltf.ARRAY_BUFFER),
            JOINTS_0=buffer.add(part.joints.astype(np.uint8), gltf.ARRAY_BUFFER),
            WEIGHTS_0=buffer.add(_quantised(part.weights), gltf.ARRAY_BUFFER, unit=True),
        )
        targets = _targets(buffer, part, morphs)
        indices = buffer.add(part.faces.astype(np.uint16).ravel(), gltf.ELEMENT_ARRAY_BUFFER)
        material = list(MATERIALS).index(part.material)
        primitives.append(gltf.Primitive(attributes=attributes, indices=indices, material=material, targets=targets))
    mesh = gltf.Mesh(name=name, primitives=primitives)
    if morphs:
        mesh.weights = [0.0] * len(morphs)
        mesh.extras = {"targetNames": morphs}
    return mesh


def _targets(buffer: _Buffer, part: Part, morphs: Sequence[str]) -> list[dict[str, int]]:
    """Morph targets of a primitive: only the vertices that move are stored; a morph that moves none is all zeros."""
    still = np.zeros_like(part.vertices)
    offsets = [part.morphs.get(morph, still).astype(np.float32) for morph in morphs]
    return [{"POSITION": buffer.add_sparse(rows)} for rows in offsets]


def _unit_rows(normals: Array) -> npt.NDArray[np.float32]:
    rows = normals.astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _quantised(weights: Array) -> npt.NDArray[np.uint16]:
    """Weights as 16-bit shares that sum to exactly 65535, as glTF demands; the largest takes the rounding error."""
    shares = np.rint(weights * 65535.0).astype(np.int64)
    rows = np.arange(len(shares))
    shares[rows, np.argmax(shares, axis=1)] += 65535 - shares.sum(axis=1)
    return shares.astype(np.uint16)


def _extension(avatar: AvatarMesh, meshes: Sequence[str], nodes: Mapping[str, int]) -> dict[str, Any]:
    morphs = {name: morph_names([part for part in avatar.parts if part.mesh == name]) for name in meshes}

    def expression(mix: Mapping[str, float]) -> dict[str, Any]:
        binds = [
            {"node": nodes[name], "index": known.index(morph), "weight": weight}
            for name, known in morphs.items()
            for morph, weight in mix.items()
            if morph in known
        ]
        return {"isBinary": False, "morphTargetBinds": binds} if binds else {"isBinary": False}

    return {
        "specVersion": "1.0",
        "meta": _META,
        "humanoid": {"humanBones": {name: {"node": joint} for joint, name in enumerate(HUMANOID.joint_names)}},
        "expressions": {
            "preset": {name: expression(mix) for name, mix in PRESETS.items()},
            "custom": {name: expression({name: 1.0}) for name in CUSTOM},
        },
        "lookAt": _LOOK_AT,
    }


_META = {
    "name": "SignLLM signer",
    "version": "1.0",
    "authors": ["SignLLM maintainers"],
    "copyrightInformation": "SignLLM maintainers. Licensed under the Apache License, Version 2.0 (Apache-2.0).",
    "licenseUrl": "https://vrm.dev/licenses/1.0/",
    "otherLicenseUrl": "https://www.apache.org/licenses/LICENSE-2.0",
    "avatarPermission": "everyone",
    "allowExcessivelyViolentUsage": True,
    "allowExcessivelySexualUsage": True,
    "commercialUsage": "corporation",
    "allowPoliticalOrReligiousUsage": True,
    "allowAntisocialOrHateUsage": True,
    "creditNotation": "unnecessary",
    "allowRedistribution": True,
    "modification": "allowModificationRedistribution",
}

_LOOK_AT = {
    "type": "bone",
    "offsetFromHeadBone": [0.0, 0.125, 0.09],
    "rangeMapHorizontalInner": {"inputMaxValue": 90.0, "outputScale": 18.0},
    "rangeMapHorizontalOuter": {"inputMaxValue": 90.0, "outputScale": 22.0},
    "rangeMapVerticalDown": {"inputMaxValue": 90.0, "outputScale": 14.0},
    "rangeMapVerticalUp": {"inputMaxValue": 90.0, "outputScale": 12.0},
}
