"""The part of speech of every word in a sentence: closed classes, lists of common words, and the neighbours.

It exists to choose between the senses of a word and to find subject, verb and object; it is no parser. Reads from left
to right, so that each word knows the tag of the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from signllm.language.clause import Clause, Words
from signllm.language.english import CLOSED, load_english
from signllm.language.words import Word

_BEFORE_NOUNS: Final = frozenset({"article", "possessive", "determiner", "number", "adjective"})
_NOUNS: Final = frozenset({"noun", "name", "pronoun"})
_AFTER_IMPERATIVES: Final = frozenset(
    "article possessive determiner preposition pronoun negation number adverb conjunction".split()
)
_ENDS: Final = frozenset({"", "comma", "conjunction", "time", "interjection"})
_SEEMING: Final = frozenset("look seem feel sound taste smell become get stay turn keep remain grow appear".split())
_MOTION: Final = frozenset("go come walk drive run return travel move get way back close".split())
_TO_PLACES: Final = frozenset("work school bed church court hospital town market lunch dinner".split())
_LETTING: Final = frozenset("let make help see hear watch have".split())
_OBJECTS: Final = frozenset("me him us them you it her".split())
_PLURALS: Final = frozenset("people children men women police".split())
_SUBJECTS: Final = frozenset("i you he she it we they who that there".split())


def tag_words(words: Words, clause: Clause) -> Words:
    """The words with their parts of speech."""
    tagged: Words = []
    for at, word in enumerate(words):
        tag = _tag(words, at, tagged, clause)
        if tag == "verb" and _could_be_named(word, tagged):
            tag = "name"
        lemma = load_english().base(word.form, word.lemma) if tag == "verb" else word.lemma
        tagged.append(replace(word, tag=tag, lemma=lemma))
    return tagged


def _could_be_named(word: Word, tagged: Words) -> bool:
    """Whether an odd verb form opens the sentence with a capital: `Rose`, `Bill`, which are names there."""
    return not tagged and word.form in load_english().irregular and word.text[:1].isupper() and not word.text.isupper()


def candidates(word: Word | None, clause: Clause) -> tuple[str, ...]:
    """Parts of speech that a word can have by itself."""
    if word is None or word.form == ",":
        return ()
    english = load_english()
    found = english.tags(word.form, word.lemma)
    if found and found[0] in (*CLOSED, "article", "possessive"):
        return found
    served = clause.vocabulary.parts_of.get(word.form) or clause.vocabulary.parts_of.get(word.lemma) or {}
    return tuple(dict.fromkeys((*found, *(part for part in served if part))))


def _tag(words: Words, at: int, tagged: Sequence[Word], clause: Clause) -> str:
    word = words[at]
    if word.form == ",":
        return "comma"
    if word.role:
        return word.role
    if word.signs is not None:
        if word.signs and word.text.lower().endswith((" to", " not")):
            return "modal"  # `have to`, `would like to`, `must not`: a verb follows
        return clause.vocabulary.part_of_sign(word.signs[-1]) if word.signs else ""
    found = candidates(word, clause)
    if word.capital and word.form not in load_english().closed:
        return "noun" if clause.is_(word, "capitalised") else "name"
    if len(found) == 1:
        return found[0]
    if not found:
        return _unknown(words, at, tagged)
    return _choose(found, words, at, tagged, clause)


def _unknown(words: Words, at: int, tagged: Sequence[Word]) -> str:
    """A word in no list: a verb after `to` or a modal and where its form says so, else a noun."""
    left = _left(tagged)
    form = words[at].form
    if left is not None and (left.tag == "modal" or (left.tag in ("pronoun", "do") and form.endswith(("ed", "s")))):
        return "verb"
    if form.endswith(("ed", "ing")) and left is not None and left.tag in ("be", "have", "pronoun"):
        return "verb"
    return "noun"


def _left(tagged: Sequence[Word]) -> Word | None:
    """The nearest word to the left that is no adverb or negation; None at the start of a clause."""
    for word in reversed(tagged):
        if word.tag == "comma":
            return None
        if word.tag not in ("adverb", "negation") and not word.silent:
            return word
    return None


def _choose(found: tuple[str, ...], words: Words, at: int, tagged: Sequence[Word], clause: Clause) -> str:
    order = _preferred(found, words, at, tagged, clause)
    return next((tag for tag in order if tag in found), found[0])


def _preferred(
    found: tuple[str, ...], words: Words, at: int, tagged: Sequence[Word], clause: Clause
) -> tuple[str, ...]:
    """Tags in the order in which the neighbours make them likely."""
    word, left = words[at], _left(tagged)
    after = words[at + 1] if at + 1 < len(words) else None
    follows = candidates(after, clause)
    if word.form in load_english().closed and found[0] not in ("adverb", "noun", "verb"):
        return _closed(found, word, left, after, follows, tagged)
    verb_form = load_english().is_verb_form(word.form, word.lemma)
    if left is None or left.tag in _ENDS:
        return _at_start(word, after, follows, verb_form, clause)
    if left.form == "to":
        return _after_to(word, tagged)
    if left.tag in ("modal", "do"):
        return ("verb", "noun")
    if left.tag == "be":
        if verb_form:
            return ("adjective", "verb") if word.form.endswith("ed") else ("verb", "adjective", "noun")
        return ("adjective", "preposition", "adverb", "noun", "verb")
    if left.tag in _BEFORE_NOUNS:
        modifies = "adjective" in found and bool({"noun", "adjective"} & set(follows))
        unknown = after is not None and not follows and after.form != "," and not after.role
        modifies = modifies or ("adjective" in found and unknown)
        modifies = modifies and not (follows and follows[0] in ("be", "preposition", "conjunction", "modal"))
        return ("adjective", "noun", "verb") if modifies else ("noun", "adjective", "verb")
    if left.tag == "preposition":
        return ("noun", "adjective", "verb")
    if left.tag in _NOUNS and "adjective" in found and tagged[0].tag == "be" and clause.question:
        return ("adjective", "adverb", "verb", "noun") if "noun" not in follows else ("noun", "adjective")
    if left.tag in _NOUNS and word.form == word.lemma and _lacks_verb(tagged):
        return ("adverb", "verb", "noun", "adjective") if "modal" not in found else ()
    if left.tag == "have":
        return ("verb", "adjective", "noun") if verb_form or word.form != word.lemma else ("adjective", "noun", "verb")
    return _after_content(word, left, follows, tagged, verb_form)


def _closed(
    found: tuple[str, ...],
    word: Word,
    left: Word | None,
    after: Word | None,
    follows: tuple[str, ...],
    tagged: Sequence[Word],
) -> tuple[str, ...]:
    """Little words with two uses."""
    opens = bool(_BEFORE_NOUNS & set(follows[:1])) or (after is not None and after.form in _SUBJECTS | _OBJECTS)
    if word.form == "like":
        does = left is not None and (left.form in _SUBJECTS or left.tag in ("do", "modal", "noun", "name"))
        return ("verb",) if does else ("preposition", "verb")
    if word.form == "her" or word.form == "his":
        nominal = bool({"noun", "adjective"} & set(follows)) or (
            after is not None and not follows and after.form != ","
        )
        return ("possessive",) if nominal else ("pronoun",)
    if found[0] == "determiner":
        nominal = bool({"noun", "adjective", "number"} & set(follows[:2])) or (
            after is not None and not follows and after.signs is None and after.form != ","
        )
        return ("determiner",) if nominal else ("pronoun", "conjunction", "determiner")
    if "preposition" in found and "conjunction" in found:
        return ("conjunction",) if after is not None and after.form in _SUBJECTS - {"that"} else ("preposition",)
    if "preposition" in found and not opens and (after is None or not {"noun", "adjective"} & set(follows)):
        return ("adverb", "preposition") if not after or follows else ("preposition",)
    return found


def _at_start(
    word: Word, after: Word | None, follows: tuple[str, ...], verb_form: bool, clause: Clause
) -> tuple[str, ...]:
    """An imperative when an object, a place or nothing follows; else a noun or an adjective."""
    if after is None or after.form == ",":
        return ("interjection", "verb", "noun", "adjective") if word.form == word.lemma else ("noun", "verb")
    if verb_form:
        return ("adjective", "verb", "noun")
    if word.form == word.lemma and after.form.endswith("ing") and load_english().is_verb_form(after.form, after.lemma):
        return ("verb", "noun", "adjective")
    imperative = word.form == word.lemma and (
        bool(_AFTER_IMPERATIVES & set(follows[:1])) or after.capital or after.role in ("time", "number")
    )
    if imperative:
        return ("verb", "interjection", "adverb", "noun", "adjective")
    if {"noun"} & set(follows) and not {"be", "modal", "have", "do"} & set(follows):
        return ("adjective", "verb", "noun") if word.form == word.lemma else ("noun", "verb")
    return ("noun", "adjective", "adverb", "verb")


def _lacks_verb(tagged: Sequence[Word]) -> bool:
    """Whether an auxiliary still waits for its verb: `does your doctor ...`."""
    for word in reversed(tagged):
        if word.tag in ("verb", "comma"):
            return False
        if word.tag in ("do", "modal"):
            return True
    return False


def _after_to(word: Word, tagged: Sequence[Word]) -> tuple[str, ...]:
    """`to work` is a verb, `go to work` a place."""
    before = next((other for other in reversed(tagged[:-1]) if other.tag not in ("adverb", "negation", "noun")), None)
    moves = before is not None and before.lemma in _MOTION and word.form in _TO_PLACES
    return ("noun", "verb") if moves else ("verb", "noun", "adjective")


def _after_content(
    word: Word, left: Word, follows: tuple[str, ...], tagged: Sequence[Word], verb_form: bool
) -> tuple[str, ...]:
    """After a subject a verb, after a verb its object, between nouns a verb when it agrees."""
    if left.tag == "pronoun" and left.form in _SUBJECTS:
        return ("verb", "adverb", "adjective", "noun")
    if left.tag == "pronoun" and left.form in _OBJECTS and len(tagged) > 1 and tagged[-2].lemma in _LETTING:
        return ("verb", "adverb", "adjective", "noun")
    if left.tag == "verb":
        if left.lemma in _SEEMING:
            return ("adjective", "adverb", "noun")
        if verb_form:
            return ("verb", "adjective", "noun")
        return ("noun", "adjective", "adverb", "verb") if left.lemma != "go" else ("verb", "adverb", "noun")
    if left.tag in _NOUNS:
        joined = any(word.form == "and" for word in tagged[-4:]) or left.text.lower().endswith("parents")
        plural = joined or left.form.endswith("s") or left.form in _PLURALS or left.tag == "pronoun"
        agrees = verb_form or word.form != word.lemma or plural
        if agrees and not {"verb", "be", "modal", "have", "do"} & set(follows[:1]):
            return ("adverb", "verb", "noun", "adjective")
        return ("adverb", "noun", "verb", "adjective") if word.form == word.lemma else ("adverb", "verb", "noun")
    return ()
