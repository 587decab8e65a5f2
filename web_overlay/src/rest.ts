/** The pose before anything has been signed. */

/** Degrees by which the upper arms hang below the T-pose. */
const ARMS_DOWN_DEG = 75;

/** The T-pose with hanging arms: unit quaternions xyzw, [J * 4]. */
export function armsDown(jointNames: readonly string[]): Float32Array {
  const half = (0.5 * ARMS_DOWN_DEG * Math.PI) / 180;
  const turns: Record<string, number> = { leftUpperArm: -half, rightUpperArm: half };
  return Float32Array.from(
    jointNames.flatMap((name) => [0, 0, Math.sin(turns[name] ?? 0), Math.cos(turns[name] ?? 0)]),
  );
}
