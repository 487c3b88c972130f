"""Elman's network over three steps as one tells it by hand: every formula, and every number by plain floats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import pytest
from reading import cells, number, plainly, walk

from derive.checks.check import Check, Outcome
from derive.derivation import derive
from derive.graph.unrolled import Node
from derive.network.network import Network
from derive.notation.express import NUMBERS
from derive.notation.formula import Brace
from derive.notation.text import text
from derive.report.document import Arrow, Display, Label, Table
from derive.report.document import Node as Dot
from derive.report.exhibits import diagram, equations, paths, stages, tables
from derive.report.options import Options
from derive.report.publish import subject
from derive.report.subject import Subject

W_X, W_H, W_Y = 0.5, -0.75, 1.25
X, GOAL, FIRST = (1.0, -0.5, 0.25), (0.5, 0.0, -1.0), 0.5
STEPS = (1, 2, 3)
NEAR = 5.1e-5
"""Four decimals are printed."""


@cache
def elman() -> Subject:
    """Elman's network with values that tell steps and parameters apart."""
    values: dict[str, Any] = {"w_x": "0.5", "w_h": "-0.75", "w_y": "1.25", "h_0": "0.5"}
    values |= {"x": [1, "-0.5", "0.25"], "yhat": ["0.5", 0, -1]}
    return subject(derive("elman", 3), Options(values=values))


@cache
def about(network: str, steps: int) -> Subject:
    """A ready-made network with its own example."""
    return subject(derive(network, steps), Options())


@dataclass(frozen=True)
class Hand:
    """Forwards and backwards through Elman's network, by the textbook."""

    @cached_property
    def h(self) -> list[float]:
        """The states from step 0 on."""
        found = [FIRST]
        for x in X:
            found.append(math.tanh(W_X * x + W_H * found[-1]))
        return found

    def slope(self, step: int) -> float:
        """1 − h²."""
        return 1 - self.h[step] ** 2

    def now(self, step: int) -> float:
        """(y − ŷ) w_y."""
        return (W_Y * self.h[step] - GOAL[step - 1]) * W_Y

    def later(self, step: int) -> float:
        """What δ receives from the step after."""
        return self.delta(step + 1) * self.slope(step + 1) * W_H if step < 3 else 0.0

    def delta(self, step: int) -> float:
        """dL/dh."""
        return self.now(step) + self.later(step)

    def added(self, name: str, step: int) -> float:
        """What a step adds to dL/d(name)."""
        used = {"w_x": X[step - 1], "w_h": self.h[step - 1]}
        if name == "w_y":
            return self.now(step) / W_Y * self.h[step]
        return self.delta(step) * self.slope(step) * used[name]

    def gradient(self, name: str) -> float:
        """dL/d(name)."""
        return sum(self.added(name, step) for step in STEPS)

    def product(self, loss: int, use: int) -> float:
        """The path to w_h from the loss of one step to the use at another."""
        between = math.prod(W_H * self.slope(step) for step in range(use, loss))
        return self.now(loss) * self.slope(loss) * between * self.h[use - 1]


HAND = Hand()


def shown(display: Display | tuple[Display, ...]) -> list[str]:
    """Displays as lines of text."""
    lines = [line for one in (display if isinstance(display, tuple) else (display,)) for line in one.lines]
    return [f"{text(line.left) if line.left else ''} {line.sign} {text(line.right)}".strip() for line in lines]


def heads(table: Table) -> list[str]:
    """The head of a table."""
    return ["".join(map(plainly, column.header)) for column in table.columns]


def labels(displays: Any) -> list[tuple[str, str]]:
    """What stands over braces, and what is said under them."""
    return [(text(one.body), text(one.label)) for one in walk(displays) if isinstance(one, Brace)]


def close(row: Sequence[str], expected: Iterable[float]) -> bool:
    """Whether printed numbers are these."""
    return [number(cell) for cell in row] == pytest.approx(list(expected), abs=NEAR)


# -- formulas -----------------------------------------------------------------------------------------------------------


def test_the_equations_and_the_loss() -> None:
    """The equations, L as a sum or as the last loss, and each loss written out."""
    assert shown(equations.equations(elman())) == [
        "a_t = w_x x_t + w_h h_{t−1}",
        "h_t = tanh(a_t)",
        "y_t = w_y h_t",
        "l_t = 1/2 · (y_t − ŷ_t)²",
        "L = Σ_{t=1}^T l_t",
    ]
    assert shown(equations.equations(about("many-to-one", 2)))[-1] == "L = l_T"
    assert shown(equations.loss_sum(elman())) == ["L = l_1 + l_2 + l_3"]
    assert shown(equations.loss_written_out(elman()))[:2] == [
        "l_1 = 1/2 · (w_y tanh(w_x x_1 + w_h h_0) − ŷ_1)²",
        "l_2 = 1/2 · (w_y tanh(w_x x_2 + w_h tanh(w_x x_1 + w_h h_0)) − ŷ_2)²",
    ]


def test_what_the_symbols_mean_and_what_is_given() -> None:
    """Inputs, targets, states and parameters are told apart; every value stands at its own step."""
    assert cells(equations.names_table(elman())) == [
        ["x_t", "input"],
        ["ŷ_t", "target"],
        ["a_t, y_t", "intermediate quantity"],
        ["h_t", "state: used again at another step"],
        ["l_t", "loss of the step"],
        ["w_x, w_h, w_y", "parameter, the same at every step"],
    ]
    given = ",   ".join(shown(equations.given_values(elman())))
    assert given == (
        "w_x = 0.5,   w_h = −0.75,   w_y = 1.25,   h_0 = 0.5,   x_1 = 1,   x_2 = −0.5,   x_3 = 0.25,   "
        "ŷ_1 = 0.5,   ŷ_2 = 0,   ŷ_3 = −1"
    )
    assert "W_x = [0.5, −0.3, 0.8; 0.2, 0.7, −0.4]" in shown(equations.given_values(about("elman-vector", 2)))[0]
    assert "b_h = (0.1, −0.1)" in shown(equations.given_values(about("elman-vector", 2)))[0]
    alike = subject(derive("elman", 3), Options(values={"x": [1, 1, 2]}))
    assert "x_1 = 1,   x_2 = 1,   x_3 = 2" in ",   ".join(shown(equations.given_values(alike)))


def test_the_local_derivatives() -> None:
    """∂⁺ of each equation by each argument; of vectors, what the adjoint of the argument receives."""
    assert ",   ".join(shown(equations.local_derivatives(elman()))).split(",   ") == [
        *("∂⁺a_t/∂w_x = x_t", "∂⁺a_t/∂w_h = h_{t−1}", "∂⁺a_t/∂h_{t−1} = w_h"),
        "∂⁺h_t/∂a_t = 1 − h_t²",
        *("∂⁺y_t/∂w_y = h_t", "∂⁺y_t/∂h_t = w_y"),
        "∂⁺l_t/∂y_t = y_t − ŷ_t",
    ]
    assert [row[1:] for row in cells(equations.local_table(about("elman-vector", 2)))] == [
        ["W_x", "δ_t^a x_tᵀ"],
        ["W_h", "δ_t^a h_{t−1}ᵀ"],
        ["h_{t−1}", "W_hᵀ δ_t^a"],
        ["b_h", "δ_t^a"],
        ["a_t", "(1 − h_t²) ⊙ δ_t"],
        ["W_y", "δ_t^y h_tᵀ"],
        ["h_t", "W_yᵀ δ_t^y"],
        ["b_y", "δ_t^y"],
        ["y_t", "y_t − ŷ_t"],
    ]


def test_the_recurrence_with_its_boundary() -> None:
    """δ, where its terms come from, where it is 0, and the gradients."""
    assert shown(stages.adjoint_definition(elman())) == ["δ_t = dL/dh_t"]
    assert shown(stages.recurrence(elman())) == ["δ_t = (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h"]
    assert labels(stages.recurrence(elman())) == [
        ("(y_t − ŷ_t) w_y", "from the loss of this step"),
        ("δ_{t+1} (1 − h_{t+1}²) w_h", "back from h_{t+1}"),
    ]
    assert list(map(text, stages.boundary(elman()))) == ["δ_{T+1} = 0"]
    assert [text(one) for one in stages.boundary(about("bidirectional", 3))] == ["δ_0^g = 0", "δ_{T+1}^h = 0"]
    assert ",   ".join(shown(stages.gradient_rules(elman()))).split(",   ") == [
        "dL/dw_x = Σ_{t=1}^T δ_t (1 − h_t²) x_t",
        "dL/dw_h = Σ_{t=1}^T δ_t (1 − h_t²) h_{t−1}",
        "dL/dw_y = Σ_{t=1}^T (y_t − ŷ_t) h_t",
    ]
    gates = about("lstm-scalar", 2)
    said = " ".join(shown(stages.gradient_rules(gates)))
    assert all(
        said.count(f"{text(gates.derivative(Node(name)))} = ") == 1 for name in gates.derivation.network.parameters
    )


def test_the_stages_of_an_adjoint_and_of_a_gradient() -> None:
    """Each stage has δ_1 on its left and its terms in order; a group says what its paths have in common."""
    found = {one.kind: stages.show_stage(elman(), one) for one in stages.shown_stages(elman(), Node("h", 1))}
    now, twice = "(y_1 − ŷ_1) w_y", "(y_3 − ŷ_3) w_y (1 − h_3²) w_h"
    assert {kind: shown(display) for kind, display in found.items()} == {
        "products": [f"δ_1 = dL/dh_1 = {now} + (y_2 − ŷ_2) w_y (1 − h_2²) w_h + {twice} (1 − h_2²) w_h"],
        "grouped": [f"δ_1 = dL/dh_1 = {now} + ((y_2 − ŷ_2) w_y (1 − h_2²) w_h + {twice} (1 − h_2²) w_h)"],
        "factored": [f"δ_1 = dL/dh_1 = {now} + ((y_2 − ŷ_2) w_y + {twice}) (1 − h_2²) w_h"],
        "recognised": [f"δ_1 = dL/dh_1 = {now} + δ_2 (1 − h_2²) w_h"],
    }
    assert [label for _, label in labels(found["grouped"])] == ["by way of h_2"]
    told = {one.kind: stages.show_stage(elman(), one) for one in stages.shown_stages(elman(), Node("w_h"))}
    assert shown(told["recognised"]) == ["dL/dw_h = δ_1 (1 − h_1²) h_0 + δ_2 (1 − h_2²) h_1 + δ_3 (1 − h_3²) h_2"]
    assert [label for _, label in labels(told["grouped"])] == ["(1)", "(3)", "(6)", "used in a_2", "(2)", "(5)", "(4)"]


def test_the_folding_sorts_the_paths_of_the_table() -> None:
    """Terms stand in the order of the table of paths, each over its number; the next line has the same ones, grouped."""
    display = stages.folding(elman(), Node("w_h"))
    numbers = [label for _, label in labels(display) if label.startswith("(")]
    assert numbers == [f"({each})" for each in (1, 2, 3, 4, 5, 6, 1, 3, 6, 2, 5, 4)]
    first = next(one for one in stages.shown_stages(elman(), Node("w_h")) if one.kind == "products")
    paths = elman().derivation.paths("w_h", None)
    products = [text(elman().notation.formula(path.product, NUMBERS)) for path in paths]
    assert (
        " ".join(shown(stages.show_stage(elman(), first))).replace(" +(", " + (") == f"dL/dw_h = {' + '.join(products)}"
    )


def test_each_step_of_the_folding_says_why() -> None:
    """Each stage is followed by its reason, at the end of its last line or behind it."""
    display = stages.folding(elman(), Node("w_h"))
    assert [text(line.reason) for line in display.lines if line.reason] == [
        "one term for each path",
        "sorted by where w_h is used",
        "common factors taken out",
        "definition of the adjoints",
    ]
    assert [line.sign for line in display.lines if line.left or line.sign] == ["="] * 4


def test_a_long_stage_has_dots_and_a_subtraction_its_sign() -> None:
    """Of more terms than have room the middle is left out, with dots; a term that is subtracted has a minus."""
    long = next(one for one in stages.shown_stages(about("elman", 9), Node("w_h")) if one.kind == "recognised")
    said = " ".join(shown(stages.show_stage(about("elman", 9), long)))
    assert long.long
    assert said.count("⋯") == 1
    assert said.endswith("δ_9 (1 − h_9²) h_8")
    network = Network(
        name="cosine",
        equations={"a": "w_x*x[t] + w_h*h[t-1]", "h": "tanh(a[t])", "y": "w_y*h[t]", "l": "cos(y[t])"},
        parameters=("w_x", "w_h", "w_y"),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        values={"w_x": 1, "w_h": 1, "w_y": 1, "x": 1},
    )
    found = subject(derive(network, 3), Options())
    factored = next(one for one in stages.shown_stages(found, Node("w_h")) if one.kind == "factored")
    assert shown(stages.show_stage(found, factored))[-1] == "−sin(y_3) w_y (1 − h_3²) h_2"


# -- numbers ------------------------------------------------------------------------------------------------------------


def test_the_forward_table() -> None:
    """Every variable at every step, under its step."""
    table = tables.forward_table(elman())
    assert heads(table) == ["t", "1", "2", "3"]
    rows = {row[0]: row[1:] for row in cells(table)}
    y = [W_Y * HAND.h[step] for step in STEPS]
    assert rows["x_t"] == ["1", "−0.5", "0.25"]
    assert rows["ŷ_t"] == ["0.5", "0", "−1"]
    assert close(rows["a_t"], [math.atanh(HAND.h[step]) for step in STEPS])
    assert close(rows["h_t"], HAND.h[1:])
    assert close(rows["y_t"], y)
    assert close(rows["l_t"], [(ours - goal) ** 2 / 2 for ours, goal in zip(y, GOAL, strict=True)])


def test_a_long_table_has_a_gap() -> None:
    """Of thirty steps the first and the last are shown, with dots between."""
    table = tables.forward_table(about("elman", 30))
    assert heads(table)[:3] == ["t", "1", "2"]
    assert heads(table)[-3:] == ["⋯", "29", "30"]
    assert all(row[-3] == "⋯" for row in cells(table))


def test_the_backward_table() -> None:
    """The terms of each rule, each in its own row, and the adjoint."""
    table = tables.backward_table(elman())
    assert heads(table) == ["t", "1", "2", "3"]
    (now, later, delta) = cells(table)
    assert (now[0], later[0], delta[0]) == ("(y_t − ŷ_t) w_y", "δ_{t+1} (1 − h_{t+1}²) w_h", "δ_t")
    assert close(now[1:], map(HAND.now, STEPS))
    assert close(later[1:], map(HAND.later, STEPS))
    assert later[-1] == "0"
    assert close(delta[1:], map(HAND.delta, STEPS))


def test_the_gradients_step_by_step() -> None:
    """What each step adds to each gradient, and the gradient; of vectors each gradient beside its name."""
    table = tables.gradient_values(elman())
    assert isinstance(table, Table)
    assert heads(table) == ["t", "1", "2", "3", "sum"]
    for name, row in zip(("w_x", "w_h", "w_y"), cells(table), strict=True):
        assert row[0].replace(" ", "") == f"dL/d{name}"
        assert close(row[1:], [*(HAND.added(name, step) for step in STEPS), HAND.gradient(name)])
    found = about("elman-vector", 2)
    display = tables.gradient_values(found)
    assert isinstance(display, Display)
    said = " ".join(shown(display))
    for target in found.derivation.targets:
        assert f"{text(found.derivative(target))} = {text(found.number(found.evaluation.gradient(target)))}" in said
    matrix = found.evaluation.gradient(Node("W_x"))
    rows = text(found.number(matrix)).strip("[]").split("; ")
    assert len(rows) == len(matrix)
    assert all(close(row.split(", "), map(float, line)) for row, line in zip(rows, matrix, strict=True))


def test_the_paths() -> None:
    """Each path from its loss to its use, its lag, its product as a formula and as a number; their sum is the gradient."""
    *rows, total = cells(paths.path_table(elman(), Node("w_h"), "tab"))
    order = [(1, 1), (2, 2), (2, 1), (3, 3), (3, 2), (3, 1)]
    assert [row[0] for row in rows] == list("123456")
    for row, (loss, use) in zip(rows, order, strict=True):
        chain = [f"l_{loss}", f"y_{loss}", f"h_{loss}", f"a_{loss}"]
        chain += [f"{name}_{step}" for step in range(loss - 1, use - 1, -1) for name in "ha"]
        between = "".join(f" · w_h · (1 − h_{step}²)" for step in range(loss - 1, use - 1, -1))
        assert row[1] == " → ".join([*chain, "w_h"])
        assert row[2] == str(loss - use)
        assert row[3] == f"(y_{loss} − ŷ_{loss}) · w_y · (1 − h_{loss}²){between} · h_{use - 1}"
        assert close(row[4:], [HAND.product(loss, use)])
    assert close(total[4:], [HAND.gradient("w_h")])


def test_the_paths_by_lag() -> None:
    """How many paths of each lag there are, and what they add up to; all of them in the summary."""
    *rows, total = cells(paths.lag_table(elman(), Node("w_h"), "tab"))
    assert [row[:2] for row in rows] == [["0", "3"], ["1", "2"], ["2", "1"]]
    for lag, row in enumerate(rows):
        assert close(row[2:], [sum(HAND.product(use + lag, use) for use in range(1, 4 - lag))])
    assert total[:2] == ["all", "6"]
    assert close(total[2:], [HAND.gradient("w_h")])
    table = paths.summary_table(elman(), ["w_x", "w_y"])
    assert heads(table) == ["parameter", "paths", "lag 0", "lag 1", "lag 2", "sum"]
    assert [row[:-1] for row in cells(table)] == [["w_x", "6", "3", "2", "1"], ["w_y", "3", "3", "0", "0"]]
    for name, row in zip(("w_x", "w_y"), cells(table), strict=True):
        assert close(row[-1:], [HAND.gradient(name)])


def test_of_many_paths_the_last_come_last_with_dots_before() -> None:
    """The places, lags and values of the first and the last paths; a long product has dots in its middle."""
    found = about("elman", 40)
    every = found.derivation.paths("w_h")
    *rows, _ = cells(paths.path_table(found, Node("w_h"), "tab"))
    for row in (row for row in rows if row[0] != "⋯"):
        path = every[int(row[0]) - 1]
        assert row[2] == str(path.lag)
        value = float(found.evaluation.product(path))
        assert number(row[4]) == pytest.approx(value, rel=1e-3, abs=NEAR if "×" not in row[4] else 0)
    assert rows[-1][3].count("⋯") == 1
    assert rows[-1][1].endswith("a_1 → w_h")
    assert rows[-1][1].startswith("l_{40} → y_{40}")


def test_a_sum_that_cancels_is_printed_with_certain_digits() -> None:
    """The paths of lag 0 add up to 1e-60, while nothing else is small: the digits are found all the same."""
    network = Network(
        name="cancels",
        equations={"h": "w*x[t]", "l": "h[t] + h[t-1]/3"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        values={"w": 1, "x": [1, "-0." + 60 * "9"]},
    )
    rows = cells(paths.lag_table(subject(derive(network, 2), Options()), Node("w"), "tab"))
    assert rows[0] == ["0", "2", "1.000×10⁻⁶⁰"]


def test_the_checks() -> None:
    """Each check is told by its route, what it shares, and what it found here and at generic values."""
    checks = (
        Check("path sum", "local partials", Outcome(passed=True, distance=3e-41), Outcome(passed=True, distance=0.0)),
        Check("complex step", "equations", Outcome(passed=None, reason="long loss"), Outcome(passed=True)),
        Check("induction", "arrows", Outcome(passed=True), None),
    )
    rows = cells(tables.check_table(replace(elman(), compared=checks)))
    known = {check.route: row for check, row in zip(elman().checks, cells(tables.check_table(elman())), strict=True)}
    assert [row[:2] for row in rows] == [known[check.route][:2] for check in checks]
    assert rows[0][2:] == ["≤ 10⁻⁴⁰", "0"]
    assert rows[1][2:] != ["identical", "identical"]
    assert rows[1][3] == "identical"
    assert rows[2][2:] == ["identical", "for all at once"]


# -- pictures -----------------------------------------------------------------------------------------------------------


def ends(picture: Any, *, strong: bool = False) -> Counter[tuple[str, str]]:
    """The arrows of a picture by what stands nearest to where they begin and end."""
    shapes = picture.shapes
    dots = [shape for shape in shapes if isinstance(shape, Dot)]

    def nearest(place: tuple[float, float]) -> str:
        return text(min(dots, key=lambda dot: apart(dot, place)).label).partition(" =")[0]

    def apart(dot: Dot, place: tuple[float, float]) -> float:
        """The distance from the box around a node: L is as wide as the picture."""
        across, up = (max(abs(dot.at[k] - place[k]) - dot.size[k] / 2, 0.0) for k in (0, 1))
        return math.hypot(across, up)

    arrows = [shape for shape in shapes if isinstance(shape, Arrow) and (shape.strong or not strong)]
    return Counter((nearest(arrow.start), nearest(arrow.end)) for arrow in arrows)


def test_the_arrows_of_the_unrolled_graph() -> None:
    """From each variable to every equation that uses it, from each loss to L; parameters beside what they multiply."""
    drawn = diagram.unrolled(elman())
    assert drawn is not None
    picture = drawn.picture
    wanted = {(f"{a}_{t}", f"{b}_{t}") for t in STEPS for a, b in ("xa", "ah", "hy", "yl")}
    wanted |= {(f"ŷ_{t}", f"l_{t}") for t in STEPS} | {(f"l_{t}", "L") for t in STEPS}
    wanted |= {(f"h_{t - 1}", f"a_{t}") for t in STEPS}
    assert set(ends(picture)) == wanted
    beside = Counter(text(one.body) for one in picture.shapes if isinstance(one, Label) and one.role == "parameter")
    assert beside == {"w_x": 3, "w_h": 3, "w_y": 3}


def test_the_numbers_beside_arrows_count_paths() -> None:
    """Along an arrow run as many paths to w_h as there are, counted one by one."""
    found = diagram.paths(elman(), Node("w_h"))
    assert found is not None
    counted: Counter[tuple[Node, Node]] = Counter()
    for path in elman().derivation.paths("w_h"):
        counted.update(pairwise(path.nodes))
    drawn = [text(one.body) for one in found.picture.shapes if isinstance(one, Label) and one.role == "path"]
    assert sorted(map(int, drawn)) == sorted(counted.values())


def test_a_picture_of_many_steps_has_a_gap() -> None:
    """Between the first steps and the last one something stands for those left out."""
    found = diagram.unrolled(about("elman", 100))
    assert found is not None
    columns = found.drawing.columns
    assert columns[0] == 1
    assert columns[-2:] == (0, 100)
