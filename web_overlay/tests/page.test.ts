import { describe, expect, it } from "vitest";

import { PoseBlend, type Look } from "../src/blend";
import { asSentence, backoffMs } from "../src/connection";
import { readOptions } from "../src/options";
import { slerpPose } from "../src/quaternion";
import { cameraDistance } from "../src/view";

const turned = (degrees: number): Float32Array => {
  const half = (degrees * Math.PI) / 360;
  return Float32Array.of(0, 0, Math.sin(half), Math.cos(half));
};
const angleDeg = (q: Float32Array): number => (2 * Math.atan2(q[2]!, q[3]!) * 180) / Math.PI;

describe("slerpPose", () => {
  it.each([0.001, 1, 2.8, 2.9, 40, 179])("moves evenly along an arc of %d degrees", (arc) => {
    for (const t of [0, 0.25, 0.5, 1]) {
      expect(angleDeg(slerpPose(turned(0), turned(arc), t, new Float32Array(4)))).toBeCloseTo(t * arc, 3);
    }
  });

  it("stays a unit quaternion between opposite rotations", () => {
    expect(Math.hypot(...slerpPose(turned(0), turned(180), 0.5, new Float32Array(4)))).toBeCloseTo(1, 5);
  });
});

const look = (degrees: number, brows = 0): Look => ({ rotations: turned(degrees), face: Float32Array.of(brows) });

describe("PoseBlend", () => {
  it("passes one stretch of motion through unchanged", () => {
    const blend = new PoseBlend();
    for (const [now, degrees] of [[1, 5], [1.02, 50], [1.04, 7]] as const) {
      expect(angleDeg(blend.show(now, look(degrees), "a").rotations)).toBeCloseTo(degrees, 3);
    }
  });

  it("begins a new stretch where the old one stood and arrives within half a second", () => {
    const blend = new PoseBlend();
    blend.show(1, look(0), "a");
    expect(angleDeg(blend.show(1, look(90), "b").rotations)).toBeCloseTo(0, 3);
    expect(angleDeg(blend.show(1.2, look(90), "b").rotations)).toBeCloseTo(45, 1);
    expect(angleDeg(blend.show(1.5, look(90), "b").rotations)).toBeCloseTo(90, 3);
  });

  it("takes the face along", () => {
    const blend = new PoseBlend();
    expect(blend.show(1, look(0, 0.8), "a").face[0]).toBeCloseTo(0.8, 5);
    expect(blend.show(1, look(0), "b").face[0]).toBeCloseTo(0.8, 5);
    expect(blend.show(1.2, look(0), "b").face[0]).toBeCloseTo(0.4, 3);
    expect(blend.show(1.5, look(0), "b").face[0]).toBe(0);
  });
});

describe("backoffMs", () => {
  it("doubles from half a second up to ten", () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(backoffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
});

describe("asSentence", () => {
  it.each([
    ["the server made an error", "The server made an error."],
    ["This page is not allowed here.", "This page is not allowed here."],
    ["", ""],
  ])("makes of %j %j", (reason, sentence) => {
    expect(asSentence(reason)).toBe(sentence);
  });
});

describe("readOptions", () => {
  it("reads bare names as yes and 0 as no", () => {
    expect(readOptions("?text=Hi+you&autoplay&transparent=0&interpolate=0&source=lexicon")).toEqual({
      text: "Hi you",
      autoplay: true,
      transparent: false,
      interpolate: false,
      spell: false,
      source: "lexicon",
    });
  });

  it("interpolates unless told not to", () => {
    expect(readOptions("").interpolate).toBe(true);
  });
});

describe("cameraDistance", () => {
  const extent = { top: 1.86, bottom: 0.94, halfWidth: 0.56 };

  it.each([0.5, 1, 1.78, 3])("keeps the signing space in a picture %d times as wide as high", (aspect) => {
    const slope = Math.tan((11 * Math.PI) / 180);
    const distance = cameraDistance(extent, aspect);
    expect(2 * distance * slope).toBeGreaterThanOrEqual(0.92 - 1e-9);
    expect(2 * distance * slope * aspect).toBeGreaterThanOrEqual(1.12 - 1e-9);
  });
});
