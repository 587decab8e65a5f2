/**
 * Jitter buffer: frames come in when the network likes, poses go out when the display asks.
 *
 * Pure: every `now` is an argument, in seconds of the page's own clock, and nothing here waits. The method is
 * snapshot interpolation: show the stream a little late, as late as the frames of the last seconds needed, and
 * change that delay only by playing a few per cent faster or slower.
 */
import { PresentationClock } from "./clock";
import { mixWeights, slerpPose } from "./quaternion";
import type { PoseFrame, SignBoundary, UtteranceEnd } from "./wire";

/** Frame intervals that a frame should arrive before it is shown. */
const CUSHION_FRAMES = 2;
/** Seconds of arrivals that decide how late is late enough. */
const MEMORY = 4;
/** Longest delay behind the server's clock, in seconds; a stream that is later than this skips instead. */
const MAX_DELAY = 1;
/** How much faster or slower than real time the buffer plays while it changes its delay. */
const MAX_SLEW = 0.04;
/** Gap between two frames, in seconds, that is still one movement. */
const MAX_GAP = 0.3;

/** The pose to show. */
export interface Sample {
  /** Unit quaternions xyzw, [J * 4]; belongs to the buffer and is overwritten by the next sample. */
  readonly rotations: Float32Array;
  readonly face: Float32Array;
  /** Frames between which the pose lies; equal when one of them is shown exactly. */
  readonly from: PoseFrame;
  readonly to: PoseFrame;
}

/** What begins or ends when the display gets there. */
export type Cue =
  | { readonly kind: "boundary"; readonly time: number; readonly boundary: SignBoundary }
  | { readonly kind: "end"; readonly time: number; readonly end: UtteranceEnd };

export class PlayoutBuffer {
  readonly clock = new PresentationClock();
  private frames: PoseFrame[] = [];
  private cues: Cue[] = [];
  private leads: { readonly at: number; readonly lead: number }[] = [];
  private running: number | undefined; // utterance whose end has not arrived
  private position = 0;
  private sampledAt: number | undefined;
  private rotations = new Float32Array(0);
  private face = new Float32Array(0);

  /** @param interval Seconds between two frames of the stream. */
  constructor(private readonly interval: number) {}

  pushFrame(now: number, frame: PoseFrame): void {
    this.leads = this.leads.filter((entry) => now - entry.at < MEMORY);
    if (this.idle) {
      // Nothing moves, so the position may fall back to the delay that this stream needs, and nobody sees it. The
      // frame itself is on time by definition, for the server's schedule begins with it.
      this.position = this.clock.read(now) - this.delay;
      this.sampledAt = now;
    } else {
      this.leads.push({ at: now, lead: frame.time - this.clock.read(now) });
    }
    this.running = frame.utterance;
    this.frames.push(frame);
  }

  pushBoundary(boundary: SignBoundary): void {
    this.running = boundary.utterance;
    this.cues.push({ kind: "boundary", time: boundary.time, boundary });
  }

  /** An utterance is over; when it was cut short, what had been sent ahead of the cut is forgotten. */
  pushEnd(end: UtteranceEnd): void {
    if (this.running === end.utterance) this.running = undefined;
    if (end.reason !== "finished") {
      this.frames = this.frames.filter((frame) => frame.utterance !== end.utterance || frame.time <= end.time);
      this.cues = this.cues.filter((cue) => cue.time <= end.time);
    }
    this.cues.push({ kind: "end", time: end.time, end });
  }

  /** Seconds that the display is kept behind the server's clock. */
  get delay(): number {
    const worst = this.leads.reduce((least, { lead }) => Math.min(least, lead), Infinity);
    return Math.min(MAX_DELAY, Math.max(0, CUSHION_FRAMES * this.interval - worst));
  }

  /** Pose at `now`, between two frames or held at the last one; undefined before the first frame. */
  sample(now: number): Sample | undefined {
    this.advance(now);
    const { frames, position } = this;
    while (frames.length > 1 && frames[1]!.time <= position) frames.shift();
    const from = frames[0];
    if (from === undefined) return undefined;
    const to = frames[1] ?? from;
    return this.between(from, to, from.time <= position && to.time - from.time <= MAX_GAP);
  }

  /** All frames due at `now` that were not taken before, oldest first: for showing each one exactly. */
  take(now: number): PoseFrame[] {
    this.advance(now);
    const waiting = this.frames.findIndex((frame) => frame.time > this.position);
    return this.frames.splice(0, waiting < 0 ? this.frames.length : waiting);
  }

  /** Boundaries and ends that the display has reached since they were last asked for, in order. */
  dueCues(): Cue[] {
    const waiting = this.cues.findIndex((cue) => cue.time > this.position);
    return this.cues.splice(0, waiting < 0 ? this.cues.length : waiting);
  }

  private between(from: PoseFrame, to: PoseFrame, moving: boolean): Sample {
    if (this.rotations.length !== from.rotations.length) this.rotations = new Float32Array(from.rotations.length);
    if (this.face.length !== from.face.length) this.face = new Float32Array(from.face.length);
    const t = moving && to !== from ? (this.position - from.time) / (to.time - from.time) : 0;
    slerpPose(from.rotations, to.rotations, t, this.rotations);
    mixWeights(from.face, to.face, t, this.face);
    return { rotations: this.rotations, face: this.face, from, to };
  }

  /** Moves the playing position on to `now`: never backwards, never past the newest frame of a running utterance. */
  private advance(now: number): void {
    const elapsed = this.sampledAt === undefined ? 0 : now - this.sampledAt;
    this.sampledAt = now;
    if (this.clock.paused) return;
    const target = this.clock.read(now) - this.delay;
    const slow = this.position + elapsed * (1 - MAX_SLEW);
    const fast = this.position + elapsed * (1 + MAX_SLEW);
    const far = Math.abs(target - this.position - elapsed) > MAX_DELAY;
    const next = this.idle || far ? target : Math.min(fast, Math.max(slow, target));
    const newest = this.frames.at(-1)?.time;
    const limit = this.running !== undefined && newest !== undefined ? newest : Infinity;
    this.position = Math.max(this.position, Math.min(next, limit));
  }

  /** Nothing is moving: the delay may change at once. */
  private get idle(): boolean {
    const newest = this.frames.at(-1)?.time;
    return newest === undefined || (this.running === undefined && newest <= this.position);
  }
}
