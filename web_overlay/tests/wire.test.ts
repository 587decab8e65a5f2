import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { ServerDecoder, WireError, dequantise, encodeControl, encodePing, encodeReport, encodeSpeak, type ServerEvent } from "../src/wire";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/wire/", import.meta.url));

interface Golden {
  direction: "server" | "client";
  body: string;
  fields: Record<string, unknown>;
  quaternions?: number[][];
}

const golden = (name: string): Golden => JSON.parse(readFileSync(`${GOLDEN}${name}.json`, "utf8"));
const bytes = (name: string): Uint8Array => new Uint8Array(readFileSync(`${GOLDEN}${name}.bin`));
const names = readdirSync(GOLDEN)
  .filter((file) => file.endsWith(".bin"))
  .map((file) => file.slice(0, -4));
const sentBy = (direction: string): string[] => names.filter((name) => golden(name).direction === direction);

function decodeAfterSetup(message: Uint8Array): ServerEvent | undefined {
  const decoder = new ServerDecoder();
  decoder.decode(bytes("setup"));
  return decoder.decode(message);
}

/** What the page must make of the fields of a golden file. */
const EXPECTED: Record<string, (fields: Record<string, any>) => object> = {
  setup: (f) => ({
    kind: "setup",
    setup: {
      serverName: f.server_name,
      jointNames: f.joint_names,
      faceNames: f.face_names,
      fps: f.fps,
      label: f.label,
      sources: f.sources,
      maxTextLength: f.max_text_length,
      broadcastSource: f.broadcast_source,
    },
  }),
  utterance_start: (f) => ({
    kind: "start",
    start: {
      utterance: f.utterance_id,
      text: f.text,
      source: f.source,
      gloss: f.gloss,
      label: f.label,
      coverage: f.coverage,
      notices: f.notices,
      trace: f.trace,
      review: f.review,
      nonManuals: f.non_manuals.map((m: any) => ({ name: m.name, firstGloss: m.first_gloss, lastGloss: m.last_gloss })),
      signs: f.signs,
      signWords: f.sign_words,
    },
  }),
  frame: (f) => ({
    kind: "frame",
    frame: { utterance: f.utterance_id, sequence: f.sequence, time: f.presentation_time_us / 1e6 },
  }),
  sign_boundary: (f) => ({
    kind: "boundary",
    boundary: {
      utterance: f.utterance_id,
      index: f.gloss_index,
      gloss: f.gloss,
      word: f.word_index,
      text: f.text,
      time: f.start_time_us / 1e6,
    },
  }),
  utterance_end: (f) => ({
    kind: "end",
    end: {
      utterance: f.utterance_id,
      time: f.end_time_us / 1e6,
      reason: ["finished", "finished", "cancelled", "failed"][f.reason],
    },
  }),
  error: (f) => ({ kind: "error", message: f.message, utterance: f.utterance_id, ofReport: f.code === 5 }),
  reported: (f) => ({ kind: "reported", utterance: f.utterance_id, index: f.gloss_index }),
  pong: (f) => ({ kind: "pong", serverTime: f.server_time_us / 1e6 }),
  state: (f) => ({ kind: "state", playing: f.status === 1, serverTime: f.server_time_us / 1e6 }),
};

describe("messages from the server", () => {
  it.each(sentBy("server"))("reads in golden %s what its description says", (name) => {
    const { body, fields } = golden(name);
    expect(decodeAfterSetup(bytes(name))).toMatchObject(EXPECTED[body]!(fields));
  });

  it.each(sentBy("server").filter((name) => golden(name).quaternions))("unpacks the rotations of golden %s", (name) => {
    const event = decodeAfterSetup(bytes(name));
    if (event?.kind !== "frame") throw new Error("no frame");
    golden(name).quaternions!.forEach((quaternion, joint) =>
      quaternion.forEach((value, k) => expect(event.frame.rotations[joint * 4 + k]).toBeCloseTo(value, 6)),
    );
  });

  it("keeps the face of the frame before when a frame carries none", () => {
    const decoder = new ServerDecoder();
    decoder.decode(bytes("setup"));
    const first = decoder.decode(bytes("frame"));
    const second = decoder.decode(bytes("frame_unchanged_root"));
    if (first?.kind !== "frame" || second?.kind !== "frame") throw new Error("no frames");
    expect(first.frame.face[1]).toBeCloseTo(5 / 255, 6);
    expect(second.frame.face).toEqual(first.frame.face);
  });

  it("starts with a face at rest", () => {
    const event = decodeAfterSetup(bytes("frame_unchanged_root"));
    expect(event?.kind === "frame" && Math.max(...event.frame.face)).toBe(0);
  });

  it("ignores a body that a later server may add", () => {
    expect(decodeAfterSetup(new Uint8Array([0xfa, 0x01, 0x00]))).toBeUndefined(); // field 31, empty message
  });

  it("refuses bytes that are no message with a sentence", () => {
    expect(() => decodeAfterSetup(new Uint8Array([0x0a, 0xff]))).toThrow(WireError);
    expect(() => decodeAfterSetup(new Uint8Array([0x0a, 0xff]))).toThrow(/2 bytes that are no message .* reload/);
  });

  it("refuses a frame before the Setup", () => {
    expect(() => new ServerDecoder().decode(bytes("frame"))).toThrow(/before its Setup/);
  });

  it("never lets cut or flipped bytes through as anything but a WireError", () => {
    for (const name of sentBy("server")) {
      const whole = bytes(name);
      for (let at = 0; at < whole.length; at += 3) {
        const flipped = Uint8Array.from(whole);
        flipped[at]! ^= 0x55;
        for (const damaged of [whole.subarray(0, at), flipped]) {
          try {
            decodeAfterSetup(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }
    }
  });
});

describe("smallest three", () => {
  it("unpacks the table of quaternions to within 0.28 degrees", () => {
    const table: { quaternion: number[]; packed: number }[] = JSON.parse(readFileSync(`${GOLDEN}rotations.json`, "utf8"));
    for (const { quaternion, packed } of table) {
      const data = new Uint8Array(4);
      new DataView(data.buffer).setUint32(0, packed, true);
      const decoded = dequantise(data);
      const dot = Math.abs(quaternion.reduce((sum, value, k) => sum + value * decoded[k]!, 0));
      expect((2 * Math.acos(Math.min(1, dot)) * 180) / Math.PI).toBeLessThan(0.28);
    }
  });

  it("makes a unit quaternion of any bits", () => {
    for (let k = 0; k < 1000; k++) {
      const data = new Uint8Array(4);
      new DataView(data.buffer).setUint32(0, (k * 2654435761) >>> 0, true);
      expect(Math.hypot(...dequantise(data))).toBeCloseTo(1, 5);
    }
  });
});

describe("messages to the server", () => {
  const ENCODED: Record<string, (fields: Record<string, any>) => Uint8Array> = {
    control: (f) => encodeControl((["", "pause", "resume", "cancel"] as const)[f.command as 1 | 2 | 3]),
    ping: (f) => encodePing(f.client_time_us / 1e6),
    report: (f) =>
      encodeReport({
        utterance: f.utterance_id,
        index: f.gloss_index,
        gloss: f.gloss,
        time: f.presentation_time_us / 1e6,
        note: f.note,
      }),
    speak: (f) =>
      encodeSpeak({
        text: f.text,
        source: f.source,
        spell: f.spell,
        gloss: f.gloss,
        speed: f.speed,
        leftHanded: f.left_handed,
        noMouthing: f.no_mouthing,
        noDrafts: f.no_drafts,
      }),
  };

  // The page leaves the language to the server and approves nothing: golden messages with either are not its own.
  it.each(sentBy("client").filter((name) => !golden(name).fields.language))("writes golden %s byte by byte", (name) => {
    const { body, fields } = golden(name);
    if (body === "ping") return; // 2^53 - 1 microseconds is no number of seconds that a double can hold
    expect(Array.from(ENCODED[body]!(fields))).toEqual(Array.from(bytes(name)));
  });

  it("writes a ping as whole microseconds", () => {
    expect(Array.from(encodePing(0.000_003))).toEqual([0x1a, 0x02, 0x08, 0x03]);
  });
});
