/** The label of the utterance on the picture, and what the five labels mean, which is said where one points at it. */
import type { Caption } from "./captions";
import { element, tag } from "./elements";

/** Labels as the server sends them, the best one first. */
export const LABELS: Readonly<Record<string, string>> = {
  "Human-approved": "A qualified Deaf translator has approved this very sentence.",
  "Reviewed signs, automatic grammar": "Deaf signers have approved every sign in it; a program has put them in order.",
  Experimental: "At least one sign in it is a draft that no Deaf signer has approved.",
  "Spelled only": "Fewer than half of the words have a sign; the rest is spelled letter by letter.",
  "Captions only": "Nothing is signed, because a wrong sign could mislead or there is none: read the text.",
};

export const NO_INTERPRETER =
  "This is computer-generated signing and no interpreter. Automatic scores do not measure comprehension by Deaf viewers.";

export class LabelNote {
  private readonly box = element("quality-box");
  private readonly button = element("quality", HTMLButtonElement);
  private readonly note = element("labels");

  constructor() {
    // WCAG 2.2, 1.4.13: what appears on hover or focus can be dismissed, pointed at, and stays until it is left.
    this.box.addEventListener("mouseenter", () => this.open(true));
    this.box.addEventListener("mouseleave", () => this.open(this.button.matches(":focus-visible")));
    this.button.addEventListener("focus", () => this.open(this.button.matches(":focus-visible")));
    this.button.addEventListener("blur", () => this.open(false));
    this.button.addEventListener("click", () => this.open(true));
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.open(false);
    });
    this.open(false);
  }

  /** Shows what an utterance is worth, in words. */
  show({ label, quality, review }: Caption): void {
    this.box.hidden = false;
    this.button.replaceChildren(quality, tag("span", "review", review && ` ${review}`));
    // An overlay says what went wrong under the label, however many lines that takes.
    document.body.style.setProperty("--label-end", `${this.box.offsetTop + this.button.offsetHeight}px`);
    this.note.replaceChildren(
      tag("p", "", NO_INTERPRETER),
      ...Object.entries(LABELS).map(([name, meaning]) => {
        const line = tag("p", name === label ? "current" : "");
        line.append(tag("strong", "", name), `: ${meaning}`);
        return line;
      }),
    );
  }

  private open(isOpen: boolean): void {
    this.note.hidden = !isOpen;
  }
}
