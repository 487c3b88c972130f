"""Items: a formula as what is printed, from left to right.

Brackets, signs and letters come one after another, as a writer sets them: nothing is left of how the formula was built. An
exponent and a Σ come without what they belong to, since on the page nothing but their place says what that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from derive.notation.formula import (
    Big,
    Brace,
    Colored,
    Column,
    Formula,
    Group,
    Minus,
    Number,
    Part,
    Power,
    Product,
    Row,
    Sign,
    Sum,
    Transposed,
)
from derive.notation.letters import CLOSING, OPENING
from derive.notation.spelling import factors, terms

Items: TypeAlias = tuple[Formula, ...]

HERE: Final = Row(())
"""What stands right before an exponent, or behind Σ."""


def spelled(formula: Formula) -> Iterator[Formula]:
    """Everything that is printed, from left to right; an exponent and a Σ without what they belong to."""
    match formula:
        case Row(items):
            for item in items:
                yield from spelled(item)
        case Minus(body):
            yield Sign("−")
            yield from spelled(body)
        case Number(text) if text[:1] in ("-", "−"):
            yield from (Sign("−"), replace(formula, text=text[1:]))
        case Sum():
            for place, (joint, term) in enumerate(terms(formula)):
                if place or joint == "−":
                    yield Sign(joint)
                yield from spelled(term)
        case Product():
            for sign, factor in factors(formula):
                if sign:
                    yield Sign(sign)
                yield from spelled(factor)
        case Group(body, brackets):
            yield Sign(brackets[0])
            yield from spelled(body)
            yield Sign(brackets[1])
        case Power(base, exponent):
            yield from spelled(base)
            yield Power(HERE, exponent)
        case Transposed(body):
            yield from spelled(body)
            yield Transposed(HERE)
        case Part(body):
            yield from spelled(body)
            yield replace(formula, body=HERE)
        case Big(body=body):
            yield replace(formula, body=HERE)
            yield from spelled(body)
        case Brace(body=body) | Colored(body=body) | Column(body=body):
            yield from spelled(body)
        case _:
            yield formula


def split(items: Items, signs: frozenset[str]) -> list[tuple[str, Items]]:
    """Cut items at the signs outside all brackets; each part with the sign before it."""
    parts: list[tuple[str, list[Formula]]] = [("", [])]
    depth = 0
    for item in items:
        text = item.text if isinstance(item, Sign) else ""
        depth += (text in OPENING) - (text in CLOSING)
        if text in signs and not depth:
            parts.append((text, []))
        else:
            parts[-1][1].append(item)
    return [(sign, tuple(part)) for sign, part in parts]
