"""Which annotated articles there are to learn from: the project's own and, where they lie beside it, more of them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tasks import gold
from tasks.excerpts import load_excerpts
from tasks.gold import GoldArticle

ROOT = Path(__file__).resolve().parents[1]
EXCERPTS = "excerpts.standoff"
HELD_OUT = ("dev_b", "dev_real3", "unseen", "unseen_news")
"""Gold files that nothing may learn from: what is scored on them is what an unread article gets."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where annotated articles lie: the project's own and, if it lies beside the checkout, a folder with more."""

    own: Path = ROOT / "tests" / "evaluation"
    beside: Path = ROOT.parent / "shared"

    @property
    def has_more(self) -> bool:
        """Whether there is more than the project's own."""
        return (self.beside / "FIGURES.md").is_file()

    def files(self, without: Collection[str] = ()) -> list[Path]:
        """The gold files to learn from, but for those named.

        They are the project's, and those beside it whose name the project does not have. The excerpts are among them
        where the articles that they are cut from are there.
        """
        return [path for path in self._all() if path.stem not in (*HELD_OUT, *without)]

    def held_out(self) -> list[GoldArticle]:
        """The annotated articles to score on.

        Raises:
            BadGold: a file breaks the format.
        """
        return [article for path in self._all() if path.stem in HELD_OUT for article in self._read(path)]

    @property
    def news(self) -> Path:
        """The articles that the excerpts are cut from."""
        return self.beside / "data" / "news.jsonl.gz"

    def articles(self, without: Collection[str] = ()) -> list[GoldArticle]:
        """The annotated articles to learn from, but for the files named.

        Raises:
            BadGold: a file breaks the format.
        """
        return [article for path in self.files(without) for article in self._read(path)]

    def _all(self) -> list[Path]:
        own = sorted(self.own.glob("*.jsonl"))
        names = {path.name for path in own}
        more = sorted((self.beside / "gold").glob("*.jsonl")) if self.has_more else []
        excerpts = [self.own / EXCERPTS] if self.news.is_file() else []
        found = own + [path for path in more if path.name not in names] + excerpts
        return [path for path in found if path.is_file()]

    def _read(self, path: Path) -> list[GoldArticle]:
        return load_excerpts(path, self.news) if path.name == EXCERPTS else gold.load_gold(path)
