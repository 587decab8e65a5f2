/** The signs of a sentence in a row, lit up as they are reached; a click on one hands on which it was. */
import { chipProgress, type Caption, type Chip } from "./captions";
import { element, tag } from "./elements";

export class Timeline {
  private readonly list = element("chips");
  private shown = "";

  /** @param onPick Takes the index of the gloss that was clicked; without it the signs are no buttons. */
  constructor(private readonly onPick?: (index: number) => void) {
    if (onPick === undefined) return;
    this.list.addEventListener("click", ({ target }) => {
      const picked = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
      if (picked !== null) onPick(Number(picked.dataset["index"]));
    });
  }

  /** Shows how far the caption is. Elements stay while they stand for the same signs: one may just be being pressed. */
  show({ utterance, chips }: Caption): void {
    const key = JSON.stringify([utterance, chips.map(({ units }) => units.map(({ gloss }) => gloss))]);
    if (key !== this.shown) this.list.replaceChildren(...chips.map((chip) => this.chipElement(chip)));
    this.shown = key;
    chips.forEach((chip, k) => light(this.list.children[k] as HTMLElement, chip));
    const now = this.list.querySelector<HTMLElement>('[aria-current="true"]');
    if (now) this.list.scrollLeft = now.offsetLeft - 0.5 * (this.list.clientWidth - now.offsetWidth);
  }

  private chipElement({ kind, units }: Chip): HTMLElement {
    const item = tag("li", kind === "pause" ? "pause" : "");
    if (kind === "pause") {
      item.title = "A pause between two clauses";
      item.setAttribute("aria-label", "pause");
      return item;
    }
    const spans = units.map((unit) => {
      const span = tag("span", "", unit.text);
      span.dataset["index"] = String(unit.index);
      return span;
    });
    if (this.onPick === undefined) {
      item.append(...spans);
      return item;
    }
    const button = document.createElement("button");
    button.type = "button";
    // The keyboard reaches every sign in the list of the dialog; a tab stop for each would bar the way to the controls.
    button.tabIndex = -1;
    button.dataset["index"] = String(units[0]?.index ?? 0);
    button.title = "Report this sign as wrong";
    button.append(...spans);
    item.append(button);
    return item;
  }
}

function light(item: HTMLElement, chip: Chip): void {
  if (chip.kind === "pause") return;
  const progress = chipProgress(chip);
  item.className = `chip ${progress}${chip.kind === "spelled" ? " spelled" : ""}`;
  if (progress === "now") item.setAttribute("aria-current", "true");
  else item.removeAttribute("aria-current");
  item.querySelectorAll("span").forEach((span, k) => {
    span.className = chip.kind === "spelled" ? (chip.units[k]?.progress ?? "") : "";
  });
}
