/** Where a looping clip stands: a position in frames that moves with the clock. Pure: `now` is an argument. */

/** Seconds that the last frame stays before the clip begins again. */
const REST = 0.5;

export class Playhead {
  playing = true;
  /** Times the clip has been seen to its end. */
  rounds = 0;
  private at = 0; // frames
  private since: number;
  private pace = 1;

  constructor(
    readonly frames: number,
    readonly fps: number,
    now: number,
  ) {
    this.since = now;
  }

  get speed(): number {
    return this.pace;
  }

  /** @param speed Share of the usual speed, above 0. */
  setSpeed(speed: number, now: number): void {
    this.frame(now);
    this.pace = speed;
  }

  toggle(now: number): void {
    this.frame(now);
    this.playing = !this.playing;
  }

  /** Stops, and goes `by` frames on or back, around the ends. */
  step(by: number, now: number): void {
    const frame = this.frame(now);
    this.playing = false;
    this.at = (((frame + by) % this.frames) + this.frames) % this.frames;
  }

  restart(now: number): void {
    this.at = 0;
    this.since = now;
    this.playing = true;
  }

  /** Index of the frame to show. */
  frame(now: number): number {
    const passed = this.playing ? Math.max(0, now - this.since) * this.fps * this.pace : 0;
    this.since = now;
    this.at += passed;
    const round = this.frames + REST * this.fps * this.pace;
    if (this.at >= round) {
      this.rounds += Math.floor(this.at / round);
      this.at %= round;
    }
    return Math.min(this.frames - 1, Math.floor(this.at));
  }
}
