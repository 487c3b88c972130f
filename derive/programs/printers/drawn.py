"""Drawn: from where the random numbers are at which a file of code checks its gradients.

Any are right for most networks. A logarithm or a root has no value at some: then numbers are drawn between 0 and 1, or 1 and 2,
where the network was found to have values.
"""

from __future__ import annotations

from typing import Final

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Graph, Unrolled
from derive.network import Network
from derive.numbers import safe_range

STEPS: Final = 5
"""T of the gradient check."""
PARTIAL: Final = frozenset({"log", "sqrt"})
"""Functions that have no real value at some numbers."""


def lowest(network: Network) -> int | None:
    """Where numbers have to be drawn from, from this to 1 more; None where any may be drawn, or no range is known."""
    if not any(map(_is_partial, ex.inside(*network.written, defined=True))):
        return None
    found = safe_range(Unrolled(Graph(network), max(STEPS, network.longest_step)))
    return None if found is None or found[0] < 0 else int(found[0])


def _is_partial(expr: Expr) -> bool:
    return (isinstance(expr, ex.Call) and expr.function in PARTIAL) or (
        isinstance(expr, ex.Pow) and expr.exponent.denominator != 1
    )
