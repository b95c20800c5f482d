"""Tables -> one HTML page that holds all it needs: it opens from disk, and fetches nothing.

What came from an article reaches the page as data, and the page sets it as text, never as HTML. The page's policy
(CSP) lets a browser run the scripts of this folder and nothing else.
"""

import base64
import hashlib
import html
import os
import tempfile
from importlib import resources
from pathlib import Path

from tasks.reference import Reference
from tasks.views.report.packing import contents, pack

_SCRIPTS = ("uplot/uPlot.iife.min.js", "charts.js", "page.js")
_STYLES = ("uplot/uPlot.min.css", "page.css")


def report(out: Path, to: Path, version: str, reference: Reference | None = None) -> int:
    """Writes the page of the folder `out` to the file `to`, whole or not at all; gives its size in bytes.

    Raises:
        storage.Unusable: there are no tables, or they are of another schema.
        OSError: it cannot be written.
    """
    page = render(out, version, reference).encode()
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=to.parent) as folder:
        unfinished = Path(folder) / "page.html"
        unfinished.write_bytes(page)
        os.replace(unfinished, to)
    return len(page)


def render(out: Path, version: str, reference: Reference | None = None) -> str:
    """The page; the same tables give the same page. Raises as `report`, but for OSError."""
    styles = "\n".join(_file(name) for name in _STYLES)
    script = "\n".join(_file(name) for name in _SCRIPTS)
    parts = {
        "policy": _policy(styles, script),
        "version": html.escape(version),
        "licence": _file("uplot/LICENSE.txt").replace("--", "- -"),
        "styles": styles,
        "data": pack(contents(out, reference)),
        "script": script,
    }
    page = _file("page.html")
    for name, part in parts.items():
        page = page.replace(f"%%{name}%%", part)
    return page


def _policy(styles: str, script: str) -> str:
    """What a browser may do with this page: run this script, apply this style, and nothing else."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(styles)}; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (resources.files("tasks.views.report") / name).read_text(encoding="utf-8")
