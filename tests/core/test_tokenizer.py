"""The text tokeniser: exact, the same every time, and loaded from nothing but text."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  the profile of all property tests
from signllm import tokenizer as module
from signllm.errors import CheckpointError, InputError, MissingLibraryError
from signllm.model import vocabulary
from signllm.tokenizer import (
    END,
    PAD,
    START,
    Tokenizer,
    byte_characters,
    least_size,
    train_tokenizer,
)

WORDS = ("hello", "thank you", "good morning", "Grüße", "where is the station", "how much does it cost")
PROMPTS = [f"how do you sign '{word}' in {language}?" for word in WORDS for language in ("ASL", "DGS")]
SIZE = 400


@pytest.fixture(scope="module")
def trained() -> Tokenizer:
    return train_tokenizer(PROMPTS, SIZE, ["asl", "dgs"])


def test_the_special_tokens_come_first_and_agree_with_those_of_the_glosses(trained: Tokenizer) -> None:
    assert trained.special_tokens == ("<PAD>", "<END>", "<START>", "<ASL>", "<DGS>")
    assert (PAD, END, START) == (vocabulary.PAD, vocabulary.END, 2)
    assert [trained.attribute(code) for code in ("asl", "dgs")] == [3, 4]


def test_a_text_stands_between_start_and_end_with_its_language(trained: Tokenizer) -> None:
    bare, marked = trained.encode("hello"), trained.encode("hello", "dgs")
    assert bare[0] == START and bare[-1] == END
    assert marked == [START, trained.attribute("dgs"), *bare[1:]]


def test_what_is_often_together_is_one_token(trained: Tokenizer) -> None:
    ids = trained.encode("how do you sign")[1:-1]
    assert [trained.decode([i]) for i in ids] == ["how", " do", " you", " sign"]


def test_all_256_bytes_are_known_so_every_text_can_be_read(trained: Tokenizer) -> None:
    empty = Tokenizer(least_size(()), (), ())
    assert len(set(byte_characters())) == 256
    assert empty.decode(empty.encode("한국어 😀 ü")) == "한국어 😀 ü"
    assert trained.decode(trained.encode("한국어 😀 ü")) == "한국어 😀 ü"


def test_the_bytes_are_those_of_the_library() -> None:
    from tokenizers.pre_tokenizers import ByteLevel

    assert sorted(byte_characters()) == sorted(ByteLevel.alphabet()) == list(byte_characters())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back_composed_and_within_the_size(trained: Tokenizer, text: str) -> None:
    ids = trained.encode(text, "asl")
    assert trained.decode(ids) == unicodedata.normalize("NFC", text)
    assert all(len(trained.special_tokens) <= i < trained.token_count for i in ids[2:-1])


@pytest.mark.parametrize("text", ["<PAD>", "<END>", "a <ASL> b", "<START><START>"])
def test_no_text_can_name_a_special_token(trained: Tokenizer, text: str) -> None:
    assert min(trained.encode(text)[1:-1]) >= len(trained.special_tokens)
    assert trained.decode(trained.encode(text)) == text


def test_two_spellings_of_a_letter_are_one(trained: Tokenizer) -> None:
    assert trained.encode("Gru\u0308ße") == trained.encode("Grüße")


def test_special_and_unused_ids_are_no_text(trained: Tokenizer) -> None:
    assert trained.token_count < SIZE
    assert trained.decode([PAD, START, 3, SIZE - 1, END, PAD]) == ""


def test_the_order_of_the_texts_does_not_matter(trained: Tokenizer) -> None:
    shuffled = random.Random(0).sample(PROMPTS, len(PROMPTS))
    assert train_tokenizer(iter(shuffled), SIZE, ["asl", "dgs"]) == trained


def test_another_process_with_one_thread_learns_the_same(trained: Tokenizer) -> None:
    code = (
        "import json, sys; from signllm.tokenizer import train_tokenizer; "
        f"print(train_tokenizer(json.load(sys.stdin), {SIZE}, ['asl', 'dgs']).to_text())"
    )
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        input=json.dumps(PROMPTS),
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "RAYON_NUM_THREADS": "1", "PYTHONHASHSEED": "7"},
    )
    assert run.stdout.strip() == trained.to_text()


@given(st.lists(st.text("ab c", max_size=12), min_size=1, max_size=8), st.integers(259, 280))
@settings(max_examples=30)
def test_the_size_is_never_exceeded_and_the_text_form_is_exact(texts: list[str], size: int) -> None:
    tokeniser = train_tokenizer(texts, size)
    again = Tokenizer.from_text(tokeniser.to_text())
    assert tokeniser.size == size >= tokeniser.token_count
    assert again == tokeniser and again.to_text() == tokeniser.to_text()
    assert [again.encode(text) for text in texts] == [tokeniser.encode(text) for text in texts]


def test_room_is_used_up_when_there_is_enough_to_learn() -> None:
    assert train_tokenizer(PROMPTS, least_size(()) + 9).token_count == least_size(()) + 9


def test_a_checkpoint_of_before_is_still_read() -> None:
    text = '{"format":1,"kind":"byte-level BPE","size":262,"languages":["asl"],"merges":[["h","i"],["Ġ","hi"]]}'
    assert Tokenizer.from_text(text).encode("hi hi", "asl") == [START, 3, 260, 261, END]
    assert Tokenizer.from_text(text).to_text() == text


def about(**changes: Any) -> str:
    known = {"format": 1, "kind": "byte-level BPE", "size": 300, "languages": ["asl"], "merges": [["h", "i"]]}
    return json.dumps(known | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[]", "must be a JSON object with the fields format, kind, size, languages, merges"),
        ("[" * 100_000, "nested too deeply"),
        (about(more=1), "must be a JSON object with the fields"),
        (about(format=2), "must be byte-level BPE of format 1, the one read here"),
        (about(kind="unigram"), "must be byte-level BPE of format 1"),
        (about(size="300"), "its size must be a whole number"),
        (about(size=True), "its size must be a whole number"),
        (about(size=10), "size is 10; it must be 260 to 1000000 token ids"),
        (about(size=10**9), "size is 1000000000; it must be 260 to 1000000"),
        (about(size=260), "261 tokens do not fit into 260 token ids"),
        (about(languages="asl"), "its languages must be a list of codes"),
        (about(languages=["ASL"]), "'ASL' is no code of a language"),
        (about(languages=["asl", "asl"]), "two of the special tokens are the same: <PAD> <END> <START> <ASL> <ASL>"),
        (about(languages=["pad"]), "two of the special tokens are the same: <PAD> <END> <START> <PAD>"),
        (about(merges={"h": "i"}), "its merges must be a list of pairs"),
        (about(merges=[["h"]]), "its merges must be a list of pairs"),
        (about(merges=["hi"]), "its merges must be a list of pairs"),
        (about(merges=[["h", "ello"]]), "the merge of 'h' and 'ello' has a part that no earlier merge made"),
        (about(merges=[["<PAD>", "h"]]), "the merge of '<PAD>' and 'h' has a part that no earlier merge made"),
    ],
)
def test_a_description_that_was_not_written_here_is_refused(text: str, message: str) -> None:
    with pytest.raises(
        CheckpointError, match=f"the checkpoint's tokeniser cannot be used: .*{message}.*; train it anew"
    ):
        Tokenizer.from_text(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=30) | st.builds(about, size=JSON, languages=JSON, merges=JSON | st.lists(st.lists(JSON))))
@settings(max_examples=60)
def test_any_text_is_a_tokeniser_or_refused(text: str) -> None:
    try:
        tokeniser = Tokenizer.from_text(text)
    except CheckpointError:
        return
    assert Tokenizer.from_text(tokeniser.to_text()) == tokeniser


def test_a_description_without_end_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_TEXT", 50)
    with pytest.raises(CheckpointError, match="characters, and 50 are the most"):
        Tokenizer.from_text(about())


def test_a_language_without_an_attribute_is_refused(trained: Tokenizer) -> None:
    with pytest.raises(InputError, match="no attribute for language 'tsl'; it has: asl, dgs"):
        trained.encode("merhaba", "tsl")


@pytest.mark.parametrize("wrong", [-1, SIZE])
def test_a_number_that_is_no_token_id_is_refused(trained: Tokenizer, wrong: int) -> None:
    with pytest.raises(InputError, match=f"{wrong} is no token id; they go from 0 to {SIZE - 1}"):
        trained.decode([5, wrong])


def test_half_a_character_is_refused(trained: Tokenizer) -> None:
    with pytest.raises(InputError, match=r"half a character \(a lone surrogate\)"):
        trained.encode("a\ud83d")
    with pytest.raises(InputError, match=r"half a character \(a lone surrogate\)"):
        train_tokenizer(["a\ud83d"], SIZE)


def test_a_training_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="there is no text to train a tokeniser on"):
        train_tokenizer([], SIZE)
    with pytest.raises(InputError, match="no tokeniser can be trained: size is 100; it must be 260 to 1000000"):
        train_tokenizer(PROMPTS, 100, ["asl"])
    with pytest.raises(InputError, match="no tokeniser can be trained: two of the special tokens are the same"):
        train_tokenizer(PROMPTS, SIZE, ["asl", "asl"])
    with pytest.raises(InputError, match="'A S L' is no code"):
        train_tokenizer(PROMPTS, SIZE, ["A S L"])


def test_without_the_library_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingLibraryError, match=r"needs the tokenizers library: pip install 'signllm\[prompts\]'"):
        train_tokenizer(PROMPTS, SIZE)
    with pytest.raises(MissingLibraryError):
        Tokenizer(SIZE, (), ()).encode("hello")


def test_a_description_is_read_without_the_library() -> None:
    code = (
        "import sys, signllm.tokenizer as t; "
        f"t.Tokenizer.from_text({about()!r}); sys.exit('tokenizers' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
