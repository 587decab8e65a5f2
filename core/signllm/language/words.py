"""English text as sentences of words: contractions opened, numbers read, base forms known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import simplemma

from signllm.language.figures import FIGURE, tidy
from signllm.language.number_reading import read
from signllm.language.spelling import spell


@dataclass(frozen=True)
class Word:
    """One English word, or a group of them that has become signs."""

    text: str
    """As it stands in the source text; of a group, joined by spaces."""
    form: str
    """Lower case; a comma is a word of its own, a group of words has the form ''."""
    lemma: str
    """Base form, as far as it is known: `buy` for `bought`."""
    capital: bool = False
    """Written with a capital inside a sentence: most likely a name."""
    signs: tuple[str, ...] | None = None
    """What is signed for it, `()` for nothing, None while no rule has decided."""
    role: str = ""
    """`time`, `question`, `number`, `clock` or `date` where a rule has found one."""
    tag: str = ""
    """Part of speech in this sentence, of `signllm.language.tagger`; '' before it was looked for."""
    sense: str = ""
    """Sign that the word's sense calls for, where a guard has found one; the word is still to be decided."""
    guess: bool = False
    """Its sign serves the word as another part of speech than it is here."""
    notice: str = ""
    """What the user must be told about how a number was read."""
    unsure: bool = False
    """The number may mean something else than its signs."""
    marks: tuple[str, ...] = ()
    """What the face and head say over it: names of `signllm.source.NonManual`."""

    @property
    def silent(self) -> bool:
        """Whether it was decided that nothing is signed."""
        return self.signs == ()


@dataclass(frozen=True)
class SentenceWords:
    """The words of one sentence and the mark that ends it, one of `.`, `!`, `?`."""

    words: tuple[Word, ...]
    mark: str


_TOKEN: Final = re.compile(
    rf"(?P<spell>\bfs:[A-Za-z0-9]+)|(?P<number>{FIGURE})|(?P<word>[A-Za-z0-9]+(?:'[A-Za-z]+)*)"
    r"|(?P<comma>[,;:()])|(?P<end>[.!?]+)",
    re.IGNORECASE,
)
_TITLES: Final = re.compile(r"\b(Dr|Mr|Mrs|Ms|St)\.")
_AMERICA: Final = re.compile(r"\bU\.\s?S\.(?:\s?A\.)?")
_ABBREVIATION: Final = re.compile(r"\b(?:[A-Za-z]\.){2,6}|\bPh\.D\.")
_HALF: Final = re.compile(r"\b([aApP]\.[mM]\.)(?=\s+[A-Z])")
_CONTRACTIONS: Final = MappingProxyType(
    {"can't": "can not", "won't": "will not", "cannot": "can not", "shan't": "shall not", "ain't": "is not"}
    | {"let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "have to", "o'clock": "oclock"}
    | {"y'all": "you all", "dunno": "do not know", "im": "i am", "ive": "i have", "weve": "we have"}
    | {"youre": "you are", "youve": "you have", "theyre": "they are", "theyve": "they have"}
    | {"thats": "that is", "theres": "there is"}
    | {"whats": "what is", "wheres": "where is", "whos": "who is", "hows": "how is", "hes": "he is", "shes": "she is"}
)
_ENDINGS: Final = MappingProxyType(
    {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
)
_BARE_NOT: Final = re.compile(
    r"\b(ca|wo|do|does|did|is|are|was|were|has|have|had|could|would|should|must|need|ai) ?n ?'? ?t(?![\w'-])",
    re.IGNORECASE,
)
_IS_AFTER: Final = frozenset("i you he she it we they this that there here what who where when why how".split())


def split_sentences(text: str) -> list[SentenceWords]:
    """Sentences of words from clean text; what stands between two end marks is one sentence."""
    shouting = text.upper() == text or _is_headline(text)
    sentences: list[SentenceWords] = []
    words: list[Word] = []
    for match in _TOKEN.finditer(tidy(mend_not(_without_points(text)))):
        if match["end"]:
            sentences.append(_sentence(words, match["end"]))
            words = []
        else:
            words.extend(_words(match, inside=bool(words) and not shouting))
    sentences.append(_sentence(words, "."))
    return [sentence for sentence in sentences if sentence.words]


def mend_not(text: str) -> str:
    """The text with `dont`, `don t` and `do n't` written as `don't`, so that no negation is lost to haste."""
    return _BARE_NOT.sub(lambda match: match[1] + ("N'T" if match[0].isupper() else "n't"), text)


def _is_headline(text: str) -> bool:
    """Whether every longer word has a capital, `Storm Hits City`, so that none says that it is a name."""
    longer = re.findall(r"[A-Za-z]{4,}", text)
    return len(longer) >= 3 and all(word[0].isupper() for word in longer)


def _without_points(text: str) -> str:
    """The text without the points of abbreviations, which end no sentence; `p.m. She` ends one."""
    text = _AMERICA.sub("USA ", _TITLES.sub(r"\1", _HALF.sub(r"\1. ", text)))
    return _ABBREVIATION.sub(lambda match: match[0].replace(".", ""), text)


def _sentence(words: Iterable[Word], end: str) -> SentenceWords:
    mark = "?" if "?" in end else end[0]
    return SentenceWords(tuple(_read_numbers(list(words))), mark)


def _words(match: re.Match[str], *, inside: bool) -> Iterator[Word]:
    token = match[0]
    if match["spell"]:
        yield Word(token[3:], "", "", signs=(spell(token[3:]),))
    elif match["number"]:
        yield Word(token, token.lower(), token)
    elif match["comma"]:
        yield Word(token, ",", ",", signs=())
    else:
        yield from _open_contraction(token, capital=inside and token[0].isupper() and token != "I")


def _open_contraction(token: str, *, capital: bool) -> Iterator[Word]:
    """`don't` as do, not; `I'd've` as I, would, have; `mother's` as mother and a silent 's; others as they are."""
    form, opened = _strip_endings(token.lower())
    stem, _, last = form.rpartition("'") if form.endswith("'s") else (form, "", "")
    base, *rest = stem.split("'")
    if form in _CONTRACTIONS:
        yield from (plain_word(token, part) for part in _CONTRACTIONS[form].split())
    else:
        yield plain_word(token[: len(base)], base, capital=capital)
        yield from (plain_word(token, part) for part in rest if part)
        if last:
            yield plain_word(token, "is") if stem in _IS_AFTER else Word(token, "'s", "'s", signs=())
    yield from (plain_word(token, word) for word in opened)


def _strip_endings(form: str) -> tuple[str, list[str]]:
    """A word without the auxiliaries and the not at its end, and those: `couldn't've` is could and not, have."""
    opened: list[str] = []
    while form not in _CONTRACTIONS:
        ending = next((end for end in _ENDINGS if form.endswith(end) and len(form) > len(end)), None)
        if ending is None:
            break
        opened.insert(0, _ENDINGS[ending])
        form = form[: -len(ending)]
    return form, opened


def plain_word(text: str, form: str, *, capital: bool = False) -> Word:
    """A word that no rule has touched yet."""
    # A word that opens a sentence is looked up with its capital: `Charles` is a name, `Bananas` are not.
    lookup = form.capitalize() if text[:1].isupper() and not text.isupper() else form
    return Word(text, form, base_form(lookup), capital=capital)


def base_form(word: str) -> str:
    """Base form of an English word by `simplemma`; comparatives stay as they are (`better` is not `good`)."""
    form, lemma = word.lower(), str(simplemma.lemmatize(word, "en")).lower()
    return form if form.endswith(("er", "est")) or not lemma.isalpha() else lemma


def _read_numbers(words: list[Word]) -> Iterator[Word]:
    """Words with its numbers as one word each, units and all: `twenty five dollars`, `half past three`."""
    at = 0
    while at < len(words):
        reading = read(words, at)
        if reading is None:
            yield words[at]
            at += 1
            continue
        group = words[at : at + reading.count]
        whole = merge(group, reading.signs, reading.role)
        form = group[0].form if reading.role == "number" else ""
        value = "" if reading.value is None else str(reading.value)
        yield replace(whole, form=form, lemma=value or form, notice=reading.notice, unsure=reading.unsure)
        at += reading.count


def merge(words: Iterable[Word], signs: tuple[str, ...], role: str = "") -> Word:
    """One word out of several that are signed together."""
    words = tuple(words)
    return Word(
        " ".join(word.text for word in words),
        "",
        "",
        signs=signs,
        role=role,
        notice=next((word.notice for word in words if word.notice), ""),
        unsure=any(word.unsure for word in words),
    )


def decide(word: Word, *signs: str) -> Word:
    """The word with its signs decided; none means that it is silent."""
    return replace(word, signs=signs)
