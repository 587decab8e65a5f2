/** The review page: the list, the stage, and what a reviewer says. */
import "../style.css";
import "./review.css";

import type { PackedClip } from "./clip";
import { Stage, seconds, type RigNames } from "./stage";

interface Given {
  readonly reviewer: string;
  readonly verdict: string;
  readonly deaf: string;
  readonly wrong: readonly string[];
  readonly note: string;
  readonly form: string;
}

interface SignRow {
  readonly name: string;
  readonly form: string;
  state: string;
  readonly english: Record<string, readonly string[]>;
  readonly sense: string;
  readonly description: string;
  readonly verdicts: Given[];
}

interface Listing {
  readonly signs: readonly SignRow[];
  readonly rig: RigNames;
  readonly choices: Record<"verdict" | "fluency" | "deaf" | "wrong", readonly string[]>;
  readonly warnings: readonly string[];
}

const WHO = ["reviewer", "deaf", "fluency"] as const;

let listing: Listing;
let stage: Stage;
let current: SignRow | undefined;

void start();

async function start(): Promise<void> {
  try {
    listing = (await (await fetch("api/signs")).json()) as Listing;
    stage = new Stage(find<HTMLCanvasElement>("canvas"), listing.rig);
    fill();
    list();
    await stage.load("avatar.vrm");
    await open(listing.signs.find((sign) => `#${sign.name}` === decodeURIComponent(location.hash)) ?? listing.signs[0]);
  } catch (error) {
    say(`The page could not start: ${String(error)}. Load it again, and look whether signllm review still runs.`, true);
  }
}

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page lacks #${id}`);
  return element as T;
}

/** Choices of the form, what this browser remembers of its reviewer, and what the controls do. */
function fill(): void {
  for (const name of ["deaf", "fluency"] as const) {
    const options = listing.choices[name].map((text) => new Option(text, text));
    find<HTMLSelectElement>(name).replaceChildren(...options);
  }
  find("verdict").replaceChildren(...listing.choices.verdict.map((text) => choice("radio", "verdict", text)));
  find("wrong").append(...listing.choices.wrong.map((text) => choice("checkbox", "wrong", text)));
  for (const name of WHO) {
    const field = find<HTMLInputElement>(name);
    field.value = localStorage.getItem(`review.${name}`) ?? (name === "reviewer" ? "" : "not said");
    field.addEventListener("change", () => localStorage.setItem(`review.${name}`, field.value));
  }
  find("search").addEventListener("input", list);
  find("state").addEventListener("change", list);
  find("play").addEventListener("click", () => stage.playhead?.toggle(seconds()));
  find("back").addEventListener("click", () => stage.playhead?.step(-1, seconds()));
  find("on").addEventListener("click", () => stage.playhead?.step(1, seconds()));
  const speed = find<HTMLSelectElement>("speed");
  speed.addEventListener("change", () => stage.playhead?.setSpeed(Number(speed.value), seconds()));
  const mirror = find<HTMLInputElement>("mirror");
  mirror.addEventListener("change", () => stage.setMirror(mirror.checked));
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    void keep();
  });
  setInterval(() => {
    const head = stage.playhead;
    find("play").textContent = head?.playing ? "Stop" : "Play";
    find("frame").textContent = head === undefined ? "" : `frame ${head.frame(seconds()) + 1} of ${head.frames}`;
  }, 100);
  if (listing.warnings.length > 0) find("said").textContent = listing.warnings.join(" ");
}

function choice(type: string, name: string, text: string): HTMLLabelElement {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type, name, value: text });
  label.append(input, ` ${text}`);
  return label;
}

function list(): void {
  const wanted = find<HTMLInputElement>("search").value.trim().toLowerCase();
  const state = find<HTMLSelectElement>("state").value;
  const shown = listing.signs.filter((sign) => matches(sign, wanted) && (state === "" || fits(sign, state)));
  find("count").textContent = `${shown.length} of ${listing.signs.length} signs`;
  find("list").replaceChildren(
    ...shown.map((sign) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign.name;
      button.dataset.state = sign.state;
      button.setAttribute("aria-current", String(sign === current));
      button.addEventListener("click", () => void open(sign));
      const row = document.createElement("li");
      row.append(button);
      return row;
    }),
  );
}

function matches(sign: SignRow, wanted: string): boolean {
  const words = Object.values(sign.english).flat();
  return [sign.name, ...words].some((text) => text.toLowerCase().includes(wanted));
}

function fits(sign: SignRow, state: string): boolean {
  return state === "unseen" ? !sign.verdicts.some((verdict) => isMine(verdict, sign)) : sign.state === state;
}

function isMine(verdict: Given, sign: SignRow): boolean {
  const me = find<HTMLInputElement>("reviewer").value.trim().toLowerCase();
  return verdict.form === sign.form && verdict.reviewer.trim().toLowerCase() === me;
}

async function open(sign: SignRow | undefined): Promise<void> {
  if (sign === undefined) return;
  current = sign;
  history.replaceState(null, "", `#${encodeURIComponent(sign.name)}`);
  const answer = await fetch(`api/clip?sign=${encodeURIComponent(sign.name)}`);
  if (!answer.ok) return say(await answer.text(), true);
  if (current !== sign) return; // another sign was chosen meanwhile
  stage.show((await answer.json()) as PackedClip);
  find("name").textContent = `${sign.name} (${sign.state})`;
  find("asked").textContent = sign.name;
  const words = Object.entries(sign.english).map(([part, list]) => `${part}: ${list.join(", ")}`);
  find("meaning").textContent = [...words, sign.sense].filter((text) => text !== "").join(" · ");
  find("description").textContent = sign.description;
  find("given").replaceChildren(...sign.verdicts.map((verdict) => told(verdict, sign)));
  find<HTMLFormElement>("form")
    .querySelectorAll<HTMLInputElement>("#verdict input, #wrong input")
    .forEach((input) => (input.checked = false));
  find<HTMLTextAreaElement>("note").value = "";
  list();
}

function told(verdict: Given, sign: SignRow): HTMLLIElement {
  const row = document.createElement("li");
  const stale = verdict.form === sign.form ? "" : " (of an earlier form)";
  const wrong = verdict.wrong.length > 0 ? `: ${verdict.wrong.join(", ")}` : "";
  row.textContent = `${verdict.verdict}${stale}${wrong} ${verdict.note} (${verdict.reviewer}, Deaf: ${verdict.deaf})`;
  return row;
}

async function keep(): Promise<void> {
  const sign = current;
  const chosen = [...document.querySelectorAll<HTMLInputElement>("#verdict input")].find((input) => input.checked);
  if (sign === undefined) return;
  if (chosen === undefined) return say("Choose yes, no or unsure.", true);
  const field = (id: string): string => find<HTMLInputElement>(id).value;
  const wrong = [...document.querySelectorAll<HTMLInputElement>("#wrong input")]
    .filter((input) => input.checked)
    .map((input) => input.value);
  const verdict = { reviewer: field("reviewer"), deaf: field("deaf"), fluency: field("fluency"), wrong, note: field("note") };
  const body = { sign: sign.name, form: sign.form, verdict: chosen.value, ...verdict };
  const answer = await fetch("api/verdict", { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) return say(await answer.text(), true);
  sign.state = ((await answer.json()) as { state: string }).state;
  sign.verdicts.push({ ...verdict, verdict: chosen.value, form: sign.form });
  say(`Kept: ${sign.name}, ${chosen.value}.`, false);
  const at = listing.signs.indexOf(sign);
  await open(listing.signs[(at + 1) % listing.signs.length]);
  find("name").focus();
}

function say(text: string, bad: boolean): void {
  const line = find("said");
  line.textContent = text;
  line.classList.toggle("bad", bad);
}
