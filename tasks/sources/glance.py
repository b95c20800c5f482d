"""A page at a glance: its words, by resiliparse, some twenty times as soon as with care.

Resiliparse: Bevendorff et al., *Elastic ChatNoir* (ECIR 2018).
"""

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

_NEVER_TEXT = ["nav", "footer", "aside", "form", "menu", "button"]
"""Elements that trafilatura throws away whole."""
MOST_TAGS = 10_000
"""Tags beyond which a page is not for a glance: ten thousand within one another take seconds."""


class Glance:
    """A page without surrogates and of at most `MOST_TAGS`, parsed once."""

    def __init__(self, page: str) -> None:
        self._tree = HTMLTree.parse(page)

    def words(self) -> str:
        """All words that could be an article's."""
        return str(extract_plain_text(self._tree, list_bullets=False, skip_elements=_NEVER_TEXT))

    def main_text(self) -> str:
        """The main text, a blank line between paragraphs, less carefully found; empty where none is."""
        found = extract_plain_text(
            self._tree, main_content=True, alt_texts=False, list_bullets=False, comments=False, post_meta=False
        )
        return str(found).strip()
