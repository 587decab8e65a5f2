/** Puts wire rotations on the bones of a VRM avatar. */
import type { VRM, VRMHumanBoneName } from "@pixiv/three-vrm";
import type { Object3D } from "three";

export class Rig {
  /** Normalised bones in the order of the stream; undefined where this avatar lacks an optional bone. */
  private readonly bones: readonly (Object3D | undefined)[];
  private readonly expressions: readonly (string | undefined)[];

  constructor(
    readonly vrm: VRM,
    readonly jointNames: readonly string[],
    faceNames: readonly string[],
  ) {
    this.bones = jointNames.map((name) => vrm.humanoid.getNormalizedBoneNode(name as VRMHumanBoneName) ?? undefined);
    this.expressions = faceNames.map((name) => (vrm.expressionManager?.getExpression(name) ? name : undefined));
  }

  /**
   * @param rotations Unit quaternions xyzw, [J * 4], local and relative to the T-pose.
   * @param face Weights 0 to 1; those without an expression of that name are left out.
   */
  apply(rotations: Float32Array, face: Float32Array): void {
    this.bones.forEach((bone, joint) => bone?.quaternion.fromArray(rotations, joint * 4));
    this.expressions.forEach((name, k) => {
      if (name !== undefined) this.vrm.expressionManager?.setValue(name, face[k] ?? 0);
    });
  }

  /** Weight of an expression as it stands in the scene; undefined for one that the avatar lacks. */
  weight(name: string): number | undefined {
    return this.vrm.expressionManager?.getValue(name) ?? undefined;
  }

  /** Hands on when the drawn skeleton has taken over what `apply` put on the normalised bones. */
  settle(): void {
    this.vrm.humanoid.update();
  }

  /** Rotations xyzw as they stand in the scene, [J * 4]: of the normalised bones, or of the bones that are drawn. */
  read(which: "normalized" | "drawn"): Float32Array {
    const out = new Float32Array(this.jointNames.length * 4);
    this.jointNames.forEach((name, joint) => {
      const bone =
        which === "drawn" ? this.vrm.humanoid.getRawBoneNode(name as VRMHumanBoneName) : this.bones[joint];
      (bone?.quaternion.toArray() ?? [0, 0, 0, 1]).forEach((value, k) => (out[joint * 4 + k] = value));
    });
    return out;
  }
}
