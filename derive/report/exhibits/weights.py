"""Weights: which parameters multiply which argument of an equation, so that they can stand beside its arrow.

In tanh(w_x x_t + w_h h_{t−1} + b) it is w_x for x_t, w_h for h_{t−1}; b multiplies none, and stands beside the node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.equations import Expr
from derive.equations import expression as ex
from derive.network import Network
from derive.report.exhibits.places import Fixed, Link


def on_arrows(network: Network) -> Mapping[Link | Fixed, tuple[str, ...]]:
    """Per arrow the parameters that multiply its tail in the equation of its head, in the order of writing."""
    found: dict[Link | Fixed, dict[str, None]] = {}
    for head, rule in network.rules.items():
        for var, parameter in _products(rule, ()):
            link = Fixed(var.name, head, var.at) if var.at is not None else Link(var.name, head, var.lag or 0)
            found.setdefault(link, {})[parameter] = None
    return {link: tuple(names) for link, names in found.items()}


def at_nodes(network: Network, beside: Mapping[Link | Fixed, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Per variable the parameters of its equation that stand ``beside`` none of its arrows."""
    found: dict[str, tuple[str, ...]] = {}
    for head, rule in network.rules.items():
        placed = {name for link, names in beside.items() if link.head == head for name in names}
        known = (var.name for var in ex.variables(rule) if var.lag is None and var.at is None)
        names = dict.fromkeys(name for name in known if name not in placed)
        if names:
            found[head] = tuple(names)
    return found


def _products(expr: Expr, factors: tuple[str, ...]) -> Iterator[tuple[ex.Var, str]]:
    """Every argument in an expression with each parameter that multiplies it; ``factors`` multiply the whole."""
    match expr:
        case ex.Var(_, lag, at):
            yield from ((expr, parameter) for parameter in factors if lag is not None or at is not None)
        case ex.Mul() | ex.MatMul() | ex.Dot():
            parts = ex.children(expr)
            for part in parts:
                others = (name for other in parts if other is not part for name in _parameters(other))
                yield from _products(part, (*factors, *others))
        case ex.Call():
            for part in ex.children(expr):
                yield from _products(part, ())
        case _:
            for part in ex.children(expr):
                yield from _products(part, factors)


def _parameters(expr: Expr) -> tuple[str, ...]:
    """The parameters of a factor that has no other arguments."""
    found = tuple(ex.variables(expr))
    return tuple(var.name for var in found if var.at is None) if all(var.lag is None for var in found) else ()
