/** What the page's address asks for. */
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
}

/** Reads `?text=Hello&autoplay&source=lexicon&spell&transparent&interpolate=0`; a bare name means yes. */
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
  };
}
