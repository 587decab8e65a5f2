/** Poses as flat arrays of unit quaternions xyzw, [J * 4]. */

/**
 * Writes into `out` the pose a share `t` of the way from `a` to `b`, each joint along its shorter arc.
 *
 * Frames are 40 ms apart, so most joints turn by a few degrees: below 2.5 degrees a normalised straight line
 * is the arc to within a thousandth of a degree, and has no small sine to divide by.
 */
export function slerpPose(a: Float32Array, b: Float32Array, t: number, out: Float32Array): Float32Array {
  for (let i = 0; i + 3 < a.length; i += 4) {
    const [ax, ay, az, aw] = [a[i]!, a[i + 1]!, a[i + 2]!, a[i + 3]!];
    const [bx, by, bz, bw] = [b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!];
    const dot = ax * bx + ay * by + az * bz + aw * bw;
    const cosine = Math.min(1, Math.abs(dot));
    let from = 1 - t;
    let to = t;
    if (cosine < 0.9997) {
      const angle = Math.acos(cosine);
      from = Math.sin((1 - t) * angle) / Math.sin(angle);
      to = Math.sin(t * angle) / Math.sin(angle);
    }
    if (dot < 0) to = -to;
    const [x, y, z, w] = [from * ax + to * bx, from * ay + to * by, from * az + to * bz, from * aw + to * bw];
    const norm = Math.hypot(x, y, z, w);
    out[i] = x / norm;
    out[i + 1] = y / norm;
    out[i + 2] = z / norm;
    out[i + 3] = w / norm;
  }
  return out;
}

/** Writes into `out` the weights a share `t` of the way from `a` to `b`. */
export function mixWeights(a: Float32Array, b: Float32Array, t: number, out: Float32Array): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = (1 - t) * (a[i] ?? 0) + t * (b[i] ?? 0);
  return out;
}
