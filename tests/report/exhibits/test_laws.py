"""Laws: drawings of random networks obey them, and each law finds what it forbids."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawings import drawn, network, subject

from derive.graph import Node
from derive.network import from_toml, load
from derive.notation.measure import width
from derive.report.exhibits import diagram, graphs, laws
from derive.report.exhibits.drawing import Bar, Drawing, Stroke, Tag
from derive.report.exhibits.labels import EM_IN_NODE
from derive.report.exhibits.routes import Route

READY_MADE = ("elman", "elman-vector", "lstm", "gru", "bidirectional", "stacked", "narx", "jordan", "many-to-one")


def elman() -> Drawing:
    """The Elman network over three steps, as it is drawn."""
    found = diagram.unrolled(subject(load("elman"), 3))
    assert found is not None
    return found.drawing


@pytest.mark.parametrize("seed", range(24))
def test_random_networks_are_drawn_truly_or_not_at_all(seed: int) -> None:
    """No picture of a network with several states, lags, directions and long names breaks a law, for T = 1 … 8."""
    assert not drawn(network(seed), 1 + seed % 8).breaches


@pytest.mark.slow
@pytest.mark.parametrize("begin", range(0, 2000, 50))
def test_two_thousand_networks_are_drawn_truly_or_not_at_all(begin: int) -> None:
    """The same for 2,000 networks."""
    for seed in range(begin, begin + 50):
        assert not drawn(network(seed), 1 + seed % 8).breaches, seed


@pytest.mark.parametrize("name", READY_MADE)
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_ready_made_networks_are_drawn(name: str, steps: int) -> None:
    """One step, the unrolled graph and the paths of every kind of ready-made network are drawn, and truly."""
    found = drawn(load(name), steps)
    assert not found.breaches
    assert found.cell
    assert found.zoom


@pytest.mark.parametrize("steps", [1, 3])
def test_a_long_name_makes_its_node_wider_and_overlaps_nothing(steps: int) -> None:
    """A node grows with its name: no node, arrow or label lies on another. What no page has room for is not drawn."""
    state, out = "remembered", "announced"
    long = from_toml(elman_with(state, out), "long")
    short = from_toml(elman_with("h", "y"), "short")
    found = drawn(long, steps)
    assert not found.breaches
    assert (found.zoom, found.cell, found.complete) == ("equations", True, True)
    for name, other in ((state, "h"), (out, "y")):
        wide = graphs.half(subject(long, steps), name)
        assert wide > 1.5 * graphs.half(subject(short, steps), other)
        assert 2 * wide > EM_IN_NODE * width(subject(long, steps).node(Node(name, steps)))
    assert not drawn(from_toml(elman_with(2 * state, 2 * out), "longer"), steps).breaches


def elman_with(state: str, out: str) -> str:
    """Elman's network, its state and output by other names."""
    return f"""
        parameters = ["w_x", "w_h", "w_y"]
        inputs = ["x"]
        targets = ["a"]
        loss = "l"
        initial = {{ {state} = 0 }}
        equations = {{ {state} = "tanh(w_x*x[t] + w_h*{state}[t-1])", {out} = "w_y*{state}[t]", l = "({out}[t] - a[t])**2/2" }}
        values = {{ w_x = 0.5, w_h = 0.5, w_y = 0.5, x = [1], a = [1] }}
    """


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
def test_arrows_from_one_step_to_all_are_drawn(steps: int) -> None:
    """A classifier that reads the last state of one direction and the first of the other, at any T: with its paths."""
    found = drawn(load("bidirectional-classifier"), steps)
    assert found.complete
    assert not found.breaches
    about = subject(load("bidirectional-classifier"), steps)
    along = diagram.paths(about, Node("w_h"))
    assert along is not None
    ends = {(stroke.tail, stroke.head.step) for stroke in along.drawing.strokes if stroke.anchor is not None}
    assert {(Node("h", steps), 1), (Node("h", steps), steps), (Node("g", 1), 1), (Node("g", 1), steps)} <= ends


def test_an_arrow_through_a_node_is_found() -> None:
    """An arrow from l_1 down to x_1 would run through what stands between."""
    drawing = elman()
    at = {dot.node: dot.at for dot in drawing.dots}
    (x, y), (u, v) = at[Node("l", 1)], at[Node("x", 1)]
    stroke = Stroke(Node("l", 1), Node("x", 1), Route((x, y - 0.41), (u, v + 0.41)))
    found = laws.broken(replace(drawing, strokes=(*drawing.strokes, stroke)))
    assert "l_1 → x_1 runs through h_1" in found
    assert "x_1 → a_1 and l_1 → x_1 share a stretch" in found


def test_an_arrow_that_does_not_reach_its_node_is_found() -> None:
    """An arrow that ends in the air, or at another node, says nothing true."""
    drawing = elman()
    first = drawing.strokes[0]
    short = replace(first, route=first.route.part(0.0, 0.4))
    found = laws.broken(replace(drawing, strokes=(short, *drawing.strokes[1:])))
    arrow = f"{first.tail.name}_{first.tail.step} → {first.head.name}_{first.head.step}"
    assert found == [f"{arrow} does not reach {first.head.name}_{first.head.step}"]


def test_nodes_and_labels_on_one_another_are_found() -> None:
    """A node on a node, a label on a stroke, on a node, or on another label."""
    drawing = elman()
    one, other = drawing.dots[:2]
    crowded = replace(
        drawing, dots=(one, replace(other, at=(one.at[0] + 0.5, one.at[1])), *drawing.dots[2:]), strokes=()
    )
    assert any("stands on" in breach for breach in laws.broken(crowded))
    stroke = next(stroke for stroke in drawing.strokes if stroke.tail == Node("h", 1) and stroke.head == Node("y", 1))
    middle = stroke.route.part(0.5, 1.0).start
    tag = Tag(middle, 0.4, 0.3, stroke)
    found = laws.broken(drawing.with_tags((tag, tag, Tag(one.at, 0.2, 0.2, one.node))))
    assert any("is on h_1 → y_1" in breach for breach in found)
    assert any("is on another" in breach for breach in found)
    assert any(f"is on {one.node.name}_{one.node.step}" in breach for breach in found)


def test_time_and_the_loss_have_their_sides() -> None:
    """Mirrored, time runs to the left; upside down, the loss is below."""
    drawing = elman()
    mirrored = replace(
        drawing, dots=tuple(replace(dot, at=(-dot.at[0], dot.at[1])) for dot in drawing.dots), strokes=()
    )
    assert any("left of what comes after" in breach for breach in laws.broken(mirrored))
    assert any("h_0 does not stand outside" in breach for breach in laws.broken(mirrored))
    box = (0.0, -2.0, 5.0, -1.5)
    below = replace(drawing, bars=(Bar(Node("L"), box),), strokes=())
    assert any("wrong side" in breach for breach in laws.broken(below))


def test_a_missing_arrow_is_found() -> None:
    """Every arrow of the graph is asked for; only one to or from a step that is left out may be missing."""
    drawing = elman()
    arrows = [(stroke.tail, stroke.head) for stroke in drawing.strokes]
    assert laws.missing(drawing, arrows) == []
    assert laws.missing(replace(drawing, strokes=drawing.strokes[1:]), arrows) == arrows[:1]
