"""Layout: lines of Python as its formatters leave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.programs.printers.spelled import Text

INDENT = "    "
WIDTH = 88
"""What the formatters hold a line to unless told otherwise."""


def indented(lines: Iterable[str], by: str = INDENT) -> Iterator[str]:
    """Lines moved to the right, empty ones left empty."""
    return (by + line if line else line for line in lines)


def assigned(
    name: str, value: Text, sign: str = "=", *, deep: int = 1, end: str = "", indent: str = INDENT
) -> Iterator[str]:
    """The lines of an assignment that stands so deep; if it is long its value is in brackets, an operand on each line."""
    line = f"{name} {sign} {value.text}{end}"
    if len(line) + deep * len(indent) <= WIDTH or len(value.parts) < 2:
        yield line
        return
    yield f"{name} {sign} ("
    one = " ".join(value.parts)
    yield from indented([one] if len(one) + (deep + 1) * len(indent) <= WIDTH else value.parts, indent)
    yield f"){value.after}{end}"


def listed(before: str, items: Iterable[str], after: str, *, deep: int, bare: bool = False) -> Iterator[str]:
    """The lines of a list that stands so deep, one to a line if it is long; ``bare``: it has brackets only then.

    The arguments of a call stay in one line for themselves where they fit.
    """
    names = [*items]
    is_call = not bare and not before.endswith("= ")
    opened, closed = ("", "") if bare else ("(", ")")
    comma = "," if bare and len(names) == 1 else ""
    line = f"{before}{opened}{', '.join(names)}{comma}{closed}{after}"
    room = WIDTH - deep * len(INDENT)
    inner = ", ".join(names)
    if len(line) <= room:
        yield line
        return
    yield f"{before}("
    if len(inner) + len(INDENT) <= room and is_call:
        yield INDENT + inner
    else:
        yield from (f"{INDENT}{name}," for name in names)
    yield f"){after}"


SAID = 96
"""A formula that is longer is broken, for who reads it."""


def broken(text: str) -> Iterator[str]:
    r"""A formula in lines, broken before the signs of its outermost sum.

    >>> print(*broken(f"dh_t = {' + '.join(['W_hᵀ da_{t+1}'] * 8)} + f(x + y)"), sep="\n")
    dh_t = W_hᵀ da_{t+1} + W_hᵀ da_{t+1} + W_hᵀ da_{t+1} + W_hᵀ da_{t+1} + W_hᵀ da_{t+1}
        + W_hᵀ da_{t+1} + W_hᵀ da_{t+1} + W_hᵀ da_{t+1} + f(x + y)
    """
    line = ""
    for term in _terms(text):
        if line.strip() and len(line) + len(term) > SAID:
            yield line.rstrip()
            line = INDENT
        line += term
    yield line


def _terms(text: str) -> Iterator[str]:
    """The text cut before each sign that stands in no brackets."""
    depth, begin = 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if not depth and sign in "+−" and text[place - 1 : place + 2] == f" {sign} ":
            yield text[begin:place]
            begin = place
    yield text[begin:]


def called(function: str, arguments: Iterable[str]) -> str:
    """A call."""
    return f"{function}({', '.join(arguments)})"


def without_gaps(lines: Iterable[str]) -> Iterator[str]:
    """Lines without an empty one at the beginning, after a comment, or two in a row."""
    last = ""
    for line in lines:
        if line or (last and not last.startswith(("#", "//"))):
            yield line
            last = line
