"""Recurrence: the rules that come out of the graph, their proof, their boundary, their closed forms."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO, every_path, networks, symbolic, unrolled, up_to, weight

from derive.equations.expression import Var
from derive.graph.rolled import Graph
from derive.graph.unrolled import Arc, Node, Unrolled, targets
from derive.limits import Limits
from derive.network.network import Network
from derive.network.toml import load, ready_made
from derive.paths.paths import PathSum, paths_to
from derive.paths.words import Words
from derive.recurrence.recurrence import Recurrence, Rule
from derive.recurrence.run import words
from derive.recurrence.tree import All, Either, Start, Then, Tree, adjoint_var, adjoints, either, expression

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
READY_MADE = pytest.mark.parametrize("name", ready_made())


@every_network
@pytest.mark.parametrize("steps", range(1, 6))
def test_the_rules_unrolled_are_the_paths(network: Network, steps: int) -> None:
    """For every T the rules give, for each named adjoint and each gradient, exactly the enumerated paths."""
    graph = unrolled(network, steps)
    recurrence = Recurrence(graph.graph)
    found = recurrence.adjoints(graph, Words.letter, Words())
    for node in recurrence.nodes(graph):
        assert found[node] == Words.of(path.word for path in paths_to(graph, node))
    for target in targets(graph):
        by_rules = recurrence.derivative(graph, target, Words.letter, found, Words())
        assert by_rules == PathSum(graph, target).words


@up_to(3, gates=2)
def test_the_rules_are_the_path_sum_in_node_symbols(name: str, steps: int) -> None:
    """The gradients by the rules and the sum of path products are the same expression in node symbols."""
    graph = unrolled(ZOO[name], steps)
    recurrence = Recurrence(graph.graph)
    known: dict[Var, sympy.Expr] = {}
    for node in recurrence.nodes(graph):
        tree = recurrence.at(graph, node)
        known[adjoint_var(node)] = symbolic(expression(tree), known) if tree else sympy.Integer(0)
    for target in targets(graph):
        by_rules = symbolic(expression(either(recurrence.gradient_at(graph, target))), known)
        by_paths = sum(sympy.prod(weight(arc) for arc in path.arcs) for path in PathSum(graph, target))
        assert sympy.expand(by_rules - by_paths) == 0


@settings(max_examples=40, deadline=None)
@given(st.one_of(networks(), networks(one_step=True)), st.integers(1, 4))
def test_the_rules_of_random_networks_are_their_paths(network: Network, steps: int) -> None:
    """Whatever the network, the rules unrolled are the paths, and the induction holds."""
    graph = unrolled(network, steps)
    recurrence = Recurrence(graph.graph)
    found = recurrence.adjoints(graph, Words.letter, Words())
    for node in recurrence.nodes(graph):
        assert found[node] == Words.of(path.word for path in paths_to(graph, node))
    assert recurrence.induction_holds()


@every_network
def test_the_induction_holds(network: Network) -> None:
    """The step of the induction is an identity of polynomials in free symbols."""
    assert Recurrence(Graph(network)).induction_holds()


@READY_MADE
def test_the_induction_holds_for_every_ready_made_network(name: str) -> None:
    """So it is for vectors, whose factors do not commute."""
    assert Recurrence(Graph(load(name))).induction_holds()


def damaged(tree: Tree, graph: Graph) -> list[Tree]:
    """Trees that are nearly a rule: a term lost, doubled, or one step off, an arc lost or taken twice."""
    parts = tree.parts if isinstance(tree, Either) else (tree,)
    found: list[Tree] = [
        either(parts[1:]),
        either((*parts, parts[0])),
        either((*parts, Start(Arc(graph.loss_edge, 0)))),
    ]
    for place, part in enumerate(parts):
        others = (*parts[:place], *parts[place + 1 :])
        if isinstance(part, Then):
            found += [
                either((part.inner, *others)),
                either((Then(part, part.arc), *others)),
                either((Then(part.inner, Arc(part.arc.edge, part.arc.step + 1)), *others)),
            ]
        if adjoints(part):
            found.append(either((All(adjoints(part)[0]), *others, part)))
    return found


@every_network
def test_a_damaged_rule_breaks_the_induction(network: Network) -> None:
    """A rule that lost a term, has one too many, or is one step off is not a solution any more."""
    for name, rule in Recurrence(Graph(network)).rules.items():
        for tree in damaged(rule.tree, Graph(network)):
            recurrence = Recurrence(Graph(network))
            recurrence.__dict__["rules"] = {**recurrence.rules, name: Rule(name, tree)}
            assert not recurrence.induction_holds()


def test_a_lost_use_breaks_the_induction() -> None:
    """A recurrence that overlooks one use of a parameter does not hold."""
    recurrence = Recurrence(Graph(ZOO["shared parameter"]))
    complete = recurrence.gradient("w")
    assert len(complete) == 2
    object.__setattr__(recurrence, "gradient", lambda _: complete[1:])
    assert not recurrence.induction_holds()


def test_the_rule_of_the_elman_network_is_the_one_in_the_books() -> None:
    """δ_t = w_y (y_t − ŷ_t) + w_h (1 − h_{t+1}²) δ_{t+1}, with t = 0 here."""
    recurrence = Recurrence(Graph(load("elman")))
    (rule,) = recurrence.rules.values()
    now, later = rule.parts
    assert str(symbolic(expression(now))) == "w_y*(y_0 - yhat_0)"
    assert (
        str(symbolic(expression(later), {adjoint_var(Node("h", 1)): sympy.Symbol("delta")})) == "delta*w_h*(1 - h_1**2)"
    )
    assert rule.ahead == 1
    assert recurrence.named == ("h",)


def test_the_boundary_is_where_later_steps_do_not_exist() -> None:
    """At T only the term from the loss is left; with the loss at the last step, only the other term before."""
    graph = unrolled(ZOO["last"], 3)
    rule = Recurrence(graph.graph).rules["h"]
    assert len(rule.parts) == 2
    last, before = rule.at(graph, 3), rule.at(graph, 2)
    assert last is not None
    assert before is not None
    assert (adjoints(last), adjoints(before)) == ((), (Node("h", 3),))


def test_an_adjoint_that_no_path_leads_to_has_no_rule_at_that_step() -> None:
    """With lag 2 and the loss at T, every other adjoint is 0: it is neither computed nor used."""
    graph = unrolled(ZOO["every other step"], 5)
    recurrence = Recurrence(graph.graph)
    assert [recurrence.rules["h"].at(graph, step) is None for step in range(1, 6)] == [False, True, False, True, False]
    assert len(recurrence.gradient_at(graph, Node("w"))) == 3


def test_terms_come_in_the_order_of_their_step() -> None:
    """A gradient written for this T lists its uses by step, whichever equation they are in."""
    graph = unrolled(ZOO["shared parameter"], 3)
    terms = Recurrence(graph.graph).gradient_at(graph, Node("w"))
    steps = [term.arc.step for term in terms if isinstance(term, Then)]
    assert steps == [1, 1, 2, 2, 3, 3]


def test_an_author_may_say_which_adjoints_have_a_name() -> None:
    """Besides the states, those adjoints are named that the network asks for, and no others."""
    assert Recurrence(Graph(ZOO["chosen adjoints"])).named == ("y", "h", "a")
    assert Recurrence(Graph(ZOO["gates"])).named == ("h", "c")


def test_a_parameter_that_the_loss_does_not_see_has_no_terms() -> None:
    """Its gradient is the empty sum, for general t and for every T."""
    graph = unrolled(ZOO["no path"], 3)
    recurrence = Recurrence(graph.graph)
    assert recurrence.gradient("idle") == ()
    assert recurrence.gradient_at(graph, Node("idle")) == ()
    assert "log_only" not in recurrence.reached
    assert every_path(ZOO["no path"], 3, Node("idle")) == []


def test_a_long_chain_of_equations_needs_no_deep_recursion() -> None:
    """A network of hundreds of equations within a step has its rules all the same."""
    equations = {"a0": "w*h[t-1]"} | {f"a{place}": f"sin(a{place - 1}[t])" for place in range(1, 400)}
    network = Network(
        name="long",
        equations={**equations, "h": "a399[t]", "l": "h[t]**2"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
        limits=Limits(equations=500),
    )
    recurrence = Recurrence(Graph(network))
    assert recurrence.induction_holds()
    assert PathSum(Unrolled(recurrence.graph, 10), Node("w")).count == 55


def test_a_thousand_steps_are_unrolled_folded_and_written_without_deep_recursion() -> None:
    """At T = 1,000 graph, counts, rules, gradient and closed form are there."""
    graph = unrolled(load("elman"), 1_000)
    recurrence = Recurrence(graph.graph)
    terms = recurrence.gradient_at(graph, Node("w_h"))
    (form,) = recurrence.closed_forms
    assert len(terms) == 1_000
    tree = form.at(graph, Node("h", 900))
    assert tree is not None
    assert sum(words(tree, lambda _: Words()).terms.values()) == 101


@pytest.mark.parametrize(
    ("name", "state", "ahead"), [("narx", "y", 2), ("elman", "h", 1), ("bidirectional", "g", -1), ("gru", "zbar", 0)]
)
def test_how_far_a_rule_looks_ahead(name: str, state: str, ahead: int) -> None:
    """A rule looks as many steps ahead as its longest lag, back for a state that runs backwards, and not at all for a gate."""
    assert Recurrence(Graph(load(name))).rules[state].ahead == ahead


def test_the_derivative_by_a_loss_is_1() -> None:
    """Of the paths to the loss of a step there is one, of one arc."""
    graph = Graph(load("elman"))
    assert Recurrence(graph).gradient_at(Unrolled(graph, 3), Node("l", 2)) == (Start(Arc(graph.loss_edge, 2)),)
