import { describe, expect, it } from "vitest";

import { sightOf, type Box } from "../src/view";
import { around, mirrored, mirroredBox, unpack, type PackedClip } from "../src/review/clip";
import { toCsv } from "../src/review/csv";
import { Playhead } from "../src/review/playhead";
import { isRight } from "../src/review/answers";

const BOX: Box = [
  [-0.3, 1, -0.1],
  [0.5, 1.8, 0.4],
];

const base64 = (values: ArrayLike<number>): string => btoa(String.fromCharCode(...Array.from(values)));
const int16 = (...values: number[]): Uint8Array => new Uint8Array(new Int16Array(values).buffer);

function packed(frames: number, rotations: Uint8Array, face: number[]): PackedClip {
  return { fps: 25, frames, rotations: base64(rotations), face: base64(face), gloss: "HELLO", starts: [0, frames], box: BOX };
}

describe("clips", () => {
  it("come back as rotations and weights", () => {
    const clip = unpack(packed(2, int16(0, 0, 0, 32767, 32767, 0, 0, 0), [0, 255, 51, 0]), 1, 2);
    expect(Array.from(clip.rotations[1]!)).toEqual([1, 0, 0, 0]);
    expect(clip.face[0]![1]).toBe(1);
    expect(clip.face[1]![0]).toBeCloseTo(0.2);
  });

  it("are refused when their size does not fit their frames", () => {
    expect(() => unpack(packed(3, int16(0, 0, 0, 32767), [0]), 1, 1)).toThrow(/damaged/);
  });

  it("change sides in the mirror, and twice gives them back", () => {
    const joints = ["hips", "leftHand", "rightHand"];
    const faces = ["jawOpen", "eyeBlinkLeft", "eyeBlinkRight"];
    const turns = int16(0, 0, 0, 32767, 100, 200, 300, 400, 1, 2, 3, 4);
    const clip = unpack(packed(1, turns, [9, 10, 20]), 3, 3);
    const other = mirrored(clip, joints, faces);
    expect(Array.from(other.rotations[0]!.slice(4, 8), (x) => Math.round(x * 32767))).toEqual([1, -2, -3, 4]);
    expect(Array.from(other.face[0]!, (x) => Math.round(x * 255))).toEqual([9, 20, 10]);
    const again = mirrored(other, joints, faces).rotations[0]!;
    clip.rotations[0]!.forEach((value, k) => expect(again[k]).toBeCloseTo(value));
  });
});

describe("the camera", () => {
  it("sees every corner of what it is to frame, and no farther than it must", () => {
    for (const turn of [0, -1.2, 0.7]) {
      for (const aspect of [0.4, 1, 2.5]) {
        const { distance, centre } = sightOf(BOX, turn, aspect);
        const slope = Math.tan((11 * Math.PI) / 180);
        const reach = [0, 1].flatMap((i) => [0, 1].flatMap((j) => [0, 1].map((k) => {
          const [x, y, z] = [BOX[i]![0]! - centre.x, BOX[j]![1]! - centre.y, BOX[k]![2]! - centre.z];
          const depth = distance - (x * Math.sin(turn) + z * Math.cos(turn));
          const right = x * Math.cos(turn) - z * Math.sin(turn);
          return Math.max(Math.abs(right) / (depth * slope * aspect), Math.abs(y) / (depth * slope));
        })));
        expect(Math.max(...reach)).toBeCloseTo(1, 6);
      }
    }
  });

  it("frames what all clips need, and their mirror images", () => {
    expect(around([BOX, mirroredBox(BOX)])).toEqual([[-0.5, 1, -0.1], [0.5, 1.8, 0.4]]);
    expect(mirroredBox(mirroredBox(BOX))).toEqual(BOX);
  });
});

describe("the playhead", () => {
  it("goes with the clock at the speed that is set, rests on the last frame, and begins again", () => {
    const head = new Playhead(25, 25, 10);
    expect(head.frame(10.5)).toBe(12);
    head.setSpeed(0.5, 10.5);
    expect(head.frame(11)).toBe(18);
    expect(head.frame(11.9)).toBe(24);
    expect(head.rounds).toBe(0);
    head.setSpeed(1, 11.9);
    head.frame(13);
    expect(head.rounds).toBe(1);
  });

  it("stops at a step, around both ends", () => {
    const head = new Playhead(10, 25, 0);
    head.step(-1, 0);
    expect(head.frame(5)).toBe(9);
    head.step(1, 5);
    expect(head.frame(6)).toBe(0);
    head.toggle(6);
    expect(head.frame(6.04)).toBe(1);
  });
});

describe("answers", () => {
  it("are right whatever their case, spaces and articles", () => {
    expect(isRight(" The  Hospital", ["hospital"])).toBe(true);
    expect(isRight("to help", ["help"])).toBe(true);
    expect(isRight("hospitals", ["hospital"])).toBe(false);
    expect(isRight("", [""])).toBe(false);
  });

  it("are written as CSV that a table reads back, and never as a formula", () => {
    const text = toCsv(["a", "b"], [{ a: 'say "x", y', b: "=1+1" }, { a: "line\nbreak", b: "" }]);
    expect(text).toBe('a,b\r\n"say ""x"", y",\'=1+1\r\n"line\nbreak",\r\n');
  });
});
