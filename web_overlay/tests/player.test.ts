import { describe, expect, it } from "vitest";

import { Player } from "../src/player";
import type { PoseFrame, ServerEvent, Setup, UtteranceEnd } from "../src/wire";

const SETUP: Setup = {
  serverName: "test",
  jointNames: ["leftUpperArm", "rightUpperArm"],
  faceNames: [],
  fps: 25,
  label: "",
  sources: ["lexicon"],
  maxTextLength: 100,
  broadcastSource: "",
};
const PLAIN = { trace: [], review: "draft", nonManuals: [], signs: ["HELLO", "YOU"], signWords: [0, 1], notices: [] };

const turned = (degrees: number): Float32Array => {
  const half = (degrees * Math.PI) / 360;
  return Float32Array.of(0, 0, Math.sin(half), Math.cos(half), 0, 0, 0, 1);
};
const angleDeg = (rotations: Float32Array): number => (2 * Math.atan2(rotations[2]!, rotations[3]!) * 180) / Math.PI;

const start = (utterance: number, text: string): ServerEvent => ({
  kind: "start",
  start: { utterance, text, source: "lexicon", gloss: "HELLO YOU", label: "Experimental", coverage: 1, ...PLAIN },
});
const frame = (utterance: number, sequence: number, time: number, degrees: number): ServerEvent => {
  const made: PoseFrame = { utterance, sequence, time, rotations: turned(degrees), face: new Float32Array(0) };
  return { kind: "frame", frame: made };
};
const boundary = (utterance: number, index: number, time: number): ServerEvent => ({
  kind: "boundary",
  boundary: { utterance, index, gloss: "HELLO", word: index, text: "Hello", time },
});
const end = (utterance: number, time: number, reason: UtteranceEnd["reason"] = "finished"): ServerEvent => ({
  kind: "end",
  end: { utterance, time, reason },
});

/** A player to which `events` arrived at 100.5 s, when the server's clock read 0.5 s. */
function player(...events: ServerEvent[]): Player {
  const made = new Player(SETUP);
  made.handle(100, { kind: "setup", setup: SETUP });
  for (const event of events) {
    if (event.kind === "start") made.ask();
    made.handle(100.5, event);
  }
  return made;
}

/** The pose after the display has asked 60 times a second from `from` to `to`. */
function run(p: Player, from: number, to: number): number {
  let angle = NaN;
  for (let now = from; now <= to; now += 1 / 60) angle = angleDeg(p.tick(now).rotations);
  return angle;
}

describe("Player", () => {
  it("lets the arms hang before anything is signed", () => {
    expect(run(player(), 100, 101)).toBeCloseTo(-75, 2);
  });

  it("shows the caption as soon as the utterance is announced", () => {
    const p = player(start(1, "Hello you"));
    expect(p.caption?.text).toBe("Hello you");
    expect(p.activity).toBe("signing");
  });

  it("keeps the caption of the running utterance until the next one is signed", () => {
    const p = player(
      start(1, "First"), boundary(1, 0, 1), frame(1, 0, 1, 0), frame(1, 1, 1.04, 0), end(1, 1.08),
      start(2, "Second"), boundary(2, 0, 2), frame(2, 2, 2, 0),
    ); // prettier-ignore
    p.tick(101.02);
    expect(p.caption?.text).toBe("First");
    run(p, 101.02, 102.1);
    expect(p.caption?.text).toBe("Second");
  });

  it("keeps the caption after the end, with every sign done, and is idle", () => {
    const p = player(start(1, "Hello you"), boundary(1, 0, 1), frame(1, 0, 1, 0), end(1, 1.04));
    run(p, 101, 101.5);
    expect(p.caption?.text).toBe("Hello you");
    expect(p.caption?.chips.every(({ units }) => units.every((unit) => unit.progress === "done"))).toBe(true);
    expect(p.activity).toBe("idle");
  });

  it("holds the last pose of a finished utterance", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, 0), frame(1, 1, 1.04, 30), end(1, 1.08));
    expect(run(p, 101, 104)).toBeCloseTo(30, 2);
  });

  it("eases back to the rest pose of the stream after a cancelled utterance", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, -60), frame(1, 1, 1.04, 30));
    expect(run(p, 100.9, 101.06)).toBeGreaterThan(-60);
    p.handle(101.06, end(1, 1.06, "cancelled"));
    const soon = run(p, 101.06, 101.2);
    expect(soon).toBeLessThan(30);
    expect(soon).toBeGreaterThan(-60);
    expect(run(p, 101.2, 102)).toBeCloseTo(-60, 2);
  });

  it("eases back to the rest pose when a queue of utterances is cancelled in the middle of the first", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, -75), frame(1, 1, 1.04, 40), start(2, "Goodbye"));
    run(p, 100.9, 101.06);
    p.handle(101.06, end(1, 1.06, "cancelled"));
    p.handle(101.06, end(2, 1.06, "cancelled"));
    expect(run(p, 101.06, 102)).toBeCloseTo(-75, 2);
    expect(p.activity).toBe("idle");
  });

  it("eases the face as well as the pose when an utterance is cut short", () => {
    const setup = { ...SETUP, faceNames: ["browInnerUp"] };
    const p = new Player(setup);
    p.handle(100, { kind: "setup", setup });
    p.ask();
    p.handle(100.5, start(1, "Hello"));
    for (const sequence of [0, 1, 2]) {
      const face = Float32Array.of(0.8);
      const made = { utterance: 1, sequence, time: 1 + 0.04 * sequence, rotations: turned(0), face };
      p.handle(100.5, { kind: "frame", frame: made });
    }
    run(p, 100.9, 101.5);
    expect(p.tick(101.5).face[0]).toBeCloseTo(0.8, 3);
    p.handle(101.5, end(1, 1.5, "cancelled"));
    run(p, 101.5, 101.7);
    const soon = p.tick(101.7).face[0]!;
    expect(soon).toBeLessThan(0.79);
    expect(soon).toBeGreaterThan(0.01);
    run(p, 101.7, 102.5);
    expect(p.tick(102.5).face[0]).toBe(0);
  });

  it("shows the caption of an utterance that has no frames", () => {
    const p = player(start(1, "Only captions"), end(1, 1));
    run(p, 100.5, 103);
    expect(p.caption?.text).toBe("Only captions");
    expect(p.activity).toBe("idle");
  });

  it("is signing from the moment it was asked, and counts what waits", () => {
    const p = player();
    p.ask();
    p.ask();
    expect([p.activity, p.waiting]).toEqual(["signing", 1]);
    p.handle(101, { kind: "error", message: "Refused.", utterance: 0, ofReport: false });
    expect(p.waiting).toBe(0);
    p.handle(101, { kind: "error", message: "Not written down.", utterance: 0, ofReport: true });
    expect(p.activity).toBe("signing");
    p.handle(101, { kind: "error", message: "Failed.", utterance: 1, ofReport: false });
    p.handle(101, end(1, 0, "failed"));
    p.tick(101.1);
    expect(p.activity).toBe("idle");
  });

  it("is paused from one State to the next", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, 0), { kind: "state", playing: false, serverTime: 0.5 });
    expect(p.activity).toBe("paused");
    p.handle(105, { kind: "state", playing: true, serverTime: 0.5 });
    expect(p.activity).toBe("signing");
  });

  it("eases to rest when the stream is gone", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, -70), frame(1, 1, 1.04, 20));
    run(p, 100.9, 101.1);
    let angle = NaN;
    for (let now = 101.1; now < 102; now += 1 / 60) angle = angleDeg(p.atRest(now).rotations);
    expect(angle).toBeCloseTo(-70, 2);
  });

  it("goes on from the pose of the connection before", () => {
    const p = player(start(1, "Hello"), frame(1, 0, 1, -60), frame(1, 1, 1.04, -60));
    run(p, 100.9, 101.1);
    const next = new Player(SETUP, p);
    expect(run(next, 101.1, 101.12)).toBeCloseTo(-60, 2);
    expect(run(next, 101.12, 102)).toBeCloseTo(-60, 2);
  });

  it("hands out every frame unchanged in exact mode, with captions in step", () => {
    const p = player(start(1, "Hello"), boundary(1, 0, 1), frame(1, 0, 1, 10), frame(1, 1, 1.04, 20), end(1, 1.08));
    expect(p.tickExact(100.9)).toEqual([]);
    expect(p.tickExact(101.2).map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(p.activity).toBe("idle");
  });
});
