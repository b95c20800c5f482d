"""What an article offers to choose from: amounts, and the parties, speakers and periods that may belong to them."""

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Doc

from tasks.figures import amounts, parties, periods, quotations, speakers
from tasks.figures.spans import Amount, Context, Party, Period, Speaker
from tasks.figures.windows import Place, header
from tasks.lexicon import countries
from tasks.lexicon.military import matcher

Span = tuple[int, int]
WE = "WE"
"""Code of ``we`` and ``our`` until a row's claimant tells whose they are."""
LARGEST = 10**18
"""Beyond it no sum of money is meant: a string of digits that only looks like a number."""
REACH = 1000
"""Characters from a word that speaks of an army, within which an amount may be a figure."""
CLOSE = 600
"""The same for a word that speaks of one only beside an amount: arms, ranks."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything found in one article, in the order of the text.

    `spenders` are the parties of the text, then those of the headline (offsets into it; from `in_title` on), then
    ``we``; `main` is the country that the article is about.
    """

    context: Context
    text: str
    sentences: list[Span]
    amounts: list[Amount]
    spenders: list[Party]
    in_title: range
    speakers: list[Speaker]
    periods: list[Period]
    quotations: list[Span]
    main: str | None

    def places(self) -> dict[str, list[Place]]:
        """Where the candidates of each kind that the encoder points at stand."""
        head = header(self.context)
        of_parties = [
            Place(head.title_start + party.start, head.title_start + party.end, True)
            if index in self.in_title
            else Place(party.start, party.end)
            for index, party in enumerate(self.spenders)
        ]
        return {
            "party": of_parties,
            "speaker": [Place(speaker.start, speaker.end) for speaker in self.speakers],
            "period": [
                _place_of_period(period, len(self.context.title or ""), head.title_start) for period in self.periods
            ],
        }

    def sentence_at(self, start: int, end: int) -> Span:
        """From the start of the sentence that holds `start` to the end of the one that holds `end`."""
        first = next(span for span in self.sentences if start < span[1])
        last = next(span for span in self.sentences if end <= span[1])
        return first[0], last[1]


def _place_of_period(period: Period, title_length: int, title_start: int) -> Place:
    if period.form == "published":
        return Place(0, 10, True)
    if period.form == "title":
        return Place(title_start, title_start + max(1, title_length), True)
    return Place(period.start, period.end)


def gather(doc: Doc, context: Context) -> Candidates:
    """The candidates of one article; `doc` needs entities and sentences."""
    text = doc.text
    found = parties.find_parties(doc, context)
    title = [
        Party(one.start, one.end, one.surface.codes[0], "name")
        for one in countries.find(context.title or "")
        if one.surface.kind != "weapon"
    ]
    we = parties.find_we(text, 0, len(text), WE)
    return Candidates(
        context=context,
        text=text,
        sentences=[_trimmed(text, sent.start_char, sent.end_char) for sent in doc.sents if sent.text.strip()],
        amounts=list(_within_reach(text, context.title)),
        spenders=[*found, *title, *we],
        in_title=range(len(found), len(found) + len(title)),
        speakers=speakers.find_speakers(doc, found, context),
        periods=periods.candidates(text, context),
        quotations=quotations.find_quotations(text),
        main=parties.main_country(doc, context, found),
    )


def _within_reach(text: str, title: str | None) -> Iterator[Amount]:
    """The amounts that a word of the military in the headline or not too far off lets be figures."""
    near = (matcher("military"), REACH), (matcher("arms"), CLOSE)
    headline, lower = (title or "").lower(), text.lower()
    is_military = matcher("military").search(headline) is not None
    for amount in amounts.find_amounts(text):
        if amount.high <= LARGEST and (
            is_military
            or any(words.search(lower, max(0, amount.start - far), amount.end + far) is not None for words, far in near)
        ):
            yield amount


def _trimmed(text: str, start: int, end: int) -> Span:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())
