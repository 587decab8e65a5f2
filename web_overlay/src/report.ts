/** The dialog in which a viewer says which sign was wrong. */
import { latestSign, nameOfSign, signsOf, type Caption } from "./captions";
import { element } from "./elements";
import { MAX_NOTE_LENGTH, type WrongSign } from "./wire";

/** A report without the time, which only the player knows. */
export type Complaint = Omit<WrongSign, "time">;

export class ReportDialog {
  private readonly dialog = element("report", HTMLDialogElement);
  private readonly form = element("report-form", HTMLFormElement);
  private readonly sign = element("report-sign", HTMLSelectElement);
  private readonly note = element("report-note", HTMLTextAreaElement);
  private readonly outcome = element("reported");
  private caption: Caption | undefined;

  /** @param onReport Sends a report; false when there is no server to take it. */
  constructor(private readonly onReport: (complaint: Complaint) => boolean) {
    this.note.maxLength = MAX_NOTE_LENGTH;
    this.form.addEventListener("submit", () => this.send());
    element("report-cancel").addEventListener("click", () => this.dialog.close());
  }

  /** Asks about a sign of `caption`: the one with that index, or else the one that was made last. */
  open(caption: Caption, index?: number): void {
    const signs = signsOf(caption);
    const chosen = signs.find((unit) => unit.index === index) ?? latestSign(caption) ?? signs[0];
    if (chosen === undefined || this.dialog.open) return;
    this.caption = caption;
    this.sign.replaceChildren(
      ...signs.map((unit, k) => new Option(`${k + 1}. ${nameOfSign(caption, unit)}`, String(unit.index), false, unit === chosen)),
    );
    element("report-sentence").textContent = caption.text;
    this.note.value = "";
    this.outcome.textContent = "";
    this.dialog.showModal();
  }

  /** Says that a report has been written down, or why not. */
  showOutcome(sentence: string, isGood: boolean): void {
    this.outcome.textContent = sentence;
    this.outcome.dataset["state"] = isGood ? "good" : "bad";
  }

  private send(): void {
    const { caption } = this;
    const unit = caption && signsOf(caption).find(({ index }) => String(index) === this.sign.value);
    if (caption === undefined || unit === undefined) return;
    const complaint = { utterance: caption.utterance, index: unit.index, gloss: unit.gloss, note: this.note.value.trim() };
    if (this.onReport(complaint)) this.showOutcome(`Sending the report of ${unit.text}…`, true);
    else this.showOutcome("There is no server to take the report: try again when it is connected.", false);
  }
}
