"""What a person sets for a run: how inputs are gathered, and how articles are read."""

import contextlib
import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tasks import storage, vocabulary
from tasks.engine import engine_digest
from tasks.lexicon import tables


@dataclass(frozen=True, slots=True)
class Settings:
    """How articles are read, as a person sets it; other settings are another engine."""

    model: str
    scope: str
    min_confidence: float
    reference: Path | None
    lexicon: Path | None = None

    def engine(self, version: str, lexicon: str) -> str:
        """The digest of the engine with these settings, a language model of `version` and a lexicon of that digest."""
        beside = "" if self.reference is None else hashlib.sha256(self.reference.read_bytes()).hexdigest()
        own = [lexicon] if lexicon else []
        return engine_digest(self.model, version, self.scope, repr(self.min_confidence), beside, *own)

    def words(self, engine: str) -> contextlib.AbstractContextManager[None]:
        """Has this process read with the words of a user's own, as the one that began the run with `engine` does."""
        if self.lexicon is None:
            return contextlib.nullcontext()
        return tables.using(_own(self.lexicon, engine))


@dataclass(frozen=True, slots=True)
class Gathering:
    """How inputs are read, as a person sets it.

    `columns` names for a field the column that holds it; `fetch` says whether pages that feeds name are fetched, None:
    those of feeds that were fetched themselves.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fetch: bool | None = None


def last_settings(out: Path, defaults: Settings) -> Settings:
    """The settings of the run that ended last in a folder of tables; `defaults` for what it does not tell.

    Raises:
        storage.Unusable: no tables are there.
    """
    runs = storage.read_table(out, "runs", ["ended", "parameters"]).to_pylist()
    told = json.loads(max(runs, key=lambda run: run["ended"])["parameters"]) if runs else {}
    found = {name: told[name] for name in ("model", "scope", "min_confidence") if name in told}
    reference, lexicon = (Path(told[name]) if told.get(name) else None for name in ("reference", "lexicon"))
    return dataclasses.replace(defaults, **found, reference=reference, lexicon=lexicon)


@functools.lru_cache(1)
def _own(folder: Path, _engine: str) -> Mapping[str, tables.Rows]:
    """The rows of a folder, tried once in a process; another engine may mean other rows."""
    return vocabulary.load(folder).rows
