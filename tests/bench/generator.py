"""Fresh articles, as many as are asked for: generator.py COUNT SEED > ARTICLES.jsonl

No two share a sentence, and new words, names and numbers go on coming, as they do in news. One in twelve states a
military figure; the others speak of other money, of weather and of games. The same seed gives the same articles.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

SYLLABLES = [
    onset + vowel + coda for onset in "bdfgklmnprstvz" for vowel in "aeiou" for coda in ("", "n", "r", "l", "s")
]
COUNTRIES = ["Iran", "France", "India", "Japan", "Poland", "Brazil", "Egypt", "Norway", "Turkey", "Kenya", "Chile"]
VERBS = ["said", "told reporters", "wrote", "insisted", "argued", "replied"]
MILITARY = [
    "{country} spent {number} billion dollars on its military in {year}, {name} {verb} on {day}.",
    "The defence budget of {country} will rise to ${number} billion in {year}, according to {name}.",
    "{country}'s parliament approved {number} million dollars for the navy, {name} {verb}.",
]
OTHER = [
    "The company {name} of {place} sold {number} {word}s last year and hopes for more.",
    "{name} of {place} won the match against {other} by {number} points on {day}.",
    "In {place} the {word} was seen {number} times, {name} {verb}, and nobody could say why.",
    "Rain fell on {place} for {number} hours while {name} and {other} waited for the {word}.",
    "The {word} cost {number} dollars when {name} bought it from {other} in {year}.",
    "{name} {verb} that the school in {place} had taught {number} children to {word}.",
    "After {number} years {other} came back to {place}, and {name} spoke of a {word} that was never found.",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SHARE = 12
"""One article in so many speaks of a military figure."""


def articles(count: int, seed: int = 1, share: int = SHARE) -> Iterator[dict[str, Any]]:
    """So many articles; one in `share` states a military figure."""
    chance = random.Random(seed)
    for number in range(count):
        sentences = [_sentence(chance, OTHER) for _ in range(chance.randint(12, 36))]
        if number % share == 0:
            for _ in range(chance.randint(1, 3)):
                sentences.insert(chance.randrange(len(sentences)), _sentence(chance, MILITARY))
        cut = len(sentences) // 3
        paragraphs = [" ".join(part) for part in (sentences[:cut], sentences[cut : 2 * cut], sentences[2 * cut :])]
        date = f"{chance.randint(2012, 2025)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        address = f"https://news.example/{seed}/{number}"
        title = f"{_name(chance)} in {_word(chance).title()}"
        text = "\n\n".join(paragraphs)
        yield {
            "id": f"{seed}-{number}",
            "url": address,
            "title": title,
            "published": date,
            "source": "Example",
            "text": text,
        }


def _sentence(chance: random.Random, forms: list[str]) -> str:
    return chance.choice(forms).format(
        country=chance.choice(COUNTRIES),
        day=chance.choice(DAYS),
        name=_name(chance),
        number=chance.randint(2, 998),
        other=_name(chance),
        place=_word(chance).title(),
        verb=chance.choice(VERBS),
        word=_word(chance),
        year=chance.randint(2000, 2025),
    )


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))


def _name(chance: random.Random) -> str:
    return f"{_word(chance).title()} {_word(chance).title()}"


if __name__ == "__main__":
    for article in articles(int(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write(json.dumps(article) + "\n")
