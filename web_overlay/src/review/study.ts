/** The study: one file that a participant opens; it asks, and gives the answers as CSV. Nothing is sent. */
import "../style.css";
import "./review.css";

import { isRight } from "./answers";
import type { PackedClip } from "./clip";
import { toCsv } from "./csv";
import { Stage, seconds, type RigNames } from "./stage";

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
  readonly clip: PackedClip;
}

interface Data {
  readonly about: string;
  readonly rig: RigNames;
  readonly columns: readonly string[];
  readonly choices: Record<"deaf" | "fluency", readonly string[]>;
  readonly avatar: string;
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

welcome();

/** What it is, consent, and who takes part. */
function welcome(): void {
  root.replaceChildren(
    heading("Are these signs understood?"),
    paragraph(
      `An avatar makes ${data.signs.length} single signs and ${data.sentences.length} sentences of ASL. You say what ` +
        "you see. The signs are made by a computer and may be wrong: if you cannot tell, that is the computer's fault, " +
        "and an answer that helps.",
    ),
    marked("video", "Place for a video with these instructions in ASL, made by people. The organisers put it here."),
    paragraph(
      "Taking part is voluntary; you can stop at any time by closing this page, and then nothing is kept. Nothing is " +
        "sent anywhere: at the end you save one file with your answers and give it to the organisers. Use the code " +
        "that they gave you, not your name.",
    ),
  );
  const form = document.createElement("form");
  form.append(
    labelled("Your code", input("participant", { required: true, maxLength: 40 })),
    labelled("Are you Deaf? (optional)", select("deaf", data.choices.deaf)),
    labelled("Your ASL (optional)", select("fluency", data.choices.fluency)),
    labelled("I have understood this and agree to take part", input("consent", { type: "checkbox", required: true })),
    button("Begin", "submit"),
    Object.assign(paragraph(data.about), { className: "hint" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    person = { participant: text("participant"), deaf: text("deaf"), fluency: text("fluency") };
    void begin();
  });
  root.append(form);
}

async function begin(): Promise<void> {
  const canvas = document.createElement("canvas");
  canvas.id = "canvas";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Avatar that signs");
  const place = document.createElement("div");
  place.className = "stage";
  place.append(canvas);
  const asked = document.createElement("section");
  asked.id = "asked";
  root.replaceChildren(place, tools(), asked);
  stage = new Stage(canvas, data.rig, "front");
  await stage.load(`data:model/gltf-binary;base64,${data.avatar}`);
  for (const [k, item] of data.signs.entries()) await askSign(item, `Sign ${k + 1} of ${data.signs.length}`);
  for (const [k, item] of data.sentences.entries()) await askSentence(item, `Sentence ${k + 1} of ${data.sentences.length}`);
  finish();
}

function tools(): HTMLElement {
  const row = document.createElement("div");
  row.className = "tools";
  const again = button("Again");
  again.addEventListener("click", () => stage?.playhead?.restart(seconds()));
  const speed = select("speed", ["1", "0.75", "0.5"]);
  speed.addEventListener("change", () => stage?.playhead?.setSpeed(Number(speed.value), seconds()));
  const mirror = input("mirror", { type: "checkbox" });
  mirror.addEventListener("change", () => stage?.setMirror(mirror.checked));
  row.append(again, labelled("Speed", speed), labelled("left-handed", mirror));
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
  stage?.show(item.clip);
  begun = seconds();
  const about = { item: item.text, source: item.source };
  for (const question of item.questions) {
    const right = question.answers[0] ?? "";
    const answer = await chosen(title, question.text, shuffled(question.answers));
    const correct = answer === "" ? "" : answer === right ? "1" : "0";
    record({ part: "question", ...about, question: question.text, answer, expected: right, correct });
  }
  for (const [part, text] of [
    ["clarity", "How clear was the signing? 0 not at all, 100 perfectly"],
    ["grammar", "How right was the grammar? 0 not at all, 100 perfectly"],
  ] as const) {
    record({ part, ...about, question: text, answer: await rated(title, text), expected: "", correct: "" });
  }
}

function record(row: Row): void {
  const head = stage?.playhead;
  const seen = { milliseconds: String(Math.round((seconds() - begun) * 1000)), replays: String(head?.rounds ?? 0) };
  rows.push({ ...person, ...row, ...seen, speed: String(head?.speed ?? 1) });
}

/** Resolves with the chosen text; empty for "I cannot tell". */
function chosen(title: string, question: string, choices: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const answers = document.createElement("div");
    answers.className = "answers";
    for (const [text, value] of [...choices.map((text) => [text, text] as const), ["I cannot tell", ""] as const]) {
      const one = button(text);
      one.addEventListener("click", () => resolve(value));
      answers.append(one);
    }
    ask(title, question, answers);
  });
}

function written(title: string, question: string): Promise<string> {
  return new Promise((resolve) => {
    const form = document.createElement("form");
    const field = input("answer", { maxLength: 60, autocomplete: "off" });
    form.append(labelled("Your answer (empty if you cannot tell)", field), button("Next", "submit"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(field.value.trim());
    });
    ask(title, question, form);
  });
}

function rated(title: string, question: string): Promise<string> {
  return new Promise((resolve) => {
    const form = document.createElement("form");
    const slider = input("rating", { type: "range", min: "0", max: "100", value: "50" });
    slider.setAttribute("aria-label", question);
    form.append(slider, button("Next", "submit"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(slider.value);
    });
    ask(title, question, form);
  });
}

function ask(title: string, question: string, body: HTMLElement): void {
  const text = heading(question, "h2");
  text.tabIndex = -1;
  document.getElementById("asked")?.replaceChildren(Object.assign(paragraph(title), { className: "hint" }), text, body);
  text.focus();
}

function finish(): void {
  const link = document.createElement("a");
  link.id = "results";
  link.href = URL.createObjectURL(new Blob([toCsv(data.columns, rows)], { type: "text/csv" }));
  link.download = `study-${(person.participant ?? "").replace(/[^\w-]+/g, "_")}.csv`;
  link.textContent = "Save your answers";
  root.replaceChildren(heading("Thank you"), paragraph("Save this file and give it to the organisers."), link);
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
  return Object.assign(paragraph(text), { className });
}

function button(text: string, type: "button" | "submit" = "button"): HTMLButtonElement {
  return Object.assign(document.createElement("button"), { textContent: text, type });
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
