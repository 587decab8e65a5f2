"""The laws of the scorer, on the real synthesiser: whoever made the output, these hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from signllm.errors import CheckpointError
from signllm.lexicon.signs import load_signs
from signllm.lexicon.synthesise import Synthesiser
from signllm.source import PoseFrame
from signllm_training.evaluation import aims, features
from signllm_training.evaluation.cli import main
from signllm_training.evaluation.evaluate import cases
from signllm_training.evaluation.recognise import all_pairs, likely_pairs, read_with
from signllm_training.evaluation.report import summarise
from signllm_training.evaluation.scoring import Score, Scorer
from signllm_training.evaluation.systems import STATIC, Request, Row, Systems
from signllm_training.evaluation.templates import Merge, Templates, merged_groups
from signllm_training.grammar import set_a, set_b

Floats = npt.NDArray[np.float32]

SENTENCE = "HELLO MY NAME fs:A fs:N fs:N fs:A HAPPY MEET IX-2".split()


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    return Synthesiser.load("asl")


@pytest.fixture(scope="module")
def templates(synthesiser: Synthesiser) -> Templates:
    return Templates(synthesiser)


@pytest.fixture(scope="module")
def scorer(templates: Templates) -> Scorer:
    return Scorer(templates)


def score(scorer: Scorer, synthesiser: Synthesiser, signed: Sequence[str]) -> Score:
    return scorer.score(synthesiser.clip(signed)[0], SENTENCE)


def wrong(found: Score) -> tuple[int, int, int]:
    return found.edits.substitutions, found.edits.deletions, found.edits.insertions


def test_the_synthesiser_makes_no_errors_and_is_at_no_distance(scorer: Scorer, synthesiser: Synthesiser) -> None:
    found = score(scorer, synthesiser, SENTENCE)
    assert found.glosses == tuple(SENTENCE)
    assert found.strict.errors == found.segment_errors == 0
    assert found.strict.names_right == found.strict.names == 1
    assert found.motion is not None
    assert found.motion.hand == pytest.approx(0.0, abs=1e-6) and found.motion.body == pytest.approx(0.0, abs=1e-6)
    assert (found.motion.distance, found.motion.duration, found.motion.jerk) == pytest.approx((1.0, 1.0, 1.0))


def test_a_swapped_letter_is_one_substitution(scorer: Scorer, synthesiser: Synthesiser) -> None:
    found = score(scorer, synthesiser, [*SENTENCE[:3], "fs:O", *SENTENCE[4:]])
    assert wrong(found) == (1, 0, 0)
    assert found.segment_errors == 1 and found.edits.letter_errors == 1 and found.edits.names_right == 0


@pytest.mark.parametrize("place", range(len(SENTENCE)))
def test_a_dropped_sign_is_one_deletion(scorer: Scorer, synthesiser: Synthesiser, place: int) -> None:
    assert wrong(score(scorer, synthesiser, SENTENCE[:place] + SENTENCE[place + 1 :])) == (0, 1, 0)


@pytest.mark.parametrize("place", range(len(SENTENCE) + 1))
def test_an_added_sign_is_one_insertion(scorer: Scorer, synthesiser: Synthesiser, place: int) -> None:
    assert wrong(score(scorer, synthesiser, [*SENTENCE[:place], "RAIN", *SENTENCE[place:]])) == (0, 0, 1)


def test_signing_half_as_fast_is_no_error(scorer: Scorer, synthesiser: Synthesiser) -> None:
    found = scorer.score(np.repeat(synthesiser.clip(SENTENCE)[0], 2, axis=0), SENTENCE)
    assert found.strict.errors == 0
    assert found.motion is not None and found.motion.duration == 2.0


def test_small_tremble_is_no_error_but_seen_in_the_jerk(scorer: Scorer, synthesiser: Synthesiser) -> None:
    clip = synthesiser.clip(SENTENCE)[0]
    found = scorer.score(clip + np.random.default_rng(0).normal(0, 0.001, clip.shape).astype(np.float32), SENTENCE)
    assert found.strict.errors == 0
    assert found.motion is not None and found.motion.jerk > 1.5


def test_a_motionless_pose_has_nearly_every_sign_wrong(scorer: Scorer, synthesiser: Synthesiser) -> None:
    clip = synthesiser.clip(SENTENCE)[0]
    still = np.repeat(clip.mean(axis=0, keepdims=True), len(clip), axis=0)
    found = scorer.score(still, SENTENCE)
    assert found.edits.errors >= 0.9 * len(SENTENCE)
    assert found.motion is not None and found.motion.distance == 0.0


def test_an_output_without_frames_has_deleted_everything(scorer: Scorer) -> None:
    found = scorer.score(np.zeros((0, 50, 3), dtype=np.float32), SENTENCE)
    assert wrong(found) == (0, len(SENTENCE), 0) and found.motion is None


def test_looking_at_likely_neighbours_alone_reads_the_same() -> None:
    signs = load_signs("asl")
    synthesiser = Synthesiser({name: signs[name] for name in sorted(signs)[::4]})
    templates = Templates(synthesiser)
    clip = synthesiser.clip(synthesiser.vocabulary[::5])[0]
    shaken = clip + np.random.default_rng(1).normal(0, 0.01, clip.shape).astype(np.float32)
    seen = features.frame_features(shaken, templates.scale)
    likely = read_with(seen, templates, likely_pairs(seen, templates))
    assert likely == read_with(seen, templates, all_pairs(templates))


def test_a_shrunken_output_does_not_shrink_its_errors(templates: Templates, synthesiser: Synthesiser) -> None:
    clip = synthesiser.clip(["HELLO"])[0]
    whole, half = (features.frame_features(factor * clip, templates.scale) for factor in (1.0, 0.5))
    assert np.linalg.norm(whole - half, axis=1).min() > 0.1


def test_features_refuse_what_is_no_motion(templates: Templates) -> None:
    with pytest.raises(ValueError, match="expected keypoints"):
        features.frame_features(np.zeros((4, 49, 3)), templates.scale)
    with pytest.raises(ValueError, match="NaN"):
        features.frame_features(np.full((4, 50, 3), np.nan), templates.scale)


def test_signs_that_differ_in_orientation_or_repetition_alone_are_merged_and_others_are_not() -> None:
    groups = merged_groups(load_signs("asl"))
    merge = Merge(groups)
    assert all(len(group) > 1 for group in groups)
    assert merge("fs:U") == merge("fs:H") != merge("fs:V")
    assert merge("num:0") == merge("fs:O") and merge("TODAY") == merge("NOW")
    assert merge("MOTHER") != merge("FATHER")


def test_rows_name_their_system_and_input_and_ask_for_nothing_twice(synthesiser: Synthesiser) -> None:
    case = cases(set_b(), 10)[0]
    requests = Systems(synthesiser, {}).requests(case)
    assert requests[Row("synthesiser", "glosses")].glosses == case.sentence.glosses
    assert requests[Row("another sentence", "-")].glosses == case.other.glosses != case.sentence.glosses
    assert Row(STATIC, "-") in requests and Row("nearest training sentence", "glosses") in requests


class Broken:
    """A model whose every number is the given one."""

    name = "broken"
    learned = True

    def __init__(self, value: float, frames: int) -> None:
        self._frames = [PoseFrame(np.full((50, 3), value, dtype=np.float32), 0)] * frames

    @property
    def vocabulary(self) -> tuple[str, ...]:
        return ("HELLO",)

    def frames(self, glosses: Sequence[str], *, speed: float = 1.0) -> Iterator[PoseFrame]:
        return iter(self._frames)


@pytest.mark.parametrize(
    ("model", "what"), [(Broken(np.nan, 3), "NaN or infinity"), (Broken(0.0, 0), "no frame")], ids=["nan", "empty"]
)
def test_a_model_that_makes_no_motion_is_named_in_one_sentence(
    synthesiser: Synthesiser, model: Broken, what: str
) -> None:
    systems = Systems(synthesiser, {"SignLLM, K = 4": model})
    with pytest.raises(CheckpointError, match=f"SignLLM, K = 4 makes {what} for 'HELLO'.*; train the checkpoint again"):
        systems.sign(Request("SignLLM, K = 4", ("HELLO",)))


def test_the_aims_are_met_by_the_synthesiser_and_by_no_motionless_pose(
    scorer: Scorer, synthesiser: Synthesiser
) -> None:
    clip = synthesiser.clip(SENTENCE)[0]
    for output, met in ((clip, True), (np.repeat(clip[:1], len(clip), axis=0), False)):
        scores = [scorer.score(output, SENTENCE)]
        rows = [summarise(Row(aims.SYSTEM, source), scores) for source in ("text", "glosses")]
        compared = aims.compare({"A": rows, "B": rows})
        assert [line["aim"] for line in compared if line["measure"] == "sign errors"] == [
            "at most 5.0 %",
            "at most 20.0 %",
        ]
        assert len(compared) == 12
        assert {line["text_met"] for line in compared if line["measure"] != "body, shoulder widths"} == {met}
        assert ("**no**" in aims.markdown(compared)) != met


def test_aims_need_the_rows_of_the_model() -> None:
    assert aims.compare({"A": [], "B": []}) == []


def test_a_few_cases_are_spread_over_the_set() -> None:
    assert [case.sentence for case in cases(set_a(), 4)] == set_a()[::50]
    assert len(cases(set_a())) == 200


def test_a_missing_checkpoint_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint .*none\.safetensors; train one"):
        main(["--checkpoint", str(tmp_path / "none.safetensors")])


def test_the_command_prints_a_table_and_one_line_of_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "results" / "quality.md"
    assert main(["--baselines", "--sentences", "2", "--workers", "1", "--json", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    facts = json.loads(printed.splitlines()[-1])
    assert out.read_text(encoding="utf-8") in printed
    assert "`signllm evaluate --baselines --sentences 2" in printed
    assert "Among 20,000 sentences of training are the signs or the text of" in printed
    assert "NOW = TODAY" in printed and facts["aims"] == []
    rows = {(name, row["system"], row["input"]): row for name, rows in facts["sets"].items() for row in rows}
    for name in ("A", "B"):
        assert rows[name, "synthesiser", "glosses"]["sign_error_rate"] == 0.0
        assert rows[name, STATIC, "-"]["sign_error_rate"] > 0.7
        assert rows[name, "nearest training sentence", "glosses"]["sign_error_rate"] > 0.2
