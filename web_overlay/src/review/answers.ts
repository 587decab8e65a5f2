/** Whether a word that a participant wrote is one of the words of a sign. Pure. */
export function isRight(answer: string, accepted: readonly string[]): boolean {
  const given = plain(answer);
  return given !== "" && accepted.some((word) => plain(word) === given);
}

function plain(word: string): string {
  return word
    .toLowerCase()
    .trim()
    .replace(/\s+/g, " ")
    .replace(/^(the|a|an|to) /, "");
}
