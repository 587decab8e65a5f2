"""The skip rules one by one, the guards one by one, and a run that stops and goes on."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.errors import CheckpointError, InputError
from signllm_training.priority.presets import SkipConfig, SkipRule
from signllm_training.priority.skipping import Decision, SkipGate

ALL = 1.0
"""A fraction that forbids nothing."""


def gate(rule: SkipRule, *, sequences: int = 0, fraction: float = ALL, consecutive: int = 1000) -> SkipGate:
    """A gate without warm-up, unless `sequences` are given."""
    config = SkipConfig(rule=rule, max_fraction=fraction, max_consecutive=consecutive)
    return SkipGate(config, sequences)


def feed(one: SkipGate, *rewards: float) -> list[Decision]:
    """Each batch in a language of its own, so that the guard of languages is out of the way."""
    return [one.decide(reward, [f"x{one.log.forward_steps}"]) for reward in rewards]


def skips(decisions: list[Decision]) -> list[bool]:
    return [decision.skip for decision in decisions]


def test_off_never_skips() -> None:
    assert not any(skips(feed(gate("off"), 1, 1, 0, 0, 0)))


def test_absolute_skips_below_one_half() -> None:
    assert skips(feed(gate("absolute"), 0.49, 0.5, 0.9, 0.1)) == [True, False, False, True]


def test_median_skips_below_the_median_of_the_batches_before() -> None:
    # medians of the past: none, 4, 3 (of 4, 2), 4 (of 4, 2, 5), 4
    assert skips(feed(gate("median"), 4, 2, 5, 4, 3.9)) == [False, True, False, False, True]


def test_median_is_taken_over_the_window() -> None:
    one = SkipGate(SkipConfig(rule="median", window=3, warm_up=0, max_fraction=1, max_consecutive=1000), 0)
    feed(one, 9, 9, 9, 9, 1, 1)
    assert skips(feed(one, 1.5)) == [False]  # past is 9, 1, 1


def test_ratio_skips_below_half_of_what_good_batches_get() -> None:
    assert skips(feed(gate("ratio"), 1.0, 0.49, 1.0, 0.51)) == [False, True, False, False]


def test_ratio_follows_the_running_percentile() -> None:
    one, rewards = gate("ratio"), np.random.default_rng(0).uniform(size=40).tolist()
    level, past = math.nan, list[float]()
    for reward in rewards:
        decision = feed(one, reward)[0]
        assert decision.wanted == (bool(past) and reward < 0.5 * level)
        past.append(reward)
        now = float(np.percentile(past, 90))
        level = now if math.isnan(level) else 0.9 * level + (1 - 0.9) * now


def test_without_a_past_relative_rules_skip_nothing() -> None:
    rules: tuple[SkipRule, ...] = ("ratio", "median")
    for rule in rules:
        assert feed(gate(rule), 0.0)[0] == Decision(skip=False, wanted=False)


def test_guard_of_the_warm_up_holds_until_an_epoch_of_samples_was_seen() -> None:
    one = gate("absolute", sequences=5)
    found = [one.decide(0.0, [f"{k}a", f"{k}b"]) for k in range(4)]  # 2 samples each
    assert [decision.guard for decision in found] == ["warm-up", "warm-up", "warm-up", ""]
    assert skips(found) == [False, False, False, True]


def test_guard_of_consecutive_skips_lets_one_through_after_four() -> None:
    one = gate("absolute", consecutive=4)
    found = feed(one, *[0.0] * 10)
    assert skips(found) == [True] * 4 + [False] + [True] * 4 + [False]
    assert found[4] == Decision(skip=False, wanted=True, guard="consecutive")


def test_guard_of_the_fraction_holds_at_every_moment() -> None:
    one = gate("absolute", fraction=0.3)
    found = feed(one, *[0.0] * 50)
    shares = np.cumsum(skips(found)) / np.arange(1, 51)
    assert (shares <= 0.3).all() and shares[-1] == 0.3
    assert skips(found)[:4] == [False, False, False, True]
    assert {decision.guard for decision in found} == {"", "fraction"}


def test_batches_of_the_warm_up_earn_no_skips() -> None:
    one = gate("absolute", sequences=100, fraction=0.3)
    feed(one, *[0.0] * 100)
    assert skips(feed(one, *[0.0] * 4)) == [False, False, False, True]


def test_guard_of_languages_never_skips_one_twice_in_a_row() -> None:
    one = gate("absolute")
    found = [one.decide(0.0, [language]) for language in ("asl", "dgs", "asl", "asl", "dgs")]
    assert [decision.guard for decision in found] == ["", "", "language", "", "language"]


def test_guard_of_languages_looks_at_every_language_of_a_batch() -> None:
    one = gate("absolute")
    assert one.decide(0.0, ["asl", "dgs"]).skip
    assert one.decide(0.0, ["dgs", "tsl"]).guard == "language"
    assert one.decide(0.0, ["dgs", "tsl"]).skip
    assert one.decide(0.0, ["asl"]).guard == "language"  # its last batch was the first of all


def test_with_one_language_no_two_batches_in_a_row_are_skipped() -> None:
    one = gate("absolute")
    assert skips([one.decide(0.0, ["asl"]) for _ in range(6)]) == [True, False] * 3


streams = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=80)


@settings(max_examples=60)
@given(streams, st.sampled_from(["ratio", "median", "absolute"]))
def test_no_stream_of_batches_gets_past_the_guards(stream: list[tuple[float, str, str]], rule: SkipRule) -> None:
    one, in_a_row, skipped, last = SkipGate(SkipConfig(rule=rule), 6), 0, 0, dict[str, bool]()
    after = 0
    for reward, first, second in stream:
        warm = one.log.samples_seen < 6
        skip = one.decide(reward, [first, second]).skip
        after, skipped, in_a_row = after + (not warm), skipped + skip, in_a_row + 1 if skip else 0
        assert not (skip and warm)
        assert in_a_row <= 4
        assert skipped <= 0.3 * after
        assert not (skip and (last.get(first) or last.get(second)))
        last[first] = last[second] = skip


def test_the_log_counts_what_training_cost_and_whom_it_served() -> None:
    one = gate("absolute")
    one.decide(1.0, ["asl", "asl", "dgs"])
    one.decide(0.0, ["dgs", "tsl"])
    one.decide(1.0, ["asl"])
    log = one.log
    assert (log.samples_seen, log.forward_steps, log.backward_steps) == (6, 3, 2)
    assert log.cost == 3 + 2 * 2
    assert log.skipped_share == pytest.approx(1 / 3)
    assert log.coverage() == {"asl": 1, "dgs": 0.5, "tsl": 0}


def test_a_run_of_no_batches_has_an_empty_log() -> None:
    log = gate("off").log
    assert (log.cost, log.skipped_share, log.coverage()) == (0, 0, {})


@pytest.mark.parametrize("rule", ["off", "ratio", "median", "absolute"])
@pytest.mark.parametrize("stop", range(0, 60, 3))
@pytest.mark.parametrize("loose", [False, True])
def test_a_resumed_run_goes_on_exactly(rule: SkipRule, stop: int, loose: bool) -> None:
    rng = np.random.default_rng(0)
    stream = [(float(rng.uniform()), rng.choice(list("abcdefghij"), 1).tolist()) for _ in range(60)]
    # Loose and tight guards, so that each has its turn.
    config = SkipConfig(rule=rule, window=9)
    if loose:
        config = dataclasses.replace(config, max_fraction=1.0, max_consecutive=2)
    whole, first, second = (SkipGate(config, 10) for _ in range(3))
    expected = [whole.decide(*batch) for batch in stream]
    found = [first.decide(*batch) for batch in stream[:stop]]
    second.restore(json.loads(json.dumps(first.to_json())))
    found += [second.decide(*batch) for batch in stream[stop:]]
    assert found == expected
    assert second.to_json() == whole.to_json()
    assert second.log == whole.log


def test_wrong_batches_are_named() -> None:
    with pytest.raises(InputError, match="a batch of 1 sequences has reward nan"):
        gate("ratio").decide(math.nan, ["asl"])
    with pytest.raises(InputError, match="a batch of 0 sequences"):
        gate("ratio").decide(1.0, [])


def test_a_damaged_state_is_named() -> None:
    state = gate("ratio").to_json()
    for name in state:
        with pytest.raises(CheckpointError, match="state of the skip rule is damaged"):
            gate("ratio").restore({key: value for key, value in state.items() if key != name})
    with pytest.raises(CheckpointError, match="damaged"):
        gate("ratio").restore(state | {"skipped": "many"})
