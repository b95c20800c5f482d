"""Which engine reads: a digest of all that decides what is found in a stored article."""

import functools
import hashlib
import json
from pathlib import Path

_NO_ENGINE = (
    *("cleaning.py", "duplicates.py", "evaluation.py", "gold.py", "panel.py", "sources", "storage.py", "training.py"),
    *("views", "visits.py", "vocabulary.py"),
)
"""Rooms whose change changes no figure of an article that is stored."""
_ENGINE_FILES = frozenset({".py", ".csv", ".toml", ".json", ".txt", ".onnx"})


def engine_digest(*settings: str) -> str:
    """What decides how a stored article is read: a digest of code, tables and weights, and of `settings`."""
    return hashlib.sha256(json.dumps([_code_digest(), *settings]).encode()).hexdigest()[:16]


@functools.cache
def _code_digest() -> str:
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.suffix in _ENGINE_FILES and place.parts[0] not in _NO_ENGINE:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{place.as_posix()} {content}\n".encode())
    return digest.hexdigest()
