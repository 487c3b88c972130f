"""The chapter on truncation: its numbers are those of the mathematics."""

from __future__ import annotations

import pytest
from chapter_documents import about, handout, table
from reading import (
    number,
)

from derive.numbers.truncated import truncated_gradient


@pytest.mark.parametrize(
    ("network", "steps", "window"), [("elman", 8, (4, 2)), ("narx", 6, (3, 1)), ("lstm-scalar", 3, (2, 1))]
)
def test_truncated_and_bias_are_the_gradient(network: str, steps: int, window: tuple[int, int]) -> None:
    """The printed truncated gradient and bias are those of the truncation, and add up to the gradient."""
    derivation, evaluation = about(network, steps).derivation, about(network, steps).evaluation
    truncation = derivation.truncation(*window)
    document = handout("en", network, steps, window if network == "elman" else None)
    kept, numbers = table(document, "tab-kept"), table(document, "tab-truncated")
    for target, counts, row in zip(derivation.targets, kept, numbers, strict=True):
        assert list(map(int, counts[1:])) == [
            truncation.kept(target) + truncation.dropped(target),
            truncation.kept(target),
            truncation.dropped(target),
        ]
        truncated, bias, full = map(number, row[1:])
        both = truncated_gradient(truncation, evaluation, target)
        assert truncated == pytest.approx(float(both.gradient), abs=5.1e-5)
        assert bias == pytest.approx(float(both.bias), abs=5.1e-5)
        assert truncated + bias == pytest.approx(full, abs=1.6e-4)
        assert full == pytest.approx(float(evaluation.gradient(target)), abs=5.1e-5)
