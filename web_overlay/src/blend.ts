/** Eases the avatar from whatever it shows into the next stretch of motion, so that it never jumps. */
import { mixWeights, slerpPose } from "./quaternion";

/** Seconds from one stretch to the next: about as long as a signer takes to lower the hands. */
const EASE = 0.4;

/** A pose and the face that goes with it. */
export interface Look {
  /** Unit quaternions xyzw, [J * 4]. */
  readonly rotations: Float32Array;
  /** Weights 0 to 1. */
  readonly face: Float32Array;
}

export class PoseBlend {
  private stretch: string | undefined;
  private since = -Infinity;
  private from: Look = NOTHING;
  private shown: Look = NOTHING;

  /**
   * What to show at `now`; overwritten by the next call.
   *
   * @param wanted What the motion is at this moment.
   * @param stretch Names the motion that `wanted` belongs to; a new name starts a transition.
   */
  show(now: number, wanted: Look, stretch: string): Look {
    const { rotations, face } = this.shown;
    if (rotations.length !== wanted.rotations.length || face.length !== wanted.face.length) {
      this.shown = copy(wanted);
      this.since = -Infinity;
    } else if (stretch !== this.stretch) {
      this.from = copy(this.shown);
      this.since = now;
    }
    this.stretch = stretch;
    const share = smoothstep(Math.min(1, Math.max(0, (now - this.since) / EASE)));
    if (share >= 1) {
      this.shown.rotations.set(wanted.rotations);
      this.shown.face.set(wanted.face);
    } else {
      slerpPose(this.from.rotations, wanted.rotations, share, this.shown.rotations);
      mixWeights(this.from.face, wanted.face, share, this.shown.face);
    }
    return this.shown;
  }
}

const NOTHING: Look = { rotations: new Float32Array(0), face: new Float32Array(0) };

function copy({ rotations, face }: Look): Look {
  return { rotations: Float32Array.from(rotations), face: Float32Array.from(face) };
}

function smoothstep(t: number): number {
  return t * t * (3 - 2 * t);
}
