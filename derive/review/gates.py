"""Gates: which parameter of a network belongs to which gate of a recurrent cell, read off its equations.

A gate is the nearest function that a parameter's equation leads to; f is what multiplies a state of the step before, g is the
candidate (tanh), i multiplies the candidate, o is left. Of three gates n is the candidate, z multiplies it, and r is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.graph import Graph
from derive.network import Network


@dataclass(frozen=True)
class Block:
    """The parameters of one gate: which role it has in which cell, and how each is used."""

    cell: str
    role: str
    weights: Mapping[str, str]
    """``ih``, ``hh``, and the biases ``b_ih`` and ``b_hh`` (the latter only if there are two), each with its parameter."""
    reset_after: bool = False


def blocks(graph: Graph) -> Iterator[Block]:
    """The gates of the network's cells, in the order of the equations."""
    network = graph.network
    gates: dict[str, dict[str, str]] = {}
    for name, rule in network.rules.items():
        here = [used for term in summands(rule) if (used := _used(network, term)) is not None]
        gate = _gate(graph, name) if here else None
        if gate is None:
            continue
        own = gates.setdefault(gate, {})
        kinds = {kind for kind, _ in here}
        for kind, parameter in here:
            later = kind == "b_ih" and (kind in own or ("hh" in kinds and "ih" not in kinds))
            own["b_hh" if later else kind] = parameter
    cells = {gate: _cell(graph, gate) for gate, own in gates.items() if "hh" in own}
    for gate, cell in cells.items():
        together = [other for other in cells if cells[other] == cell]
        yield Block(cell, _role(network, gate, together), gates[gate], _after(network, gates[gate]))


def summands(rule: Expr) -> tuple[Expr, ...]:
    """What is added in an equation, also inside its function."""
    match rule:
        case ex.Call(_, argument):
            return summands(argument)
        case ex.Add(terms):
            return terms
        case _:
            return (rule,)


def _used(network: Network, term: Expr) -> tuple[str, str] | None:
    """What a summand is of a gate: a weight of the input or of a state, or a bias; with its parameter."""
    if isinstance(term, Var) and term.name in network.parameters:
        return "b_ih", term.name
    parts = (term.left, term.right) if isinstance(term, ex.MatMul) else term.factors if isinstance(term, ex.Mul) else ()
    weights = [part.name for part in parts if isinstance(part, Var) and part.name in network.parameters]
    if len(weights) != 1:
        return None
    inside = [var for part in parts for var in ex.variables(part) if var.name != weights[0]]
    recurrent = any(var.lag or _is_reset(network, var) for var in inside if var.name in network.rules)
    return ("hh" if recurrent else "ih"), weights[0]


def _is_reset(network: Network, var: Var) -> bool:
    """Whether a value is a state of the step before, times a gate."""
    rule = network.rules[var.name]
    return isinstance(rule, ex.Mul) and any(
        isinstance(factor, Var) and factor.lag and factor.name in network.states for factor in rule.factors
    )


def _gate(graph: Graph, name: str) -> str | None:
    """The nearest variable that is a function of something, from an equation on: itself, or one that it leads to."""
    queue, seen = [name], {name}
    while queue:
        here = queue.pop(0)
        rule = graph.network.rules[here]
        if isinstance(rule, ex.Call) and rule.function in {"sigmoid", "tanh", "relu"}:
            return here
        if any(edge.lag for edge in graph.above[here]) or isinstance(rule, ex.Total):
            return None
        later = [edge.head for edge in graph.above[here] if edge.lag == 0 and edge.head not in seen]
        seen |= {*later}
        queue += later
    return None


def _cell(graph: Graph, gate: str) -> str:
    """The state that a gate's recurrent weight reads: the cell that it belongs to."""
    network = graph.network
    for name in (gate, *(edge.tail for edge in graph.below[gate] if edge.tail in network.rules)):
        for each in (name, *(edge.tail for edge in graph.below[name] if edge.tail in network.rules and edge.lag == 0)):
            for var in ex.variables(network.rules[each]):
                if var.lag and var.name in network.states:
                    return var.name
    return gate


def _role(network: Network, gate: str, together: list[str]) -> str:
    """Which gate it is, by what it multiplies."""
    if len(together) == 1:
        return "a"
    candidates = [
        name for name in together if isinstance(rule := network.rules[name], ex.Call) and rule.function == "tanh"
    ]
    if gate in candidates:
        return "n" if len(together) == 3 else "g"
    products = [term for rule in network.rules.values() for term in summands(rule) if isinstance(term, ex.Mul)]
    mine = [
        {(var.name, var.lag) for var in ex.variables(product)}
        for product in products
        if Var(gate, 0) in ex.variables(product)
    ]
    kept = any(lag and name in network.states for names in mine for name, lag in names)
    with_candidate = any((name, 0) in names for names in mine for name in candidates)
    if len(together) == 3:
        return "z" if with_candidate else "r"
    return "f" if kept else "i" if with_candidate else "o"


def _after(network: Network, own: Mapping[str, str]) -> bool:
    """Whether something is multiplied with the recurrent part of a gate from outside: the reset gate, after the matrix."""
    inside = [name for name, rule in network.rules.items() if own.get("hh") in {var.name for var in ex.variables(rule)}]
    return any(
        isinstance(term, ex.Mul) and any(Var(name, 0) in term.factors for name in inside)
        for rule in network.rules.values()
        for term in summands(rule)
    )
