import { describe, expect, it } from "vitest";

import {
  breakOffCaption,
  chipProgress,
  closeCaption,
  latestSign,
  nameOfSign,
  openCaption,
  reachSign,
  signsOf,
  type Caption,
} from "../src/captions";
import type { SignBoundary, UtteranceStart } from "../src/wire";

const START: UtteranceStart = {
  utterance: 1,
  text: "Hello, my name is Ana, 25.",
  source: "lexicon",
  gloss: "HELLO MY NAME fs:ANA num:25",
  label: "Experimental",
  coverage: 0.75,
  notices: ["The word 'Ana' is spelled."],
  trace: [],
  review: "",
  nonManuals: [],
  signs: [],
  signWords: [],
};

const at = (index: number, text: string): SignBoundary => ({ utterance: 1, index, gloss: "", word: 0, text, time: 0 });
const marked = ({ text, marked }: Caption): string => (marked ? text.slice(...marked) : "");
const progress = (caption: Caption): string => caption.chips.map((chip) => chipProgress(chip)).join(" ");

describe("captions", () => {
  it("show one chip for each word of the gloss line, with a unit for each spelled letter", () => {
    const { chips } = openCaption(START);
    expect(chips.map(({ units }) => units.map(({ text }) => text).join("-"))).toEqual(["HELLO", "MY", "NAME", "A-N-A", "2-5"]);
    expect(chips.map(({ kind }) => kind)).toEqual(["sign", "sign", "sign", "spelled", "spelled"]);
  });

  it("take the signs from the server where it names them: a number is no row of characters", () => {
    const signs = ["HELLO", "|", "fs:A", "fs:L", "num:2", "num:HUNDRED", "num:5", "num:25"];
    const caption = openCaption({ ...START, gloss: "HELLO | fs:AL num:205 num:25", signs, signWords: [0, 1, 2, 2, 3, 3, 3, 4] });
    expect(caption.chips.map(({ units }) => units.map(({ text }) => text).join("-"))).toEqual(["HELLO", "|", "A-L", "2-HUNDRED-5", "25"]);
    expect(caption.chips[1]!.kind).toBe("pause");
    expect(progress(reachSign(caption, at(5, "205")))).toBe("done done done now coming");
    expect(progress(reachSign(caption, at(7, "25")))).toBe("done done done done now");
  });

  it("know which sign was made last, by its own index and name", () => {
    const signs = ["HELLO", "|", "fs:A", "fs:L"];
    const caption = openCaption({ ...START, gloss: "HELLO | fs:AL", signs, signWords: [0, 1, 2, 2] });
    expect(latestSign(caption)).toBeUndefined();
    expect(latestSign(reachSign(caption, at(1, "")))).toMatchObject({ index: 0, gloss: "HELLO" });
    const letter = reachSign(caption, at(3, "Al"));
    expect(latestSign(letter)).toMatchObject({ index: 3, gloss: "fs:L", progress: "now" });
    expect(signsOf(letter).map((unit) => nameOfSign(letter, unit))).toEqual(["HELLO", "A of AL", "L of AL"]);
    expect(latestSign(closeCaption(caption))).toMatchObject({ index: 3 });
  });

  it("say that drafts are drafts, and that nothing is signed", () => {
    expect(["draft", "checked", "approved", ""].map((review) => openCaption({ ...START, review }).review)).toEqual([
      "Draft signs.",
      "Signs checked against references only.",
      "",
      "",
    ]);
    const caption = openCaption({ ...START, gloss: "", label: "Captions only", coverage: 0 });
    expect([caption.quality, caption.captionsOnly]).toEqual(["Captions only. Nothing is signed.", true]);
  });

  it("say the quality in a sentence", () => {
    expect(openCaption(START).quality).toBe("Experimental. 75 % of the words have their own sign.");
  });

  it("leave out the marks that ask for spelling", () => {
    expect(openCaption({ ...START, text: "I am fs:ANA, fs:B2 num:7." }).text).toBe("I am ANA, B2 7.");
  });

  it("light up signs and letters as they are reached", () => {
    const second = reachSign(openCaption(START), at(1, "my"));
    expect(progress(second)).toBe("done now coming coming coming");
    const letter = reachSign(second, at(4, "Ana"));
    expect(progress(letter)).toBe("done done done now coming");
    expect(letter.chips[3]!.units.map((unit) => unit.progress)).toEqual(["done", "now", "coming"]);
  });

  it("are done when the hands return to rest", () => {
    expect(progress(reachSign(openCaption(START), at(8, "")))).toBe("done done done done done");
    expect(progress(closeCaption(openCaption(START)))).toBe("done done done done done");
  });

  it("light up no more when they are cut short", () => {
    const caption = breakOffCaption(reachSign(openCaption(START), at(4, "Ana")));
    expect(progress(caption)).toBe("done done done coming coming");
    expect(caption.marked).toBeUndefined();
  });

  it("mark the word that is signed, whatever its case and its place", () => {
    let caption = reachSign(openCaption(START), at(2, "NAME"));
    expect(marked(caption)).toBe("name");
    caption = reachSign(caption, at(0, "hello"));
    expect(marked(caption)).toBe("Hello");
    expect(marked(reachSign(caption, at(8, "")))).toBe("");
  });

  it("keep the mark on a word while its letters go by, and move on when it is said again", () => {
    const twice = { ...START, text: "Ana and Ana", gloss: "fs:ANA AND fs:ANA" };
    const letters = [0, 1, 2].reduce((caption, k) => reachSign(caption, at(k, "Ana")), openCaption(twice));
    expect(letters.marked).toEqual([0, 3]);
    const again = reachSign(reachSign(letters, at(3, "and")), at(4, "Ana"));
    expect(again.marked).toEqual([8, 11]);
  });

  it("mark whole words only, and nothing when the word is not in the text", () => {
    const caption = openCaption({ ...START, text: "This is it (really)." });
    expect(reachSign(caption, at(0, "is")).marked).toEqual([5, 7]);
    expect(reachSign(caption, at(0, "(really)")).marked).toEqual([11, 19]);
    expect(reachSign(caption, at(0, "absent")).marked).toBeUndefined();
  });
});
