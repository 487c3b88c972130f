"""Filters and tests: those that a template may use, each ours, each of values of known types.

None is Jinja's own: those look up attributes by their names, call one another, take what they are given as it comes, and
speak of themselves where they do not take it. There is no other filter, and no other test, than stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Undefined

from derive.errors import NarrativeError
from derive.report.narrative.offered import GONE_THROUGH, LISTS, NUMBERS, PLAIN, named
from derive.report.narrative.work import Works, number

_DIGITS: Final = re.compile(r"[+-]?[0-9]{1,3900}")


@dataclass(frozen=True)
class Filter:
    """What a filter or a test takes, as it is said and as types, and what it makes of that and of what is in its brackets."""

    name: str
    says: str
    types: tuple[type, ...]
    make: Callable[..., Any]
    others: int = 0
    needs: int = 0

    def __call__(self, value: Any, *given: Any, **by_name: Any) -> Any:
        """Make it; raise `NarrativeError` for what it does not take."""
        if by_name or not self.needs <= len(given) <= self.others:
            raise NarrativeError(f"{self.name} has {_IN_BRACKETS[self.needs, self.others]} in its brackets")
        if self.types and type(value) not in self.types:
            raise NarrativeError(f"{self.name} takes {self.says}, not {named(value)}")
        return self.make(value, *given)


_IN_BRACKETS: Final = {(0, 0): "nothing", (0, 1): "one value at most", (1, 1): "one value"}


def filters(works: Works) -> dict[str, Any]:
    """Return the filters by their names; what one makes that is larger than what it is given is paid for."""

    def joined(values: Any, between: Any = "") -> str:
        if type(between) is not str:
            raise NarrativeError(f"join takes a text to put between, not {named(between)}")
        texts = [_text(value) for value in values]
        works.now.spend(len(texts) * len(between))
        return between.join(texts)

    a_text, a_list, either = ("a text", (str,)), ("a list", LISTS), ("a text or a list", (str, *LISTS))
    return {
        one.name: one
        for one in (
            Filter("abs", "a number", NUMBERS, abs),
            Filter("capitalize", *a_text, str.capitalize),
            Filter("default", "anything", (), _default, others=1),
            Filter("first", *either, lambda values: _some("first", values)[0]),
            Filter("int", "a number, or a text of digits", (str, *NUMBERS), _int),
            Filter("join", *a_list, joined, others=1),
            Filter("last", *either, lambda values: _some("last", values)[-1]),
            Filter("length", "a text, a list or a table", GONE_THROUGH, len),
            Filter("list", "a text, a list or a table", GONE_THROUGH, list),
            Filter("lower", *a_text, str.lower),
            Filter("max", *a_list, lambda values: max(_alike("max", _some("max", values)))),
            Filter("min", *a_list, lambda values: min(_alike("min", _some("min", values)))),
            Filter("reverse", *either, lambda values: values[::-1] if type(values) is str else list(values)[::-1]),
            Filter("sort", *a_list, lambda values: sorted(_alike("sort", values))),
            Filter("string", "a text or a number", PLAIN, str),
            Filter("title", *a_text, str.title),
            Filter("trim", *a_text, str.strip),
            Filter("upper", *a_text, str.upper),
        )
    }


def tests() -> dict[str, Any]:
    """Return the tests by their names."""
    return {
        one.name: one
        for one in (
            Filter("defined", "anything", (), lambda value: not isinstance(value, Undefined)),
            Filter("divisibleby", "a number", NUMBERS, lambda value, by: value % number(by) == 0, others=1, needs=1),
            Filter("even", "a number", NUMBERS, lambda value: value % 2 == 0),
            Filter("none", "anything", (), lambda value: value is None),
            Filter("number", "anything", (), lambda value: type(value) in NUMBERS),
            Filter("odd", "a number", NUMBERS, lambda value: value % 2 == 1),
            Filter("string", "anything", (), lambda value: type(value) is str),
            Filter("undefined", "anything", (), lambda value: isinstance(value, Undefined)),
        )
    }


def _default(value: Any, other: Any = "") -> Any:
    return other if isinstance(value, Undefined) else value


def _int(value: Any) -> int:
    if type(value) is str and not _DIGITS.fullmatch(value):
        raise NarrativeError("int takes a number, or a text of digits, not another text")
    found: int = number(int(value))
    return found


def _text(value: Any) -> str:
    if type(value) not in PLAIN:
        raise NarrativeError(f"join takes a list of texts and numbers; in this one there is {named(value)}")
    return str(value)


def _some(name: str, values: Any) -> Any:
    """Values of which there is at least one."""
    if not values:
        raise NarrativeError(f"{name} takes a list, or a text, in which there is something")
    return values


def _alike(name: str, values: Any) -> Any:
    """Values that can be compared: numbers alone, or texts alone."""
    kinds = {type(value) for value in values}
    if not (kinds <= {*NUMBERS} or kinds == {str}):
        raise NarrativeError(f"{name} takes a list of numbers, or one of texts")
    return values


FILTERS: Final = frozenset(filters(Works()))
TESTS: Final = frozenset(tests())
