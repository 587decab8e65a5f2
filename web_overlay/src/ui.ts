/** The page's own elements: shows what it is told, and hands on what the user wants. */
import { chipProgress, type Caption, type Chip } from "./captions";
import type { Activity } from "./player";
import type { Setup, SpeakRequest } from "./wire";

export interface UserWishes {
  readonly onSign: (request: SpeakRequest) => void;
  readonly onPlay: () => void;
  readonly onStop: () => void;
}

const SOURCE_TITLES: Record<string, string> = { signllm: "Model (SignLLM)", lexicon: "Lexicon" };
/** Characters from which a caption needs three lines of smaller letters. */
const LONG_CAPTION = 80;
const IDLE_CAPTION = "What is signed appears here as text.";

export class Ui {
  readonly canvas = element("canvas", HTMLCanvasElement);
  private readonly text = element("text", HTMLTextAreaElement);
  private readonly source = element("source", HTMLSelectElement);
  private readonly spell = element("spell", HTMLInputElement);
  private readonly play = element("play", HTMLButtonElement);
  private readonly stop = element("stop", HTMLButtonElement);
  private readonly error = element("error");
  private readonly sentence = element("sentence");
  private readonly chips = element("chips");
  private caption: Caption | undefined;
  private activity: Activity | undefined;
  private waiting = 0;
  private longest = Infinity;

  constructor(private readonly wishes: UserWishes) {
    element("form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.askToSign();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.askToSign();
    });
    this.play.addEventListener("click", () => wishes.onPlay());
    this.stop.addEventListener("click", () => wishes.onStop());
    document.querySelectorAll<HTMLButtonElement>(".examples button").forEach((button) =>
      button.addEventListener("click", () => {
        this.text.value = button.textContent ?? "";
        this.askToSign();
      }),
    );
    this.sentence.textContent = IDLE_CAPTION;
    this.showActivity("idle", 0);
  }

  /** Fills the form from the page's address. */
  prefill(text: string, spell: boolean): void {
    if (text !== "") this.text.value = text;
    this.spell.checked = spell;
  }

  get request(): SpeakRequest {
    return { text: this.text.value.trim(), source: this.source.value, spell: this.spell.checked };
  }

  /** @param preferred Source to select when the server offers it. */
  showSetup({ serverName, sources, label, maxTextLength }: Setup, preferred: string): void {
    const chosen = this.source.value || preferred;
    this.source.replaceChildren(...sources.map((name) => new Option(SOURCE_TITLES[name] ?? name, name)));
    if (sources.includes(chosen)) this.source.value = chosen;
    if (label !== "") element("label").textContent = label;
    this.longest = maxTextLength > 0 ? maxTextLength : Infinity;
    this.showStatus("connected", `Connected to ${serverName}.`);
  }

  showStatus(state: "waiting" | "connected" | "lost", sentence: string): void {
    const status = element("status");
    status.dataset["state"] = state;
    if (status.textContent !== sentence) status.textContent = sentence;
    document.body.dataset["connection"] = state;
  }

  /** @param problem One sentence, or empty when all is well again. */
  showError(problem: string): void {
    this.error.textContent = problem;
    this.error.hidden = problem === "";
  }

  /** @param sentence What stands in place of the avatar; empty once it is there. */
  showLoading(sentence: string): void {
    const loading = element("loading");
    loading.textContent = sentence;
    loading.hidden = sentence === "";
  }

  /** @param waiting Sentences that follow the one that is signed. */
  showActivity(activity: Activity, waiting: number): void {
    if (activity === this.activity && waiting === this.waiting) return;
    this.activity = activity;
    this.waiting = waiting;
    element("waiting").textContent = waiting > 0 ? `${waiting} more ${waiting === 1 ? "sentence waits" : "sentences wait"}.` : "";
    this.play.textContent = activity === "signing" ? "Pause" : "Play";
    this.stop.disabled = activity === "idle";
    document.body.dataset["activity"] = activity;
  }

  showCaption(caption: Caption | undefined): void {
    if (caption === undefined || caption === this.caption) return;
    if (caption.text !== this.caption?.text || caption.marked !== this.caption.marked) {
      this.sentence.classList.toggle("long", caption.text.length > LONG_CAPTION);
      this.sentence.replaceChildren(...markedText(caption));
    }
    // The visible sentence changes with every sign; a screen reader should say it once.
    if (caption.text !== this.caption?.text) element("announcement").textContent = `Signing: ${caption.text}`;
    if (caption.notices !== this.caption?.notices) {
      element("quality").textContent = caption.quality;
      element("notices").replaceChildren(...caption.notices.map((notice) => tag("li", "", notice)));
    }
    this.chips.replaceChildren(...caption.chips.map(chipElement));
    document.body.dataset["captions"] = "begun";
    this.keepInSight();
    this.caption = caption;
  }

  /** Scrolls the caption, and nothing else of the page, to what is being signed. */
  private keepInSight(): void {
    const chip = this.chips.querySelector<HTMLElement>('[aria-current="true"]');
    const mark = this.sentence.querySelector<HTMLElement>("mark");
    if (chip) this.chips.scrollLeft = chip.offsetLeft - 0.5 * (this.chips.clientWidth - chip.offsetWidth);
    const line = parseFloat(getComputedStyle(this.sentence).lineHeight);
    if (mark) this.sentence.scrollTop = line * (Math.round(mark.offsetTop / line) - 1);
  }

  private askToSign(): void {
    const { request } = this;
    if (request.text === "") {
      this.showError("There is nothing to sign yet: type a sentence first.");
    } else if (Array.from(request.text).length > this.longest) {
      this.showError(`The sentence is longer than ${this.longest} characters: sign it in parts.`);
    } else {
      this.wishes.onSign(request);
      return;
    }
    this.text.focus();
  }
}

function markedText({ text, marked }: Caption): (string | HTMLElement)[] {
  if (marked === undefined) return [text];
  const [start, end] = marked;
  return [text.slice(0, start), tag("mark", "", text.slice(start, end)), text.slice(end)];
}

function chipElement(chip: Chip): HTMLElement {
  const progress = chipProgress(chip);
  const item = tag("li", `chip ${progress}${chip.spelled ? " spelled" : ""}`);
  if (progress === "now") item.setAttribute("aria-current", "true");
  item.append(...chip.units.map((unit) => tag("span", chip.spelled ? unit.progress : "", unit.text)));
  return item;
}

function tag(name: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}

function element(id: string): HTMLElement;
function element<T extends HTMLElement>(id: string, type: new () => T): T;
function element(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id ${id}`);
  return found;
}
