"""Layout: lines of Python as its formatters leave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.programs.printers.spelled import Text

INDENT = "    "
WIDTH = 88
"""What the formatters hold a line to unless told otherwise."""


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Lines moved to the right, empty ones left empty."""
    return (INDENT + line if line else line for line in lines)


def assigned(name: str, value: Text, sign: str = "=", *, deep: int = 1) -> Iterator[str]:
    """The lines of an assignment that stands so deep; if it is long its value is in brackets, an operand on each line."""
    line = f"{name} {sign} {value.text}"
    if len(line) + deep * len(INDENT) <= WIDTH or len(value.parts) < 2:
        yield line
        return
    yield f"{name} {sign} ("
    one = " ".join(value.parts)
    alone = len(one) + (deep + 1) * len(INDENT) <= WIDTH and value.after
    yield from indented([one] if alone else value.parts)
    yield f"){value.after}"


def called(function: str, arguments: Iterable[str]) -> str:
    """A call."""
    return f"{function}({', '.join(arguments)})"
