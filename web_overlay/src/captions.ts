/** What stands under the avatar: the sentence, its signs, and how far the signing has come. Pure data. */
import type { SignBoundary, UtteranceStart } from "./wire";

export type Progress = "coming" | "now" | "done";

/** One sign, letter or digit. */
export interface Unit {
  readonly text: string;
  readonly progress: Progress;
}

/** One word of the gloss line: a sign has one unit, a spelled word or a number one for each character. */
export interface Chip {
  readonly spelled: boolean;
  readonly units: readonly Unit[];
}

export interface Caption {
  readonly text: string;
  /** Part of `text` that is being signed, as start and end offsets. */
  readonly marked: readonly [number, number] | undefined;
  readonly chips: readonly Chip[];
  readonly quality: string;
  readonly notices: readonly string[];
}

/** The caption of an utterance of which nothing has been signed yet. */
export function openCaption(start: UtteranceStart): Caption {
  const chips = start.gloss.split(/\s+/).filter(Boolean).map(chip);
  const quality = `${start.label}. ${Math.round(start.coverage * 100)} % of the words have their own sign.`;
  const text = start.text.replace(/(^|\s)(?:fs|num):(?=\S)/g, "$1"); // `fs:ANA` is an instruction, not a word
  return { text, marked: undefined, chips, quality, notices: start.notices };
}

/** The caption when the display has reached `boundary`. */
export function reachSign(caption: Caption, boundary: SignBoundary): Caption {
  let index = 0;
  const chips = caption.chips.map(({ spelled, units }) => ({
    spelled,
    units: units.map(({ text }) => ({ text, progress: progressOf(index++, boundary.index) })),
  }));
  return { ...caption, chips, marked: findWord(caption, boundary.text) };
}

/** The caption of an utterance that is over; it stays until the next one. */
export function closeCaption(caption: Caption): Caption {
  return reachSign(caption, { utterance: 0, index: Infinity, gloss: "", word: 0, text: "", time: 0 });
}

/** The caption of an utterance that was cut short: what had begun is done, the rest never comes. */
export function breakOffCaption(caption: Caption): Caption {
  const stop = (unit: Unit): Unit => (unit.progress === "now" ? { ...unit, progress: "done" } : unit);
  const chips = caption.chips.map((chip) => ({ ...chip, units: chip.units.map(stop) }));
  return { ...caption, chips, marked: undefined };
}

/** How far a chip is as a whole. */
export function chipProgress({ units }: Chip): Progress {
  if (units.every(({ progress }) => progress === "done")) return "done";
  return units.some(({ progress }) => progress === "now") ? "now" : "coming";
}

function chip(word: string): Chip {
  const [, prefix, characters] = /^(fs|num):(.+)$/.exec(word) ?? [];
  const texts = prefix === undefined ? [word] : Array.from(characters ?? "");
  return { spelled: prefix !== undefined, units: texts.map((text) => ({ text, progress: "coming" })) };
}

function progressOf(index: number, reached: number): Progress {
  if (index === reached) return "now";
  return index < reached ? "done" : "coming";
}

/**
 * Where `word` stands in the caption. Signs follow their own order, so a word said twice is looked for after
 * the last marked one first.
 */
function findWord({ text, marked }: Caption, word: string): readonly [number, number] | undefined {
  if (word === "") return undefined;
  const [start, end] = marked ?? [0, 0];
  if (text.slice(start, end).toLowerCase() === word.toLowerCase()) return marked; // next letter of the same word
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${escape(word)}(?![\\p{L}\\p{N}])`, "giu");
  const places = Array.from(text.matchAll(pattern), (match) => match.index ?? 0);
  const place = places.find((at) => at >= end) ?? places[0];
  return place === undefined ? undefined : [place, place + word.length];
}

function escape(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
