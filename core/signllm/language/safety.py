"""What must not be guessed: messages of the emergency domain, doses of medicine, negations that the rules cannot read.

Such a text, or such a sentence, is shown as captions only, and a notice says why. An emergency message is signed once a
named operator has approved it; nobody can approve a dose or a doubtful negation by a switch.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

from signllm.errors import InputError
from signllm.language.normalise import shorten
from signllm.language.words import SentenceWords, Word, mend_not

MAX_NAME: Final = 80
"""Most characters of an operator's name."""

_APOSTROPHES: Final = re.compile("['\u2019\u02bc`\u00b4\u2032]")
_CONTRACTED: Final = (
    (re.compile(r"\b(can)'?t\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|must|should|could|would)n't\b"), r"\1 not"),
    (re.compile(r"\b(there|it|that|he|she)'?s\b"), r"\1 is"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\b(you|they)'?re\b"), r"\1 are"),
    (re.compile(r"\bwe're\b"), "we are"),
    (re.compile(r"\bs\.\s?o\.\s?s\b"), "sos"),
)
_ENDS: Final = re.compile(r"[.!?;:\n]+")
_NO_WORD: Final = re.compile(r"[^a-z0-9.]+")


def is_emergency(text: str) -> bool:
    """Whether a text is of the emergency domain: alerts, evacuation, shelter, calls for rescue, missing children."""
    sentences = _sentences(text)
    rules = _rules()
    told = [bool(rules["told"].search(sentence)) for sentence in sentences]
    for sentence, story in zip(sentences, told, strict=True):
        if rules["alone"].fullmatch(sentence):
            return True
        if not story and (rules["certain"].search(sentence) or rules["present"].search(sentence)):
            return True
        if story and rules["certain"].search(sentence) and rules["directive"].match(sentence):
            return True
    open_sentences = [sentence for sentence, story in zip(sentences, told, strict=True) if not story]
    directed = any(rules["directive"].search(sentence) for sentence in open_sentences)
    threatened = any(
        rules["hazard"].search(sentence) or rules["urgency"].search(sentence) for sentence in open_sentences
    )
    return directed and threatened


def _sentences(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", _APOSTROPHES.sub("'", text)).replace("\u2019", "'").lower()
    plain = mend_not(plain)
    for pattern, opened in _CONTRACTED:
        plain = pattern.sub(opened, plain)
    parts = (_NO_WORD.sub(" ", part).strip() for part in _ENDS.split(plain))
    return [part for part in parts if part]


@functools.cache
def _rules() -> Mapping[str, re.Pattern[str]]:
    text = resources.files("signllm.language").joinpath("data", "emergency.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    return {name: re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)") for name, patterns in data.items()}


def emergency_notice(approved_by: str | None) -> str:
    """What the viewer of an emergency message is told."""
    if approved_by:
        return f"This is a message of the emergency domain; it is signed because {approved_by} approved it."
    return (
        "This is a message of the emergency domain, so it is shown as captions only: signing is generated and not "
        "reviewed, and a wrong sign could cost lives. A named operator can approve it (approved_by)."
    )


def checked_name(name: str) -> str:
    """An operator's name without control characters and outer blanks.

    Raises:
        InputError: There is no name, or one that is too long.
    """
    plain = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in name).split())
    if not any(character.isalpha() for character in plain) or len(plain) > MAX_NAME:
        raise InputError(f"approved_by takes the name of the person who approved, 1 to {MAX_NAME} characters")
    return plain


_UNITS: Final = frozenset(
    "mg mgs milligram milligrams milligramme mcg microgram micrograms ml mls milliliter milliliters millilitre "
    "millilitres cc tablet tablets pill pills capsule capsules puff puffs dose doses teaspoon teaspoons tablespoon "
    "tablespoons tsp tbsp drop drops injection injections suppository lozenge lozenges iu units".split()
)
_DRUGS: Final = frozenset(
    "medicine medicines medication medications medicament aspirin ibuprofen paracetamol acetaminophen insulin "
    "antibiotic antibiotics penicillin amoxicillin morphine vaccine drug drugs pill pills tablet tablets syrup "
    "painkiller painkillers inhaler prescription".split()
)
_NAMED_DRUGS: Final = frozenset(
    "aspirin ibuprofen paracetamol acetaminophen insulin penicillin amoxicillin morphine tylenol advil aleve codeine "
    "oxycodone cortisone prednisone metformin warfarin iodine iodide naloxone fentanyl methadone valium".split()
)
_DOSED: Final = re.compile(
    r"\b(?:dose|doses|dosage)\b|\bdrops? in(?:to)? (?:each|the|your|his|her|both|one) (?:eye|eyes|ear|ears)\b"
    r"|\b(?:take|takes|give|gives|apply|swallow|inject)\b (?:\w+ ){0,2}?"
    r"(?:it|this|these|them|one|two|three|half|cream|\d+)(?: of (?:it|this|these|them))? "
    r"(?:(?:once|twice|[a-z]+ times|\d+ times) (?:a|per) day|daily|a day|with (?:food|meals?)"
    r"|every (?:\w+ )?(?:hours?|morning|night|evening|day))\b"
)
"""A dose without the name of a medicine: `take two of these a day`."""
_OFTEN: Final = frozenset("daily twice once times hourly every hours".split())
_TAKING: Final = frozenset("take takes took taken taking give gives given swallow inject administer drink use".split())


def is_dose(words: Sequence[Word]) -> bool:
    """Whether a sentence says how much or how often of a medicine is taken."""
    forms = {word.form for word in words} | {word.text.lower() for word in words}
    if _DOSED.search(" ".join(word.text.lower() for word in words)):
        return True
    numbered = any(word.role == "number" for word in words) or bool(forms & {"a", "half", "one", "two", "three"})
    counted = any(word.role == "number" for word in words)
    glued = any(re.fullmatch(r"\d+(?:[.,]\d+)?(?:mg|mcg|ml|g|iu)", form) for form in forms)
    measured = {"mg", "mcg", "ml", "milligram", "milligrams", "milliliter", "milliliters", "millilitres"} & forms
    if glued or (measured and counted) or (forms & _NAMED_DRUGS and (counted or forms & _OFTEN)):
        return True
    unit, drug, taken = bool(forms & _UNITS), bool(forms & _DRUGS), bool(forms & _TAKING)
    often = bool(forms & _OFTEN) or any(word.role == "time" and "every" in word.text.lower() for word in words)
    if drug and (often or counted) and (taken or unit):
        return True
    return unit and numbered and (taken or drug) and not forms & {"bus", "eye"} and (counted or drug)


_NEGATIVES: Final = frozenset("not no never nothing nobody none neither nor nowhere without".split())
_DENYING: Final = frozenset("not no never nothing nobody none".split())
_PARTING: Final = frozenset(", because but and if when that so why where what who how".split())
"""Words behind which another clause has a negation of its own."""
_HALF: Final = frozenset("hardly barely scarcely seldom rarely".split())
_ONLY: Final = frozenset(
    "only just until unless all every everyone everybody everything always both merely solely".split()
)


def unsure_negation(sentence: SentenceWords) -> str:
    """Why the reach of a sentence's negation is not sure; '' when it is.

    Args:
        sentence: Its words before any rule has changed them.
    """
    clauses: list[list[str]] = [[]]
    for word in sentence.words:
        if word.form in _PARTING:
            clauses.append([])
        clauses[-1].append(word.form)
    for forms in clauses:
        negatives = [form for form in forms if form in _NEGATIVES]
        if forms and forms[0] == "no":
            negatives = negatives[1:]
        if len(negatives) > 1 and not _is_only_choice(forms):
            return "it says no twice"
        if _HALF & set(forms):
            return f"“{next(form for form in forms if form in _HALF)}” is half a negation"
        for at, form in enumerate(forms[:-1]):
            if form == "not" and forms[at + 1] in _ONLY:
                return f"what “not {forms[at + 1]}” denies depends on the sentence"
            if form == "not" and {"until", "unless"} & set(forms[at:]):
                return "“not ... until” is no plain no"
            if form in ("neither", "nor"):
                return f"“{form}” denies several things at once"
        if {"all", "every", "everyone", "everybody", "both"} & set(forms) and "not" in forms and _subject_all(forms):
            return "“all ... not” can deny all or some"
    flat = [word.form for word in sentence.words]
    if "not" in flat and "because" in flat[flat.index("not") :] and sentence.mark != "?":
        before = flat[flat.index("not") : flat.index("because", flat.index("not"))]
        if "," not in before and not {"and", "but"} & set(before) and _acts(before):
            return "“not ... because” can deny the deed or the reason"
    return ""


def loses_negation(sentence: SentenceWords, signed: Sequence[Word]) -> bool:
    """Whether a sentence denies something and nothing of what is signed for it does."""
    forms = [word.form for word in sentence.words]
    tag = sentence.mark == "?" and len(forms) > 3 and forms[-4] == "," and forms[-2] == "not"
    denied = _DENYING & set(forms[:-4] if tag else forms)
    return bool(denied) and not any("negation" in word.marks for word in signed)


def _is_only_choice(forms: Sequence[str]) -> bool:
    """`neither ... nor` is told apart; here `no, not today` and `or not`."""
    return forms[-1] == "not" and "or" in forms


def _subject_all(forms: Sequence[str]) -> bool:
    return next((form in ("all", "every", "everyone", "everybody", "both") for form in forms if form != "the"), False)


def _acts(forms: Sequence[str]) -> bool:
    """Whether something was done or left undone; states (`not happy because`, `can not come because`) are plain."""
    return bool({"did"} & set(forms)) or (len(forms) > 1 and forms[1] in ("leave", "come", "go", "call", "buy"))


def sentence_notice(sentence: str, reason: str) -> str:
    """What the viewer is told about a sentence that is not signed."""
    return f"Shown as a caption only, because {reason}: {shorten(sentence)}"
