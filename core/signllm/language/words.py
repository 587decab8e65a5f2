"""English text as sentences of words: contractions opened, numbers read, base forms known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import simplemma

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
    """`time`, `question` or `number` where a rule has found one."""

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
    r"(?P<spell>\bfs:[A-Za-z0-9]+)|(?P<number>\d+(?:[.,:]\d+)*)(?![A-Za-z0-9])|(?P<word>[A-Za-z0-9]+(?:'[A-Za-z]+)*)"
    r"|(?P<comma>[,;:()])|(?P<end>[.!?]+)",
    re.IGNORECASE,
)
_TITLES: Final = re.compile(r"\b(Dr|Mr|Mrs|Ms|St)\.")
_CONTRACTIONS: Final = MappingProxyType(
    {"can't": "can not", "won't": "will not", "cannot": "can not", "shan't": "shall not", "ain't": "is not"}
    | {"let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "have to", "o'clock": "oclock"}
    | {"y'all": "you all"}
)
_ENDINGS: Final = MappingProxyType(
    {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
)
_IS_AFTER: Final = frozenset("i you he she it we they this that there here what who where when why how".split())

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES: Final = MappingProxyType(
    {word: value for value, word in enumerate(_SMALL)} | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
)


def split_sentences(text: str) -> list[SentenceWords]:
    """Sentences of words from clean text; what stands between two end marks is one sentence."""
    shouting = text.upper() == text
    sentences: list[SentenceWords] = []
    words: list[Word] = []
    for match in _TOKEN.finditer(_TITLES.sub(r"\1", text)):
        if match["end"]:
            sentences.append(_sentence(words, match["end"]))
            words = []
        else:
            words.extend(_words(match, inside=bool(words) and not shouting))
    sentences.append(_sentence(words, "."))
    return [sentence for sentence in sentences if sentence.words]


def _sentence(words: Iterable[Word], end: str) -> SentenceWords:
    mark = "?" if "?" in end else end[0]
    return SentenceWords(tuple(_read_numbers(list(words))), mark)


def _words(match: re.Match[str], *, inside: bool) -> Iterator[Word]:
    token = match[0]
    if match["spell"]:
        yield Word(token[3:], "", "", signs=(spell(token[3:]),))
    elif match["number"]:
        yield Word(token, token, token, signs=_number_signs(token), role="number")
    elif match["comma"]:
        yield Word(",", ",", ",", signs=())
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


def _number_signs(number: str) -> tuple[str, ...]:
    """`25`, `1,000`, `10:30` and `3.5` as digits; the point is spelled."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+", number):
        return (f"num:{number.replace(',', '')}",)
    whole, point, decimals = number.partition(".")
    if point and "." not in decimals:
        return (*_number_signs(whole), "fs:POINT", *_number_signs(decimals))
    return tuple(f"num:{part}" for part in re.split(r"[.,:]", number))


def _read_numbers(words: list[Word]) -> Iterator[Word]:
    """Words with number words as digits: `twenty five` is 25, `two hundred` is 200."""
    at = 0
    while at < len(words):
        count, value = _number_at(words, at)
        if count == 0:
            yield words[at]
            at += 1
            continue
        text = " ".join(word.text for word in words[at : at + count])
        yield Word(text, words[at].form, str(value), signs=(f"num:{value}",), role="number")
        at += count


def _number_at(words: list[Word], at: int) -> tuple[int, int]:
    """How many words from `at` are one number, and its value; tens and ones, then hundred and thousand."""
    forms = [word.form for word in words[at : at + 4]] + [""] * 4
    if forms[0] not in _VALUES or words[at].signs is not None:
        return 0, 0
    count, value = 1, _VALUES[forms[0]]
    if value >= 20 and 0 < _VALUES.get(forms[1], 0) < 10:
        count, value = 2, value + _VALUES[forms[1]]
    for name, factor in (("hundred", 100), ("thousand", 1000)):
        if forms[count] == name:
            count, value = count + 1, value * factor
    return count, value


def merge(words: Iterable[Word], signs: tuple[str, ...], role: str = "") -> Word:
    """One word out of several that are signed together."""
    text = " ".join(word.text for word in words)
    return Word(text, "", "", signs=signs, role=role)


def decide(word: Word, *signs: str) -> Word:
    """The word with its signs decided; none means that it is silent."""
    return replace(word, signs=signs)
