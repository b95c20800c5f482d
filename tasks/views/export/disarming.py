"""Text -> text that a spreadsheet takes for no formula.

A spreadsheet that opens a CSV file runs what begins with ``=``, ``+``, ``-`` or ``@``, also behind blanks and in full
width: an article could make it fetch or run something. An apostrophe before it makes it text. Text that begins with
apostrophes and one of these gets one more, so that taking the first away always gives back what was there.
"""

import re

_ARMED = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")
_DISARMED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r\n])")


def disarm(text: str) -> str:
    """`text`, an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if _ARMED.match(text) else text


def rearm(text: str) -> str:
    """What `disarm` was given."""
    return text[1:] if _DISARMED.match(text) else text
