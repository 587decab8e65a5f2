import { describe, expect, it } from "vitest";

import { PlayoutBuffer } from "../src/buffer";
import type { PoseFrame, SignBoundary, UtteranceEnd } from "../src/wire";

const INTERVAL = 0.04;

/** A frame in which the only joint is turned about Z by `degrees`, and the only face weight is the sequence number. */
function frame(sequence: number, time: number, degrees = 0, utterance = 1): PoseFrame {
  const half = (degrees * Math.PI) / 360;
  const rotations = Float32Array.of(0, 0, Math.sin(half), Math.cos(half));
  return { utterance, sequence, time, rotations, face: Float32Array.of(sequence) };
}

function angleDeg(rotations: Float32Array): number {
  return (2 * Math.atan2(rotations[2]!, rotations[3]!) * 180) / Math.PI;
}

function boundary(index: number, time: number): SignBoundary {
  return { utterance: 1, index, gloss: "HELLO", word: index, text: "Hello", time };
}

function end(time: number, reason: UtteranceEnd["reason"] = "finished"): UtteranceEnd {
  return { utterance: 1, time, reason };
}

/** A buffer whose server's clock is 100 s behind the page's. */
function buffer(): PlayoutBuffer {
  const made = new PlayoutBuffer(INTERVAL);
  made.clock.observe(100, 0);
  return made;
}

/**
 * Plays `arrivals`, frames with the moment each arrives, at 60 Hz from 100 s on; returns what was shown; `place` is its
 * place in the stream, in frames, between two of them a fraction.
 */
function play(
  b: PlayoutBuffer,
  arrivals: [number, PoseFrame][],
  until: number,
): { now: number; sequence: number; place: number }[] {
  const shown = [];
  const queue = [...arrivals];
  for (let now = 100; now < until; now += 1 / 60) {
    while (queue[0] !== undefined && queue[0][0] <= now) {
      const [at, next] = queue.shift()!;
      b.pushFrame(at, next);
    }
    const sample = b.sample(now);
    if (sample !== undefined) shown.push({ now, sequence: sample.from.sequence, place: sample.face[0]! });
  }
  return shown;
}

/**
 * Frames presented from `start`, arriving `lead(k)` seconds before that: in order,
 * as from a socket, where a late message holds up those behind it.
 */
function stream(count: number, start: number, lead: (k: number) => number): [number, PoseFrame][] {
  let arrival = 0;
  return Array.from({ length: count }, (_, k) => {
    const time = start + k * INTERVAL;
    arrival = Math.max(arrival, 100 + time - lead(k));
    return [arrival, frame(k, time, k)];
  });
}

describe("PlayoutBuffer", () => {
  it("shows nothing before the first frame", () => {
    expect(buffer().sample(101)).toBeUndefined();
  });

  it("shows frames that arrive well ahead at their presentation time", () => {
    const shown = play(buffer(), stream(50, 1, () => 0.2), 103);
    for (const { now, place } of shown.filter(({ now }) => now > 101 && now < 102.9)) {
      expect(place).toBeCloseTo((now - 101) / INTERVAL, 1);
    }
  });

  it("lies between two frames at the display's rate, along the shorter arc", () => {
    const b = buffer();
    const near = frame(0, 1, 170);
    const far = frame(1, 1 + INTERVAL, 190);
    far.rotations.forEach((value, k) => (far.rotations[k] = -value)); // the same rotation, other sign
    b.pushFrame(100.5, near);
    b.pushFrame(100.5, far);
    expect(Math.abs(angleDeg(b.sample(101 + INTERVAL / 2)!.rotations))).toBeCloseTo(180, 3);
  });

  it("keeps two frame intervals of delay for frames that arrive only when they are due", () => {
    const b = buffer();
    play(b, stream(50, 1, () => 0), 102.5);
    expect(b.delay).toBeCloseTo(2 * INTERVAL, 6);
  });

  it("shows the first frame of a stream at once", () => {
    const b = buffer();
    b.pushFrame(101, frame(0, 1));
    expect(b.sample(101)?.from.sequence).toBe(0);
    expect(b.delay).toBe(0);
  });

  it("moves smoothly and never back when arrivals jitter by a frame and a half", () => {
    const jitter = (k: number): number => 0.03 - 0.06 * ((k * 7) % 5 === 0 ? 1 : 0);
    const b = buffer();
    const shown = play(b, stream(200, 1, jitter), 108.8).filter(({ now }) => now > 102);
    const steps = shown.slice(1).map(({ place }, k) => place - shown[k]!.place);
    expect(Math.min(...steps)).toBeGreaterThan(0.3);
    expect(Math.max(...steps)).toBeLessThan(0.55); // 1 / 60 s is 0.42 of a frame interval
  });

  it("holds the last pose when frames stop", () => {
    const b = buffer();
    const shown = play(b, stream(10, 1, () => 0.1), 103);
    expect(shown.at(-1)).toMatchObject({ sequence: 9 });
    expect(shown.at(-1)!.place).toBeCloseTo(9, 3);
  });

  it("goes on without skipping after a short stall, later than before", () => {
    const b = buffer();
    const arrivals = stream(60, 1, (k) => (k < 20 ? 0.1 : -0.2)); // from frame 20 on 0.3 s later
    const sequences = play(b, arrivals, 104).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(60);
    expect(b.delay).toBeCloseTo(0.2 + 2 * INTERVAL, 6);
  });

  it("forgets a stall after some seconds and catches up by playing slightly faster", () => {
    const b = buffer();
    const arrivals = stream(600, 1, (k) => (k === 20 ? -0.2 : 0.1));
    const shown = play(b, arrivals, 124.5);
    const last = shown.at(-1)!;
    expect(b.delay).toBe(0);
    expect(last.place).toBeCloseTo((last.now - 101) / INTERVAL, 0);
  });

  it("skips what is more than a second late", () => {
    const b = buffer();
    const arrivals = stream(200, 1, (k) => (k < 20 ? 0.1 : 0.1 - Math.max(0, 4 - (k - 20) * INTERVAL)));
    const shown = play(b, arrivals, 108);
    const last = shown.at(-1)!;
    expect((last.now - 101) / INTERVAL - last.place).toBeLessThan(1.1 / INTERVAL);
  });

  it("does not slide through a long pause between two utterances", () => {
    const b = buffer();
    b.pushFrame(100.9, frame(0, 1, 0));
    b.pushEnd(end(1.04));
    b.sample(101.1);
    b.pushFrame(102.9, frame(1, 3, 90, 2));
    expect(angleDeg(b.sample(102.95)!.rotations)).toBeCloseTo(0, 3);
    expect(angleDeg(b.sample(103.01)!.rotations)).toBeCloseTo(90, 3);
  });

  it("turns joints in step with its place in the stream", () => {
    const b = buffer();
    for (const [at, next] of stream(50, 1, () => 0.2)) b.pushFrame(at, next);
    const sample = b.sample(101.5)!;
    expect(angleDeg(sample.rotations)).toBeCloseTo(sample.face[0]!, 3);
  });

  it("stands still while the clock is held, and goes on from there", () => {
    const b = buffer();
    for (const [at, next] of stream(50, 1, () => 0.5)) b.pushFrame(at, next);
    b.sample(101.2);
    b.clock.hold(1.2);
    expect(angleDeg(b.sample(105)!.rotations)).toBeCloseTo(5, 1);
    b.clock.resume(110, 1.2);
    b.sample(110);
    expect(angleDeg(b.sample(110.2)!.rotations)).toBeCloseTo(10, 0);
  });

  it("hands out boundaries and ends when the display reaches them, once and in order", () => {
    const b = buffer();
    b.pushBoundary(boundary(0, 1));
    for (const [at, next] of stream(20, 1, () => 0.2)) b.pushFrame(at, next);
    b.pushBoundary(boundary(1, 1.4));
    b.pushEnd(end(1.8));
    b.sample(100.9);
    expect(b.dueCues()).toEqual([]);
    b.sample(101.1);
    expect(b.dueCues()).toMatchObject([{ kind: "boundary", boundary: { index: 0 } }]);
    b.sample(101.9);
    expect(b.dueCues()).toMatchObject([{ boundary: { index: 1 } }, { kind: "end" }]);
    expect(b.dueCues()).toEqual([]);
  });

  it("forgets what lies behind the cut of a cancelled utterance", () => {
    const b = buffer();
    for (const [at, next] of stream(20, 1, () => 0.2)) b.pushFrame(at, next);
    b.pushBoundary(boundary(1, 1.4));
    b.sample(101.1);
    b.pushEnd(end(1.1, "cancelled"));
    expect(b.sample(101.8)!.from.sequence).toBe(2);
    expect(b.dueCues()).toMatchObject([{ kind: "end" }]);
  });

  it("takes every due frame exactly once, however slowly the display asks", () => {
    const b = buffer();
    for (const [at, next] of stream(50, 1, () => 0.2)) b.pushFrame(at, next);
    const taken = [100.5, 101.33, 101.34, 102.6, 104].flatMap((now) => b.take(now).map(({ sequence }) => sequence));
    expect(taken).toEqual(Array.from({ length: 50 }, (_, k) => k));
  });
});
