"""Alike: what handouts have in common that are told alike of one derivation, whatever their values.

Nobody has to say which exhibits those are: what is made without a look at the example is the same in every handout. It is made
for the first, and the next finds it here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar

from derive.derivation import Derivation
from derive.report.document import Pieces
from derive.report.options import Options

Value = TypeVar("Value")
MOST = 2_000
"""No more is kept: a template may call for as much as it likes."""


@dataclass(frozen=True)
class Common:
    """What was found without a look at an example, by what it is; and pieces of the last document."""

    found: dict[Hashable, Any] = field(default_factory=dict)
    pieces: Pieces = field(default_factory=Pieces)


RECENT: deque[tuple[Derivation, Options, Mapping[str, str], Common]] = deque(maxlen=4)
"""What the last handouts were about, and how they were told."""


def alike(derivation: Derivation, options: Options, words: Mapping[str, str]) -> tuple[Derivation, Common]:
    """Return what a handout has in common with one of the last: of an equal derivation, told alike, but for the values."""
    told = replace(options, values={})
    for known, how, in_words, common in tuple(RECENT):
        if how == told and in_words == words and (known is derivation or _spelled(known) == _spelled(derivation)):
            return known, common
    common = Common()
    RECENT.append((derivation, told, words, common))
    return derivation, common


def _spelled(derivation: Derivation) -> tuple[Any, ...]:
    """All that a derivation depends on, and its messages."""
    network = derivation.network
    return derivation.steps, network.limits, network.lines, network.text, spelled(network)


def spelled(value: Any) -> Any:
    """Return a value as it is declared, in lists and texts: the same for equal ones, whoever made them."""
    match value:
        case Mapping():
            return [[key, spelled(inner)] for key, inner in value.items()]
        case list() | tuple():
            return [spelled(inner) for inner in value]
        case _ if is_dataclass(value):
            told = [spelled(getattr(value, each.name)) for each in fields(value) if each.compare]
            return [type(value).__name__, *told]
        case _ if hasattr(value, "tolist"):
            return spelled(value.tolist())
        case _:
            return str(value)


@dataclass
class Looks:
    """How often somebody looked at the example of one handout, and what was found by it."""

    times: int = 0
    found: dict[Hashable, Any] = field(default_factory=dict)

    def kept(self, common: Common, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what is made once: for all handouts, unless it takes a look at the example of this one."""
        if key in common.found:
            known: Value = common.found[key]
            return known
        if key in self.found:
            self.times += 1
            mine: Value = self.found[key]
            return mine
        before = self.times
        made = make()
        if self.times == before and len(common.found) < MOST:
            common.found[key] = made
        else:
            self.found[key] = made
        return made
