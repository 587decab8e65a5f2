"""Training on the glossed clips of a prepared set."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from signllm.errors import CheckpointError, InputError
from signllm.model.checkpoint import load_checkpoint
from signllm.model.source import ModelSource
from signllm.motion.skeletons import prompt2sign as layout
from signllm_training import cli
from signllm_training.config import TrainConfig, load_recipe, recipe_from_tables
from signllm_training.corpus import POOL
from signllm_training.evaluation.cli import _notices
from signllm_training.prepared_corpus import PreparedCorpus, at_model_rate, complete, share_out
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.rows import Entry, entry_row
from signllm_training.prompt2sign.sample import Licence, Observation, Provenance
from signllm_training.prompt2sign.standard import StandardClip, standardise
from signllm_training.prompt2sign.store import ShardWriter

PLACES = {
    name: np.random.default_rng(k).normal(0.0, 0.15, (50, 3)) for k, name in enumerate(("", "BALL", "CAT", "DOG"))
}
for _place in PLACES.values():
    _place[[1, 2, 5]] = np.array([[0, 0, 0], [-0.18, 0, 0], [0.18, 0, 0]])
CONFIG = TrainConfig(batch=4, probe_clips=2, max_frames=120)
OURS = Licence("CC0-1.0", commercial=True)
THEIRS = Licence("CC-BY-NC-4.0", consent="research")


def signing(glosses: tuple[str, ...], fps: float = 25.0) -> StandardClip:
    """Both hands travel to the place of each gloss in 8 frames and stay for 4; at the end they return to rest."""
    parts = []
    for before, name in zip(("", *glosses), (*glosses, ""), strict=True):
        u = np.minimum(np.arange(1, 13) / 8, 1.0)[:, None, None]
        parts.append(PLACES[before] * (1 - u) + PLACES[name] * u)
    points = np.concatenate(parts).astype(np.float32)
    return standardise(Observation(points, np.ones(points.shape[:2], np.float32), fps, (1, 1, 1), "metre", "measured"))


def write_set(folder: Path, entries: dict[str, list[tuple[Entry, StandardClip]]]) -> Path:
    for split, clips in entries.items():
        with ShardWriter(folder, split) as shards:
            for entry, clip in clips:
                shards.add(entry_row(dataclasses.replace(entry, split=split), clip))
    manifest.write(manifest.build(folder), folder)
    return folder


def entry(k: int, glosses: tuple[str, ...], language: str = "asl", licence: Licence = OURS) -> Entry:
    return Entry(f"clip{k}", language, gloss=glosses, licence=licence, provenance=Provenance("toys", f"{k}", "test"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips that can be learnt, and one for every reason why a clip cannot."""
    rng = np.random.default_rng(0)
    glosses = [tuple(rng.choice(["BALL", "CAT"], int(rng.integers(1, 4))).tolist()) for _ in range(50)]
    train = [(entry(k, names, licence=THEIRS if k == 7 else OURS), signing(names)) for k, names in enumerate(glosses)]
    train += [
        (entry(50, ()), signing(("BALL",))),
        (entry(51, ("BALL",), "dgs"), signing(("BALL",))),
        (entry(52, ("BALL",) * 12), signing(("BALL",))),
        (entry(53, ("BALL",)), signing(("BALL",) * 20)),
    ]
    dev = [(entry(k, names), signing(names)) for k, names in enumerate(glosses[:3])]
    dev += [(entry(3, ("DOG",)), signing(("DOG",)))]
    return write_set(tmp_path_factory.mktemp("set"), {"train": train, "dev": dev})


def recipe_text(folder: Path | str, **changes: object) -> str:
    settings = {"steps": 6, "batch": 4, "probe_clips": 2, "max_frames": 120, "bfloat16": False, **changes}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return f'data = "{folder}"\n[model]\nwidth = 32\nheads = 2\nfeedforward = 64\n[train]\n' + "\n".join(lines)


def test_a_model_is_trained_and_what_the_licences_ask_for_follows_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text(recipe_text(folder))
    assert cli.train(["--recipe", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "notice: toys: 1 clip under CC-BY-NC-4.0" in printed
    path = tmp_path / "run" / "asl_mine.safetensors"
    training = json.loads(path.with_suffix(".json").read_text())["training"]
    (notice,) = training["data"]["notices"]
    assert notice.startswith("toys: 1 clip under CC-BY-NC-4.0")
    assert "research" in notice
    assert training["recipe"]["data"] == folder.name
    assert training["steps"] == 6
    assert load_checkpoint(path).vocabulary.glosses == ("BALL", "CAT")
    assert len(list(ModelSource.load(path).frames(["BALL", "CAT"]))) > 0
    assert _notices(path) == [notice]


def test_what_cannot_be_learnt_is_counted_and_left_out_with_a_sentence(folder: Path) -> None:
    said: list[str] = []
    PreparedCorpus(folder, CONFIG, report=said.append)
    assert [sentence for sentence in said if "left out" in sentence] == [
        "train: 1 of 54 clips are left out: they have no glosses",
        "train: 1 of 54 clips are left out: they are in another language than asl",
        "train: 1 of 54 clips are left out: they have fewer than 3 frames for a gloss",
        "train: 1 of 54 clips are left out: they have more than 24 glosses or 120 frames",
        "dev: 1 of 4 clips are left out: they have glosses that train does not have",
    ]


def test_words_are_read_where_glosses_are_not_published(tmp_path: Path) -> None:
    texts = ["The ball.", "A cat, the ball!", "Don't!"] * 4
    clips = [
        (dataclasses.replace(entry(k, ()), text=text), signing(("BALL",) * 4)) for k, text in enumerate([*texts, ""])
    ]
    said: list[str] = []
    corpus = PreparedCorpus(
        write_set(tmp_path, {"train": clips}), dataclasses.replace(CONFIG, tokens="word"), report=said.append
    )
    assert corpus.vocabulary.glosses == ("a", "ball", "cat", "don't", "the")
    assert "train: 1 of 13 clips are left out: they have no words" in said
    drawn = {clip.glosses for clip in corpus.draw(0, np.random.default_rng(0))}
    assert drawn == {("the", "ball"), ("a", "cat", "the", "ball"), ("don't",)}


def test_a_set_without_glosses_is_a_sentence_that_names_the_way_out(tmp_path: Path) -> None:
    folder = write_set(tmp_path, {"train": [(entry(0, ()), signing(("BALL",)))]})
    with pytest.raises(InputError, match="clips need glosses, or texts with --tokens word"):
        PreparedCorpus(folder, CONFIG, report=lambda _: None)


def test_every_clip_is_drawn_once_before_any_is_drawn_again(folder: Path) -> None:
    corpus = PreparedCorpus(folder, CONFIG, report=lambda _: None)
    rng = np.random.default_rng(0)
    per_pool = POOL * CONFIG.batch
    drawn = [clip.frames.tobytes() for pool in range(25) for clip in corpus.draw(pool, rng)]
    assert len(drawn) == 25 * per_pool == 16 * 50
    counts = {clip: drawn.count(clip) for clip in set(drawn)}
    once = {clip: sum(1 for k in range(50) if drawn[k] == clip) for clip in counts}
    assert all(counts[clip] == 16 * once[clip] for clip in counts)


def test_a_pool_is_the_same_in_a_run_that_goes_on(folder: Path) -> None:
    first = PreparedCorpus(folder, CONFIG, report=lambda _: None)
    again = PreparedCorpus(folder, CONFIG, features=first.features, report=lambda _: None)
    for a, b in zip(first.batches(5, history=4, horizon=8), again.batches(5, history=4, horizon=8), strict=True):
        np.testing.assert_array_equal(a.frames, b.frames)
        np.testing.assert_array_equal(a.tokens, b.tokens)


def test_the_probe_sees_clips_of_dev(folder: Path) -> None:
    corpus = PreparedCorpus(folder, CONFIG, report=lambda _: None)
    held = {corpus.held_out(np.random.default_rng(seed)).glosses for seed in range(10)}
    rng = np.random.default_rng(0)
    dev = {tuple(rng.choice(["BALL", "CAT"], int(rng.integers(1, 4))).tolist()) for _ in range(3)}
    assert held <= dev


def test_without_dev_the_probe_sees_train_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    write_set(tmp_path, {"train": [(entry(0, ("BALL",)), signing(("BALL",)))]})
    corpus = PreparedCorpus(tmp_path, CONFIG, report=said.append)
    assert corpus.held_out(np.random.default_rng(0)).glosses == ("BALL",)
    assert said == ["no clip of the split dev can be used: scores are of clips that were learnt"]


def test_a_set_of_another_language_is_refused_with_the_languages_there_are(tmp_path: Path) -> None:
    write_set(tmp_path, {"train": [(entry(0, ("BALL",), "dgs"), signing(("BALL",)))]})
    with pytest.raises(InputError, match="the recipe's language is asl, the set's dgs"):
        PreparedCorpus(tmp_path, CONFIG, report=lambda _: None)


def test_a_run_does_not_go_on_with_other_data(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe, out = tmp_path / "mine.toml", tmp_path / "run"
    recipe.write_text(recipe_text(folder, steps=1))
    clips = [(entry(k, names), signing(names)) for k, names in enumerate([("BALL",), ("CAT",)])]
    other = write_set(tmp_path / "other", {"train": clips})
    assert cli.train(["--recipe", str(recipe), "--out", str(out)]) == 0
    assert cli.train(["--recipe", str(recipe), "--out", str(out), "--resume"]) == 0
    assert cli.train(["--recipe", str(recipe), "--out", str(out), "--resume", "--data", str(other)]) == 2
    assert "started with other data; give another --out" in capsys.readouterr().err


def test_borders_between_glosses_lie_where_the_hands_are_held() -> None:
    clip = signing(("BALL", "CAT", "BALL"))
    index = share_out(clip.points, 3)
    np.testing.assert_array_equal(np.unique(index), [0, 1, 2, 3])
    assert (np.diff(index) >= 0).all()
    for border in np.flatnonzero(np.diff(index))[:2] + 1:
        assert (
            np.linalg.norm(clip.points[border, layout.WRIST["right"]] - clip.points[border - 1, layout.WRIST["right"]])
            < 1e-6
        )


@pytest.mark.parametrize(("frames", "glosses"), [(6, 1), (9, 2), (30, 9), (300, 24), (100, 1)])
def test_every_gloss_and_the_end_get_a_frame(frames: int, glosses: int) -> None:
    keypoints = np.random.default_rng(0).normal(size=(frames, 50, 3)).astype(np.float32)
    index = share_out(keypoints, glosses)
    assert len(index) == frames
    np.testing.assert_array_equal(np.unique(index), np.arange(glosses + 1))
    assert (np.diff(index) >= 0).all()


def test_unknown_keypoints_lie_on_the_way_between_known_ones_or_as_at_rest() -> None:
    clip = signing(("BALL",))
    rest = PLACES[""].astype(np.float32)
    mask = clip.mask.copy()
    mask[5:8, 10] = False  # for a while
    mask[:, layout.hand_slice("right")] = False  # never seen
    gaps = dataclasses.replace(clip, mask=mask, points=np.where(mask[..., None], clip.points, np.float32(0)))
    full = complete(gaps, rest)
    np.testing.assert_array_equal(full[mask], clip.points[mask])
    expected = clip.points[4, 10] + (clip.points[8, 10] - clip.points[4, 10]) * 0.5
    np.testing.assert_allclose(full[6, 10], expected, atol=1e-6)
    wrist = layout.WRIST["right"]
    hand = full[:, layout.hand_slice("right")] - full[:, wrist : wrist + 1]
    np.testing.assert_allclose(
        hand, np.broadcast_to(rest[layout.hand_slice("right")] - rest[wrist], hand.shape), atol=1e-6
    )


def test_clips_of_other_rates_take_as_long_as_before() -> None:
    fast = at_model_rate(signing(("BALL",), fps=50.0))
    assert (fast.fps, len(fast)) == (25.0, 13)  # 23 steps of 1/50 s become 12 of 1/25 s
    assert at_model_rate(signing(("BALL",))).points.shape[0] == 24


def test_data_in_a_recipe_file_is_meant_from_where_the_file_lies(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('data = "sets/mine"')
    assert load_recipe(str(tmp_path / "mine.toml")).data == str(tmp_path / "sets/mine")


def test_a_recipe_without_data_is_as_it_was() -> None:
    assert "data" not in recipe_from_tables("plain", {}).to_json()
    with pytest.raises(ValueError, match="folder of a prepared set in quotes"):
        recipe_from_tables("wrong", {"data": 3})


def test_no_set_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.train(["--data", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "signllm prepare" in capsys.readouterr().err


def test_data_and_lexicon_are_not_mixed_in_one_run(folder: Path, tmp_path: Path) -> None:
    from signllm_training.trainer import train_on

    recipe = recipe_from_tables("toy", {"model": {"width": 32, "heads": 2, "feedforward": 64}, "train": {"steps": 1}})
    train_on(
        lambda features: PreparedCorpus(folder, CONFIG, features=features, report=lambda _: None), recipe, tmp_path
    )
    state = json.loads((tmp_path / "state.json").read_text())
    del state["data"]
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(CheckpointError, match="other data"):
        train_on(
            lambda features: PreparedCorpus(folder, CONFIG, features=features, report=lambda _: None),
            recipe,
            tmp_path,
            resume=True,
        )
