import { describe, expect, it } from "vitest";

import { USUAL, rateOf, recall, remember } from "../src/manner";
import { chooseSource, readOptions } from "../src/options";

/** A browser that remembers `value`. */
const remembering = (value: string | null): Pick<Storage, "getItem"> => ({ getItem: () => value });
const forbidden = {
  getItem: (): string => {
    throw new DOMException("no", "SecurityError");
  },
  setItem: (): void => {
    throw new DOMException("full", "QuotaExceededError");
  },
};

describe("what a browser remembers", () => {
  it("comes back as it was chosen", () => {
    let kept = "";
    const wanted = { speed: 0.75, leftHanded: true, noMouthing: true, noDrafts: false, source: "lexicon" };
    remember({ setItem: (_, value) => (kept = value) }, wanted);
    expect(recall(remembering(kept))).toEqual(wanted);
  });

  it.each([null, "", "nonsense", "null", "[]", "7", '{"speed":"fast","leftHanded":1,"source":5}'])(
    "is the usual manner when it holds %j",
    (value) => expect(recall(remembering(value))).toEqual({ ...USUAL, source: "" }),
  );

  it("is nothing where the browser forbids it, and that breaks nothing", () => {
    expect(recall(forbidden)).toEqual({ ...USUAL, source: "" });
    expect(() => remember(forbidden, { ...USUAL, source: "" })).not.toThrow();
    expect(recall(undefined).speed).toBe(1);
  });
});

describe("rateOf", () => {
  it.each([
    ["0.75", 0.75],
    [1.25, 1.25],
    ["9", 1.25],
    [-1, 0.5],
    ["", 1],
    ["fast", 1],
    [Infinity, 1],
    [undefined, 1],
  ])("makes of %j %d", (value, rate) => expect(rateOf(value)).toBe(rate));
});

describe("readOptions", () => {
  it("reads how to sign from the address", () => {
    expect(readOptions("?speed=0.75&left-handed&no-mouthing=0&no-drafts").manner).toEqual({
      speed: 0.75,
      leftHanded: true,
      noMouthing: false,
      noDrafts: true,
    });
    expect(readOptions("?text=Hello").manner).toBeUndefined();
  });
});

describe("chooseSource", () => {
  const served = ["signllm", "lexicon"];

  it("takes the first wish that can be met, and the server's first source without one", () => {
    expect(chooseSource(served, ["", "lexicon", "signllm"])).toBe("lexicon");
    expect(chooseSource(served, ["magic", ""])).toBe("signllm");
    expect(chooseSource([], ["lexicon"])).toBe("");
  });
});
