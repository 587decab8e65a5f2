/** The study: one file that a participant opens; it asks, and gives the answers as CSV. Nothing is sent. */
import "../style.css";
import "./review.css";

import { isRight } from "./answers";
import { around, mirroredBox, type PackedClip } from "./clip";
import { toCsv } from "./csv";
import { Stage, seconds, type RigNames } from "./stage";
import type { Box } from "../view";

interface SignItem {
  readonly sign: string;
  readonly answer: string;
  readonly choices: readonly string[];
  readonly accepted: readonly string[];
  readonly clip: PackedClip;
}

interface SentenceItem {
  readonly text: string;
  readonly source: string;
  readonly questions: readonly { readonly text: string; readonly answers: readonly string[] }[];
  /** Nothing where a person signs the sentence in a video. */
  readonly clip: PackedClip | null;
  readonly video: string | null;
}

interface Data {
  readonly about: string;
  readonly rig: RigNames;
  readonly columns: readonly string[];
  readonly choices: Record<"deaf" | "fluency", readonly string[]>;
  readonly avatar: string;
  /** Video of a person who explains the study, as an address. */
  readonly instructions: string | null;
  /** Of the programs inside this file. */
  readonly licences: string;
  readonly signs: readonly SignItem[];
  readonly sentences: readonly SentenceItem[];
}

type Row = Record<string, string>;

const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}") as Data;
const root = document.getElementById("study") as HTMLElement;
root.className = "study";
const rows: Row[] = [];
let person: Row = {};
let stage: Stage | undefined;
let begun = 0;
/** The video of a person, while one is shown instead of the avatar. */
let film: HTMLVideoElement | undefined;
let filmRounds = 0;
let done = 0;

welcome();

/** What it is, consent, and who takes part. */
function welcome(): void {
  const words = section("words");
  const people = data.sentences.filter((item) => item.video !== null).length;
  const filmed = people > 0 ? ` In ${people} of the sentences you see a person instead.` : "";
  words.append(
    heading("Are these signs understood?"),
    instructions(),
    paragraph(
      `An avatar makes ${data.signs.length} single signs and ${data.sentences.length} sentences of ASL.${filmed} You say ` +
        "what you see. The avatar is made by a computer and may be wrong: if you cannot tell, that is the computer's " +
        "fault, and an answer that helps.",
    ),
    paragraph(
      "Taking part is voluntary. You can stop at any time by closing this page, and then nothing is kept. Nothing is " +
        "sent anywhere: at the end you save one file with your answers and give it to the organisers.",
    ),
  );
  const form = document.createElement("form");
  form.append(
    labelled("Your code (the one that you were given, not your name)", input("participant", { required: true, maxLength: 40, autocomplete: "off" })),
    labelled("Are you Deaf? (optional)", select("deaf", data.choices.deaf)),
    labelled("Your ASL (optional)", select("fluency", data.choices.fluency)),
    checked("I have understood this, and I agree to take part.", input("consent", { type: "checkbox", required: true })),
    button("Begin", "submit", "primary"),
    marked("hint", data.about),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    if (text("participant") === "") return;
    person = { participant: text("participant"), deaf: text("deaf"), fluency: text("fluency") };
    void begin();
  });
  const licences = Object.assign(document.createElement("details"), { className: "licences hint" });
  licences.append(
    Object.assign(document.createElement("summary"), { textContent: "Licences of the programs in this file" }),
    Object.assign(document.createElement("pre"), { textContent: data.licences }),
  );
  words.append(form, licences);
  root.replaceChildren(words);
}

function instructions(): HTMLElement {
  if (data.instructions === null)
    return marked("video", "Place for a video in which a person explains this in ASL. The organisers have not put one here yet.");
  const video = Object.assign(document.createElement("video"), { className: "video", controls: true, src: data.instructions });
  video.setAttribute("aria-label", "Instructions in ASL");
  return video;
}

async function begin(): Promise<void> {
  const canvas = document.createElement("canvas");
  canvas.id = "canvas";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Avatar that signs");
  const place = Object.assign(document.createElement("div"), { className: "stage" });
  place.append(canvas);
  const asked = Object.assign(document.createElement("section"), { id: "asked" });
  const asking = section("asking");
  asking.append(place, tools(), asked);
  root.replaceChildren(asking);
  try {
    stage = new Stage(canvas, data.rig, "front", everything());
    await stage.load(`data:model/gltf-binary;base64,${data.avatar}`);
  } catch (error) {
    asked.replaceChildren(marked("bad", `The avatar cannot be shown in this browser (${String(error)}). Please try another one.`));
    return;
  }
  for (const [k, item] of data.signs.entries()) await askSign(item, `Sign ${k + 1} of ${data.signs.length}`);
  for (const [k, item] of data.sentences.entries()) await askSentence(item, `Sentence ${k + 1} of ${data.sentences.length}`);
  finish();
}

/** What must be seen of all clips, also in the mirror: the avatar keeps its size from question to question. */
function everything(): Box {
  const clips = [...data.signs, ...data.sentences].flatMap(({ clip }) => (clip === null ? [] : [clip.box]));
  return around([...clips, ...clips.map(mirroredBox)]);
}

function tools(): HTMLElement {
  const row = marked("tools", "");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Playback");
  const again = button("Again");
  again.addEventListener("click", () => {
    stage?.playhead?.restart(seconds());
    if (film !== undefined) film.currentTime = 0;
  });
  const speed = select("speed", ["1", "0.75", "0.5"]);
  speed.addEventListener("change", () => {
    stage?.playhead?.setSpeed(Number(speed.value), seconds());
    if (film !== undefined) film.playbackRate = Number(speed.value);
  });
  const mirror = input("mirror", { type: "checkbox" });
  mirror.addEventListener("change", () => {
    stage?.setMirror(mirror.checked);
    document.querySelector(".study .stage")?.classList.toggle("mirrored", mirror.checked);
  });
  row.append(again, labelled("Speed", speed), checked("left-handed", mirror));
  return row;
}

async function askSign(item: SignItem, title: string): Promise<void> {
  stage?.show(item.clip);
  begun = seconds();
  const named = item.choices.length === 0;
  const part = named ? "named" : "choice";
  const answer = named
    ? await written(title, "What does this sign mean? One word is enough.")
    : await chosen(title, "What does this sign mean?", item.choices);
  const correct = answer === "" ? "" : isRight(answer, named ? item.accepted : [item.answer]) ? "1" : "0";
  record({ part, item: item.sign, source: "lexicon", question: "", answer, expected: item.answer, correct });
}

async function askSentence(item: SentenceItem, title: string): Promise<void> {
  if (item.clip !== null) stage?.show(item.clip);
  else if (item.video !== null) film = showFilm(item.video);
  begun = seconds();
  const about = { item: item.text, source: item.source };
  for (const question of item.questions) {
    const right = question.answers[0] ?? "";
    const answer = await chosen(title, question.text, shuffled(question.answers));
    const correct = answer === "" ? "" : answer === right ? "1" : "0";
    record({ part: "question", ...about, question: question.text, answer, expected: right, correct });
  }
  for (const [part, text] of [
    ["clarity", "How clear was the signing?"],
    ["grammar", "How good was the grammar?"],
  ] as const) {
    record({ part, ...about, question: text, answer: await rated(title, text), expected: "", correct: "" });
  }
  film?.remove();
  film = undefined;
}

/** A person's video over the avatar, again and again like a clip. */
function showFilm(url: string): HTMLVideoElement {
  const video = Object.assign(document.createElement("video"), { src: url, muted: true, autoplay: true, playsInline: true });
  video.setAttribute("aria-label", "A person who signs");
  video.playbackRate = stage?.playhead?.speed ?? 1;
  filmRounds = 0;
  video.addEventListener("ended", () => {
    filmRounds += 1;
    void video.play();
  });
  document.querySelector(".study .stage")?.append(video);
  return video;
}

function record(row: Row): void {
  const head = stage?.playhead;
  const seen = { milliseconds: String(Math.round((seconds() - begun) * 1000)), replays: String(film === undefined ? (head?.rounds ?? 0) : filmRounds) };
  rows.push({ ...person, ...row, ...seen, speed: String(head?.speed ?? 1) });
}

/** Resolves with the chosen text; empty for "I cannot tell". */
function chosen(title: string, question: string, choices: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const answers = Object.assign(document.createElement("div"), { className: "answers" });
    for (const text of choices) {
      const one = button(text);
      one.addEventListener("click", () => resolve(text));
      answers.append(one);
    }
    answers.append(cannotTell(resolve));
    ask(title, question, answers);
  });
}

function written(title: string, question: string): Promise<string> {
  return new Promise((resolve) => {
    const form = document.createElement("form");
    const field = input("answer", { maxLength: 60, autocomplete: "off", required: true });
    form.append(labelled("Your answer in English", field), button("Next", "submit", "primary"), cannotTell(resolve));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(field.value.trim());
    });
    ask(title, question, form);
  });
}

/** Resolves with 0 to 100. It must be moved once: a slider that nobody touched would say 50. */
function rated(title: string, question: string): Promise<string> {
  return new Promise((resolve) => {
    const form = document.createElement("form");
    const slider = input("rating", { type: "range", min: "0", max: "100", value: "50" });
    slider.setAttribute("aria-label", `${question} 0 is not at all, 100 is perfectly.`);
    const ends = marked("ends", "");
    const value = marked("value", "move it");
    ends.append(marked("", "0 not at all"), value, marked("", "perfectly 100"));
    const next = button("Next", "submit", "primary");
    next.disabled = true;
    slider.addEventListener("input", () => {
      value.textContent = slider.value;
      next.disabled = false;
    });
    form.append(slider, ends, next, cannotTell(resolve));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(slider.value);
    });
    ask(title, question, form);
  });
}

function cannotTell(resolve: (answer: string) => void): HTMLButtonElement {
  const one = button("I cannot tell", "button", "unknown");
  one.addEventListener("click", () => resolve(""));
  return one;
}

function ask(title: string, question: string, body: HTMLElement): void {
  const text = heading(question, "h2");
  text.tabIndex = -1;
  const questions = data.signs.length + data.sentences.reduce((sum, item) => sum + item.questions.length + 2, 0);
  const progress = Object.assign(document.createElement("progress"), { max: questions, value: done });
  progress.setAttribute("aria-label", "Answered");
  done += 1;
  document.getElementById("asked")?.replaceChildren(progress, marked("hint", title), text, body);
  text.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function finish(): void {
  const words = section("words");
  const link = document.createElement("a");
  link.id = "results";
  link.className = "save";
  link.href = URL.createObjectURL(new Blob([toCsv(data.columns, rows)], { type: "text/csv" }));
  link.download = `study-${(person.participant ?? "").replace(/[^\w-]+/g, "_")}.csv`;
  link.textContent = "Save your answers";
  words.append(
    heading("Thank you"),
    paragraph("Save your answers as a file and give it to the organisers. Until then they are in this page only: do not close it before."),
    link,
  );
  root.replaceChildren(words);
}

/** In another order for everybody: the right answer stands first in the file. */
function shuffled(answers: readonly string[]): string[] {
  return answers
    .map((text) => ({ text, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text);
}

function heading(text: string, level: "h1" | "h2" = "h1"): HTMLHeadingElement {
  const element: HTMLHeadingElement = document.createElement(level);
  element.textContent = text;
  return element;
}

function paragraph(text: string): HTMLParagraphElement {
  return Object.assign(document.createElement("p"), { textContent: text });
}

function marked(className: string, text: string): HTMLElement {
  return Object.assign(document.createElement("div"), { className, textContent: text });
}

function section(className: string): HTMLElement {
  return Object.assign(document.createElement("div"), { className });
}

function button(text: string, type: "button" | "submit" = "button", className = ""): HTMLButtonElement {
  return Object.assign(document.createElement("button"), { textContent: text, type, className });
}

function input(name: string, settings: Partial<HTMLInputElement>): HTMLInputElement {
  const element = document.createElement("input");
  Object.assign(element, { name, id: name }, settings);
  return element;
}

function select(name: string, texts: readonly string[]): HTMLSelectElement {
  const element = Object.assign(document.createElement("select"), { name, id: name });
  element.append(...texts.map((text) => new Option(text, text)));
  if (texts.includes("not said")) element.value = "not said";
  return element;
}

function labelled(text: string, field: HTMLElement): HTMLLabelElement {
  const label = document.createElement("label");
  label.append(`${text} `, field);
  return label;
}

/** A box to tick, before its words. */
function checked(text: string, field: HTMLElement): HTMLLabelElement {
  const label = Object.assign(document.createElement("label"), { className: "check" });
  label.append(field, ` ${text}`);
  return label;
}
