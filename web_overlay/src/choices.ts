/** The controls for how to sign: source, speed, hand, mouthing, drafts. Kept from one visit to the next. */
import { element } from "./elements";
import { USUAL, recall, remember, type Manner, type Remembered } from "./manner";
import { chooseSource } from "./options";
import type { Setup } from "./wire";

const SOURCE_TITLES: Record<string, string> = { signllm: "Model (SignLLM)", lexicon: "Lexicon" };

export class Choices {
  private readonly source = element("source", HTMLSelectElement);
  private readonly speed = element("speed", HTMLInputElement);
  private readonly leftHanded = element("left-handed", HTMLInputElement);
  private readonly mouthing = element("mouthing", HTMLInputElement);
  private readonly drafts = element("drafts", HTMLInputElement);
  private chosen = "";

  /**
   * @param storage Where choices are kept; none for an overlay, which does what its address says.
   * @param given What the address says.
   */
  constructor(
    private readonly storage: Storage | undefined,
    given: Partial<Manner> | undefined,
  ) {
    const kept: Remembered = recall(storage);
    this.chosen = kept.source;
    this.show({ ...USUAL, ...kept, ...given });
    this.speed.addEventListener("input", () => this.showSpeed());
    this.source.addEventListener("change", () => (this.chosen = this.source.value));
    for (const control of [this.source, this.speed, this.leftHanded, this.mouthing, this.drafts]) {
      control.addEventListener("change", () => remember(this.storage, { ...this.manner, source: this.chosen }));
    }
  }

  get manner(): Manner & { readonly source: string } {
    return {
      source: this.source.value,
      speed: this.speed.valueAsNumber,
      leftHanded: this.leftHanded.checked,
      noMouthing: !this.mouthing.checked,
      noDrafts: !this.drafts.checked,
    };
  }

  /** @param preferred Sources to select where the server offers them and the viewer has chosen none, the first one first. */
  showSources({ sources }: Setup, ...preferred: string[]): void {
    const selected = chooseSource(sources, [this.source.value, preferred[0] ?? "", this.chosen, ...preferred.slice(1)]);
    this.source.replaceChildren(...sources.map((name) => new Option(SOURCE_TITLES[name] ?? name, name)));
    this.source.value = selected;
  }

  private show({ speed, leftHanded, noMouthing, noDrafts }: Manner): void {
    this.speed.value = String(speed);
    this.leftHanded.checked = leftHanded;
    this.mouthing.checked = !noMouthing;
    this.drafts.checked = !noDrafts;
    this.showSpeed();
  }

  private showSpeed(): void {
    const rate = String(Number(this.speed.valueAsNumber.toFixed(2)));
    element("speed-value").textContent = `${rate}×`;
    this.speed.setAttribute("aria-valuetext", `${rate} times the usual speed`);
  }
}
