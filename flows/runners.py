"""Where the shards of a run are worked on: in threads of its process, in processes of its own, or on a Dask cluster."""

import importlib.util
from typing import Any

from prefect.context import FlowRunContext
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

THREADS = 2
"""Shards in work at once in one process: while the model reads one, figures are found in the other."""


class NoCluster(Exception):
    """A cluster was asked for and cannot be had; the message is one line for a person."""


def here() -> TaskRunner[Any]:
    """Threads of this process."""
    return ThreadPoolTaskRunner(max_workers=THREADS)


def processes(count: int) -> TaskRunner[Any]:
    """So many processes, one shard in each; this process reads and cleans what they work on."""
    return ProcessPoolTaskRunner(max_workers=count)


def cluster(address: str) -> TaskRunner[Any]:
    """The workers of the Dask scheduler at an address, as many as it has.

    Raises:
        NoCluster: the extra is not installed, or nobody answers there.
    """
    if importlib.util.find_spec("prefect_dask") is None:
        raise NoCluster("--cluster needs an extra: pip install 'milspend[dask]'")
    from distributed import Client
    from prefect_dask import DaskTaskRunner

    try:
        with Client(address, timeout=10):
            pass
    except (OSError, ValueError) as error:
        raise NoCluster(f"no Dask scheduler answers at {address}: {error}") from error
    runner: TaskRunner[Any] = DaskTaskRunner(address=address)
    return runner


def hands() -> int:
    """How many shards the runner of this flow run works on at once."""
    context = FlowRunContext.get()
    runner = context.task_runner if context else None
    client = getattr(runner, "client", None)
    count: int = getattr(runner, "_max_workers", THREADS) if client is None else sum(client.nthreads().values())
    return max(1, count)
