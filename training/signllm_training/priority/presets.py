"""Settings of the Priority Learning Channel, and the named ones: two readings of the paper and what they stand beside.

SignLLM (arXiv 2405.10718, section 4.4) gives P(i) = r(i)^eta / sum_j r(j)^eta with r = -MSE, and neither eta nor what
"50 %" is a half of. Its prose and its formula contradict each other, so each is a preset: docs/priority.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, get_args

from signllm.errors import InputError

Transform = Literal["exp", "inverse", "minmax", "rank", "literal", "td"]
"""From error to reward; the formulas are those of `rewards.compute_rewards`."""
SkipRule = Literal["off", "ratio", "median", "absolute"]
PolicyLoss = Literal["mse", "rwr", "awr", "reinforce", "scst"]
PolicyReward = Literal["mse", "dtw", "back-translation"]

_RISE_WITH_ERROR: Final = ("literal", "td")
_Config = TypeVar("_Config", "SkipConfig", "PolicyConfig", "PriorityConfig")


@dataclass(frozen=True)
class SkipConfig:
    """When a batch is passed over after its forward pass, and what forbids it."""

    rule: SkipRule = "off"
    """`ratio`: reward below `threshold` times the running `percentile`; `median`: below the running median;
    `absolute`: below `threshold`."""
    reward: Transform = "exp"
    """Reward that the rule looks at; one that falls with the error, whatever sampling goes by."""
    threshold: float = 0.5
    """The paper's "50 %"."""
    percentile: float = 90.0
    window: int = 100
    """Batches that percentile and median are taken over."""
    decay: float = 0.9
    """Per batch, of the running mean of the percentile."""
    warm_up: float = 1.0
    """Epochs, in samples seen over sequences, without any skip."""
    max_consecutive: int = 4
    max_fraction: float = 0.3
    """Of the batches after the warm-up, at every moment."""

    def __post_init__(self) -> None:
        """Reject what cannot work."""
        _check_choices(self, "skip", rule=get_args(SkipRule), reward=get_args(Transform))
        if self.reward in _RISE_WITH_ERROR:
            allowed = ", ".join(name for name in get_args(Transform) if name not in _RISE_WITH_ERROR)
            raise InputError(
                f"skip.reward is {self.reward!r}, which rises with the error, so the rule would skip what is already "
                f"learnt; choose one of: {allowed}"
            )
        _check_whole(self, "skip", window=1, max_consecutive=1)
        _check_range(self, "skip", threshold=(0, 1), percentile=(0, 100), warm_up=(0, math.inf), max_fraction=(0, 1))
        _check_decay(self, "skip", "decay")


@dataclass(frozen=True)
class PolicyConfig:
    """The loss on the sequences drawn."""

    loss: PolicyLoss = "mse"
    reward: PolicyReward = "dtw"
    """What `reinforce` and `scst` maximise; `mse` only shows that they then do what the loss `mse` does, with noise."""
    deviation: float = 0.1
    """Sigma of the Gaussian policy, in units of the features."""
    actions: int = 1
    """Drawn for each sequence, which divides the variance of the gradient."""
    temperature: float = 1.0
    """Of `rwr`, in units of its reward: the smaller, the fewer sequences of a batch it learns from."""
    advantage_scale: float = 1.0
    """Lambda of `awr`, in units of its reward."""
    clip: tuple[float, float] = (0.1, 10.0)
    """Bounds of the weights of `awr`."""

    def __post_init__(self) -> None:
        """Reject what cannot work."""
        _check_choices(self, "policy", loss=get_args(PolicyLoss), reward=get_args(PolicyReward))
        _check_whole(self, "policy", actions=1)
        _check_positive(self, "policy", "deviation", "temperature", "advantage_scale")
        clip = tuple(self.clip) if isinstance(self.clip, (list, tuple)) else ()
        if len(clip) != 2 or not all(_is_number(value) for value in clip) or not 0 <= clip[0] <= clip[1] < math.inf:
            raise InputError(f"policy.clip is {self.clip!r}; it must be two numbers from 0 on that do not fall")
        object.__setattr__(self, "clip", clip)  # JSON and TOML have lists


@dataclass(frozen=True)
class PriorityConfig:
    """Everything of the channel; the defaults are prioritised replay with importance weights, the preset `per-is`."""

    transform: Transform = "td"
    eta: float = 0.6
    """How much rewards decide: 0 is uniform. 0.6 is Schaul et al. 2016, section 4 (alpha)."""
    eta_end: float | None = None
    """Where eta goes in a straight line over the run; 0 makes a curriculum that ends uniform. None: it stays."""
    temperature: float = 1.0
    """Tau of `exp`, in medians of the language's errors."""
    epsilon: float = 0.01
    """Of `minmax` and `td`, in medians of the language's errors: keeps every sequence above 0."""
    floor: float = 0.1
    """Kappa, the share of draws that is uniform."""
    beta: float = 0.4
    """Importance weights: 0 is none, 1 corrects the sampling in full. 0.4 to 1 is Schaul et al. 2016, section 4."""
    beta_end: float = 1.0
    """Where beta goes in a straight line over the run."""
    per_language: bool = True
    """Rewards compete inside a language, and each language keeps its share of the data."""
    error_decay: float = 0.7
    """Per observation of a sequence, of the running mean of its error; 0 keeps the last alone."""
    median_window: int = 256
    """Errors of a language that its median is taken over."""
    skip: SkipConfig = field(default_factory=SkipConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)

    def __post_init__(self) -> None:
        """Reject what cannot work, alone and together."""
        _check_choices(self, "", transform=get_args(Transform))
        _check_range(self, "", eta=(0, math.inf), floor=(0, 1), beta=(0, 1), beta_end=(0, 1))
        _check_decay(self, "", "error_decay")
        if self.eta_end is not None:
            _check_range(self, "", eta_end=(0, math.inf))
        _check_positive(self, "", "temperature", "epsilon")
        _check_whole(self, "", median_window=1)
        if not isinstance(self.per_language, bool):
            raise InputError(f"per_language is {self.per_language!r}; it must be true or false")
        if max(self.beta, self.beta_end) > 0 and self.floor == 0:
            raise InputError(
                "importance weights (beta or beta_end above 0) need a floor above 0: "
                "a sequence that is never drawn cannot be weighed"
            )
        if self.transform == "literal" and not (self.eta_end in (None, self.eta) and float(self.eta).is_integer()):
            raise InputError(
                f"with transform 'literal' eta is {self.eta:g} and eta_end {self.eta_end}, but a negative reward has "
                "no real power that is not whole; choose a whole eta without eta_end, or another transform"
            )

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads."""
        about = dataclasses.asdict(self)
        about["policy"]["clip"] = list(self.policy.clip)
        return about

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PriorityConfig:
        """Settings from a JSON object or a TOML table: those of `preset`, when it names one, with the others over it.

        Raises:
            InputError: A setting is unknown or impossible.
        """
        given = dict(_table(data, "priority"))
        base = cls() if "preset" not in given else preset(given.pop("preset"))
        if "skip" in given:
            given["skip"] = _replace(base.skip, _table(given["skip"], "skip"), "skip.")
        if "policy" in given:
            given["policy"] = _replace(base.policy, _table(given["policy"], "policy"), "policy.")
        return _replace(base, given, "")


def preset(name: str) -> PriorityConfig:
    """The settings of that name.

    Raises:
        InputError: There are none.
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise InputError(f"no preset {name!r}; presets are: {', '.join(PRESETS)}")
    return PRESETS[name]


def _replace(config: _Config, given: Mapping[str, Any], prefix: str) -> _Config:
    known: list[str] = [f.name for f in dataclasses.fields(config)]
    if unknown := sorted(str(key) for key in given if key not in known):
        names = ", ".join(known if prefix else ["preset", *known])
        raise InputError(f"unknown priority settings {[prefix + key for key in unknown]}; known are: {names}")
    return dataclasses.replace(config, **given)


def _table(data: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InputError(f"{name} is {data!r}; it must be a table of settings")
    return data


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _named(config: object, table: str, name: str) -> tuple[str, Any]:
    return f"{table}.{name}".removeprefix("."), getattr(config, name)


def _check_choices(config: object, table: str, **allowed: tuple[str, ...]) -> None:
    for field_name, choices in allowed.items():
        name, value = _named(config, table, field_name)
        if value not in choices:
            raise InputError(f"{name} is {value!r}; choose one of: {', '.join(choices)}")


def _check_range(config: object, table: str, **allowed: tuple[float, float]) -> None:
    for field_name, (low, high) in allowed.items():
        name, value = _named(config, table, field_name)
        if not _is_number(value) or not math.isfinite(value) or not low <= value <= high:
            limits = f"of at least {low}" if high == math.inf else f"from {low} to {high}"
            raise InputError(f"{name} is {value!r}; it must be a number {limits}")


def _check_decay(config: object, table: str, field_name: str) -> None:
    name, value = _named(config, table, field_name)
    if not _is_number(value) or not 0 <= value < 1:
        raise InputError(f"{name} is {value!r}; it must be a number from 0 to below 1, which would take in nothing new")


def _check_positive(config: object, table: str, *names: str) -> None:
    for field_name in names:
        name, value = _named(config, table, field_name)
        if not _is_number(value) or not 0 < value < math.inf:
            raise InputError(f"{name} is {value!r}; it must be a number above 0")


def _check_whole(config: object, table: str, **least: int) -> None:
    for field_name, low in least.items():
        name, value = _named(config, table, field_name)
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise InputError(f"{name} is {value!r}; it must be a whole number of at least {low}")


_AS_WRITTEN: Final = PriorityConfig(
    # The paper has no floor, no importance weights, no languages apart and no running mean.
    eta=1.0, floor=0.0, beta=0.0, beta_end=0.0, per_language=False, error_decay=0.0
)  # fmt: skip

PRESETS: Final[Mapping[str, PriorityConfig]] = MappingProxyType(
    {
        "uniform": dataclasses.replace(_AS_WRITTEN, transform="exp", eta=0.0),
        "paper-prose": dataclasses.replace(_AS_WRITTEN, transform="exp", skip=SkipConfig(rule="ratio")),
        "paper-formula": dataclasses.replace(_AS_WRITTEN, transform="literal"),
        "per": PriorityConfig(beta=0.0, beta_end=0.0),
        "per-is": PriorityConfig(),
    }
)
"""`paper-prose`: high rewards, which are small errors, first, and batches below half are skipped. `paper-formula`: the
printed P(i), by which large errors come first, and no skipping. The others are what they are compared with."""
