/** What stands under the avatar: the sentence, its signs, and how far the signing has come. Pure data. */
import type { SignBoundary, UtteranceStart } from "./wire";

export type Progress = "coming" | "now" | "done";

/** One sign, letter or part of a number. */
export interface Unit {
  readonly text: string;
  readonly progress: Progress;
  /** Which gloss of the utterance it is. */
  readonly index: number;
  /** Name of that gloss: `NAME`, `fs:A`. */
  readonly gloss: string;
}

/** One word of the gloss line: a sign has one unit, a spelled word one for each letter, a pause none to be shown. */
export interface Chip {
  readonly kind: "sign" | "spelled" | "pause";
  readonly units: readonly Unit[];
}

export interface Caption {
  readonly utterance: number;
  readonly text: string;
  /** Part of `text` that is being signed, as start and end offsets. */
  readonly marked: readonly [number, number] | undefined;
  readonly chips: readonly Chip[];
  /** One of the five labels. */
  readonly label: string;
  /** Label and coverage in words. */
  readonly quality: string;
  /** State of review in words; empty when there is nothing to be warned of. */
  readonly review: string;
  readonly notices: readonly string[];
  readonly trace: readonly string[];
  /** Nothing is signed: the text itself is what there is to see. */
  readonly captionsOnly: boolean;
}

const PAUSE = "|";
const REVIEWS: Record<string, string> = {
  draft: "Draft signs.",
  checked: "Signs checked against references only.",
};

/** The caption of an utterance of which nothing has been signed yet. */
export function openCaption(start: UtteranceStart): Caption {
  const text = start.text.replace(/(^|\s)(?:fs|num):(?=\S)/g, "$1"); // `fs:ANA` is an instruction, not a word
  const captionsOnly = start.gloss.trim() === "";
  return {
    utterance: start.utterance,
    text,
    marked: undefined,
    chips: start.signs.length > 0 ? chipsOfSigns(start) : chipsOfGlossLine(start.gloss),
    label: start.label,
    quality: captionsOnly ? `${start.label}. Nothing is signed.` : `${start.label}. ${covered(start)}`,
    review: REVIEWS[start.review] ?? "",
    notices: start.notices,
    trace: start.trace,
    captionsOnly,
  };
}

/** The caption when the display has reached `boundary`. */
export function reachSign(caption: Caption, boundary: SignBoundary): Caption {
  const reach = (unit: Unit): Unit => ({ ...unit, progress: progressOf(unit.index, boundary.index) });
  const chips = caption.chips.map((chip) => ({ ...chip, units: chip.units.map(reach) }));
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

/** All that can be wrong: the signs and letters of the utterance in their order, without the pauses. */
export function signsOf(caption: Caption): readonly Unit[] {
  return caption.chips.filter(({ kind }) => kind !== "pause").flatMap(({ units }) => units);
}

/** The sign that is being made, or else the last one that was; undefined before the first. */
export function latestSign(caption: Caption): Unit | undefined {
  const signs = signsOf(caption);
  return signs.find(({ progress }) => progress === "now") ?? signs.filter(({ progress }) => progress === "done").at(-1);
}

/** A sign in words, for a list: `NAME`, `A of Ana`. */
export function nameOfSign(caption: Caption, unit: Unit): string {
  const chip = caption.chips.find(({ units }) => units.includes(unit));
  return chip !== undefined && chip.units.length > 1 ? `${unit.text} of ${chip.units.map(({ text }) => text).join("")}` : unit.text;
}

function covered({ coverage }: UtteranceStart): string {
  return `${Math.round(coverage * 100)} % of the words have their own sign.`;
}

function chipsOfSigns({ signs, signWords }: UtteranceStart): Chip[] {
  const chips: { kind: Chip["kind"]; units: Unit[] }[] = [];
  let word: number | undefined;
  signs.forEach((gloss, index) => {
    if (chips.length === 0 || signWords[index] !== word) chips.push({ kind: kindOf(gloss), units: [] });
    word = signWords[index];
    chips.at(-1)!.units.push({ text: gloss.replace(/^[a-z]+:/, ""), progress: "coming", index, gloss });
  });
  return chips;
}

/** What an older server leaves to be guessed: one sign for each character that is spelled. */
function chipsOfGlossLine(line: string): Chip[] {
  let index = 0;
  return line.split(/\s+/).filter(Boolean).map((word) => {
    const [, prefix, characters] = /^([a-z]+):(.+)$/.exec(word) ?? [];
    const units = (prefix === undefined ? [word] : Array.from(characters ?? "")).map((text) => {
      return { text, progress: "coming" as const, index: index++, gloss: prefix === undefined ? text : `${prefix}:${text}` };
    });
    return { kind: kindOf(word), units };
  });
}

function kindOf(gloss: string): Chip["kind"] {
  if (gloss === PAUSE) return "pause";
  return /^[a-z]+:/.test(gloss) ? "spelled" : "sign";
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
