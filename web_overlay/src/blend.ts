/** Eases the avatar from whatever it shows into the next stretch of motion, so that it never jumps. */
import { slerpPose } from "./quaternion";

/** Seconds from one stretch to the next: about as long as a signer takes to lower the hands. */
const EASE = 0.4;

export class PoseBlend {
  private stretch: string | undefined;
  private since = -Infinity;
  private from = new Float32Array(0);
  private shown = new Float32Array(0);

  /**
   * The pose to show at `now`.
   *
   * @param pose Unit quaternions xyzw, [J * 4], wanted at this moment.
   * @param stretch Names the motion that `pose` belongs to; a new name starts a transition.
   */
  show(now: number, pose: Float32Array, stretch: string): Float32Array {
    if (this.shown.length !== pose.length) {
      this.shown = Float32Array.from(pose);
      this.since = -Infinity;
    } else if (stretch !== this.stretch) {
      this.from = Float32Array.from(this.shown);
      this.since = now;
    }
    this.stretch = stretch;
    const share = (now - this.since) / EASE;
    if (share >= 1) this.shown.set(pose);
    else slerpPose(this.from, pose, smoothstep(Math.max(0, share)), this.shown);
    return this.shown;
  }
}

function smoothstep(t: number): number {
  return t * t * (3 - 2 * t);
}
