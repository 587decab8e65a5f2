/**
 * `window.signllm`: what a test or a curious developer can ask the page.
 *
 * With `?interpolate=0` every frame is applied exactly as it was sent and remembered, even when the display is
 * too slow to draw each one: `appliedAt(sequence)` then gives what stood in the scene.
 */
import type { Rig } from "./rig";
import type { PoseFrame } from "./wire";

type Quaternion = [number, number, number, number];

/** Rotations xyzw by bone name: as set on the normalised bones, and as found on the bones that are drawn. */
export interface AppliedPose {
  readonly normalized: Record<string, Quaternion>;
  readonly drawn: Record<string, Quaternion>;
}

export interface SignllmHook {
  /** Resolves when the avatar is loaded and the server has introduced itself. */
  readonly ready: Promise<void>;
  /** Rotation xyzw of a normalised bone as it stands now; undefined for a bone that the avatar lacks. */
  boneRotation(name: string): Quaternion | undefined;
  /** Weight of a blend shape as it stands now; undefined for one that the avatar lacks. */
  faceWeight(name: string): number | undefined;
  /** The last frame of the stream that reached the avatar. */
  frame(): { utterance: number; sequence: number; time: number } | undefined;
  /** The scene just after frame `sequence` was applied; only with `?interpolate=0`, for the last 1024 frames. */
  appliedAt(sequence: number): AppliedPose | undefined;
  /** `idle`, `signing` or `paused`. */
  activity(): string;
}

declare global {
  interface Window {
    signllm: SignllmHook;
  }
}

const KEPT = 1024;

export class AppliedFrames {
  private readonly poses = new Map<number, AppliedPose>();

  record({ sequence }: PoseFrame, rig: Rig): void {
    rig.settle();
    this.poses.set(sequence, { normalized: named(rig, "normalized"), drawn: named(rig, "drawn") });
    this.poses.delete(sequence - KEPT);
  }

  get(sequence: number): AppliedPose | undefined {
    return this.poses.get(sequence);
  }
}

function named(rig: Rig, which: "normalized" | "drawn"): Record<string, Quaternion> {
  const flat = rig.read(which);
  return Object.fromEntries(
    rig.jointNames.map((name, joint) => [name, Array.from(flat.subarray(joint * 4, joint * 4 + 4)) as Quaternion]),
  );
}
