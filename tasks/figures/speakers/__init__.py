"""Doc to *who says so*: everybody in an article to whom a number may be attributed, and by rule who it is."""

from dataclasses import replace

from spacy.tokens import Doc

from tasks.figures.spans import Context, Party, Speaker
from tasks.figures.speakers.choice import Telling, choose_speaker
from tasks.figures.speakers.mentions import Map, has_verb_beside, without_inner
from tasks.figures.speakers.nouns import find_nouns, find_organisations
from tasks.figures.speakers.people import find_people, names_of_people
from tasks.figures.speakers.pronouns import find_countries, find_labels, find_pronouns
from tasks.figures.speakers.roles import Roles

__all__ = ["Telling", "choose_speaker", "find_speakers"]


def find_speakers(doc: Doc, parties: list[Party], context: Context | None = None) -> list[Speaker]:
    """Candidates in the order of the text: people, organisations, offices, institutions, documents, pronouns.

    `doc` needs entities and sentences; `parties` lend their countries. A person carries the fullest name that the
    article gives, an organisation its name, an unnamed speaker its noun phrase, a pronoun the name and country of
    whom it points back to (its offsets are its own). `country` is ISO alpha-3, None for international bodies, media,
    research, private people and wherever the text does not tell. Vague plurals are no candidates.
    """
    text = doc.text
    map_ = Map(text, doc, parties, context or Context())
    organisations = find_organisations(doc, map_, names_of_people(doc))
    roles = Roles(text, map_)
    people, told = find_people(doc, map_, roles, organisations)
    nouns = find_nouns(doc, roles, sorted([*people, *organisations], key=lambda mention: mention.start), told)
    named = without_inner([*people, *organisations, *nouns, *find_countries(map_)])
    spoken = [replace(mention, speaks=has_verb_beside(text, mention)) for mention in named]
    found = [*spoken, *find_labels(text, spoken)]
    found += find_pronouns(text, found)
    unique = {(mention.start, mention.end): mention for mention in reversed(found)}
    return [Speaker(m.start, m.end, m.name, m.country) for _, m in sorted(unique.items())]
