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
  readonly group: string;
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
/** As wide as the style sheet asks for before the list stands beside the stage. */
const WIDE = window.matchMedia("(min-width: 901px)");

let listing: Listing;
let stage: Stage;
let current: SignRow | undefined;
/** The rows that the list shows, in its order. */
let shown: readonly SignRow[] = [];

void start();

async function start(): Promise<void> {
  try {
    listing = (await (await fetch("api/signs")).json()) as Listing;
    stage = new Stage(find<HTMLCanvasElement>("canvas"), listing.rig, "front and side");
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
  for (const [id, , act] of ACTIONS) if (id !== "") find(id).addEventListener("click", act);
  document.addEventListener("keydown", press);
  const index = find<HTMLDetailsElement>("index");
  const fold = (): void => void (index.open = WIDE.matches);
  WIDE.addEventListener("change", fold);
  fold();
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

/** What buttons and keys do: a button's id, a key, the deed. */
const ACTIONS: readonly (readonly [string, string, () => void])[] = [
  ["play", "k", () => stage.playhead?.toggle(seconds())],
  ["back", "j", () => stage.playhead?.step(-1, seconds())],
  ["on", "l", () => stage.playhead?.step(1, seconds())],
  ["", "r", () => stage.playhead?.restart(seconds())],
  ["previous", "p", () => void open(beside(-1))],
  ["next", "n", () => void open(beside(1))],
  ...[1, 2, 3].map((k) => ["", String(k), () => document.querySelectorAll<HTMLElement>("#verdict input")[k - 1]?.click()] as const),
];

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const writes = target.matches('textarea, select, input:not([type="radio"], [type="checkbox"])');
  if (writes || event.ctrlKey || event.metaKey || event.altKey || !find<HTMLInputElement>("keys").checked) return;
  const action = ACTIONS.find(([, key]) => key === event.key.toLowerCase());
  if (action === undefined) return;
  event.preventDefault();
  action[2]();
}

/** The sign before or after the current one in the list, around its ends. */
function beside(by: number): SignRow | undefined {
  const at = shown.findIndex((sign) => sign === current);
  return shown[(at + by + shown.length) % shown.length];
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
  shown = listing.signs.filter((sign) => matches(sign, wanted) && (state === "" || fits(sign, state)));
  find("count").textContent = `${shown.length} of ${listing.signs.length} signs`;
  const groups = [...new Set(shown.map((sign) => sign.group))];
  find("list").replaceChildren(
    ...groups.flatMap((group) => {
      const heading = Object.assign(document.createElement("h2"), { textContent: group });
      const rows = document.createElement("ul");
      rows.append(...shown.filter((sign) => sign.group === group).map(entry));
      return [heading, rows];
    }),
  );
  const row = find("list").querySelector<HTMLElement>('[aria-current="true"]');
  // The list alone: scrolling the row into view would move the page too where the list is above the stage.
  if (row !== null) find("list").scrollTop += row.offsetTop - find("list").offsetTop - find("list").scrollTop - 90;
}

function entry(sign: SignRow): HTMLLIElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign.name;
  button.dataset.state = sign.state;
  button.setAttribute("aria-current", String(sign === current));
  button.addEventListener("click", () => {
    find<HTMLDetailsElement>("index").open = WIDE.matches;
    void open(sign);
  });
  const row = document.createElement("li");
  row.append(button);
  return row;
}

function matches(sign: SignRow, wanted: string): boolean {
  const words = Object.values(sign.english).flat();
  return [sign.name, ...words].some((text) => text.toLowerCase().includes(wanted));
}

function fits(sign: SignRow, state: string): boolean {
  return state === "unseen" ? !sign.verdicts.some((verdict) => isMine(verdict, sign)) : sign.state === state;
}

function isMine(verdict: Given, sign: SignRow): boolean {
  const me = find<HTMLInputElement>("reviewer").value;
  return verdict.form === sign.form && person(verdict.reviewer) === person(me);
}

/** A name as it is compared: case and spaces do not make another person. */
function person(name: string): string {
  return name.toLowerCase().trim().replace(/\s+/g, " ");
}

async function open(sign: SignRow | undefined): Promise<void> {
  if (sign === undefined) return;
  current = sign;
  history.replaceState(null, "", `#${encodeURIComponent(sign.name)}`);
  const answer = await fetch(`api/clip?sign=${encodeURIComponent(sign.name)}`);
  if (!answer.ok) return say(await answer.text(), true);
  if (current !== sign) return; // another sign was chosen meanwhile
  stage.show((await answer.json()) as PackedClip);
  const badge = Object.assign(document.createElement("span"), { className: "badge", textContent: sign.state });
  find("name").replaceChildren(sign.name, " ", badge);
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
  await open(beside(1)); // before the list leaves out what has been judged now
  find("name").focus({ preventScroll: true });
  if (!WIDE.matches) scrollTo(0, 0);
}

function say(text: string, bad: boolean): void {
  const line = find("said");
  line.textContent = text;
  line.classList.toggle("bad", bad);
}
