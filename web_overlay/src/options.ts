/** What the page's address asks for. */
import { rateOf, type Manner } from "./manner";

export interface Options {
  /** Only avatar, captions and label on a transparent page, for a video overlay. */
  readonly transparent: boolean;
  /** False shows each frame exactly as it was sent. */
  readonly interpolate: boolean;
  readonly text: string;
  /** Signs `text` as soon as the page is ready. */
  readonly autoplay: boolean;
  readonly spell: boolean;
  readonly source: string;
  /** How to sign; what the address does not mention is undefined. */
  readonly manner?: Partial<Manner>;
}

/**
 * Reads `?text=Hello&autoplay&source=lexicon&spell&transparent&interpolate=0` and
 * `?speed=0.75&left-handed&no-mouthing&no-drafts`; a bare name means yes.
 */
export function readOptions(query: string): Options {
  const given = new URLSearchParams(query);
  const flag = (name: string): boolean => given.has(name) && given.get(name) !== "0";
  return {
    transparent: flag("transparent"),
    interpolate: !given.has("interpolate") || flag("interpolate"),
    text: given.get("text") ?? "",
    autoplay: flag("autoplay"),
    spell: flag("spell"),
    source: given.get("source") ?? "",
    ...readManner(given, flag),
  };
}

function readManner(given: URLSearchParams, flag: (name: string) => boolean): { manner?: Partial<Manner> } {
  const manner: Partial<Manner> = {
    ...(given.has("speed") && { speed: rateOf(given.get("speed")) }),
    ...(given.has("left-handed") && { leftHanded: flag("left-handed") }),
    ...(given.has("no-mouthing") && { noMouthing: flag("no-mouthing") }),
    ...(given.has("no-drafts") && { noDrafts: flag("no-drafts") }),
  };
  return Object.keys(manner).length > 0 ? { manner } : {};
}

/**
 * The source to ask for, of those that the server has.
 *
 * @param wanted Sources by descending right to be heard; empty ones and unknown ones have none.
 */
export function chooseSource(sources: readonly string[], wanted: readonly string[]): string {
  return wanted.find((name) => sources.includes(name)) ?? sources[0] ?? "";
}
