"""Diagram: what stands in the pictures of the graph."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import drawings
import pytest
from reading import running
from subjects import about

from derive.derivation import derive
from derive.graph import Graph
from derive.graph.unrolled import TOTAL, Node
from derive.network import Network, load
from derive.notation.formula import Number, Sign, Symbol
from derive.notation.measure import width
from derive.notation.text import text
from derive.report.document import Arrow, Figure, Label, Text, plain
from derive.report.document import Node as Circle
from derive.report.exhibits import diagram, folding, level, paths, walk, weights
from derive.report.exhibits.drawing import Stroke
from derive.report.exhibits.labels import BESIDE, EM, EM_IN_NODE, HIGH, HIGHER, half_around
from derive.report.exhibits.laws import broken, enters
from derive.report.exhibits.places import RADIUS, Link
from derive.report.options import Options
from derive.report.publish import subject, told_otherwise


@pytest.mark.parametrize(
    ("network", "steps", "target", "counted"),
    [
        ("elman", 8, "w_h", "all"),
        ("elman", 1000, "w_h", "all"),
        ("elman", 1, "w_h", "none"),  # a single path
        ("lstm-scalar", 3, "w_hi", "all"),
        ("gru-scalar", 6, "w_hr", "some"),
        ("lstm-scalar", 20, "w_hf", "none"),  # numbers with many digits
    ],
)
def test_numbers_stand_beside_arrows(network: str, steps: int, target: str, counted: str) -> None:
    """The numbers drawn are as many as the caption says, and none of them touches anything."""
    found = diagram.paths(told_otherwise(about(network, steps), zoom="equations"), Node(target))
    assert found is not None
    assert found.counted == counted
    assert broken(found.drawing) == []
    lit = [shape for shape in found.picture.shapes if isinstance(shape, Arrow) and shape.strong and not shape.faint]
    numbers = [shape for shape in found.picture.shapes if isinstance(shape, Label) and shape.role == "path"]
    whole = [stroke for stroke in found.drawing.strokes if stroke.whole]
    wanted = {"all": 0 < len(numbers) <= len(lit), "some": 0 < len(numbers) < len(lit), "none": not numbers}
    assert wanted[counted]
    assert len(numbers) <= len(whole)


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("lstm-scalar", 3), ("narx", 4), ("bidirectional", 3)])
def test_numbers_of_paths_balance(network: str, steps: int) -> None:
    """As many paths enter a node as leave it, as many arrive at the bar as leave L: all of them."""
    subject = about(network, steps)
    target = next(iter(subject.derivation.targets))
    found = diagram.backward(subject, target)
    assert found is not None
    sums = subject.derivation.paths(*target)
    entering: dict[Node, int] = {}
    leaving: dict[Node, int] = {}
    for stroke in found.drawing.strokes:
        number = diagram.load(sums, found.level, stroke)
        entering[stroke.tail] = entering.get(stroke.tail, 0) + number
        leaving[stroke.head] = leaving.get(stroke.head, 0) + number
    assert leaving[TOTAL] == entering[target] == sums.count
    for node in entering.keys() & leaving.keys():
        assert entering[node] == leaving[node], node


def test_arrows_of_states_stand_for_all_ways() -> None:
    """From h to c of an LSTM three ways lead, through three gates; within a step one leads from c to h."""
    found = level.states(about("lstm", 3).derivation.graph)
    assert dict(found.links) == {
        Link("h", "c", 1): 3,
        Link("c", "c", 1): 1,
        Link("h", "h", 1): 1,
        Link("c", "h", 0): 1,
        Link("h", "l", 0): 1,
    }
    assert found.uses["W_hi"] == {"c": 1}


def test_a_parameter_stands_beside_what_it_multiplies() -> None:
    """Inside brackets and products as well; what multiplies nothing stands beside the node."""
    network = load("gru-scalar")
    assert weights.on_arrows(network)[Link("h", "nbar", 1)] == ("w_hn",)
    assert weights.on_arrows(network)[Link("r", "nbar", 0)] == ("w_hn",)
    assert Link("h", "h", 1) not in weights.on_arrows(network)
    vectors = load("elman-vector")
    assert weights.at_nodes(vectors, weights.on_arrows(vectors)) == {"a": ("b_h",), "y": ("b_y",)}


def test_cell_is_a_general_step() -> None:
    """The picture of one step has its names at t, and what enters from another step at t−1, in a broken line."""
    found = diagram.cell(about("elman", 3))
    assert found is not None
    names = {text(shape.label): shape.dashed for shape in found.picture.shapes if isinstance(shape, Circle)}
    assert names["h_{t−1}"]
    assert not names["h_t"]
    assert "L" not in names


def test_a_cut_arrow_is_drawn_broken_and_no_path_follows_it() -> None:
    """What stop_gradient lets no gradient through is an arrow of the picture, broken, and of no path."""
    network = Network(
        name="cut",
        equations={"h": "tanh(w*x[t] + u*stop_gradient(h[t-1]))", "s": "h[t] + s[t-1]", "l": "s[t]**2"},
        parameters=("w", "u"),
        inputs=("x",),
        loss="l",
        initial={"h": 0, "s": 0},
    )
    found = level.equations(Graph(network))
    assert found.cut == {Link("h", "h", 1)}
    assert Link("h", "h", 1) not in found.backward.links
    shown = diagram.unrolled(drawings.subject(network, 2))
    assert shown is not None
    dashed = [shape for shape in shown.picture.shapes if isinstance(shape, Arrow) and shape.dashed]
    assert len(dashed) == 2


def test_captions_of_states_say_what_is_drawn() -> None:
    """They speak of numbers beside arrows where such stand, and of ways left out where no gradient goes through some."""
    rules = {
        "m": "x[t-1]/2",
        "M": "p[t-1]/4 + q",
        "u": "M[t] + r",
        "d": "z[t] - m[t]",
        "k": "M[t]/u[t]",
        "x": "m[t] + k[t]*d[t]",
        "p": "(1 - k[t])*M[t]",
        "e": "(log(2*pi*u[t]) + d[t]**2/u[t])/2",
    }
    begin, values = {"x": 0, "p": 1}, {"q": 1, "r": 2, "z": 1}
    filtering = Network("filter", rules, ("q", "r"), "e", inputs=("z",), initial=begin, values=values)
    cut = replace(filtering, equations=rules | {"d": "z[t] - m[t] + stop_gradient(x[t-1])"})
    names = ["h", *(f"a{place}" for place in range(9))]
    chain = {"a0": "h[t-1]*x[t]"} | {one: f"{before}[t]*x[t]" for before, one in pairwise(names[1:])}
    chain |= {"h": f"tanh({names[-1]}[t])", "l": "w*h[t]"}
    one_way = Network("chain", chain, ("w",), "l", inputs=("x",), initial={"h": 1}, values={"w": 1, "x": 1})
    said = {}
    subjects = {
        "full": about("lstm", 3),
        "bare": subject(derive(one_way, 3), Options()),
        "cut": subject(derive(cut, 3), Options()),
    }
    for name, one in subjects.items():
        shown = diagram.unrolled(one)
        assert shown is not None
        assert shown.zoom == "states"
        numbers = [shape for shape in shown.picture.shapes if isinstance(shape, Label) and shape.role == "muted"]
        (figure,) = diagram.unrolled_figure(one)
        assert isinstance(figure, Figure)
        said[name] = running(figure.caption)
        assert ("a number beside it" in said[name]) == bool(numbers)
    assert "number" in said["full"]
    assert "number" not in said["bare"]
    assert "no gradient" not in said["bare"]
    assert "no gradient" in said["cut"]


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("narx", 3), ("stacked", 2), ("bidirectional", 3)])
def test_a_lit_path_is_a_path(network: str, steps: int) -> None:
    """The thick arrows lead from L to the parameter without a break; the product is that of the last path."""
    subject = about(network, steps)
    label = next(iter(subject.derivation.gradients))
    shown = walk.lit_path(subject, subject.target(label))
    assert shown is not None
    sums = subject.derivation.paths(label)
    assert shown.path == sums[sums.count - 1]
    lit = [shape for shape in shown.picture.shapes if isinstance(shape, Arrow) and shape.strong]
    assert len(lit) == len(shown.path.arcs)
    factors = paths.pieces(paths.product(subject, shown.path))
    assert shown.caption[-len(factors) - 1 : -1] == factors
    assert shown.caption[-1] == Text(".")


def test_what_is_told_by_states_is_drawn_with_states() -> None:
    """Of many paths the words are told, so that the figure shows their letters, and one word is lit."""
    subject = about("gru-scalar", 3)
    target = subject.target("w_hr")
    shown = walk.lit_path(subject, target)
    assert shown is not None
    names = {text(shape.label) for shape in shown.picture.shapes if isinstance(shape, Circle)}
    assert {"h_1", "h_2", "h_3"} < names
    assert not any(name.startswith(("r", "z", "n")) for name in names)
    assert plain(shown.caption) == "One of the words, lit: U_1 J_2 J_3 e_3. Its lag is 2."
    labels = {text(shape.body) for shape in shown.picture.shapes if isinstance(shape, Label)}
    assert labels == {"U_1", "J_2", "J_3", "e_3"}


def test_what_flows_into_a_node_is_its_adjoint() -> None:
    """The numbers on the arrows into a node add up to the derivative of L by it."""
    subject = about("gru-scalar", 3)
    found = diagram.backward(subject, TOTAL)
    assert found is not None
    arriving: dict[Node, float] = {}
    example = subject.evaluation
    for stroke, (head, arc) in walk.arcs_of(subject, found.drawing).items():
        arriving[stroke.tail] = arriving.get(stroke.tail, 0.0) + float(example.along(arc, head))
    assert len(arriving) > 10
    for node, total in arriving.items():
        assert total == pytest.approx(float(example.adjoint(node)), abs=1e-12)


def test_the_backward_pass_says_what_it_leaves_out() -> None:
    """No parameter and no data stand in the picture of the backward pass, and the caption says so."""
    (figure,) = walk.flow_figure(about("elman", 3))
    assert isinstance(figure, Figure)
    names = {text(shape.label).split("_")[0] for shape in figure.picture.shapes if isinstance(shape, Circle)}
    assert names & {"w", "x", "ŷ"} == set()
    assert "without data and parameters" in plain(figure.caption)


def test_what_stands_in_a_broken_line_lies_outside_the_steps() -> None:
    """Data of a step come from outside the network, too, but only what is outside the steps drawn has a broken outline."""
    (figure,) = diagram.unrolled_figure(about("elman", 3))
    assert isinstance(figure, Figure)
    circles = [shape for shape in figure.picture.shapes if isinstance(shape, Circle)]
    assert {text(shape.label) for shape in circles if shape.dashed} == {"h_{t−1}", "h_0"}
    assert "What lies outside the steps drawn has a broken one." in plain(figure.caption)


def test_folding_is_drawn_only_where_names_fit_their_nodes() -> None:
    """A node that grows with its name would cover arrowheads: then there is no such picture. One of fewer steps says so."""
    assert folding.folding_figure(about("stacked", 3), "w_h1") == ()
    (figure,) = folding.folding_figure(about("narx", 4), "w_1")
    assert isinstance(figure, Figure)
    assert "T = 3" in plain(figure.caption)


def test_a_name_stays_within_its_node() -> None:
    """A node is as wide as its name wants: also of a name with a superscript, whose corners the outline cuts first."""
    for name in (
        Symbol("h", None, (Number("3"),), (Sign("("), Number("2"), Sign(")"))),
        Symbol("state", None, (Number("12"),)),
    ):
        half = half_around(name)
        high = HIGHER if name.sups else HIGH
        corner = (width(name) * EM_IN_NODE / 2 / half) ** 2 + (high / RADIUS) ** 2
        assert corner < 1
    assert half_around(Symbol("h", None, (Number("3"),))) == RADIUS
    assert half_around(Symbol("h"), HIGH) == inf  # no width makes so low a node hold it


def test_a_label_is_clear_of_the_head_of_its_arrow() -> None:
    """Where there is room, a number stands so far beside its arrow that the broader head does not touch it."""
    found = diagram.paths(about("elman", 3), Node("w_h"))
    assert found is not None
    for tag in found.drawing.tags:
        left, low, right, high = tag.box
        assert isinstance(tag.of, Stroke)
        wide = (left - 0.11, low - 0.11, right + 0.11, high + 0.11)
        assert not enters(tag.of.line, wide)


def test_no_arrow_leads_from_what_only_lends_its_size() -> None:
    """A vector of ones beside another is as long as that, whatever its values are; they do not pass."""
    network = Network(
        name="lent",
        equations={"D": "outer(x[t], ones(k[t]))", "k": "W@x[t]", "l": "sum(D[t]**2) + sum(k[t])"},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        shapes={"W": "n, d", "x": "d"},
    )
    drawn = level.equations(Graph(network))
    assert {(link.tail, link.head) for link in drawn.links} == {("x", "D"), ("x", "k"), ("D", "l"), ("k", "l")}
    assert not drawn.cut - {Link("x", "D", 0), Link("x", "k", 0)}


def test_folding_shows_no_arrow_of_a_state_that_no_loss_looks_at() -> None:
    """The memory of the last step is read by nothing, so nothing leads on from it, before or after it is folded."""
    network = Network(
        name="delayed",
        equations={"m": "tanh(w*x[t] + u*h[t-1])", "h": "tanh(v*m[t-1] + r*h[t-1])", "l": "(h[t] - y[t])**2"},
        parameters=("w", "u", "v", "r"),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"m": 0, "h": 0},
        values={"w": 1, "u": 1, "v": 1, "r": 1, "x": 1, "y": 0},
    )
    (figure,) = folding.folding_figure(subject(derive(network, 3), Options()), "u")
    names = {text(shape.label) for shape in figure.picture.shapes if isinstance(shape, Circle)}
    assert {"m_2", "δ_2^m"} <= names
    assert not {"m_3", "δ_3^m"} & names


def test_there_is_no_folding_where_a_loss_looks_at_the_states_of_another_step() -> None:
    """What such a loss adds to the step before is no part of the adjoints of its own step."""
    network = Network(
        name="forecast",
        equations={"h": "tanh(w*x[t] + u*h[t-1])", "l": "(h[t-1] - y[t])**2"},
        parameters=("w", "u"),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0},
        values={"w": 1, "u": 1, "x": 1, "y": 0},
    )
    assert folding.folding_figure(subject(derive(network, 3), Options()), "u") == ()


def test_folding_ends_in_adjoints_alone() -> None:
    """From picture to picture one more step is δ; in the last nothing is left but these and the uses of the parameter."""
    (figure,) = folding.folding_figure(about("lstm", 3), "W_hi")
    assert isinstance(figure, Figure)
    names = [text(shape.label) for shape in figure.picture.shapes if isinstance(shape, Circle)]
    assert [name for name in names if name.startswith("l_")] == ["l_1", "l_2", "l_3", "l_1", "l_2", "l_1"]
    assert sum(name.startswith("δ") for name in names) == 2 * (1 + 2 + 3)
    assert folding.folding_figure(about("bidirectional", 3), "w_h") == ()


def test_a_wide_label_is_clear_of_the_head_of_its_arrow() -> None:
    """Between rows of arrows the name of a letter of two layers has as much room from its own arrow as a short one."""
    figure = next(block for block in walk.path_figure(about("stacked", 3), "w_h1") if isinstance(block, Figure))
    shapes = figure.picture.shapes
    upright = [shape for shape in shapes if isinstance(shape, Arrow) and shape.start[0] == shape.end[0]]
    labels = [shape for shape in shapes if isinstance(shape, Label) and "D" in text(shape.body)]
    assert labels
    for label in labels:
        apart = min(abs(label.at[0] - arrow.start[0]) for arrow in upright) - width(label.body) * EM / 2
        assert apart == pytest.approx(max(BESIDE))
