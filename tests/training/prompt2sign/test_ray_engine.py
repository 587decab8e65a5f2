"""The same set through Ray Data, on a Ray of this machine with one CPU."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from signllm_training.prompt2sign.errors import DataError, MissingToolError
from signllm_training.prompt2sign.prepare import PrepareOptions, prepare
from signllm_training.prompt2sign.ray_engine import run_ray
from signllm_training.prompt2sign.readers.options import ReadOptions
from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Observation, Provenance, Sample
from signllm_training.prompt2sign.splits import SplitRule
from signllm_training.prompt2sign.units import Steps
from signllm_training.prompt2sign.writers.skels import write_skels

OPTIONS = PrepareOptions(
    ReadOptions(language="asl", fps=25.0), steps=Steps(method="none"), split=SplitRule("given"), clips_per_shard=4
)
# Ray leaves its sockets and log files to the end of the process, and warns of what it will change.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten short clips as .skels, the third one damaged."""
    folder = tmp_path_factory.mktemp("corpus")
    write_skels(_samples(), folder, "phoenix")
    lines = (folder / "train.skels").read_text().splitlines()
    lines[2] = lines[2].rpartition(" ")[0]
    (folder / "train.skels").write_text("\n".join(lines) + "\n")
    return folder


def _samples() -> Iterator[Sample]:
    for k in range(10):
        rng = np.random.default_rng(k)
        points = np.cumsum(rng.normal(0.0, 0.01, (8, 50, 3)), axis=0) + rng.normal(0.0, 0.1, (50, 3))
        points[:, [2, 5]] = [[-0.18, 0, 0], [0.18, 0, 0]]
        seen = Observation(
            points.astype(np.float32), np.ones((8, 50), np.float32), 25.0, (1, 1, 1), "metre", "measured"
        )
        made = Provenance("toys", f"clip{k}", "test")
        yield Sample(f"clip{k}", "asl", f"text {k}", ("A",), "", "train", UNKNOWN_LICENCE, made, seen)


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """One CPU, and a worker that starts while the cluster does; shut down whatever happens."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'signllm[ray]'")
    import logging

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
    try:
        yield
    finally:
        ray.shutdown()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("ray")
def test_ray_makes_the_same_bytes_as_this_machine_alone(corpus: Path, tmp_path: Path) -> None:
    alone = prepare(corpus, tmp_path / "alone", OPTIONS)
    through_ray = prepare(corpus, tmp_path / "ray", OPTIONS, engine=run_ray)
    assert through_ray == alone
    assert alone.manifest.clips == 9
    assert contents(tmp_path / "ray") == contents(tmp_path / "alone")


@pytest.mark.usefixtures("ray")
def test_what_goes_wrong_on_the_cluster_is_said_as_it_would_be_here(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.skels, line 3"):
        prepare(corpus, tmp_path / "strict", OPTIONS, engine=run_ray, strict=True)
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "notes.txt").write_text("no poses")
    said = []
    for name, engine in (("ray", run_ray), ("alone", None)):
        with pytest.raises(DataError) as caught:
            prepare(tmp_path / "nothing", tmp_path / name, OPTIONS, engine=engine)
        said.append((type(caught.value), str(caught.value), caught.value.path))
    assert said[0] == said[1]


def test_without_ray_the_install_command_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingToolError, match=r"pip install 'signllm\[ray\]'"):
        next(run_ray(lambda: iter(()), lambda made: made))  # type: ignore[arg-type,return-value]
