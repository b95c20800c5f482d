"""Amount to speaker by rule: the clause that reports it, the quotation it stands in, the report that goes on."""

import bisect
import re
from dataclasses import dataclass

from spacy.tokens import Doc

from tasks.figures.spans import Amount, Speaker
from tasks.lexicon import countries, speech

_Span = tuple[int, int]
_GAP_TO_VERB = re.compile(
    r"(?:['’]s?)?(?:\s*\([^)]{1,40}\))?(?:\s+(?:of|for|from|in|at|on|with)\s+[^,.;\n\"“”]{1,60}?)?(?:,[^.;\n\"“”]{1,140}?,)?"
    r"(?:\s+(?:has|had|have|also|then|later|once|still|now|would|will|is|was|who|that|which|did|does|\w+ly))*\s+"
)
_GAP_AFTER_VERB = re.compile(r"\s+(?:[^\W\d_][\w.’'-]*\s+){0,7}?")
_BREAK = re.compile(r"[.!?…]['\"”’)]*\s")
_BEFORE_A_TAIL = re.compile(
    rf"[,”\"—–;]['”’\"]?\s*(?!(?:{'|'.join(sorted(speech.words('starts_a_clause')))})\b)"
    r"(?:[^,;.\"“”\d]|\.(?=\S|\s[A-Z])){0,110}$"
)
_REACH = 6
"""Sentences that a report may go on for without being named again."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A speaker and the words that make it one: `Mr Li told reporters`, `according to SIPRI`."""

    start: int
    end: int
    speaker: Speaker
    verb: speech.Verb | None


def choose_speaker(amount: Amount, doc: Doc, speakers: list[Speaker], quotations: list[_Span]) -> Speaker | None:
    """Who says the amount, by the words around it; None for the article's own voice and for vague plurals.

    `doc` needs sentences; `speakers` are those of ``find_speakers`` and `quotations` those of ``find_quotations``.
    """
    scene = _Scene(doc, speakers, quotations)
    quotation = scene.quotation(amount.start)
    if quotation is not None:
        return scene.inner(amount, quotation) or scene.speaker_of(quotation)
    return scene.reporter(amount.start, amount.end) or scene.label(amount.start) or scene.carried(amount.start)


class _Scene:
    def __init__(self, doc: Doc, speakers: list[Speaker], quotations: list[_Span]) -> None:
        self.text = doc.text
        self.sentences = [(sent.start_char, sent.end_char) for sent in doc.sents]
        self.speakers = sorted(speakers, key=lambda speaker: speaker.start)
        self.quotations = quotations
        self._starts = [speaker.start for speaker in self.speakers]

    def quotation(self, at: int) -> _Span | None:
        i = bisect.bisect_right(self.quotations, (at, len(self.text) + 1)) - 1
        return self.quotations[i] if i >= 0 and self.quotations[i][0] <= at < self.quotations[i][1] else None

    def sentence(self, at: int) -> int:
        return max(bisect.bisect_right(self.sentences, (at, len(self.text) + 1)) - 1, 0)

    def paragraph(self, at: int) -> _Span:
        end = self.text.find("\n", at)
        return self.text.rfind("\n", 0, at) + 1, len(self.text) if end < 0 else end

    # units

    def units(self, start: int, end: int, inside: bool = False) -> list[_Unit]:
        """Speakers with their verbs or attributions between `start` and `end`, quotations left out unless `inside`."""
        found = [*self._attributed(start, end), *self._with_verbs(start, end)]
        return sorted(
            (unit for unit in found if inside or self.quotation(unit.speaker.start) is None),
            key=lambda unit: unit.start,
        )

    def _between(self, start: int, end: int) -> list[Speaker]:
        return self.speakers[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def _attributed(self, start: int, end: int) -> list[_Unit]:
        out = []
        for match in speech.attribution_pattern("before").finditer(self.text, start, end):
            speaker = self._next(match.end(), end)
            if speaker is not None:
                out.append(_Unit(match.start(), speaker.end, speaker, None))
        for speaker in self._between(start, end):
            tail = re.compile(r"['’]s?(?:\s+[\w-]+){1,4}").match(self.text, speaker.end, end)
            word = speech.attribution_pattern("after").search(self.text, *tail.span()) if tail else None
            if word and re.search(r"\b(?:by|in|on|under|with)\s+(?:the\s+)?$", self.text[start : speaker.start], re.I):
                out.append(_Unit(speaker.start, word.end(), speaker, None))
        return out

    def _next(self, at: int, end: int) -> Speaker | None:
        """The speaker that stands at `at`, titles and modifiers before it left out."""
        for speaker in self._between(at, end):
            if self._is_title_only(at, speaker.start):
                return speaker
            return None
        return None

    def _is_title_only(self, start: int, end: int) -> bool:
        gap = self.text[start:end]
        return (
            _GAP_AFTER_VERB.fullmatch(gap) is not None
            and len(gap) < 90
            and not speech.verb_pattern().search(gap)
            and not speech.vague_pattern().search(gap)
        )

    def _with_verbs(self, start: int, end: int) -> list[_Unit]:
        out = []
        for match in speech.verb_pattern().finditer(self.text, start, end):
            verb = speech.verb_of(match.group())
            if verb is None:
                continue
            before = self._subject_before(match.start(), start)
            if before is not None:
                if self._may_say(before, verb):
                    out.append(_Unit(before.start, match.end(), before, verb))
                continue
            after = self._subject_after(match.start(), match.end(), start, end)
            if after is not None and self._may_say(after, verb) and "told" not in verb.forms:
                out.append(_Unit(match.start(), after.end, after, verb))
        return out

    def _subject_before(self, at: int, start: int) -> Speaker | None:
        """The nearest speaker before the verb, or the person of whom it is a part: `X of the Greens said`."""
        found: Speaker | None = None
        for speaker in reversed(self._between(max(start, at - 220), at)):
            gap = self.text[speaker.end : at]
            if speaker.end > at or not _GAP_TO_VERB.fullmatch(gap) or speech.verb_pattern().search(gap):
                continue
            if found is None:
                found = speaker
            elif _is_body(self.text, found) and not _is_body(self.text, speaker):
                return speaker
        return found

    def _subject_after(self, verb_start: int, at: int, start: int, end: int) -> Speaker | None:
        """An inverted subject: `..., said Mr Li`; the verb must follow a comma or a quotation mark."""
        if not re.search(r"[,”\"’'?!—–]\s*(?:as\s+|also\s+|\w+ly\s+)?$", self.text[start:verb_start]):
            return None
        return self._next(at, end)

    def _may_say(self, speaker: Speaker, verb: speech.Verb) -> bool:
        if verb.subject == "person":
            return not _is_body(self.text, speaker)
        if verb.subject == "research":
            return speaker.country is None and (_is_body(self.text, speaker) or _is_document(self.text, speaker))
        return True

    # what reports an amount outside quotations

    def reporter(self, start: int, end: int, inside: bool = False) -> Speaker | None:
        """Who the sentence of the amount gives it to."""
        sent_start, sent_end = self.sentences[self.sentence(start)]
        best: tuple[int, Speaker] | None = None
        for unit in self.units(sent_start, max(sent_end, end), inside):
            distance = self._distance(unit, start, end, sent_start)
            if distance is not None and (best is None or distance < best[0]):
                best = (distance, unit.speaker)
        return best[1] if best else None

    def _distance(self, unit: _Unit, start: int, end: int, sent_start: int) -> int | None:
        """How far the unit stands from the amount that it governs; None when it does not govern it."""
        if unit.verb is None:
            return min(abs(start - unit.end), abs(unit.start - end)) // 2
        if unit.verb.place == "quotation":
            return None
        if unit.end <= start:
            between = self.text[unit.end : start]
            if unit.verb.place == "at" and not re.search(r"\bat\b", between):
                return None
            if unit.verb.place in ("of", "for") and not re.match(rf"\s+(?:\w+\s+)?{unit.verb.place}\b", between):
                return None
            if unit.verb.place in ("measure", "at") and len(between) > 150:
                return None
            return len(between)
        if unit.start >= end and unit.verb.place == "clause" and unit.verb.subject == "anyone":
            between = self.text[end : unit.start]
            tail = _BEFORE_A_TAIL.search(self.text[sent_start : unit.start])
            return len(between) + 30 if tail and tail.start() + sent_start >= end else None
        return None

    def label(self, at: int) -> Speaker | None:
        """The speaker whose name opens the line, as in a transcript."""
        start, _ = self.paragraph(at)
        for speaker in self._between(start, at):
            aside = re.compile(r"(?:,[^\n:\"“]{1,60}|\s*\([^)\n]{1,40}\))?:(?=\s)").match(self.text, speaker.end)
            if aside and not re.search(r"[.!?]\s", self.text[start : speaker.start]):
                return speaker
        return None

    def carried(self, at: int) -> Speaker | None:
        """The research body or the document whose report the passage before goes on retelling."""
        here = self.sentence(at)
        for i in range(here - 1, max(here - 1 - _REACH, -1), -1):
            units = [
                unit for unit in self.units(*self.sentences[i]) if unit.verb is None or unit.verb.place != "quotation"
            ]
            if units:
                speaker = units[-1].speaker
                is_report = speaker.country is None and (
                    _is_body(self.text, speaker) or _is_document(self.text, speaker)
                )
                return speaker if is_report else None
        return None

    # quotations

    def inner(self, amount: Amount, quotation: _Span) -> Speaker | None:
        """A third party to whom the quoted speaker gives the amount."""
        return None

    def speaker_of(self, quotation: _Span, depth: int = 0) -> Speaker | None:
        """Who speaks the quotation: named after it, before it, in its paragraph, or where it began."""
        start, end = quotation
        first, last = self.paragraph(start)
        units = self.units(first, last)
        beside = self._after(units, end, last) or self._before(units, start, first)
        if beside is not None:
            return beside
        label = self.label(start)
        if label is not None:
            return label
        earlier = [unit for unit in units if unit.end <= start]
        if earlier:
            return earlier[-1].speaker
        near = self._loose(start, first)
        if near is not None:
            return near
        later = [unit for unit in units if unit.start >= end]
        if later:
            return later[0].speaker
        return self._from_paragraph_before(first, depth)

    def _after(self, units: list[_Unit], end: int, last: int) -> Speaker | None:
        for unit in units:
            if unit.start < end:
                continue
            gap = self.text[end : unit.start]
            if (
                len(gap) < 100
                and not _BREAK.search(gap[1:])
                and self.quotation(unit.start) is None
                and not re.search(r"[“\"«]", gap[1:])
            ):
                return unit.speaker
            return None
        return None

    def _before(self, units: list[_Unit], start: int, first: int) -> Speaker | None:
        for unit in reversed(units):
            if unit.end > start:
                continue
            return None if _BREAK.search(self.text[unit.end : start]) else unit.speaker
        return None

    def _loose(self, start: int, first: int) -> Speaker | None:
        """The last speaker before the quotation in its own sentence."""
        begin = max(first, self.sentences[self.sentence(max(start - 1, 0))][0])
        near = [speaker for speaker in self._between(begin, start) if self.quotation(speaker.start) is None]
        return near[-1] if near else None

    def _from_paragraph_before(self, first: int, depth: int) -> Speaker | None:
        """The speaker of the last quotation, or the last speaker, of the paragraph before."""
        end = len(self.text[:first].rstrip())
        if end <= 0 or depth > 12:
            return None
        start, _ = self.paragraph(end - 1)
        inside = [span for span in self.quotations if start <= span[0] and span[1] <= end]
        if inside:
            return self.speaker_of(inside[-1], depth + 1)
        units = self.units(start, end)
        return units[-1].speaker if units else None


def _is_body(text: str, speaker: Speaker) -> bool:
    """Whether the speaker is no person: an organisation, an institution or a country."""
    surface = re.sub(r"^(?:the|The)\s+", "", text[speaker.start : speaker.end])
    if speech.organisation(surface) is not None or speech.body_of(surface) is not None:
        return speech.title_of(surface) is None
    return any(
        found.end - found.start == len(surface) and found.surface.kind != "leader" for found in countries.find(surface)
    )


def _is_document(text: str, speaker: Speaker) -> bool:
    return speech.document_pattern().search(text[speaker.start : speaker.end]) is not None
