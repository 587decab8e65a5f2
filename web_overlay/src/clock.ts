/** This page's copy of the server's presentation clock. Pure: every `now` is an argument, in seconds. */

/** Seconds for which a reading counts: long enough to meet a quiet moment, short enough to follow clock drift. */
const WINDOW = 30;

/**
 * Estimates the server's clock from the readings that arrive.
 *
 * A reading was taken before it arrived, so `now - reading` is the clock offset plus the delay of that message.
 * Delays are never negative: the smallest difference of the last half minute is nearest to the truth. What is
 * left, the shortest delay, shifts the whole stream by a constant and is not seen.
 */
export class PresentationClock {
  private readings: { readonly at: number; readonly offset: number }[] = [];
  private heldAt: number | undefined = 0;

  /** A reading of the running clock arrived (from Setup, Pong). */
  observe(now: number, serverTime: number): void {
    if (this.paused && this.readings.length > 0) return; // a Pong during a pause says nothing about the offset
    this.heldAt = undefined;
    this.readings = this.readings.filter((reading) => now - reading.at < WINDOW);
    this.readings.push({ at: now, offset: now - serverTime });
  }

  /** The clock stands still at `serverTime`. */
  hold(serverTime: number): void {
    this.heldAt = serverTime;
  }

  /** The clock goes on from `serverTime`; older offsets do not include the pause and are forgotten. */
  resume(now: number, serverTime: number): void {
    this.readings = [];
    this.heldAt = undefined;
    this.observe(now, serverTime);
  }

  get paused(): boolean {
    return this.heldAt !== undefined;
  }

  /** The server's clock in seconds at `now`. */
  read(now: number): number {
    if (this.heldAt !== undefined) return this.heldAt;
    return now - Math.min(...this.readings.map((reading) => reading.offset));
  }
}
