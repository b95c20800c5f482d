"""Amount to speaker by rule: the clause that reports it, the quotation it stands in, the report that goes on."""

import bisect
import re
from collections import Counter
from dataclasses import dataclass

from spacy.tokens import Doc

from tasks.figures.spans import Amount, Speaker
from tasks.lexicon import countries, speech

_Span = tuple[int, int]
_GAP_TO_VERB = re.compile(
    r"(?:\s*\([^)]{1,40}\))?(?:\s+(?:of|for|from|in|at|on|with)\s+[^,.;\n\"“”]{1,60}?)?"
    r"(?:,\s(?:who|which|whose)\s[^.;\n]{1,220}?,|,[^.;\n\"“”]{1,140}?,)?,?"
    r"(?:\s+(?:has|had|have|also|then|later|once|still|now|would|will|who|that|which|did|does|\w+ly))*\s+"
)
_GAP_AFTER_VERB = re.compile(r"\s+(?:\(?[^\W\d_][\w.’'-]*\)?\s+){0,7}?")
_APPOSED = re.compile(r"(?:\s+(?:of|from|at|for|on)\s+[^,.;]{1,60})?,\s+(?:(?:whose|one of)\s+)?(?:[\w’'-]+\s+){0,3}")
_JOINED = re.compile(r"(?:\s+\([^)]*\))?\s+(?:of|from|at|for|with|on|to|close to)\s+(?:[\w.’'-]+\s+){0,4}")
_THAT = re.compile(r"\s+(?:(?:[\w’'-]+\s+){0,6}that\s+)?(?:(?:the|a|an|his|its|President|Mr\.?|Mrs\.?|Ms\.?)\s+)?")
_TO = re.compile(r"\bto\s+$")
_POSSESSED = re.compile(r"(?:['’]s?)?(?:\s+[\w-]+){1,4}")
_BREAK = re.compile(r"[.!?…]['\"”’)]*\s")
_BEFORE_A_TAIL = re.compile(
    rf"[,”\"—–;]['”’\"]?(?!\s*(?:{'|'.join(sorted(speech.words('starts_a_clause')))})\b)\s*"
    r"(?:[^,;.\"“”\d]|\.(?=\S|\s[A-Z])){0,110}$"
)
_AUXILIARIES = ("has", "had", "have")
_POSSESSIVES = ("his", "her", "its", "their")
_INTRODUCES = re.compile(r"\s*[,:]\s*[“\"«‘']\s*")
_REACH = 8
"""Sentences that a report may go on for without being named again."""
_OPENING = 700
"""Characters in which the source that an article retells is named."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A speaker and the words that make it one: `Mr Li told reporters`, `according to SIPRI`."""

    start: int
    end: int
    speaker: Speaker
    verb: speech.Verb | None


def choose_speaker(amount: Amount, scene: "Telling") -> Speaker | None:
    """Who says the amount, by the words around it; None for the article's own voice and for vague plurals."""
    quotation = scene.quotation(amount.start)
    if quotation is not None:
        return scene.speaker_of(quotation)
    return (
        scene.reporter(amount.start, amount.end)
        or scene.label(amount.start)
        or scene.listed(amount.start)
        or scene.carried(amount.start)
    )


class Telling:
    """An article with its speakers, asked about one place after another.

    `doc` needs sentences; `speakers` are those of ``find_speakers`` and `quotations` those of ``find_quotations``.
    """

    def __init__(self, doc: Doc, speakers: list[Speaker], quotations: list[_Span]) -> None:
        self.text = doc.text
        self.sentences = [(sent.start_char, sent.end_char) for sent in doc.sents]
        self.speakers = sorted(speakers, key=lambda speaker: (speaker.start, -speaker.end))
        self.quotations = quotations
        self._starts = [speaker.start for speaker in self.speakers]

    def quotation(self, at: int) -> _Span | None:
        """The quotation that holds the character at `at`."""
        i = bisect.bisect_right(self.quotations, (at, len(self.text) + 1)) - 1
        return self.quotations[i] if i >= 0 and self.quotations[i][0] <= at < self.quotations[i][1] else None

    def sentence(self, at: int) -> int:
        """The number of the sentence that holds the character at `at`."""
        return max(bisect.bisect_right(self.sentences, (at, len(self.text) + 1)) - 1, 0)

    def paragraph(self, at: int) -> _Span:
        """The line that holds the character at `at`."""
        end = self.text.find("\n", at)
        return self.text.rfind("\n", 0, at) + 1, len(self.text) if end < 0 else end

    # speakers with what makes them such

    def units(self, start: int, end: int) -> list[_Unit]:
        """Speakers with their verbs or attributions between `start` and `end`, outside quotations."""
        found = [*self._attributed(start, end), *self._with_verbs(start, end)]
        return sorted(
            (unit for unit in found if self.quotation(unit.speaker.start) is None), key=lambda unit: unit.start
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
            tail = _POSSESSED.match(self.text, speaker.end, end)
            surface = self.text[speaker.start : speaker.end].lower()
            if tail is None or not (tail.group()[0] in "'’" or surface in _POSSESSIVES):
                continue
            word = speech.attribution_pattern("after").search(self.text, *tail.span())
            if word and re.search(r"\b(?:by|in|on|under|with)\s+(?:the\s+)?$", self.text[start : speaker.start], re.I):
                out.append(_Unit(speaker.start, word.end(), speaker, None))
        return out

    def _next(self, at: int, end: int) -> Speaker | None:
        """The speaker that stands at `at`, titles and modifiers before it left out."""
        for speaker in self._between(at, end):
            gap = self.text[at : speaker.start]
            is_title = _GAP_AFTER_VERB.fullmatch(gap) is not None and len(gap) < 90 and not _has_stop(gap)
            vague = speech.vague_pattern().search(self.text, at, speaker.end + 12)
            if not is_title or speech.verb_pattern().search(gap) or (vague and vague.start() <= speaker.end + 1):
                return None
            return self._apposed(speaker, end)
        return None

    def _apposed(self, speaker: Speaker, end: int) -> Speaker:
        """The name that stands right behind a common noun: `the newspaper X`, `its spokesman, X`."""
        if self._is_name(speaker):
            return speaker
        for other in self._between(speaker.end, min(end, speaker.end + 60)):
            if re.fullmatch(r",?\s+", self.text[speaker.end : other.start]) and self._is_name(other):
                return other
        return speaker

    def _is_name(self, speaker: Speaker) -> bool:
        return not re.match(r"(?:the|a|an|its|his|her|their)\s", self.text[speaker.start : speaker.end], re.I)

    def _with_verbs(self, start: int, end: int) -> list[_Unit]:
        out: list[_Unit] = []
        for match in speech.verb_pattern().finditer(self.text, start, end):
            verb = speech.verb_of(match.group())
            if verb is None or _TO.search(self.text, max(start, match.start() - 4), match.start()):
                continue
            subject = self._shared_subject(match, start, out) or self._subject_before(match.start(), start)
            if subject is not None:
                if self._may_say(subject, verb):
                    out.append(_Unit(min(subject.start, match.start()), match.end(), subject, verb))
                continue
            after = self._subject_after(match.start(), match.end(), start, end)
            if after is not None and self._may_say(after, verb) and "told" not in verb.forms:
                out.append(_Unit(match.start(), after.end, after, verb))
        return out

    def _subject_before(self, at: int, start: int) -> Speaker | None:
        """The nearest speaker before the verb, or the one that it is a part or an apposition of."""
        found: Speaker | None = None
        for speaker in reversed(self._between(max(start, at - 260), at)):
            gap = self.text[speaker.end : at]
            if speaker.end > at or (found is None and not _is_verb_gap(gap)):
                continue
            if found is None or self._is_part(speaker, found):
                found = speaker
        return found

    def _is_part(self, whole: Speaker, part: Speaker) -> bool:
        """`X of the part`, `X, the part`, `the whole for the part`."""
        if whole.end > part.start:
            return whole.start <= part.start and part.end <= whole.end
        gap = self.text[whole.end : part.start]
        if is_body(self.text, whole):
            return _APPOSED.fullmatch(gap) is not None and not self._is_name(part)
        is_apposed = _APPOSED.fullmatch(gap) is not None and self._is_name(whole)
        return is_apposed or _JOINED.fullmatch(gap) is not None

    def _shared_subject(self, match: re.Match[str], start: int, units: list[_Unit]) -> Speaker | None:
        """The subject of an earlier verb of the sentence: `X praised it and said`, `X went on, adding`."""
        before = self.text[start : match.start()]
        is_shared = match.group().endswith("ing") or re.search(
            r"\b(?:and|but)\s+(?:\w+ly\s+|also\s+|then\s+)?$", before
        )
        if not is_shared or _BREAK.search(before):
            return None
        if units:
            return units[-1].speaker
        people = [speaker for speaker in self._between(start, match.start()) if not is_body(self.text, speaker)]
        return people[0] if people else None

    def _subject_after(self, verb_start: int, at: int, start: int, end: int) -> Speaker | None:
        """An inverted subject: `..., said Mr Li`; the verb must follow a comma or a quotation mark."""
        if not re.search(r"[,”\"’'?!—–]\s*(?:as\s+|also\s+|\w+ly\s+)?$", self.text[start:verb_start]):
            return None
        return self._next(at, end)

    def _may_say(self, speaker: Speaker, verb: speech.Verb) -> bool:
        if verb.subject == "person":
            return not is_body(self.text, speaker)
        if verb.subject == "research":
            return speaker.country is None and (is_source(self.text, speaker) or _is_document(self.text, speaker))
        return True

    # outside quotations

    def reporter(self, start: int, end: int) -> Speaker | None:
        """Who the sentence of the amount gives it to."""
        sent_start, sent_end = self.sentences[self.sentence(start)]
        best: tuple[int, Speaker] | None = None
        for unit in self.units(sent_start, max(sent_end, end)):
            distance = self._distance(unit, start, end, sent_start)
            if distance is not None and (best is None or distance < best[0]):
                best = (distance, unit.speaker)
        return self._outermost(best[1], sent_start) if best else None

    def _outermost(self, speaker: Speaker, sent_start: int) -> Speaker:
        """Who says that the speaker said it: `Marsh recalled that China announced`."""
        for unit in self.units(sent_start, speaker.start):
            is_telling = unit.verb is not None and unit.verb.place == "clause" and unit.verb.subject == "anyone"
            if is_telling and _THAT.fullmatch(self.text[unit.end : speaker.start]):
                return unit.speaker
        return speaker

    def _distance(self, unit: _Unit, start: int, end: int, sent_start: int) -> int | None:
        """How far the unit stands from the amount that it governs; None when it does not govern it."""
        if unit.verb is None:
            return min(abs(start - unit.end), abs(unit.start - end)) // 2
        if unit.verb.place == "quotation":
            return None
        if unit.end <= start:
            return self._distance_after(unit.verb.place, self.text[unit.end : start])
        if unit.start >= end and unit.verb.place == "clause" and unit.verb.subject == "anyone":
            tail = _BEFORE_A_TAIL.search(self.text[sent_start : unit.start])
            return unit.start - end + 30 if tail and tail.start() + sent_start >= end else None
        return None

    def _distance_after(self, place: speech.Place, between: str) -> int | None:
        if place == "at" and not re.match(r"[^,;]{0,90}\bat\b", between):
            return None
        if place in ("of", "for") and not re.match(rf"\s+(?:\w+\s+)?{place}\b", between):
            return None
        return None if place in ("measure", "at") and len(between) > 150 else len(between)

    def label(self, at: int) -> Speaker | None:
        """The speaker whose name opens the line, as in a transcript, or an earlier line of the same turn."""
        start, _ = self.paragraph(at)
        here = self._label_of(start, at)
        if here is not None or len(self._labels()) < 3:
            return here
        before = [label for line, label in self._labels() if line <= start]
        return before[-1] if before else None

    def _labels(self) -> list[tuple[int, Speaker | None]]:
        lines = [match.span() for match in re.finditer(r"^[^\n:]{1,60}:(?=\s)", self.text, re.MULTILINE)]
        found = [(start, self._label_of(start, end)) for start, end in lines]
        return [(start, label) for start, label in found if label is not None]

    def _label_of(self, start: int, at: int) -> Speaker | None:
        for speaker in self._between(start, at):
            aside = re.compile(r"(?:,[^\n:\"“]{1,60}|\s*\([^)\n]{1,40}\))?:(?=\s)").match(self.text, speaker.end)
            if aside and speaker.start - start < 30 and not is_body(self.text, speaker):
                return speaker
        return None

    def listed(self, at: int) -> Speaker | None:
        """The source of a list: named in the line that ends in a colon before its short lines."""
        start, end = self.paragraph(at)
        for _ in range(40):
            before = self.text[:start].rstrip()
            if end - start > 140 or not before:
                return None
            end = len(before)
            start, _ = self.paragraph(end - 1)
            if before.endswith(":"):
                sources = [speaker for speaker in self._between(start, end) if is_source(self.text, speaker)]
                return sources[0] if sources else None
        return None

    def carried(self, at: int) -> Speaker | None:
        """The research or international body whose report the passage before goes on retelling."""
        here = self.sentence(at)
        line, _ = self.paragraph(at)
        for i in range(here - 1, max(here - 1 - _REACH, -1), -1):
            start, end = self.sentences[i]
            units = [unit for unit in self.units(start, end) if unit.verb is None or unit.verb.place != "quotation"]
            if not units or self._quotes(start, end):
                continue
            speaker = units[-1].speaker
            if not (is_source(self.text, speaker) or self._is_report(speaker)):
                return None
            return speaker if start >= line or self._is_main(speaker) else None
        return None

    def _quotes(self, start: int, end: int) -> bool:
        return any(start <= quotation[0] < end for quotation in self.quotations)

    def _is_report(self, speaker: Speaker) -> bool:
        return (
            speaker.country is None
            and _is_document(self.text, speaker)
            and speech.organisation(speaker.name) is not None
        )

    def _is_main(self, speaker: Speaker) -> bool:
        """Whether the article opens with what this source says and names it again."""
        names = Counter(other.name.lower() for other in self.speakers)
        opening = [unit.speaker.name for unit in self.units(0, min(_OPENING, len(self.text)))]
        return speaker.name in opening and names[speaker.name.lower()] > 1

    # in quotations

    def speaker_of(self, quotation: _Span, depth: int = 0) -> Speaker | None:
        """Who speaks the quotation: named after it, before it, in its paragraph, or where it began."""
        start, end = quotation
        first, last = self.paragraph(start)
        units = self.units(first, last)
        earlier = [unit for unit in units if unit.end <= start]
        later = [unit for unit in units if unit.start >= end]
        return (
            self._introducing(earlier, start)
            or self._after(units, end, last)
            or self._before(units, start)
            or self._label_of(first, start)
            or (earlier[-1].speaker if earlier else None)
            or self._loose(start, first)
            or (later[0].speaker if later else None)
            or self._from_paragraph_before(first, depth)
        )

    def _introducing(self, earlier: list[_Unit], start: int) -> Speaker | None:
        """`X added, "...`: who speaks right before a quotation, whoever speaks of something else right after it."""
        if not earlier or not _INTRODUCES.fullmatch(self.text, earlier[-1].end, start):
            return None
        return earlier[-1].speaker

    def _after(self, units: list[_Unit], end: int, last: int) -> Speaker | None:
        """`..." said X`, `..." X of the Greens said`; after a comma in the quotation, who follows: `..." X crowed`."""
        following = self.text[end + 1 : last]
        for unit in units:
            if unit.start < end:
                continue
            gap = self.text[end + 1 : unit.start]
            if len(gap) < 100 and not _BREAK.search(gap) and not re.search(r"[“\"«]", gap):
                return unit.speaker
            break
        if self.text[end - 1 : end] in (",", "!", "?") and following[:1] == " ":
            return self._next(end + 1, last)
        return None

    def _before(self, units: list[_Unit], start: int) -> Speaker | None:
        before = [unit for unit in units if unit.end <= start]
        if not before or _BREAK.search(self.text[before[-1].end : start]):
            return None
        return before[-1].speaker

    def _loose(self, start: int, first: int) -> Speaker | None:
        """The last speaker before the quotation in its own sentence, people before bodies."""
        begin = max(first, self.sentences[self.sentence(max(start - 1, 0))][0])
        near = [speaker for speaker in self._between(begin, start) if self.quotation(speaker.start) is None]
        people = [speaker for speaker in near if not is_body(self.text, speaker)]
        return next(reversed(people or near), None)

    def _from_paragraph_before(self, first: int, depth: int) -> Speaker | None:
        """The speaker of the last quotation, or the last speaker, of the paragraph before; else who was named last."""
        end = len(self.text[:first].rstrip())
        if end <= 0:
            return None
        start, _ = self.paragraph(end - 1)
        inside = [span for span in self.quotations if start <= span[0] and span[1] <= end]
        if inside and depth < 12:
            return self.speaker_of(inside[-1], depth + 1)
        units = self.units(start, end)
        people = [unit.speaker for unit in units if not is_body(self.text, unit.speaker)]
        found = next(reversed(people), None) or self._last_person(end)
        return found or (units[-1].speaker if units else None)

    def _last_person(self, end: int) -> Speaker | None:
        """The last person before; full names first, and one in the genitive only if there is no other."""
        people = [speaker for speaker in self._between(max(0, end - 1500), end) if not is_body(self.text, speaker)]
        acting = [speaker for speaker in people if not re.match(r"['’]", self.text[speaker.end :][:1])]
        full = [speaker for speaker in acting if self._is_name(speaker) and " " in speaker.name]
        return next(reversed(full or acting or people), None)


def is_body(text: str, speaker: Speaker) -> bool:
    """Whether the speaker is no person: an organisation, an institution or a country."""
    surface = re.sub(r"^(?:the|The)\s+", "", text[speaker.start : speaker.end])
    if speech.organisation(surface) is not None or speech.body_of(surface) is not None:
        return speech.title_of(surface) is None
    listed = countries.find(surface)
    return any(found.end - found.start == len(surface) and found.surface.kind != "leader" for found in listed)


def is_source(text: str, speaker: Speaker) -> bool:
    """Whether the speaker is a body that measures for no country: research, an alliance, a bank."""
    surface = re.sub(r"^(?:the|The)\s+", "", text[speaker.start : speaker.end])
    listed = speech.organisation(surface) or speech.organisation(speaker.name)
    if listed is not None:
        return listed.kind in ("research", "international") and listed.name not in ("EU", "European Union")
    body = speech.body_of(surface)
    return body is not None and body.speaks_for == "nobody" and speech.title_of(surface) is None


def _is_document(text: str, speaker: Speaker) -> bool:
    return speech.document_pattern().search(text[speaker.start : speaker.end]) is not None


def _is_verb_gap(gap: str) -> bool:
    """Whether only an apposition and auxiliaries stand between a subject and its verb."""
    verbs = [match.group() for match in speech.verb_pattern().finditer(gap) if match.group() not in _AUXILIARIES]
    return _GAP_TO_VERB.fullmatch(gap) is not None and (not verbs or ", who" in gap)


def _has_stop(gap: str) -> bool:
    return any(word in speech.words("stops") and word not in ("of", "for") for word in gap.lower().split())
