/** The page's own elements: shows what it is told, and hands on what the user wants. */
import { latestSign, type Caption } from "./captions";
import { Choices } from "./choices";
import { element, tag } from "./elements";
import { LabelNote } from "./labels";
import type { Options } from "./options";
import type { Activity } from "./player";
import { ReportDialog, type Complaint } from "./report";
import { Timeline } from "./timeline";
import type { Setup, SpeakRequest } from "./wire";

export interface UserWishes {
  readonly onSign: (request: SpeakRequest) => void;
  readonly onPlay: () => void;
  readonly onStop: () => void;
  /** Sends a report of a wrong sign; false when there is no server to take it. */
  readonly onReport: (complaint: Complaint) => boolean;
}

/** Characters from which a caption needs three lines of smaller letters. */
const LONG_CAPTION = 80;
const IDLE_CAPTION = "What is signed appears here as text.";

export class Ui {
  readonly canvas = element("canvas", HTMLCanvasElement);
  private readonly text = element("text", HTMLTextAreaElement);
  private readonly spell = element("spell", HTMLInputElement);
  private readonly play = element("play", HTMLButtonElement);
  private readonly stop = element("stop", HTMLButtonElement);
  private readonly error = element("error");
  private readonly sentence = element("sentence");
  private readonly wrong = element("wrong", HTMLButtonElement);
  private readonly label = new LabelNote();
  private readonly choices: Choices;
  private readonly report: ReportDialog;
  private readonly timeline: Timeline;
  private caption: Caption | undefined;
  private activity: Activity | undefined;
  private waiting = 0;
  private longest = Infinity;

  constructor(
    private readonly wishes: UserWishes,
    options: Options,
  ) {
    document.body.classList.toggle("transparent", options.transparent);
    this.choices = new Choices(options.transparent ? undefined : browserStorage(), options.manner);
    this.report = new ReportDialog(wishes.onReport);
    this.timeline = new Timeline(options.transparent ? undefined : (index) => this.askWhatWasWrong(index));
    this.wrong.addEventListener("click", () => this.askWhatWasWrong());
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
    if (options.text !== "") this.text.value = options.text;
    this.spell.checked = options.spell;
  }

  /** The sentence, and how the viewer wants it signed. */
  get request(): SpeakRequest {
    return { text: this.text.value.trim(), spell: this.spell.checked, ...this.manner };
  }

  /** Source, speed, hand, mouthing and drafts as they are chosen now. */
  get manner(): Choices["manner"] {
    return this.choices.manner;
  }

  /** @param preferred Sources to select where the server offers them: what the address says, then the usual one. */
  showSetup(setup: Setup, ...preferred: string[]): void {
    const { serverName, label, maxTextLength } = setup;
    this.choices.showSources(setup, ...preferred);
    this.forgetSigns();
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
    const before = this.caption;
    if (caption.text !== before?.text || caption.marked !== before.marked) {
      this.sentence.classList.toggle("long", caption.text.length > LONG_CAPTION);
      this.sentence.replaceChildren(...markedText(caption));
    }
    if (caption.notices !== before?.notices) this.showUtterance(caption);
    this.timeline.show(caption);
    this.wrong.disabled = latestSign(caption) === undefined;
    document.body.dataset["captions"] = "begun";
    this.keepInSight();
    this.caption = caption;
  }

  /** Says what became of a report. */
  showReported(sentence: string, isGood: boolean): void {
    this.report.showOutcome(sentence, isGood);
  }

  /** The utterance as a whole; nothing here changes while it is signed. */
  private showUtterance(caption: Caption): void {
    const { text, quality, review, notices, trace, captionsOnly } = caption;
    // The visible sentence changes with every sign; a screen reader should say it once.
    element("announcement").textContent = `${captionsOnly ? "Caption" : "Signing"}: ${text} ${quality} ${review}`;
    this.label.show(caption);
    document.body.classList.toggle("captions-only", captionsOnly);
    element("reason").textContent = captionsOnly ? notices.join(" ") : "";
    element("notices").replaceChildren(...notices.map((notice) => tag("li", "", notice)));
    element("trace").hidden = trace.length === 0;
    element("rules").replaceChildren(...trace.map((line) => tag("li", "", line)));
    this.report.showOutcome("", true);
  }

  /** Scrolls the caption, and nothing else of the page, to what is being signed. */
  private keepInSight(): void {
    const mark = this.sentence.querySelector<HTMLElement>("mark");
    const line = parseFloat(getComputedStyle(this.sentence).lineHeight);
    if (mark) this.sentence.scrollTop = line * (Math.round(mark.offsetTop / line) - 1);
  }

  private askWhatWasWrong(index?: number): void {
    if (this.caption !== undefined && !this.wrong.disabled) this.report.open(this.caption, index);
  }

  /** After a new connection the server knows none of the signs that are still shown. */
  private forgetSigns(): void {
    this.caption = undefined;
    this.wrong.disabled = true;
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

/** Where this browser keeps things for the page; none where that is forbidden. */
function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
