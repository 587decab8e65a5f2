import { describe, expect, it } from "vitest";

import { PresentationClock } from "../src/clock";

describe("PresentationClock", () => {
  it("trusts the reading that travelled fastest", () => {
    const clock = new PresentationClock();
    clock.observe(100.05, 0); // 50 ms under way
    clock.observe(102.002, 2); // 2 ms under way
    clock.observe(104.3, 4); // 300 ms under way
    expect(clock.read(105)).toBeCloseTo(4.998, 6);
  });

  it("forgets readings after half a minute, so that drift does not add up", () => {
    const clock = new PresentationClock();
    clock.observe(100, 0);
    for (let s = 1; s < 100; s++) clock.observe(100 + s, s * 0.999);
    expect(clock.read(200)).toBeCloseTo(200 - 170 + 70 * 0.999, 1);
  });

  it("stands still while held, whatever is said meanwhile", () => {
    const clock = new PresentationClock();
    clock.observe(100, 0);
    clock.hold(3);
    clock.observe(110, 3);
    expect(clock.read(120)).toBe(3);
  });

  it("goes on from the reading it resumes with", () => {
    const clock = new PresentationClock();
    clock.observe(100, 0);
    clock.hold(3);
    clock.resume(150, 3);
    expect(clock.read(151)).toBe(4);
  });

  it("reads zero before anything is known", () => {
    expect(new PresentationClock().read(50)).toBe(0);
  });
});
