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
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prefect import Task, get_run_logger, runtime
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect.tasks import exponential_backoff
from spacy.language import Language
from spacy.tokens import Doc

from tasks import (
    cleaning,
    entities,
    folders,
    languages,
    panel,
    relevance,
    sources,
    storage,
    visits,
    vocabulary,
)
from tasks import reference as reference_series
from tasks.figures import assemble
from tasks.lexicon import publishing, tables
from tasks.records import Article, Figure, Rejection, Run, from_table, to_table
from tasks.reference import Reference
from tasks.settings import Gathering, Settings
from tasks.shards import Inbox, Ledger, Record, Shard, internal_error, name_of, sift

RETRIES = 4
FIRST_DELAY = 1.0
"""Seconds before the first retry; each further one waits twice as long, and up to as long again by chance."""
JITTER = 1.0
PATIENCE = 6 * 3600
"""Seconds that a deployment's run waits for another that writes into the same folder."""
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
    """Whether all further shards would fail alike: the disk is full, or a worker process was killed."""
    return storage.is_full(error) or isinstance(error, BrokenExecutor)


def _is_tried_again(_task: Any, _run: Any, state: Any) -> bool:
    return is_fault_of_the_world(state.result(raise_on_failure=False))


def _door(run_name: str, name: str | None = None) -> Callable[[Callable[..., Shard]], Task[..., Shard]]:
    """Makes a function one of the five tasks. None keeps a result: what is kept is what `store` wrote."""

    def make(work: Callable[..., Shard]) -> Task[..., Shard]:
        return Task(
            _logged(name or work.__name__, work),
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


def _logged(stage: str, work: Callable[..., Shard]) -> Callable[..., Shard]:
    """`work` with one line in the run's log for each shard: counts, never a word of an article."""

    @functools.wraps(work)
    def call(*arguments: Any, **keywords: Any) -> Shard:
        shard = work(*arguments, **keywords)
        if TaskRunContext.get() is not None:
            get_run_logger().info("%s shard %s: %s", stage, shard, shard.counted())
        return shard

    return call


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
    """The articles with the gate's word on each, and what the model reads of those in `scope`, English ones alone."""
    nlp = entities.load_model(model)
    articles = from_table(shard.articles, Article)
    judged, rejected = sift("recognize", articles, judge, is_fault_of_the_world)
    in_scope = [each for each in judged if each.relevant or (scope == "all" and languages.is_read(each.language))]
    by_id = {article.article_id: article for article in judged}
    marked = [by_id.get(article.article_id, article) for article in articles]
    with entities.passing(nlp):
        read, unread = _read(nlp, in_scope)
        mentions = [mention for article, doc in read for mention in entities.mentions(article, doc)]
        docs = entities.to_bytes(doc for article, doc in read if article.relevant)
        recognized = tuple(article.article_id for article, _ in read)
        read.clear()
    return dataclasses.replace(
        shard.with_rejections(rejected + unread),
        articles=to_table("articles", marked),
        mentions=to_table("mentions", mentions),
        recognized=recognized,
        docs=docs,
    )


@_door("extract {shard}")
def extract(shard: Shard, model: str, min_confidence: float, reference: Path | None = None) -> Shard:
    """The figures of the articles that were recognized and may hold one, beside the series of the file `reference`."""
    series = _series(reference)
    nlp = entities.load_model(model)
    read = set(shard.recognized)
    articles = [each for each in from_table(shard.articles, Article) if each.relevant and each.article_id in read]
    found_in = zip(articles, entities.from_bytes(nlp.lang, shard.docs), strict=True)
    docs = {article.article_id: doc for article, doc in found_in}

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
    if not shard.is_empty or not storage.shards(out):
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


def judge(article: Article) -> Article:
    """The article with its language, its publisher's country, and whether it may hold a figure."""
    language = languages.language_of(article.text, article.language)
    relevant = languages.is_read(language) and relevance.is_relevant(article.title, article.text)
    country = publishing.country_of(article.url, article.source, article.publisher_country)
    return dataclasses.replace(article, language=language, publisher_country=country, relevant=relevant)


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
    """What a run works on: what is to be read, what is stored, and what of that another engine read.

    `interrupted` are the ids of runs that ended in this folder without a word. `lexicon` is the digest of the user's
    lexicon, empty where there is none.
    """

    out: Path
    inbox: Inbox
    ledger: Ledger
    stale: list[str]
    engine: str
    model: str
    interrupted: list[str]
    visits: dict[str, list[str | None]]
    lexicon: str = ""

    def done(self, anew: int) -> float:
        """About which part of the work is done, from 0 to 1, when `anew` stored shards have been read anew."""
        whole = len(self.inbox.files) + len(self.stale)
        return min(1.0, (self.inbox.file + anew) / whole) if whole else 1.0


def admit(
    inputs: Sequence[sources.Place], out: Path, model: str, reference: Path | None, lexicon: Path | None = None
) -> None:
    """Nothing, where this run may read and write what it is asked to; the first thing that a run does.

    Raises:
        folders.Forbidden: it may not.
    """
    folders.Allowed.by(os.environ).check(inputs, out, reference, entities.folder_of(model), *vocabulary.files(lexicon))


@contextlib.contextmanager
def begin(
    run: str,
    inputs: Sequence[sources.Place],
    out: Path,
    limit: int | None,
    settings: Settings,
    gathering: Gathering | None = None,
) -> Iterator[Work]:
    """All that a run needs, found or refused before work begins; the folder is this run's until the end.

    Folders without a file, or no inputs, are no mistake: what is stored may have to be read anew.

    Raises:
        sources.InputError: there is nothing to read, and no empty folder either.
        entities.MissingModel: the model is not there.
        reference.BadReference: the file of reference series is none.
        vocabulary.BadLexicon: the folder of a user's words is none; tables.Occupied: another one is in use.
        storage.Unusable: the folder cannot take the tables.
    """
    allowed = folders.Allowed.by(os.environ)
    files = _files(inputs, out, allowed)
    version = entities.version(entities.load_model(settings.model))
    _series(settings.reference)
    lexicon = vocabulary.load(settings.lexicon)
    engine = settings.engine(version, lexicon.digest)
    with _reserved(out, run) as interrupted, tables.using(lexicon.rows), contextlib.ExitStack() as held:
        visited = visits.read(out)
        reading = held.enter_context(_reading(gathering or Gathering(), visited, allowed.private, settings.scope))
        read = allowed.confined(functools.partial(sources.read, reading=reading), sources.sidecar_of)
        inbox, undone = Inbox(files, read, limit), storage.undone(out, engine)
        yield Work(out, inbox, _ledger(out), undone, engine, version, interrupted, visited, lexicon.digest)


@contextlib.contextmanager
def _reading(
    gathering: Gathering, visited: dict[str, list[str | None]], allow_private: bool, scope: str
) -> Iterator[sources.Reading]:
    """The network too: a page is asked for as often as a stage, and not again where an earlier run has had it.

    Where the model reads only what the gate lets through, a page that it holds back whole is read at a glance.
    """
    gate = relevance.is_relevant if scope == "relevant" else None
    manners = sources.Manners(tries=RETRIES, delay=FIRST_DELAY, is_private_allowed=allow_private)
    with sources.Web(manners, visited) as web:
        yield sources.Reading(gathering.columns, web, gathering.fetch, gate)


@contextlib.contextmanager
def _reserved(out: Path, run: str) -> Iterator[list[str]]:
    """The folder, as `storage.reserved`; a deployment's run waits for another one that has it."""
    end = time.monotonic() + (PATIENCE if runtime.deployment.id else 0)
    with contextlib.ExitStack() as held:
        is_told = False
        while True:
            try:
                interrupted = held.enter_context(storage.reserved(out, run))
                break
            except storage.Busy as busy:
                if time.monotonic() >= end:
                    raise
                if not is_told:
                    get_run_logger().info("%s; this one waits", busy)
                    is_told = True
                time.sleep(2)
        yield interrupted


def _files(inputs: Sequence[sources.Place], out: Path, allowed: folders.Allowed) -> list[sources.Place]:
    try:
        places = sources.find_inputs(inputs, out, allowed.is_open)
        is_feeding = any(isinstance(place, str) for place in places)
        named = set(map(Path, inputs)) if is_feeding else set()  # an empty inbox beside feeds is no fault
        return [place for place in places if not (Path(place) in named and Path(place).is_dir())]
    except sources.InputError:
        if not all(Path(place).is_dir() for place in inputs):
            raise
        return []


def stale(work: Work) -> list[str]:
    """The stored shards to be read anew: not done, by another engine, or with articles that have other dates now."""
    redated = storage.redate(work.out, work.ledger.redated)
    return sorted({*work.stale, *redated})


def end(work: Work, run: Run) -> None:
    """Writes what is to be said of the run and the panel; takes back what is said of bugs that are overcome.

    Pages count as fetched only now, when all that came of them is stored.
    """
    if run.verdict == "completed" and work.inbox.file >= len(work.inbox.files) and work.visits:
        visits.write(work.out, work.visits)
    storage.drop_overcome(work.out)
    panel.renew(work.out)
    storage.write_run(work.out, run.run_id, to_table("runs", [run]))


def _ledger(out: Path) -> Ledger:
    ledger = Ledger()
    for articles in storage.scan(out, "articles", ["article_id", "origin", "published"]):
        ledger.enter_articles(articles)
    for rejections in storage.scan(out, "rejections", ["stage", "origin", "reason"]):
        ledger.enter_rejections(rejections)
    return ledger
