"""Records -> shards: what is worked on, tried again, stored and resumed as one; and what a run says at its end."""

import dataclasses
import datetime as dt
import hashlib
import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from tasks.records import LANGUAGE_READ, Article, Rejection, Stage, empty, from_table, to_table

Record = Article | Rejection
Result = TypeVar("Result")
_DETAIL = 4000
NAMED = 20
"""Records set aside that a run's end names one by one; of more it says how many."""
_UNNAMED = ("duplicate_record", "forgotten")
"""Reasons why nothing is amiss."""
PACE: Counter[str] = Counter()
"""Articles that each stage has begun on in this process: for showing that work goes on, nothing else."""


@dataclass(frozen=True)
class Shard:
    """Some articles and all that came of them: what is kept and what is set aside travel together.

    Arrow tables and bytes only, so that it can cross to another process. `recognized` names the articles that the
    model read, `docs` is what it read of those that may hold a figure, in order. `count` is how many records went in.
    """

    name: str
    articles: pa.Table = field(default_factory=lambda: empty("articles"))
    rejections: pa.Table = field(default_factory=lambda: empty("rejections"))
    mentions: pa.Table = field(default_factory=lambda: empty("mentions"))
    figures: pa.Table = field(default_factory=lambda: empty("figures"))
    recognized: tuple[str, ...] = ()
    docs: bytes = b""
    count: int = 0

    def tables(self) -> dict[str, pa.Table]:
        """What is stored of it."""
        return {name: getattr(self, name) for name in ("articles", "rejections", "mentions", "figures")}

    def with_rejections(self, rejections: Sequence[Rejection]) -> "Shard":
        """The same with more set aside."""
        return dataclasses.replace(self, rejections=joined("rejections", self.rejections, rejections))

    @property
    def is_empty(self) -> bool:
        """Whether it has no row at all."""
        return not len(self.articles) and not len(self.rejections)

    def counted(self) -> str:
        """How much it holds, for a log."""
        parts = {"articles": len(self.articles), "recognized": len(self.recognized), "figures": len(self.figures)}
        return ", ".join(f"{count} {what}" for what, count in {**parts, "set aside": len(self.rejections)}.items())

    def receipt(self) -> "Receipt":
        """What a run keeps in mind of it once it is stored."""
        languages = Counter(language for language in self.articles["language"].to_pylist() if language is not None)
        foreign = {name: count for name, count in languages.items() if name != LANGUAGE_READ}
        return Receipt(self.name, len(self.articles), len(self.recognized), len(self.figures), self.rejections, foreign)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Receipt:
    """How much of a shard is stored, and what was set aside of it; small, as it may come from another machine.

    `foreign` counts the articles in other languages than the one that is read, by language.
    """

    name: str
    articles: int
    recognized: int
    figures: int
    rejections: pa.Table
    foreign: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def joined(name: str, table: pa.Table, rows: Sequence[Rejection]) -> pa.Table:
    """`table` with `rows` below."""
    return to_table(name, [*from_table(table, Rejection), *rows]) if rows else table


def name_of(articles: Iterable[Article], rejections: Iterable[Rejection]) -> str:
    """The name of a shard: a stable hash of the records that it holds, whatever is read in them later."""
    held = [[article.article_id, article.origin] for article in articles]
    held += [[rejection.stage, rejection.origin, rejection.reason] for rejection in rejections]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:20]


def sift(
    stage: Stage,
    articles: Iterable[Article],
    work: Callable[[Article], Result | Rejection],
    passes: Callable[[BaseException], bool],
) -> tuple[list[Result], list[Rejection]]:
    """`work` done on each article: what came of it, and what is set aside.

    A bug met on an article sets that article aside with its traceback; an error that `passes` goes through.
    """
    results: list[Result] = []
    rejections: list[Rejection] = []
    for article in articles:
        PACE[stage] += 1
        try:
            result = work(article)
        except Exception as error:  # any bug: the other articles go on, the run ends failed
            if passes(error):
                raise
            result = internal_error(stage, article.origin, error)
        if isinstance(result, Rejection):
            rejections.append(result)
        else:
            results.append(result)
    return results, rejections


def internal_error(stage: Stage, origin: str, error: BaseException) -> Rejection:
    """The row that says that a bug of ours kept a record from being worked on."""
    detail = "".join(traceback.format_exception(error))[-_DETAIL:]
    return Rejection(stage=stage, origin=origin, reason="internal_error", detail=detail)


class Inbox:
    """Files read record by record, in order; after an error that is raised, reading goes on where it stopped."""

    def __init__(
        self, files: Sequence[Path | str], read: Callable[[Path | str], Iterator[Record]], limit: int | None = None
    ) -> None:
        self.files = files
        self.limit = limit
        self.count = 0
        """Records read so far."""
        self.file = 0
        """Files done so far."""
        self.number = 1
        """The number of the shard that is taken next, or being taken."""
        self.taken = 0
        """Records in the shard that was taken last."""
        self._read = read
        self._record = 0
        self._open: Iterator[Record] | None = None
        self._pending: Rejection | None = None
        self._held: list[Record] = []

    @property
    def is_exhausted(self) -> bool:
        """Whether there is nothing more to take."""
        is_at_end = self.file >= len(self.files) or self._is_at_limit
        return is_at_end and not self._held and self._pending is None

    def take(self, count: int, is_wanted: Callable[[Record], bool]) -> list[Record]:
        """The next records, `count` that are wanted at most; fewer only at the end."""
        self.taken = 0
        while len(self._held) < count:
            record = self._next()
            if record is None:
                break
            self.count += 1
            if is_wanted(record):
                self._held.append(record)
        taken, self._held = self._held, []
        self.taken = len(taken)
        self.number += 1
        return taken

    @property
    def place(self) -> str:
        """The file that is being read."""
        return str(self.files[self.file])

    def give_up(self, reason: Rejection) -> None:
        """Leaves the file at which reading stopped; `reason` is taken in place of what else it holds."""
        self._pending = reason
        self._next_file()

    @property
    def _is_at_limit(self) -> bool:
        return self.limit is not None and self.count >= self.limit

    def _next(self) -> Record | None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            return pending
        while self.file < len(self.files) and not self._is_at_limit:
            record = self._next_of_file()
            if record is not None:
                self._record += 1
                return record
            self._next_file()
        return None

    def _next_of_file(self) -> Record | None:
        try:
            if self._open is None:
                self._open = self._read(self.files[self.file])
                for _ in range(self._record):
                    next(self._open, None)
            return next(self._open, None)
        except BaseException:
            self._open = None
            raise

    def _next_file(self) -> None:
        self.file, self._record, self._open = self.file + 1, 0, None


class Ledger:
    """What a folder of tables holds already, kept small; and what of it was met again.

    `seen` are the ids of all articles, stored or met. `redated` maps stored articles to the other date that they now
    have. `known` counts the articles met that are stored, `met` are the stored rejections that were met, and a row for
    each article met that is to stay forgotten.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.redated: dict[str, dt.date | None] = {}
        self.known = 0
        self.met: list[Rejection] = []
        self._dates: dict[bytes, dt.date | None] = {}
        self._rejections: set[bytes] = set()
        self._forgotten: set[str] = set()

    def enter_articles(self, stored: pa.Table) -> None:
        """Enters stored articles: columns article_id, origin, published."""
        for row in stored.to_pylist():
            self.seen.add(row["article_id"])
            self._dates[_key(row["article_id"], row["origin"])] = row["published"]

    def enter_rejections(self, stored: pa.Table) -> None:
        """Enters stored rejections: columns stage, origin, reason."""
        rows = stored.to_pylist()
        self._rejections |= {_key(row["stage"], row["origin"], row["reason"]) for row in rows}
        self._forgotten |= {row["origin"] for row in rows if row["reason"] == "forgotten"}

    def is_new(self, record: Record) -> bool:
        """Whether a record is to be worked on or stored; False, and noted, if it is stored already."""
        return self._is_new_rejection(record) if isinstance(record, Rejection) else self._is_new_article(record)

    def _is_new_article(self, article: Article) -> bool:
        if article.article_id in self._forgotten:
            detail = "taken out of the tables on request"
            self.met.append(Rejection(stage="ingest", origin=article.origin, reason="forgotten", detail=detail))
            return False
        key = _key(article.article_id, article.origin)
        if key not in self._dates:
            return True
        self.known += 1
        if self._dates[key] != article.published:
            self.redated[article.article_id] = article.published
        return False

    def _is_new_rejection(self, rejection: Rejection) -> bool:
        if _key(rejection.stage, rejection.origin, rejection.reason) not in self._rejections:
            return True
        self.met.append(rejection)
        return False


def _key(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).digest()


@dataclass(slots=True)
class Report:
    """What a run has done so far, counted.

    Every record read is kept, set aside or in a shard that failed. `known` of those kept were stored before; `anew`
    are stored articles that were read anew, `figures` the rows that were written, in the shards `written`.
    `foreign` are the articles in a language that is not read, by language; `duplicates` counts the stored articles that
    turned out to be near-duplicates.
    `set_aside` is by stage and reason; `named` are the first records among them, all bugs but no duplicates.
    """

    out: str
    read: int = 0
    known: int = 0
    failed: int = 0
    anew: int = 0
    recognized: int = 0
    figures: int = 0
    duplicates: int = 0
    foreign: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    set_aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: list[Rejection] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def note_met(self, inbox: Inbox, ledger: Ledger) -> None:
        """Counts what was read, and what of it was stored before."""
        self._note_aside(ledger.met)
        ledger.met.clear()
        self.read, self.known = inbox.count, ledger.known

    def note_new(self, shard: Receipt) -> None:
        """Counts a shard that is stored."""
        self._note(shard)
        self._note_aside(from_table(shard.rejections, Rejection))

    def note_anew(self, shard: Receipt) -> None:
        """Counts a stored shard that was read anew."""
        self._note(shard)
        self.anew += shard.articles
        rejections = from_table(shard.rejections, Rejection)
        bugs = [row for row in rejections if row.stage in ("recognize", "extract")]
        self._name(bugs)
        if bugs:
            self.failures.append(f"internal_error on {_counted(len(bugs), 'article')} of the stored shard {shard}")

    def note_failure(self, what: str, count: int, error: BaseException) -> None:
        """Counts a shard of `count` records that could not be done."""
        self.failed += count
        self.failures.append(f"{what}: {type(error).__name__}: {error}")

    @property
    def kept(self) -> int:
        """Articles read that are not set aside."""
        return self.read - self.failed - self.set_aside.total()

    @property
    def by_reason(self) -> dict[str, int]:
        """What is set aside by reason, the most frequent first."""
        totals: Counter[str] = Counter()
        for (_, reason), count in sorted(self.set_aside.items()):
            totals[reason] += count
        return dict(totals.most_common())

    @property
    def unnamed(self) -> int:
        """How many with which something is amiss were set aside beside those that `named` holds."""
        total = sum(count for (_, reason), count in self.set_aside.items() if reason not in _UNNAMED)
        return max(0, total - len(self.named))

    @property
    def is_well(self) -> bool:
        """Whether no shard failed and no bug of ours set anything aside."""
        return not self.failures and "internal_error" not in self.by_reason

    @property
    def verdict(self) -> str:
        """``completed``, or ``failed`` and why."""
        bugs = self.by_reason.get("internal_error")
        reasons = [f"{bugs} set aside as internal_error"] if bugs else []
        return "completed" if self.is_well else "failed: " + "; ".join(reasons + self.failures)

    def line(self) -> str:
        """The counts in one line."""
        known = f" ({self.known} stored before)" if self.known else ""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.by_reason.items())
        parts = [f"{_counted(self.read, 'article')} read", f"{self.kept} kept{known}"]
        parts.append(f"{self.set_aside.total()} set aside" + (f" ({reasons})" if reasons else ""))
        parts += [f"{self.failed} in shards that failed"] if self.failed else []
        parts += [f"{self.foreign.total()} in other languages"] if self.foreign else []
        parts += [f"{self.duplicates} near-duplicates"] if self.duplicates else []
        parts += [f"{self.anew} read anew"] if self.anew else []
        return ", ".join([*parts, f"{_counted(self.figures, 'figure')} written"])

    def counts(self) -> str:
        """The counts in and out of every stage, as JSON."""
        ingested = self.read - self._aside("ingest")
        cleaned = ingested - self._aside("clean") - self.failed
        stages = {
            "ingest": {"in": self.read, "out": ingested},
            "clean": {"in": ingested, "out": cleaned},
            "recognize": {"in": cleaned - self.known + self.anew, "out": self.recognized},
            "extract": {"in": self.recognized, "out": self.figures},
            "store": {"in": self.figures, "out": self.figures},
        }
        rest = {
            "stored_before": self.known,
            "in_failed_shards": self.failed,
            "read_anew": self.anew,
            "near_duplicates": self.duplicates,
        }
        kinds = {"set_aside": self.by_reason, "other_languages": dict(self.foreign.most_common())}
        return json.dumps({**stages, **rest, "shards": len(self.written), **kinds})

    def _note(self, shard: Receipt) -> None:
        self.written.append(shard.name)
        self.recognized += shard.recognized
        self.figures += shard.figures
        self.foreign += Counter(shard.foreign)

    def _note_aside(self, rejections: Sequence[Rejection]) -> None:
        self.set_aside += Counter((row.stage, row.reason) for row in rejections)
        self._name(rejections)

    def _name(self, rejections: Sequence[Rejection]) -> None:
        for row in rejections:
            is_bug = row.reason == "internal_error"
            if row.reason not in _UNNAMED and (is_bug or len(self.named) < NAMED):
                self.named.append(row)

    def _aside(self, stage: Stage) -> int:
        return sum(count for (place, _), count in self.set_aside.items() if place == stage)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
