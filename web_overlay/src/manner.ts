/** How a viewer wants to be signed to, and how a browser remembers it. Pure but for the storage that it is given. */

export interface Manner {
  /** Rate of signing, `SLOWEST` to `FASTEST`; 1 is the usual one. */
  readonly speed: number;
  readonly leftHanded: boolean;
  readonly noMouthing: boolean;
  readonly noDrafts: boolean;
}

export const SLOWEST = 0.5;
export const FASTEST = 1.25;
export const USUAL: Manner = { speed: 1, leftHanded: false, noMouthing: false, noDrafts: false };

/** What is remembered from one visit to the next. */
export interface Remembered extends Manner {
  /** The source that the viewer has chosen; empty as long as nobody has. */
  readonly source: string;
}

const KEY = "signllm";

/** What a browser remembers; the usual manner where it remembers nothing, or nonsense. */
export function recall(storage: Pick<Storage, "getItem"> | undefined): Remembered {
  try {
    const found: unknown = JSON.parse(storage?.getItem(KEY) ?? "{}");
    const given = (typeof found === "object" && found !== null ? found : {}) as Record<string, unknown>;
    const flag = (name: keyof Manner): boolean => given[name] === true;
    return {
      speed: rateOf(given["speed"]),
      leftHanded: flag("leftHanded"),
      noMouthing: flag("noMouthing"),
      noDrafts: flag("noDrafts"),
      source: typeof given["source"] === "string" ? given["source"] : "",
    };
  } catch {
    return { ...USUAL, source: "" };
  }
}

/** Remembers it where the browser lets a page do so. */
export function remember(storage: Pick<Storage, "setItem"> | undefined, wanted: Remembered): void {
  try {
    storage?.setItem(KEY, JSON.stringify(wanted));
  } catch {
    // Full, or forbidden: then the next visit begins as the first did.
  }
}

/** The nearest rate that can be asked for; the usual one for what is no number. */
export function rateOf(value: unknown): number {
  const rate = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
  return Number.isFinite(rate) ? Math.min(FASTEST, Math.max(SLOWEST, rate)) : USUAL.speed;
}
