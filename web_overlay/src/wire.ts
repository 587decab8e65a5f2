/**
 * Wire version 1 as plain values: protobuf bytes in, seconds and quaternions out.
 *
 * The messages are described in proto/signllm_bridge/v1/pose_stream.proto, the packing of rotations in
 * proto/README.md. Nothing here knows about sockets or three.js.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

import {
  ClientMessageSchema,
  Control_Command,
  Error_Code,
  RotationFormat,
  ServerMessageSchema,
  State_Status,
  UtteranceEnd_Reason,
  type Frame,
  type ServerMessage,
} from "./gen/signllm_bridge/v1/pose_stream_pb";

export const SUBPROTOCOL = "signllm.v1.protobuf";
export const WIRE_VERSION = 1;

/** What the frames of a connection mean. */
export interface Setup {
  readonly serverName: string;
  readonly jointNames: readonly string[];
  readonly faceNames: readonly string[];
  /** Frames per second of the presentation clock. */
  readonly fps: number;
  /** Must be shown with the signing at all times. */
  readonly label: string;
  readonly sources: readonly string[];
  readonly maxTextLength: number;
  /** The source that an overlay asks for unless told otherwise; empty: the first of `sources`. */
  readonly broadcastSource: string;
}

/** One pose. Times are seconds of the server's presentation clock. */
export interface PoseFrame {
  readonly utterance: number;
  readonly sequence: number;
  readonly time: number;
  /** Unit quaternions xyzw, [J * 4], local, in the order of `Setup.jointNames`. */
  readonly rotations: Float32Array;
  /** Weights 0 to 1 in the order of `Setup.faceNames`. */
  readonly face: Float32Array;
}

/** What an utterance will show, known before its first frame. */
export interface UtteranceStart {
  readonly utterance: number;
  readonly text: string;
  readonly source: string;
  readonly gloss: string;
  readonly label: string;
  readonly coverage: number;
  readonly notices: readonly string[];
  /** How the text became the glosses, one line for each rule. */
  readonly trace: readonly string[];
  /** Lowest review state of what is signed: `draft`, `checked`, `approved`, or empty when nothing is. */
  readonly review: string;
  readonly nonManuals: readonly NonManual[];
  /** The glosses one by one, and for each of them the word of `gloss` that it belongs to; empty from an older server. */
  readonly signs: readonly string[];
  readonly signWords: readonly number[];
}

/** A marking of face and head over the glosses `firstGloss` to `lastGloss`. */
export interface NonManual {
  readonly name: string;
  readonly firstGloss: number;
  readonly lastGloss: number;
}

/** A sign that begins at `time`; `gloss` is empty when the hands return to rest. */
export interface SignBoundary {
  readonly utterance: number;
  readonly index: number;
  readonly gloss: string;
  readonly word: number;
  readonly text: string;
  readonly time: number;
}

export interface UtteranceEnd {
  readonly utterance: number;
  readonly time: number;
  readonly reason: "finished" | "cancelled" | "failed";
}

export type ServerEvent =
  | { readonly kind: "setup"; readonly setup: Setup }
  | { readonly kind: "start"; readonly start: UtteranceStart }
  | { readonly kind: "frame"; readonly frame: PoseFrame }
  | { readonly kind: "boundary"; readonly boundary: SignBoundary }
  | { readonly kind: "end"; readonly end: UtteranceEnd }
  | { readonly kind: "error"; readonly message: string; readonly utterance: number; readonly ofReport: boolean }
  | { readonly kind: "reported"; readonly utterance: number; readonly index: number }
  | { readonly kind: "pong"; readonly serverTime: number }
  | { readonly kind: "state"; readonly playing: boolean; readonly serverTime: number };

/** The peer sent something that wire version 1 does not allow; the message is a sentence for the user. */
export class WireError extends Error {}

/** Reads the messages of one connection, in order: a frame only carries the face weights that changed. */
export class ServerDecoder {
  private setup: Setup | undefined;
  private face = new Float32Array(0);

  /**
   * The event in one binary message, or undefined for a body that this version does not know.
   *
   * @throws {WireError} The bytes are no ServerMessage, or contradict the Setup before them.
   */
  decode(bytes: Uint8Array): ServerEvent | undefined {
    return this.interpret(parse(bytes));
  }

  private interpret({ body }: ServerMessage): ServerEvent | undefined {
    switch (body.case) {
      case "setup": {
        const { value } = body;
        if (value.wireVersion !== WIRE_VERSION || value.rotationFormat !== RotationFormat.SMALLEST_THREE_32) {
          throw new WireError(
            `The server speaks version ${value.wireVersion} of the pose stream and this page version ${WIRE_VERSION}: reload the page from that server.`,
          );
        }
        this.setup = value;
        this.face = new Float32Array(value.faceNames.length);
        return { kind: "setup", setup: value };
      }
      case "utteranceStart":
        return { kind: "start", start: { ...body.value, utterance: body.value.utteranceId } };
      case "frame":
        return { kind: "frame", frame: this.frame(body.value) };
      case "signBoundary": {
        const { utteranceId, glossIndex, gloss, wordIndex, text, startTimeUs } = body.value;
        const time = seconds(startTimeUs);
        return {
          kind: "boundary",
          boundary: { utterance: utteranceId, index: glossIndex, gloss, word: wordIndex, text, time },
        };
      }
      case "utteranceEnd": {
        const { utteranceId, endTimeUs, reason } = body.value;
        return {
          kind: "end",
          end: { utterance: utteranceId, time: seconds(endTimeUs), reason: REASONS[reason] ?? "finished" },
        };
      }
      case "error": {
        const { message, utteranceId, code } = body.value;
        return { kind: "error", message, utterance: utteranceId, ofReport: code === Error_Code.REPORT_REFUSED };
      }
      case "pong":
        return { kind: "pong", serverTime: seconds(body.value.serverTimeUs) };
      case "state":
        return {
          kind: "state",
          playing: body.value.status !== State_Status.PAUSED,
          serverTime: seconds(body.value.serverTimeUs),
        };
      case "reported":
        return { kind: "reported", utterance: body.value.utteranceId, index: body.value.glossIndex };
      case undefined:
        return undefined;
    }
  }

  private frame(frame: Frame): PoseFrame {
    if (this.setup === undefined) throw new WireError("The server sent a frame before its Setup: reload the page.");
    const expected = this.setup.jointNames.length * 4;
    if (frame.rotations.length !== expected) {
      throw new WireError(
        `A frame carries ${frame.rotations.length} bytes of rotations where its Setup promised ${expected}: reload the page.`,
      );
    }
    if (frame.face.length === this.face.length && frame.face.length > 0) {
      this.face = Float32Array.from(frame.face, (byte) => byte / 255);
    }
    return {
      utterance: frame.utteranceId,
      sequence: frame.sequence,
      time: seconds(frame.presentationTimeUs),
      rotations: dequantise(frame.rotations),
      face: this.face,
    };
  }
}

const REASONS: Partial<Record<UtteranceEnd_Reason, UtteranceEnd["reason"]>> = {
  [UtteranceEnd_Reason.CANCELLED]: "cancelled",
  [UtteranceEnd_Reason.FAILED]: "failed",
};

function parse(bytes: Uint8Array): ServerMessage {
  try {
    return fromBinary(ServerMessageSchema, bytes);
  } catch (cause) {
    throw new WireError(`The server sent ${bytes.length} bytes that are no message of the pose stream: reload the page.`, {
      cause,
    });
  }
}

/** Presentation times stay below 2^53 microseconds for 285 years, so that a double holds them exactly. */
function seconds(microseconds: bigint): number {
  return Number(microseconds) / 1e6;
}

/**
 * Unit quaternions xyzw from "smallest three" integers, one little-endian uint32 per joint.
 *
 * The layout is in proto/README.md: two bits name the component left out, ten bits each hold the others.
 */
export function dequantise(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const joints = bytes.byteLength >> 2;
  const out = new Float32Array(joints * 4);
  const scale = 511 * Math.SQRT2;
  for (let joint = 0; joint < joints; joint++) {
    const packed = view.getUint32(joint * 4, true);
    const largest = packed >>> 30;
    const a = (((packed >>> 20) & 1023) - 511) / scale;
    const b = (((packed >>> 10) & 1023) - 511) / scale;
    const c = ((packed & 1023) - 511) / scale;
    const left = Math.sqrt(Math.max(0, 1 - a * a - b * b - c * c));
    const norm = Math.hypot(a, b, c, left);
    const rest = [a, b, c];
    for (let k = 0; k < 4; k++) {
      out[joint * 4 + k] = (k === largest ? left : rest.shift()!) / norm;
    }
  }
  return out;
}

/** What to sign, and how. */
export interface SpeakRequest {
  readonly text: string;
  readonly source?: string;
  readonly spell?: boolean;
  /** Signs this gloss line instead of translating `text`: `NAME MY fs:ANA`. */
  readonly gloss?: string;
  /** Rate of signing, 0.5 to 1.25. */
  readonly speed?: number;
  readonly leftHanded?: boolean;
  readonly noMouthing?: boolean;
  readonly noDrafts?: boolean;
}

export function encodeSpeak(request: SpeakRequest): Uint8Array<ArrayBuffer> {
  return encode({ case: "speak", value: request });
}

/** A sign that a viewer found wrong. */
export interface WrongSign {
  readonly utterance: number;
  readonly index: number;
  readonly gloss: string;
  /** Seconds of the presentation clock, as far as the display had come. */
  readonly time: number;
  readonly note: string;
}

/** Characters of a note that the server keeps. */
export const MAX_NOTE_LENGTH = 500;

export function encodeReport({ utterance, index, gloss, time, note }: WrongSign): Uint8Array<ArrayBuffer> {
  const presentationTimeUs = BigInt(Math.max(0, Math.round(time * 1e6)));
  return encode({ case: "report", value: { utteranceId: utterance, glossIndex: index, gloss, presentationTimeUs, note } });
}

export type Command = "pause" | "resume" | "cancel";

const COMMANDS: Record<Command, Control_Command> = {
  pause: Control_Command.PAUSE,
  resume: Control_Command.RESUME,
  cancel: Control_Command.CANCEL,
};

export function encodeControl(command: Command): Uint8Array<ArrayBuffer> {
  return encode({ case: "control", value: { command: COMMANDS[command] } });
}

/** @param now Seconds of this page's own clock. */
export function encodePing(now: number): Uint8Array<ArrayBuffer> {
  return encode({ case: "ping", value: { clientTimeUs: BigInt(Math.round(now * 1e6)) } });
}

type ClientBody = NonNullable<Parameters<typeof create<typeof ClientMessageSchema>>[1]>["body"];

function encode(body: NonNullable<ClientBody>): Uint8Array<ArrayBuffer> {
  return toBinary(ClientMessageSchema, create(ClientMessageSchema, { body }));
}
