r"""Characters: those of a text that are not seen, and what is done about them, in this one place.

Text comes in from files and command lines. Control characters can hide what it says, or speak to a terminal; separators of
lines and paragraphs begin headings and lists where there are none; marks of direction show a text as another one; characters of
no width make two names look alike. So each message shows such characters by their numbers (`visible`: every `DeriveError`, and
what the command line prints), and each text of a document is without them (`one_line`, `lines`: the leaves of its tree, and the
words and looks of a language).

They are those of Unicode's general categories Cc, Cf, Zl, Zp, Co and Cs, and noncharacters, but for what joins letters (U+200C,
U+200D) and the signs of numbers in Arabic, Syriac and Kaithi, which are seen.
"""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = "\t-\r\x1c-\x1f\x85\u2028\u2029"
_CONTROLS: Final = (
    "\x00-\x1f\x7f-\x9f"  # C0, C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # directions, no width, annotations
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"  # of other notations, tags
    "\u2028\u2029"
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
)
_PRIVATE: Final = "\ue000-\uf8ff\U000f0000-\U0010ffff"
_HALVES: Final = "\ud800-\udfff"  # of pairs; so Python keeps what is not UTF-8 in the name of a file
_SHOWN: Final = re.compile(f"[{_CONTROLS}{_PRIVATE}]")
_BREAKS: Final = re.compile(f"[{_SEPARATORS}]+")
_BREAKS_BUT_LINES: Final = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN: Final = re.compile(f"[{_CONTROLS}{_PRIVATE}{_HALVES}]")
_UNSEEN_BUT_LINES: Final = re.compile(f"(?![\t\n])[{_CONTROLS}{_HALVES}]")


def visible(text: str) -> str:
    r"""Return a text in one line, with each character that is not seen shown by its number.

    >>> print(visible("red: \x1b[31m, turned: \u202e"))
    red: \x1b[31m, turned: \u202e
    """
    return _SHOWN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    r"""Return a text in one line: ends of lines and tabs are spaces, and what is not seen is gone.

    >>> one_line("A title.\u2028# And\r\nno\x1b[1m heading")
    'A title. # And no[1m heading'
    """
    return _UNSEEN.sub("", _BREAKS.sub(" ", text))


def lines(text: str) -> str:
    r"""Return a text of several lines, each end of one a newline, without what is not seen but for tabs and private characters.

    >>> lines("one\r\ntwo\u2028three\x1b")
    'one\ntwo\nthree'
    """
    return _UNSEEN_BUT_LINES.sub("", _BREAKS_BUT_LINES.sub("\n", text))
