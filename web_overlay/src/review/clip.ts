/** A clip as the server packs it (`signllm_bridge.review.clips`), and as it is played. Pure. */
import type { Box } from "../view";

export interface PackedClip {
  readonly fps: number;
  readonly frames: number;
  /** int16 little-endian in base64, [T, J, 4], value / 32767, xyzw. */
  readonly rotations: string;
  /** uint8 in base64, [T, F], value / 255. */
  readonly face: string;
  readonly gloss: string;
  readonly starts: readonly number[];
  /** Opposite corners of what must be seen, metres. */
  readonly box: Box;
}

export interface Clip {
  readonly fps: number;
  /** Rotations of each frame, [J * 4]. */
  readonly rotations: readonly Float32Array[];
  /** Weights of each frame, [F]. */
  readonly face: readonly Float32Array[];
  readonly box: Box;
}

/** @throws {Error} The clip does not hold what its numbers say. */
export function unpack(packed: PackedClip, joints: number, faces: number): Clip {
  const turns = bytes(packed.rotations);
  const weights = bytes(packed.face);
  if (turns.length !== packed.frames * joints * 8 || weights.length !== packed.frames * faces)
    throw new Error("the clip is damaged: its size is not what its number of frames asks for");
  const view = new DataView(turns.buffer);
  const frames = Array.from({ length: packed.frames }, (_, t) => t);
  return {
    fps: packed.fps,
    rotations: frames.map((t) =>
      Float32Array.from({ length: joints * 4 }, (_, k) => view.getInt16((t * joints * 4 + k) * 2, true) / 32767),
    ),
    face: frames.map((t) => Float32Array.from(weights.subarray(t * faces, (t + 1) * faces), (value) => value / 255)),
    box: packed.box,
  };
}

/** The clip seen in a mirror: left and right change places, for viewers who sign with the left hand. */
export function mirrored(clip: Clip, joints: readonly string[], faces: readonly string[]): Clip {
  const joint = swaps(joints);
  const shape = swaps(faces);
  return {
    fps: clip.fps,
    rotations: clip.rotations.map((frame) =>
      Float32Array.from(frame, (_, k) => {
        const axis = k % 4; // a mirror turns y and z of a rotation about
        return (axis === 1 || axis === 2 ? -1 : 1) * frame[joint[(k - axis) / 4]! * 4 + axis]!;
      }),
    ),
    face: clip.face.map((frame) => Float32Array.from(frame, (_, k) => frame[shape[k]!]!)),
    box: mirroredBox(clip.box),
  };
}

/** The smallest box around all of them. */
export function around(boxes: readonly Box[]): Box {
  const corner = (side: 0 | 1, pick: (...values: number[]) => number): number[] =>
    [0, 1, 2].map((axis) => pick(...boxes.map((box) => box[side][axis]!)));
  return [corner(0, Math.min), corner(1, Math.max)];
}

/** Left and right changed. */
export function mirroredBox([low, high]: Box): Box {
  return [
    [-high[0]!, low[1]!, low[2]!],
    [-low[0]!, high[1]!, high[2]!],
  ];
}

function swaps(names: readonly string[]): number[] {
  return names.map((name, k) => {
    const other = name.replace(/^left|^right|Left$|Right$/, (side) => OTHER_SIDE[side] ?? side);
    const found = names.indexOf(other);
    return found < 0 ? k : found;
  });
}

const OTHER_SIDE: Record<string, string> = { left: "right", right: "left", Left: "Right", Right: "Left" };

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
