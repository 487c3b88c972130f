"""Testing: for tests of one's own — a function's loss and gradients have to be those of a network's equations.

from derive.testing import assert_gradients

def test_my_backward_pass():
    assert_gradients(loss_and_gradients, "lstm")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from derive.graph import Graph
from derive.network import Network, load
from derive.notation.text import text_lines
from derive.recurrence import Recurrence
from derive.report.document import Block, Display, Heading, Paragraph, plain
from derive.report.options import Options
from derive.report.review import reviewed
from derive.review import audit, here

__all__ = ["assert_gradients"]


def assert_gradients(
    function: Callable[..., Any], network: str | Path | Network, *, steps: Sequence[int] = (), tensors: bool = False
) -> None:
    """Raise `AssertionError`, which says what differs and why, unless a function's loss and gradients are a network's.

    The function is called with values by the names of its arguments: parameters, data stacked over the steps, initial values
    (``h_0``); it returns the loss and the gradients by name, see `derive.review.calling`. ``tensors``: with those of PyTorch.

    >>> net = Network(
    ...     name="row", equations={"y": "w*x[t]", "l": "y[t]**2/2"}, parameters=("w",), inputs=("x",), loss="l",
    ... )
    >>> assert_gradients(lambda w, x: (sum((w * x) ** 2) / 2, {"w": sum(x * (w * x))}), net)
    >>> assert_gradients(lambda w, x: (sum((w * x) ** 2) / 2, {"w": 2 * sum(x * (w * x))}), net)
    Traceback (most recent call last):
    ...
    AssertionError: the gradient by w differs
    What explains dL/dw
    This is 2 times the right gradient.
    In this network that is the same as: In the sum for dL/dw: the term counts twice.
    """
    declared = load(network)
    found = audit(Recurrence(Graph(declared)), here(function, tensors=tensors), steps)
    if found.agrees:
        return
    told = reviewed(declared, Options(), found).document
    differing = ", ".join(found.comparison.differing)
    what = f"the gradient by {differing} differs" if differing else "the loss differs"
    lines = [line for block in told.blocks[1:] for line in _lines(block)]
    raise AssertionError("\n".join((what, *lines)))


def _lines(block: Block) -> list[str]:
    """A block of the answer as lines of plain text."""
    match block:
        case Heading(_, inlines) | Paragraph(inlines):
            return [plain(inlines)]
        case Display(lines):
            return text_lines(lines).splitlines()
        case _:
            return []
