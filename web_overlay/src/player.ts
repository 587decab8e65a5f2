/**
 * One connection's stream as it appears on the page: events and `now` in; pose, caption and state out. Pure.
 */
import { PoseBlend, type Look } from "./blend";
import { PlayoutBuffer, type Cue } from "./buffer";
import { breakOffCaption, closeCaption, openCaption, reachSign, type Caption } from "./captions";
import { armsDown } from "./rest";
import type { PoseFrame, ServerEvent, Setup, UtteranceStart } from "./wire";

/** What the avatar does: nothing, signing, or standing still in the middle of a sign. */
export type Activity = "idle" | "signing" | "paused";

/** The look of the avatar; overwritten by the next call. */
export interface Shown extends Look {
  /** Newest frame of the stream that the pose has reached; undefined at rest. */
  readonly frame: PoseFrame | undefined;
}

export class Player {
  caption: Caption | undefined;
  private readonly buffer: PlayoutBuffer;
  private readonly blend: PoseBlend;
  private readonly announced = new Map<number, UtteranceStart>();
  private readonly noFace: Float32Array;
  private rest: Float32Array;
  private shown = 0; // utterance of the caption
  private cutShort = 0; // no pose of this utterance, or of one before it, is held
  private paused = false;
  private asked = 0; // utterances that were asked for and are not over on the display

  /** @param previous Player of the connection before, from whose pose the avatar goes on. */
  constructor(
    readonly setup: Setup,
    previous?: Player,
  ) {
    const sameJoints = previous?.rest.length === setup.jointNames.length * 4;
    this.buffer = new PlayoutBuffer(1 / setup.fps);
    this.blend = previous?.blend ?? new PoseBlend();
    this.rest = previous && sameJoints ? previous.rest : armsDown(setup.jointNames);
    this.noFace = new Float32Array(setup.faceNames.length);
  }

  /** Counts an utterance that has been asked for: there is one end, or one refusal, for each. */
  ask(): void {
    this.asked += 1;
  }

  /** Takes in one message that arrived at `now`. */
  handle(now: number, event: ServerEvent): void {
    switch (event.kind) {
      case "setup":
        return this.buffer.clock.observe(now, 0);
      case "pong":
        return this.buffer.clock.observe(now, event.serverTime);
      case "state":
        this.paused = !event.playing;
        return event.playing
          ? this.buffer.clock.resume(now, event.serverTime)
          : this.buffer.clock.hold(event.serverTime);
      case "start":
        this.announced.set(event.start.utterance, event.start);
        if (this.announced.size === 1) this.open(event.start);
        return;
      case "frame":
        // Every utterance begins and ends with hanging arms: its first frame is this signer's rest pose.
        if (event.frame.sequence === 0) this.rest = event.frame.rotations;
        return this.buffer.pushFrame(now, event.frame);
      case "boundary":
        return this.buffer.pushBoundary(event.boundary);
      case "end":
        return this.buffer.pushEnd(event.end);
      case "error":
        if (event.utterance === 0 && !event.ofReport) this.settle(); // one that belongs to an utterance is followed by its end
        return;
    }
  }

  get activity(): Activity {
    if (this.paused) return "paused";
    return this.asked > 0 ? "signing" : "idle";
  }

  /** Utterances that wait for the running one to end. */
  get waiting(): number {
    return Math.max(0, this.asked - 1);
  }

  /** The pose to show at `now`, smooth at any display rate. */
  tick(now: number): Shown {
    const sample = this.buffer.sample(now);
    this.follow();
    if (sample === undefined || sample.from.utterance <= this.cutShort) return this.atRest(now);
    return { ...this.blend.show(now, sample, `utterance ${sample.from.utterance}`), frame: sample.from };
  }

  /** Every frame due at `now`, exactly as it was sent. */
  tickExact(now: number): PoseFrame[] {
    const frames = this.buffer.take(now);
    this.follow();
    return frames;
  }

  /** The connection is gone: nothing more will come. */
  breakOff(): void {
    this.asked = 0;
    this.paused = false;
    if (this.caption !== undefined) this.caption = breakOffCaption(this.caption);
  }

  /** The pose after the stream is gone: eases to hanging arms and a neutral face. */
  atRest(now: number): Shown {
    return { ...this.blend.show(now, { rotations: this.rest, face: this.noFace }, "rest"), frame: undefined };
  }

  private follow(): void {
    for (const cue of this.buffer.dueCues()) this.reach(cue);
  }

  private reach(cue: Cue): void {
    if (cue.kind === "boundary") {
      const { boundary } = cue;
      const start = this.announced.get(boundary.utterance);
      if (start !== undefined && boundary.utterance !== this.shown) this.open(start);
      if (this.caption !== undefined) this.caption = reachSign(this.caption, boundary);
      return;
    }
    const { utterance, reason } = cue.end;
    this.announced.delete(utterance);
    this.settle();
    if (reason !== "finished") this.cutShort = utterance;
    if (utterance === this.shown && this.caption !== undefined) {
      this.caption = reason === "finished" ? closeCaption(this.caption) : breakOffCaption(this.caption);
    }
    const next = this.announced.values().next();
    if (!next.done && next.value.utterance !== this.shown) this.open(next.value);
  }

  private settle(): void {
    this.asked = Math.max(0, this.asked - 1);
  }

  private open(start: UtteranceStart): void {
    this.shown = start.utterance;
    this.caption = openCaption(start);
  }
}
