"""Loss: L as a sum, its size before it is written, and L written out."""

from __future__ import annotations

import pytest
import sympy
from large import functions
from networks import ZOO, symbolic, unrolled

from derive.equations.algebra import step_symbol, to_sympy
from derive.equations.expression import ZERO, Expr, Var, children, variables
from derive.graph.loss import Loss
from derive.graph.rolled import Graph
from derive.graph.unrolled import Node, Unrolled
from derive.network.network import Network
from derive.network.toml import from_toml, load

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_size_is_that_of_the_loss_written_out(network: Network, steps: int) -> None:
    """Counted without writing it, the size is the number of symbols that stand in L written out."""
    loss = Loss(unrolled(network, steps))
    written = [loss.written_out(step) for step in loss.unrolled.loss_steps]
    written += [] if network.penalty_term is None else [network.penalty_term]
    assert loss.size == sum(len(list(variables(expr))) for expr in written)


@every_network
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_depth_is_that_of_the_loss_written_out(network: Network, steps: int) -> None:
    """Counted without writing it, the depth is that of the innermost variable of L written out."""

    def depth(expr: Expr) -> int:
        return 0 if isinstance(expr, Var) else 1 + max((depth(child) for child in children(expr)), default=-1)

    loss = Loss(unrolled(network, steps))
    assert loss.depths == {step: depth(loss.written_out(step)) for step in loss.unrolled.loss_steps}
    assert loss.depth == max((*loss.depths.values(), depth(network.penalty_term or ZERO)))


@every_network
def test_the_loss_written_out_knows_no_intermediate(network: Network) -> None:
    """Only parameters, data, and states outside 1 … T are left."""
    loss = Loss(unrolled(network, 3))
    for step in loss.unrolled.loss_steps:
        for var in variables(loss.written_out(step)):
            assert var.name not in network.variables or not 1 <= -(var.lag or 0) <= 3


@every_network
def test_both_ways_to_write_the_loss_are_the_same(network: Network) -> None:
    """Writing out in our expressions and then in SymPy is writing out in SymPy."""
    loss = Loss(unrolled(network, 2))
    losses = sum(symbolic(loss.written_out(step)) for step in loss.unrolled.loss_steps)
    whole = losses * symbolic(network.loss_weight) + symbolic(network.penalty_term or ZERO)
    assert whole == loss.in_symbols()


@every_network
def test_the_loss_written_out_is_the_equations_put_into_one_another(network: Network) -> None:
    """Substituting the equations in SymPy, one node after the other from the last, gives the same L."""
    graph = unrolled(network, 2)
    total = sum(step_symbol(network.loss, step) for step in graph.loss_steps)
    for node in graph.nodes_from_loss():
        total = total.xreplace({step_symbol(*node): _equation(network, node)})
    whole = total * symbolic(network.loss_weight) + symbolic(network.penalty_term or ZERO)
    assert sympy.expand(whole - Loss(graph).in_symbols()) == 0


def _equation(network: Network, node: Node) -> sympy.Expr:
    def leaf(expr: Expr) -> sympy.Expr | None:
        if not isinstance(expr, Var):
            return None
        if expr.at is not None:
            return step_symbol(expr.name, expr.at or 2)
        return step_symbol(expr.name, None if expr.lag is None else (node.step or 0) - expr.lag)

    return to_sympy(network.rules[node.name], leaf)


def test_the_loss_is_a_sum_over_the_steps_or_the_last_term() -> None:
    """With the loss at every step L has T terms, with the loss at the last step one."""
    assert [term.lag for term in Loss(unrolled(ZOO["tanh"], 3)).terms if isinstance(term, Var)] == [-1, -2, -3]
    assert Loss(unrolled(ZOO["last"], 3)).terms == (Var("l", -3),)


def test_an_enormous_loss_is_measured_and_not_written() -> None:
    """An LSTM's L over a thousand steps has more symbols than anybody could write, and the number is there at once."""
    assert Loss(unrolled(load("lstm-scalar"), 1_000)).size > 10**600


def test_functions_made_of_others_count_as_they_are_written_out() -> None:
    """Each of seven functions has the one before in it twice: so many symbols SymPy would be given."""
    network = from_toml(functions(), "functions", "functions.toml")
    assert Loss(Unrolled(Graph(network), 1)).size == 5
    assert Loss(Unrolled(Graph(network), 1)).symbols == 4 * (2**7 - 1) + 1
