"""Lines: where in a TOML file a key stands, and what would be right in a line that is no TOML.

A person who writes a network thinks of its equations, not of TOML. So what is wrong with a line is said in terms of what is
meant to stand there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from derive.equations import plain

_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]\s*(?:#.*)?")
_KEY = re.compile(r"""\s*(["']?)([^\s"'=#\[\]{},]+)\1\s*=""")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BARE = re.compile(r"(^[ \t]*|[{,][ \t]*)((?=\w*[^\x00-\x7f])\w[\w\u0300-\u036f]*)(?=[ \t]*=)", re.MULTILINE)
_WIDE = dict(zip("＝：，【】［］｛｝（）", "==,[][]{}()", strict=True))
_WIDE_QUOTES = dict.fromkeys("“”„＂", '"') | dict.fromkeys("‘’＇", "'")
_FRACTION = r"[+-]?\d+\s*/\s*\d+"
_SHORT = 60
"""A message quotes so much of a line."""


def lines_of(text: str) -> dict[str, int]:
    r"""Return the line of every key, those of a table as ``table.key``; the first where it seems to be there twice.

    >>> lines_of('loss = "l"\n[equations]\nl = "h[t]"')
    {'loss': 1, 'equations': 2, 'equations.l': 3}
    """
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            table = f"{header[1]}."
            found.setdefault(header[1], number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}{plain(key[2])}", number)
    return found


def line_of(lines: Mapping[str, int], key: str, name: str = "") -> str:
    """Return how a message says the line of a name in a table, or of the key itself: “line 3: ”; nothing if unknown."""
    number = lines.get(f"{key}.{name}", lines.get(key))
    return "" if number is None else f"line {number}: "


def with_plain_keys(text: str) -> str:
    """Return a text in which a key that is a letter with a name, which TOML does not allow bare, is written by its name.

    >>> with_plain_keys("ω = 0.5")
    'omega = 0.5'
    """
    return _BARE.sub(lambda found: found[1] + plain(found[2]), text)


def complaint(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return what is wrong with a text that is no TOML: the line, and what would be right there."""
    reason = str(error)
    place = _PLACE.search(reason)
    lines = text.splitlines() or [""]
    number = int(place[1]) if place and place[1] else len(lines)
    if "Unclosed array" in reason or (place and not place[1]):
        number = _opened(lines, number)
    line = lines[min(number, len(lines)) - 1].strip()
    return f"line {number}: {_advice(line, _PLACE.sub('', reason))}"


def _opened(lines: list[str], number: int) -> int:
    """The line, at or before this one, in which a bracket or a long text was opened and not closed."""
    for place in range(min(number, len(lines)), 0, -1):
        line = lines[place - 1]
        if line.count("[") > line.count("]") or line.count("{") > line.count("}") or '"""' in line:
            return place
    return number


def _advice(line: str, reason: str) -> str:
    """What would be right in place of a line."""
    for wide, half in (_WIDE | _WIDE_QUOTES).items():
        if wide in line:
            what = "quotation marks are straight" if wide in _WIDE_QUOTES else f"“{wide}” is a full-width character"
            return f"{what}; write {half} in “{_short(line)}”"
    if reason.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        return f"“{_short(line)}” is there already; keep one"
    if stepped := re.match(r"(\w+)\s*(?:\[.*?\]|\(.*?\)|_?\{.*?\})\s*=\s*(.*)", line):
        return f"the left side of an equation is the name alone: write {stepped[1]} = {_short(_quoted(stepped[2]))}"
    if colon := re.match(r"""(["']?[\w.]+["']?)\s*:\s*(.+)""", line):
        return f"a key and its value are joined by =: write {colon[1]} = {_short(_quoted(colon[2]))}"
    if line.startswith("[") and "]" not in line:
        return f"the bracket in “{_short(line)}” is not closed: write {_short(line)}]"
    if found := re.match(r"""(["']?[\w.-]+["']?)\s*=\s*(.*)""", line):
        return _value_advice(found[1], found[2].strip(), reason)
    if line.startswith(("//", "%", ";", "--")):
        return "a comment begins with #"
    return f"“{_short(line)}” is no line of the file: each is a [table], or key = value ({reason})"


def _value_advice(key: str, value: str, reason: str) -> str:
    """What would be right in place of a value."""
    bare = re.split(r"\s#", value, maxsplit=1)[0].rstrip()
    if bare.startswith("="):
        return f"one = is enough: write {_short(f'{key} = {bare[1:].strip()}')}"
    if bare in ("None", "null", "nil"):
        return f"what has no value is left out: leave out {key}"
    if not bare:
        return f"the value of {key} is missing"
    if bare[0] in "\"'":
        return _text_advice(key, bare, reason)
    if re.fullmatch(_FRACTION, bare):
        why, written = "a fraction stands in quotation marks", f'"{bare}"'
    elif re.fullmatch(r"[+-]?(?:\.\d+|\d+\.)", bare):
        why, written = (
            "a decimal has digits on both sides of its point",
            re.sub(r"\.$", ".0", re.sub(r"(?<!\d)\.", "0.", bare)),
        )
    elif re.fullmatch(r"[+-]?\d+,\d+", bare):
        why, written = (
            "a decimal has a point, and a list stands in square brackets",
            f"{bare.replace(',', '.')} or [{bare}]",
        )
    elif re.fullmatch(r"[+-]?[\d.]+(?:\s*,\s*[+-]?[\d.]+)+", bare):
        why, written = "a list stands in square brackets", f"[{bare}]"
    elif re.fullmatch(r"\([^()]*\)", bare) and "," in bare:
        why, written = "a list stands in square brackets", f"[{bare[1:-1]}]"
    elif bare in ("True", "False"):
        why, written = "it is written small", bare.lower()
    elif bare[0] in "[{":
        return _bracket_advice(key, bare, reason)
    else:
        why, written = "a text stands in quotation marks", _quoted(bare.strip("\"'"))
    return f"{why}: write {_short(f'{key} = {written}')}"


def _text_advice(key: str, bare: str, reason: str) -> str:
    """What would be right in place of a text."""
    mark = bare[0]
    if "escape" in reason.lower():
        written = bare.replace(mark, "'")
        return f"a text with a backslash stands in single quotation marks: write {_short(f'{key} = {written}')}"
    if bare.count(mark) == 1:
        return f"the quotation mark is not closed: write {_short(f'{key} = {bare}{mark}')}"
    return f"only a comment, which begins with #, may stand behind the text of {key}: “{_short(bare)}” ({reason})"


def _bracket_advice(key: str, bare: str, reason: str) -> str:
    """What would be right in place of a list or an inline table."""
    if fraction := re.search(rf"(?<![\w\"'.]){_FRACTION}", bare):
        return f'a fraction stands in quotation marks: write "{fraction[0]}" in “{_short(bare)}”'
    if word := re.search(r"(?:^\[|,)\s*([A-Za-z_]\w*)\s*(?=[,\]])", bare):
        return f'a name in a list stands in quotation marks: write "{word[1]}" in “{_short(bare)}”'
    if apart := re.search(r"""(["'][^"',]*["'])\s+(["'][^"',]*["'])""", bare):
        return f"a comma is missing: write {apart[1]}, {apart[2]}"
    for opened, closed in ("[]", "{}"):
        if bare.count(opened) > bare.count(closed):
            return f"the bracket {opened} of {key} is not closed by {closed}"
    if bare[0] == "{" and ":" in bare:
        return f"a key and its value are joined by =, not by a colon, in “{_short(bare)}”"
    return f"the value of {key} cannot be read, “{_short(bare)}” ({reason})"


def _quoted(text: str) -> str:
    """A text in quotation marks, single ones where it has backslashes."""
    mark = "'" if "\\" in text else '"'
    return text if text[:1] in "\"'" else f"{mark}{text}{mark}"


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
