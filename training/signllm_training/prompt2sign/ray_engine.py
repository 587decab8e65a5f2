"""The units of a preparation done by a Ray cluster through Ray Data.

One task reads the corpus and streams its units, a task for each unit does it, and Ray holds the reader back when they
cannot keep up. What a unit becomes is the same as without Ray. Shards are written where they are made: every machine
must see the source and the folder of the set under the same path.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from signllm_training.prompt2sign.errors import DataError, MissingToolError

if TYPE_CHECKING:
    from signllm_training.prompt2sign.prepare import Units, Work
    from signllm_training.prompt2sign.units import Made

_ONE_THREAD: Final = {"env_vars": dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}


def run_ray(units: Units, work: Work) -> Iterator[Made]:
    """Do units on the cluster that is connected or that `RAY_ADDRESS` names, else on this machine.

    Raises:
        MissingToolError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # whose corpus is prepared is nobody's business
    try:
        import pyarrow as pa
        import ray
        from ray.data import DataContext, read_datasource
        from ray.data.block import BlockMetadata
        from ray.data.datasource import Datasource, ReadTask
    except ModuleNotFoundError as error:
        raise MissingToolError("--engine ray needs Ray: pip install 'signllm[ray]'") from error

    class Corpus(Datasource):
        """The units of a corpus, a block each, all of one task: a corpus is one stream."""

        def estimate_inmemory_data_size(self) -> int | None:
            """Unknown: nobody has read it yet."""
            return None

        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
            """The one task."""
            # What is pickled here is unpickled by this program in another of its processes, as Ray does with all.
            metadata = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
            return [ReadTask(lambda: (pa.table({"unit": [one]}) for one in _packed(units)), metadata)]

    def done(row: dict[str, Any]) -> dict[str, Any]:
        unit = pickle.loads(row["unit"])
        return {"made": pickle.dumps(unit if isinstance(unit, DataError) else work(unit))}

    with _cluster(ray):
        context = DataContext.get_current()
        context.target_max_block_size = 1  # a unit is a block: small ones are not put together into one task
        context.enable_progress_bars = False
        # The reader takes no CPU, or it would wait on a machine of one for the work that waits for it.
        corpus = read_datasource(
            Corpus(),  # type: ignore[no-untyped-call]
            num_cpus=0,
            override_num_blocks=1,
        )
        for row in corpus.map(done, num_cpus=1).iter_rows():
            made = pickle.loads(row["made"])
            if isinstance(made, DataError):
                raise made
            yield made


def _packed(units: Units) -> Iterator[bytes]:
    """Units in bytes; an error too, which Ray would bury in its own."""
    try:
        yield from map(pickle.dumps, units())
    except DataError as error:
        yield pickle.dumps(error)


@contextmanager
def _cluster(ray: Any) -> Iterator[None]:
    """A connection, which ends with the work unless the caller had it before."""
    if ray.is_initialized():
        yield
        return
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING, runtime_env=_ONE_THREAD)
    try:
        yield
    finally:
        ray.shutdown()
