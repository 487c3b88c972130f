"""Trees that stand for sets of paths, and what may be done to them without changing the set."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import ZOO, symbolic, unrolled
from worked import same, total, worked

from derive.graph.unrolled import Arc, Node, targets
from derive.network.network import Network
from derive.network.toml import load
from derive.numbers.compile import compiled
from derive.numbers.example import precision
from derive.paths.paths import PathSum
from derive.paths.words import Words
from derive.recurrence.run import words
from derive.recurrence.tree import (
    All,
    Either,
    Start,
    Then,
    Tree,
    adjoint_var,
    adjoints,
    along,
    either,
    expression,
    has_start,
    merged,
    moved,
    path_tree,
    replaced,
    spine,
    spread,
    within,
)

every_network = pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
GRAPH = unrolled(ZOO["tanh"], 6)
DEEP = 5_000


def start(step: int) -> Start:
    """The arc from L to the loss of a step."""
    return Start(Arc(GRAPH.graph.loss_edge, step))


arcs = st.builds(Arc, st.sampled_from(GRAPH.graph.edges), st.integers(-2, 8))
leaves = st.one_of(
    st.builds(start, st.integers(-2, 8)),
    st.builds(lambda name, step: All(Node(name, step)), st.sampled_from(["h", "o"]), st.integers(-2, 8)),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Then, inner, arcs),
        st.builds(lambda parts: Either(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=8,
)


def letter(node: Node) -> Words:
    """The paths of an adjoint as one symbol."""
    return Words.of([((-2 - len(node.name), node.step or 0),)])


def deep(inner: Tree) -> Tree:
    """A tree continued along more arcs than Python's stack has room for."""
    return along(inner, (Arc(GRAPH.graph.edges[step % 5], step % 7) for step in range(DEEP)))


def nested(tree: Tree) -> bool:
    """Whether a union stands directly inside a union."""
    first, _ = spine(tree)
    return isinstance(first, Either) and any(isinstance(part, Either) or nested(part) for part in first.parts)


@every_network
def test_a_path_as_a_tree_is_that_path(network: Network) -> None:
    """The tree of a path has the path as its only word and the path's product as its expression."""
    graph = unrolled(network, 3)
    for target in targets(graph):
        for path in PathSum(graph, target):
            assert words(path_tree(path), letter) == Words.of([path.word])
            assert symbolic(expression(path_tree(path))) == symbolic(path.product)


@given(trees)
def test_a_tree_is_its_beginning_and_the_arcs_that_follow(tree: Tree) -> None:
    """Taking a tree apart and putting it together again gives the tree."""
    first, onward = spine(tree)
    assert not isinstance(first, Then)
    assert along(first, onward) == tree


@given(trees)
def test_flattening_and_spreading_keep_the_set_of_paths(tree: Tree) -> None:
    """Neither merging unions nor multiplying out changes which paths there are, or how often."""
    assert words(merged(tree), letter) == words(tree, letter)
    assert not nested(merged(tree))
    assert words(either(spread(tree)), letter) == words(tree, letter)
    assert not any(isinstance(spine(term)[0], Either) for term in spread(tree))


@given(trees)
def test_factoring_out_keeps_the_polynomial(tree: Tree) -> None:
    """A tree and its terms multiplied out are the same polynomial in node symbols."""
    assert (symbolic(expression(tree)) - symbolic(expression(either(spread(tree))))).expand() == 0


@given(trees, st.integers(-3, 3))
def test_moving_there_and_back_changes_nothing(tree: Tree, by: int) -> None:
    """Every step is moved alike, so that moving is undone by moving back."""
    assert moved(moved(tree, by), -by) == tree
    assert words(moved(tree, by), letter).terms == {
        tuple((key, step + by) for key, step in word): times for word, times in words(tree, letter).terms.items()
    }


@given(trees, st.integers(1, 6))
def test_the_boundary_removes_exactly_the_paths_that_leave_it(tree: Tree, steps: int) -> None:
    """Within 1 … T are those paths all of whose arcs, losses and adjoints lie there, and no other."""
    left = within(tree, steps, range(1, steps + 1))
    kept = {
        word: times for word, times in words(tree, letter).terms.items() if all(1 <= step <= steps for _, step in word)
    }
    assert words(left, letter).terms == kept
    assert left is None or kept


@given(trees)
def test_adjoints_that_no_path_reaches_are_left_out_when_asked(tree: Tree) -> None:
    """Given the nodes that L reaches, a tree keeps no other adjoint."""
    left = within(tree, 6, range(1, 7), reached={Node("h", 2)})
    assert left is None or set(adjoints(left)) <= {Node("h", 2)}


@given(trees)
def test_replacing_adjoints_by_themselves_changes_nothing(tree: Tree) -> None:
    """Each adjoint is replaced, and nothing else."""
    assert replaced(tree, All) == tree
    assert not adjoints(replaced(tree, lambda node: start(node.step or 0)))


@given(trees)
def test_a_tree_knows_what_it_is_made_of(tree: Tree) -> None:
    """Its adjoints and whether it begins at a loss are what its words say."""
    begins = {word[0][0] for word in words(tree, letter).terms}
    assert has_start(tree) == (-1 in begins)
    assert {word[0][0] for node in adjoints(tree) for word in letter(node).terms} == begins - {-1}


def test_a_union_of_one_is_that_one_unless_bundled() -> None:
    """A single part needs no union around it, except where it is printed as a group."""
    assert either([start(1)]) == start(1)
    assert either([start(1)], bundled=True) == Either((start(1),), bundled=True)


@pytest.mark.parametrize("first", [start(3), All(Node("h", 3)), Either((start(1), start(2)))])
def test_trees_may_be_deeper_than_the_stack(first: Tree) -> None:
    """A path over thousands of arcs goes through every operation without recursion."""
    tree = deep(first)
    assert all(len(word) == DEEP + 1 for word in words(tree, letter).terms)
    assert adjoints(tree) == adjoints(first)
    assert has_start(tree) == has_start(first)
    assert words(moved(moved(tree, 9), -9), letter) == words(tree, letter)
    assert words(merged(tree), letter) == words(tree, letter)
    assert len(spread(tree)) == len(spread(first))
    assert within(tree, 6, range(1, 7)) is None
    assert within(moved(tree, 1), 7, range(1, 8)) is not None
    assert words(replaced(tree, All), letter) == words(tree, letter)
    assert expression(tree) is not None


def test_the_adjoint_of_a_node_is_a_variable_of_its_own() -> None:
    """δ of h at step 2 is told apart from h itself, and from the δ of other steps."""
    assert adjoint_var(Node("h", 2)) != adjoint_var(Node("h", 3))
    assert adjoint_var(Node("h", 2)).lag == -2
    assert adjoint_var(Node("w")).lag is None


@pytest.mark.parametrize("several", [1, 2, 3])
def test_matrices_after_a_sum_stand_in_the_order_of_the_path(several: int) -> None:
    """Where paths of a vector network end alike, their sum is continued along the arcs they share, the first one first."""
    evaluation = worked(load("elman-vector"), 3)
    target = Node("h", 0)
    paths = sorted(PathSum(evaluation.unrolled, target), key=lambda path: path.word[-several:])
    alike = [list(group) for _, group in groupby(paths, key=lambda path: path.word[-several:])]
    assert max(map(len, alike)) > 1
    with precision(evaluation.bits):
        for group in alike:
            heads = tuple(along(Start(path.arcs[0]), path.arcs[1:-several]) for path in group)
            tree = along(Either(heads), group[0].arcs[-several:])
            value = compiled(expression(moved(tree, -1)), evaluation.system)(evaluation.storage, 1)
            assert same(value, total([evaluation.product(path) for path in group], evaluation.value(target) * 0))
