"""Spelling: what every writer prints between terms and factors, and how large a bracket is.

One place decides it, so that TeX, Typst, plain text and the breaking of lines agree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from derive.notation.formula import (
    DEEPEST,
    Big,
    Brace,
    Cases,
    Colored,
    Column,
    Derivative,
    Formula,
    Fraction,
    Group,
    Matrix,
    Minus,
    Number,
    Part,
    Power,
    Product,
    Row,
    Sign,
    Sum,
    Symbol,
    Transposed,
    Words,
    children,
    depth,
)

TermSign: TypeAlias = Literal["+", "−"]


def signed(term: Formula) -> tuple[TermSign, Formula]:
    """Return the sign a term has in a sum, and the term without it: −b is subtracted, whatever its colour or brace."""
    match term:
        case Minus(body):
            return "−", body
        case Number(text) if text[:1] in ("-", "−"):
            return "−", replace(term, text=text[1:])
        case Colored(role, body):
            sign, inner = signed(body)
            return sign, Colored(role, inner)
        case Brace(body=body):
            sign, inner = signed(body)
            return sign, replace(term, body=inner)
        case Product(factors=(first, *rest)):
            sign, inner = signed(first)
            return sign, replace(term, factors=(inner, *rest))
        case _:
            return "+", term


def terms(total: Sum) -> tuple[tuple[TermSign, Formula], ...]:
    """Return the terms of a sum, each with the sign in front of it."""
    return tuple(signed(term) for term in total.terms)


def factors(product: Product) -> tuple[tuple[str, Formula], ...]:
    """Return the factors of a product, each with the sign in front of it; two numbers never stand side by side."""
    spelled: list[tuple[str, Formula]] = []
    for factor in product.factors:
        glued = spelled and not product.sign and _ends_in_digit(spelled[-1][1]) and _starts_with_digit(factor)
        spelled.append(("·" if glued else product.sign if spelled else "", factor))
    return tuple(spelled)


def apart(left: Formula, right: Formula) -> bool:
    """Whether a thin space keeps an upright word on one side from what stands on the other.

    The name of a function has such a space anyway, where a typesetter sets one.
    """
    if isinstance(left, Sign | Words) or isinstance(right, Sign | Words):
        return False
    return (_is_word(left) and not isinstance(right, Group)) or _is_word(right)


def tall(formula: Formula) -> bool:
    """Whether a formula in display style is so tall that brackets around it must grow with it."""
    match formula:
        case Fraction(top, bottom, small, slanted):
            return tall(top) or tall(bottom) if slanted else not small
        case Derivative() | Big() | Matrix() | Cases():
            return True
        case Power(base=base) | Part(body=base):
            return tall(base)
        case Brace(body=body):
            return tall(body)
        case Symbol():
            return False
        case _:
            return any(tall(child) for child in children(formula))


def level(*inside: Formula, least: int = 0) -> int:
    """How many sizes above the smallest the brackets around these formulas are: 0, 1 or 2, and 3 around tall ones."""
    return 3 if any(map(tall, inside)) else min(DEEPEST, max((least, *map(depth, inside))))


def differentials(of: Formula, by: Formula, kind: str) -> tuple[bool, bool]:
    """Whether a thin space keeps the d of a derivative from a word behind it, above and below: dhidden would be one word."""
    return kind == "total" and _is_word(of), kind == "total" and _is_word(by)


def _is_word(formula: Formula) -> bool:
    match formula:
        case Symbol(letter=letter):
            return len(letter) > 1
        case Colored(body=body):
            return _is_word(body)
        case Column(body, other):
            return _is_word(body) or _is_word(other)
        case _:
            return False


def _starts_with_digit(formula: Formula) -> bool:
    match formula:
        case Number():
            return True
        case Colored(body=first) | Power(base=first) | Transposed(body=first) | Fraction(top=first) | Part(body=first):
            return _starts_with_digit(first)
        case Column(body, other):  # the lines have their signs in the same places
            return _starts_with_digit(body) or _starts_with_digit(other)
        case Product(factors=(first, *_)) | Row(items=(first, *_)):
            return _starts_with_digit(first)
        case _:
            return False


def _ends_in_digit(formula: Formula) -> bool:
    match formula:
        case Number():
            return True
        case Colored(body=last) | Power(base=last) | Fraction(bottom=last):
            return _ends_in_digit(last)
        case Column(body, other):
            return _ends_in_digit(body) or _ends_in_digit(other)
        case Product(factors=(*_, last)) | Row(items=(*_, last)):
            return _ends_in_digit(last)
        case _:
            return False
