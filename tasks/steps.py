"""The five doors: ingest, clean, recognize, extract, store. Each takes a shard of articles and gives it on.

Three faults, three answers: what is broken in the world is tried again, what is broken in a record is set aside, what
is broken in us ends the run as failed; a bug met on one article sets that article aside as ``internal_error``.
All that says how often something is tried again stands here.
"""

import contextlib
import dataclasses
import datetime as dt
import errno
import functools
import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff
from spacy.language import Language
from spacy.tokens import Doc

from tasks import cleaning, entities, panel, relevance, sources, storage
from tasks import reference as reference_series
from tasks.figures import assemble
from tasks.records import Article, Figure, Rejection, Run, from_table, to_table
from tasks.reference import Reference
from tasks.shards import Inbox, Ledger, Record, Shard, engine_digest, internal_error, name_of, sift

RETRIES = 4
FIRST_DELAY = 1.0
"""Seconds before the first retry; each further one waits twice as long, and up to as long again by chance."""
JITTER = 1.0
_LASTING = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP),
        *(errno.ENAMETOOLONG, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EINVAL),
    }
)


def is_fault_of_the_world(error: BaseException | None) -> bool:
    """Whether the same may well succeed a little later: a disk or a network that failed; no bug, no bad record."""
    if isinstance(error, OSError):
        return error.errno not in _LASTING and not isinstance(error, gzip.BadGzipFile)
    return isinstance(error, httpx.TransportError)


def is_hopeless(error: BaseException) -> bool:
    """Whether all further shards would fail alike: the disk is full."""
    return storage.is_full(error)


def _is_tried_again(_task: Any, _run: Any, state: Any) -> bool:
    return is_fault_of_the_world(state.result(raise_on_failure=False))


def _door(run_name: str, name: str | None = None) -> Callable[[Callable[..., Shard]], Task[..., Shard]]:
    """Makes a function one of the five tasks. None keeps a result: what is kept is what `store` wrote."""

    def make(work: Callable[..., Shard]) -> Task[..., Shard]:
        return Task(
            work,
            name=name,
            task_run_name=run_name,
            retries=RETRIES,
            retry_delay_seconds=exponential_backoff(FIRST_DELAY),
            retry_jitter_factor=JITTER,
            retry_condition_fn=_is_tried_again,
            persist_result=False,
            cache_policy=NO_CACHE,
        )

    return make


@_door("ingest {inbox.number}")
def ingest(inbox: Inbox, ledger: Ledger, size: int, published: dt.date | None = None) -> Shard:
    """The next `size` records that are not stored yet, fewer at the end; `published` dates what has no date."""

    def dated(record: Record) -> Record:
        return sources.with_default_date(record, published) if isinstance(record, Article) else record

    number = inbox.number
    records = [dated(record) for record in _taken(inbox, size, lambda record: ledger.is_new(dated(record)))]
    return Shard(
        name=f"{number}",
        articles=to_table("articles", [record for record in records if isinstance(record, Article)]),
        rejections=to_table("rejections", [record for record in records if isinstance(record, Rejection)]),
        count=len(records),
    )


@_door("ingest {shard}", name="ingest")
def ingest_stored(out: Path, shard: str) -> Shard:
    """A shard as it was stored, without what was read in it: its articles are clean and stay as they are."""
    tables = storage.read_shard(out, shard)
    rejections = from_table(tables["rejections"], Rejection)
    before = [rejection for rejection in rejections if rejection.stage not in storage.DERIVED_STAGES]
    return Shard(shard, articles=tables["articles"], rejections=to_table("rejections", before))


@_door("clean {shard}")
def clean(shard: Shard, ledger: Ledger) -> Shard:
    """The articles with the text that they keep; set aside is what holds none, and what the ledger has seen."""
    cleaned, rejected = sift("clean", from_table(shard.articles, Article), cleaning.clean, is_fault_of_the_world)
    articles, doubles = cleaning.deduplicate(cleaned, ledger.seen)
    rejections = from_table(shard.rejections, Rejection)
    rejections += [rejection for rejection in rejected + doubles if ledger.is_new(rejection)]
    return Shard(
        name=name_of(articles, rejections),
        articles=to_table("articles", articles),
        rejections=to_table("rejections", rejections),
        count=shard.count,
    )


@_door("recognize {shard}")
def recognize(shard: Shard, model: str, scope: str) -> Shard:
    """The articles with the gate's word on each, and what the model reads of those that are in `scope`."""
    nlp = entities.load_model(model)
    articles = from_table(shard.articles, Article)
    judged, rejected = sift("recognize", articles, _judged, is_fault_of_the_world)
    in_scope = [article for article in judged if scope == "all" or article.relevant]
    read, unread = _read(nlp, in_scope)
    relevant = {article.article_id: article.relevant for article in judged}
    marked = [dataclasses.replace(each, relevant=relevant.get(each.article_id, True)) for each in articles]
    mentions = [mention for article, doc in read for mention in entities.mentions(article, doc)]
    return dataclasses.replace(
        shard.with_rejections(rejected + unread),
        articles=to_table("articles", marked),
        mentions=to_table("mentions", mentions),
        recognized=tuple(article.article_id for article, _ in read),
        docs=entities.to_bytes(doc for _, doc in read),
    )


@_door("extract {shard}")
def extract(shard: Shard, model: str, min_confidence: float, reference: Path | None = None) -> Shard:
    """The figures of the articles that were recognized, beside the series of the file `reference`."""
    series = _series(reference)
    nlp = entities.load_model(model)
    docs = dict(zip(shard.recognized, entities.from_bytes(nlp.vocab, shard.docs), strict=True))
    articles = [article for article in from_table(shard.articles, Article) if article.article_id in docs]

    def figures_of(article: Article) -> list[Figure]:
        return assemble.extract(docs[article.article_id], article, min_confidence, series)

    found, rejected = sift("extract", articles, figures_of, is_fault_of_the_world)
    return dataclasses.replace(
        shard.with_rejections(rejected),
        figures=to_table("figures", [figure for figures in found for figure in figures]),
        docs=b"",
    )


@_door("store {shard}")
def store(shard: Shard, out: Path, engine: str) -> Shard:
    """The shard, its tables on disk; one that holds nothing is only stored where there is no other."""
    if len(shard.articles) or len(shard.rejections) or not storage.shards(out):
        storage.write_shard(out, shard.name, shard.tables(), engine)
    return shard


@functools.cache
def _series(path: Path | None) -> Reference | None:
    return None if path is None else reference_series.load(path)


def _taken(inbox: Inbox, size: int, is_new: Callable[[Record], bool]) -> list[Record]:
    """What the inbox gives; a file on which a reader has a bug is set aside from there on."""
    while True:
        try:
            return inbox.take(size, is_new)
        except Exception as error:
            if is_fault_of_the_world(error):
                raise
            inbox.give_up(internal_error("ingest", inbox.place, error))


def leave(inbox: Inbox, number: int, error: BaseException) -> None:
    """Leaves the file in which shard `number` could not be read however often it was tried."""
    if inbox.number == number:
        detail = f"{type(error).__name__}: {error}"
        inbox.give_up(Rejection(stage="ingest", origin=inbox.place, reason="unreadable", detail=detail))


def _judged(article: Article) -> Article:
    return dataclasses.replace(article, relevant=relevance.is_relevant(article.title, article.text))


def _read(nlp: Language, articles: Sequence[Article]) -> tuple[list[tuple[Article, Doc]], list[Rejection]]:
    """The Docs of the articles; if the model stumbles over one, all one by one, and that one is set aside."""
    try:
        return list(zip(articles, entities.read(nlp, articles), strict=True)), []
    except Exception as error:
        if is_fault_of_the_world(error):
            raise

    def read_one(article: Article) -> tuple[Article, Doc]:
        return article, entities.read(nlp, [article])[0]

    return sift("recognize", articles, read_one, is_fault_of_the_world)


@dataclass(slots=True)
class Work:
    """What a run works on: what is to be read, what is stored, and what of that another engine read."""

    out: Path
    inbox: Inbox
    ledger: Ledger
    stale: list[str]
    engine: str
    model: str


@contextlib.contextmanager
def begin(
    inputs: Sequence[str | Path],
    out: Path,
    limit: int | None,
    model: str,
    scope: str,
    min_confidence: float,
    reference: Path | None,
) -> Iterator[Work]:
    """All that a run needs, found or refused before work begins; the folder is this run's until the end.

    Raises:
        sources.InputError: there is nothing to read.
        entities.MissingModel: the model is not there.
        reference.BadReference: the file of reference series is none.
        storage.Unusable: the folder cannot take the tables.
    """
    files = sources.find_inputs(inputs, out)
    version = entities.version(entities.load_model(model))
    _series(reference)
    beside = "" if reference is None else hashlib.sha256(reference.read_bytes()).hexdigest()
    engine = engine_digest(model, version, scope, repr(min_confidence), beside)
    with storage.reserved(out):
        inbox = Inbox(files, sources.read, limit)
        yield Work(out, inbox, _ledger(out), storage.undone(out, engine), engine, version)


def stale(work: Work) -> list[str]:
    """The stored shards to be read anew: not done, by another engine, or with articles that have other dates now."""
    redated = storage.redate(work.out, work.ledger.redated)
    return sorted({*work.stale, *redated})


def end(work: Work, run: Run) -> None:
    """Writes what is to be said of the run and the panel; takes back what is said of bugs that are overcome."""
    storage.drop_overcome(work.out)
    figures = storage.rows(work.out, "figures", panel.FIGURE_COLUMNS)
    articles = storage.rows(work.out, "articles", panel.ARTICLE_COLUMNS)
    storage.write_panel(work.out, to_table("panel", panel.panel(figures, articles)))
    storage.write_run(work.out, run.run_id, to_table("runs", [run]))


def _ledger(out: Path) -> Ledger:
    ledger = Ledger()
    for articles in storage.scan(out, "articles", ["article_id", "origin", "published"]):
        ledger.enter_articles(articles)
    for rejections in storage.scan(out, "rejections", ["stage", "origin", "reason"]):
        ledger.enter_rejections(rejections)
    return ledger
