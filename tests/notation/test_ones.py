"""No printed formula has a factor of ones that could be left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masked_networks import masked_networks
from reading import walk
from samples import random_values

from derive.derivation import Derivation, derive
from derive.network.network import Network
from derive.notation.express import Clock, Notation, T
from derive.notation.formula import Apply, Formula, Fraction, Number, Product, Symbol, Transposed
from derive.notation.jacobians import tree_formula
from derive.notation.text import text
from derive.recurrence.tree import expression, moved, path_tree
from derive.report.options import Options
from derive.report.publish import subject, tell

ONES = Symbol("𝟏")
NUMBERS = Clock(None, 0)


def is_ones(formula: Formula) -> bool:
    """Whether a formula is 𝟏, 𝟏ᵀ, or 𝟏𝟏ᵀ."""
    match formula:
        case Product(factors):
            return all(map(is_ones, factors))
        case Transposed(body):
            return body == ONES
        case _:
            return formula == ONES


def needless(formula: Formula) -> Iterator[str]:
    """The products in which ones could go: m ⊙ 𝟏, which is m, and diag(m) 𝟏, which is m too; also with a number between."""
    for product in walk(formula):
        if not isinstance(product, Product):
            continue
        factors = [each for each in product.factors if not isinstance(each, Number | Fraction)]
        if product.sign == "⊙" and any(map(is_ones, factors)):
            yield text(product)
        for left, right in itertools.pairwise(factors):
            diagonals = [each for each in (left, right) if isinstance(each, Apply) and each.function == "diag"]
            if diagonals and (ONES in (left, right) or Transposed(ONES) in (left, right)):
                yield text(product)


def printed(derivation: Derivation) -> Iterator[Formula]:
    """What a handout prints of adjoints and paths: each rule, each gradient, and the products along paths."""
    notation = Notation(derivation.unrolled.graph.network, derivation.recurrence.named)
    for rule in derivation.recurrence.rules.values():
        yield from (notation.formula(expression(part), T) for part in rule.parts)
    for target in derivation.targets:
        yield from (notation.formula(expression(tree), T) for tree in derivation.recurrence.gradient(target.name))
        for path in derivation.paths(target.name):
            yield tree_formula(notation, path_tree(path), NUMBERS, 4)


@settings(deadline=None, max_examples=15)
@given(masked_networks(), st.integers(1, 2))
def test_no_factor_of_ones_is_printed_that_could_be_left_out(network: Network, steps: int) -> None:
    """Beside a mask of its shape 𝟏 is 1; what a sum, an outer product or a repeated column needs stays."""
    found = [each for formula in printed(derive(network, steps)) for each in needless(formula)]
    assert not found


@pytest.mark.parametrize(("mask", "adjoint"), [("k, 1", "m_t 𝟏ᵀ"), ("q", "𝟏 m_t"), ("k, q", "m_t"), ("", "m_t 𝟏 𝟏ᵀ")])
def test_a_mask_of_rows_or_columns_is_repeated_by_ones(mask: str, adjoint: str) -> None:
    """The gradient of what a loss of a batch sums up under a mask; and the handout is written, every formula read."""
    network = Network(
        name="batch",
        equations={"H": "tanh(X[t]@W + H[t-1]@U)", "O": "m[t]*(H[t]@V)", "l": "sum(O[t])"},
        parameters=("W", "U", "V"),
        inputs=("X", "m"),
        loss="l",
        initial={"H": 0},
        shapes={"X": "k, d", "H": "k, n", "O": "k, q", "W": "d, n", "U": "n, n", "V": "n, q", "m": mask},
        broadcast=True,
    )
    derivation = derive(network, 2)
    notation = Notation(network, derivation.recurrence.named)
    (term,) = derivation.recurrence.gradient("V")
    assert text(notation.formula(expression(moved(term, 0)), T)) == f"H_tᵀ {adjoint}".replace(
        "H_tᵀ m_t 𝟏 𝟏ᵀ", "m_t H_tᵀ 𝟏 𝟏ᵀ"
    )
    assert tell(subject(derivation, Options(values=random_values(network, 2, 1)))).blocks
