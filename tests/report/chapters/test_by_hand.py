"""What the chapters say about small networks, as one finds it by hand: their formulas, and their numbers by plain floats."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from reading import cells, number, plainly

from derive.costs.polynomials import Formula as Polynomial
from derive.derivation import derive
from derive.graph.unrolled import Node
from derive.groups.groups import Accounts
from derive.network.network import Network
from derive.notation.text import text
from derive.recurrence.forward_accumulation import ForwardRecurrence
from derive.report.chapters import costs, forward, groups, lags, polynomials, truncation
from derive.report.document import Display, Table
from derive.report.options import Options
from derive.report.publish import subject
from derive.report.subject import Subject

NEAR = 5.1e-5
VALUES = {"w_x": "0.5", "w_h": "-0.75", "w_y": "1.25", "h_0": "0.5", "x": [1, "-0.5", "0.25"], "yhat": ["0.5", 0, -1]}


def about(network: str | Network, steps: int, **values: Any) -> Subject:
    """A subject with values of its own."""
    return subject(derive(network, steps), Options(values=values))


def elman() -> Subject:
    """Elman's network over three steps, with signs that differ."""
    return about("elman", 3, **VALUES)


def states() -> list[float]:
    """Its states from step 0 on."""
    h = [0.5]
    for x in (1, -0.5, 0.25):
        h.append(math.tanh(0.5 * x - 0.75 * h[-1]))
    return h


def product(loss: int, use: int) -> float:
    """The path to w_h from the loss of one step to the use at another."""
    h, goal = states(), (0.5, 0.0, -1.0)
    between = math.prod(-0.75 * (1 - h[step] ** 2) for step in range(use, loss))
    return (1.25 * h[loss] - goal[loss - 1]) * 1.25 * (1 - h[loss] ** 2) * between * h[use - 1]


PRODUCTS = {(loss, use): product(loss, use) for loss in (1, 2, 3) for use in range(1, loss + 1)}


def shown(display: Display) -> list[str]:
    """A display as lines of text."""
    return [f"{text(line.left) if line.left else ''} {line.sign} {text(line.right)}".strip() for line in display.lines]


def heads(table: Table) -> list[str]:
    """The head of a table."""
    return ["".join(map(plainly, column.header)) for column in table.columns]


def percentage(cell: str) -> float:
    """A percentage."""
    return number(cell.removesuffix("\u202f%"))


# -- forward accumulation -----------------------------------------------------------------------------------------------


def test_forward_accumulation() -> None:
    """p_t = dh_t/dw_h, its rule in local partials and written out, its boundary, the gradient as a sum from t = 1 to T."""
    found = elman()
    rules = ForwardRecurrence(found.derivation.graph, Node("w_h"))
    assert shown(forward.definition(found, rules)) == ["p_t = dh_t/dw_h"]
    assert shown(forward.rules(found, rules)) == [
        "p_t = ∂⁺h_t/∂a_t · (∂⁺a_t/∂w_h + ∂⁺a_t/∂h_{t−1} · p_{t−1})",
        "= (1 − h_t²) (h_{t−1} + w_h p_{t−1})",
    ]
    assert shown(forward.gradient(found, rules)) == [
        "dL/dw_h = Σ_{t=1}^T dl_t/dw_h",
        "= Σ_{t=1}^T (y_t − ŷ_t) w_y p_t",
    ]
    assert list(map(text, forward._boundary(found, rules))) == ["p_0 = 0"]


def test_a_sum_under_a_sum_is_bracketed() -> None:
    """Where the loss uses the parameter itself too, dl_t/dw is a sum, all of which is summed over t."""
    network = Network(
        name="beside",
        equations={"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/2 + w*x[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        values={"w": 1, "x": 1},
    )
    found = about(network, 2)
    assert shown(forward.gradient(found, ForwardRecurrence(found.derivation.graph, Node("w"))))[1] == (
        "= Σ_{t=1}^T (h_t p_t + x_t)"
    )


def test_the_sensitivity_of_an_initial_state_begins_with_1() -> None:
    """By h_0 itself p_0 is 1."""
    network = Network(
        name="start",
        equations={"h": "tanh(w*h[t-1] + x[t])", "l": "h[t]**2/2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        trainable_initial=("h",),
        values={"w": 1, "x": 1},
    )
    found = about(network, 2)
    rules = ForwardRecurrence(found.derivation.graph, Node("h", 0))
    assert list(map(text, forward._boundary(found, rules))) == ["p_0 = 1"]


def test_the_numbers_of_forward_accumulation() -> None:
    """Step by step each sensitivity under its own name, and the derivative of the loss."""
    found = elman()
    table = forward._over_t(found, ForwardRecurrence(found.derivation.graph, Node("w_h")), "tab")
    *rows, total = cells(table)
    h, p = states(), 0.0
    for step, row in enumerate(rows, 1):
        p = (1 - h[step] ** 2) * (h[step - 1] - 0.75 * p)
        slope = sum(value for (loss, _), value in PRODUCTS.items() if loss == step)
        assert row[0] == str(step)
        assert [number(cell) for cell in row[1:]] == pytest.approx([p, slope], abs=NEAR)
    assert number(total[-1]) == pytest.approx(sum(PRODUCTS.values()), abs=NEAR)
    gates = about("lstm-scalar", 2)
    rules = ForwardRecurrence(gates.derivation.graph, Node("w_hi"))
    table = forward._over_t(gates, rules, "tab")
    known = rules.named
    assert heads(table)[1:-1] == [f"p_t^{name}" for name in known]
    columns = [[number(row[place]) for row in cells(table)[:-1]] for place in range(1, len(known) + 1)]
    assert len({tuple(column) for column in columns}) == len(columns)


# -- lags ---------------------------------------------------------------------------------------------------------------


def test_what_crosses_a_step() -> None:
    """The state vector and its Jacobian, entry by entry, and how many Jacobians a lag crosses."""
    found = lags.Lags(elman(), Node("w_h"))
    assert shown(lags.state(found)) == ["z_t = h_t", "F_t = dz_t/dz_{t−1}"]
    assert shown(lags.entries(found)) == ["dh_t/dh_{t−1} = (1 − h_t²) w_h"]
    assert text(lags._jacobians(found)) == "F_T F_{T−1} ⋯ F_{T−k+1}"
    older = lags.Lags(about("narx", 4), Node("w_1"))
    assert shown(lags.state(older)) == ["z_t = (y_t, y_{t−1})", "J_t = dz_t/dz_{t−1}"]
    assert shown(lags.entries(older)) == [
        "∂y_t/∂y_{t−1} = w_y (1 − h_t²) w_1",
        "∂y_t/∂y_{t−2} = w_y (1 − h_t²) w_2",
    ]


BACKWARDS = Network(
    name="backwards",
    equations={"b": "tanh(v*b[t+1] + x[t])", "l": "b[t]**2/2"},
    parameters=("v",),
    inputs=("x",),
    loss="l",
    initial={"b": 0},
    values={"v": 1, "x": 1, "b_T+1": "0.5"},
)


def test_of_a_state_that_runs_backwards_lags_are_counted_the_other_way() -> None:
    """z_t is reached from z_{t+1}, and lags are 0, 1, 2 all the same."""
    found = lags.Lags(about(BACKWARDS, 3), Node("v"))
    assert shown(lags.state(found)) == ["z_t = b_t", "F_t = dz_t/dz_{t+1}"]
    assert text(lags._jacobians(found)) == "F_1 F_2 ⋯ F_k"
    assert list(found.groups) == [0, 1, 2]


def test_the_table_of_lags() -> None:
    """What each lag contributes, its part of the gradient, and the size of the product of Jacobians, also on average."""
    found = lags.Lags(elman(), Node("w_h"))
    rows = cells(lags._lag_table(found, "tab"))
    h, whole = states(), sum(PRODUCTS.values())
    crossed = [1.0]
    for step in (3, 2):
        crossed.append(crossed[-1] * 0.75 * (1 - h[step] ** 2))
    for lag, row in enumerate(rows):
        added = sum(value for (loss, use), value in PRODUCTS.items() if loss - use == lag)
        assert row[:2] == [str(lag), str(3 - lag)]
        assert number(row[2]) == pytest.approx(added, abs=NEAR)
        assert percentage(row[3]) == pytest.approx(100 * added / whole, abs=0.051)
        assert number(row[4]) == pytest.approx(crossed[lag], rel=0.06)
    assert found.per_step == pytest.approx(math.log10(crossed[2]) / 2)
    gates = lags.Lags(about("lstm-scalar", 4), Node("w_hi"))
    product = np.eye(2)
    for step, row in zip((None, 4, 3, 2), cells(lags._lag_table(gates, "tab")), strict=True):
        if step is not None:
            product = product @ np.array(gates.transfer.matrix(step), dtype=float)
        assert number(row[-2]) == pytest.approx(np.linalg.norm(product, 2), rel=0.06)
        assert number(row[-1]) == pytest.approx(max(abs(np.linalg.eigvals(product))), rel=0.06)


def test_the_lags_beyond_the_last_have_what_is_left() -> None:
    """Of 120 steps the lags from 101 on share a row: what the others leave of the gradient."""
    found = lags.Lags(about("elman", 120), Node("w_x"))
    last = cells(lags._lag_table(found, "tab"))[-1]
    every = Accounts(found.subject.evaluation, found.target).by_lag()
    rest = sum(float(group.sum) for lag, group in every.items() if lag > 100)
    assert number(last[2]) == pytest.approx(rest, rel=1e-3)


# -- groups -------------------------------------------------------------------------------------------------------------


def test_the_paths_by_step_and_by_way() -> None:
    """By the step of the loss and by that of the use; parts are of the sum, shares of the absolute values."""
    found = groups.SortedPaths(elman(), Node("w_h"))
    for step, row in enumerate(cells(groups.step_table(found, "tab")), 1):
        by_loss = [value for (loss, _), value in PRODUCTS.items() if loss == step]
        by_use = [value for (_, use), value in PRODUCTS.items() if use == step]
        assert (row[0], row[1], row[4]) == (str(step), str(len(by_loss)), str(len(by_use)))
        assert [number(row[2]), number(row[5])] == pytest.approx([sum(by_loss), sum(by_use)], abs=NEAR)
    within = [value for (loss, use), value in PRODUCTS.items() if loss == use]
    row = cells(groups.state_table(found, "tab"))[0]
    assert percentage(row[3]) == pytest.approx(100 * sum(within) / sum(PRODUCTS.values()), abs=0.051)
    share = sum(map(abs, within)) / sum(map(abs, PRODUCTS.values()))
    assert percentage(row[4]) == pytest.approx(100 * share, abs=0.051)


def test_every_set_of_several_states_counts_among_the_several() -> None:
    """Of three states that hand on to one another in turn, the paths by each alone and by several are all there are."""
    network = Network(
        name="three",
        equations={"a": "w*x[t] + c[t-1]", "b": "a[t-1] + b[t-1]", "c": "b[t-1]/2", "l": "a[t] + b[t]**2 + c[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"a": 0, "b": 0, "c": 0},
        values={"w": 1, "x": 1},
    )
    found = groups.SortedPaths(about(network, 5), Node("w"))
    rows = cells(groups.state_table(found, "tab"))
    assert sum(int(row[1]) for row in rows) == found.subject.derivation.paths("w").count
    assert sum(percentage(row[4]) for row in rows) == pytest.approx(100, abs=0.21)


def test_the_largest_paths_stand_beside_their_values() -> None:
    """Largest first, each with the value of its own product and its own share."""
    rows = cells(groups.largest_table(groups.SortedPaths(elman(), Node("w_h")), "tab"))
    largest = sorted(PRODUCTS, key=lambda ends: -abs(PRODUCTS[ends]))
    for row, (loss, use) in zip(rows, largest, strict=False):
        assert row[1].startswith(f"l_{loss} → ")
        assert row[1].endswith(f"a_{use} → w_h")
        assert row[2] == str(loss - use)
        assert number(row[3]) == pytest.approx(PRODUCTS[loss, use], abs=NEAR)
        share = abs(PRODUCTS[loss, use]) / sum(map(abs, PRODUCTS.values()))
        assert percentage(row[4]) == pytest.approx(100 * share, rel=0.06)


# -- truncation ---------------------------------------------------------------------------------------------------------


def test_the_window_of_truncation() -> None:
    """Which lags are kept, the last loss that is seen from t, and the gradient, also with a loss at the last step alone."""
    found = elman()
    assert text(truncation._lags_kept(found)) == "0, …, k_2 − 1"
    window = found.derivation.truncation(2, 2)
    assert shown(truncation._last_loss(found, window)) == [
        "m_t = { T if t + k_2 > T; k_1 ⌊(t + k_2 − 1)/k_1⌋ if t + k_2 ≤ T }"
    ]
    assert shown(truncation._last_loss(found, found.derivation.truncation(2, 1))) == ["m_t = min(T, t + k_2 − 1)"]
    assert shown(truncation._gradient(found, window, Node("w_h"))) == [
        "dL/dw_h = Σ_{t=1}^T δ_t^{(m_t)} (1 − h_t²) h_{t−1}"
    ]
    late = about("many-to-one", 4)
    assert shown(truncation._gradient(late, late.derivation.truncation(2, 1), Node("w_h"))) == [
        "dL/dw_h = Σ_{t=max(1, T − k_2 + 1)}^T δ_t (1 − h_t²) h_{t−1}"
    ]


def test_the_passes_of_truncation() -> None:
    """With k_1 = 2 and k_2 = 4 over eight steps: a pass every second step, four steps far; kept and dropped make up all."""
    found = about("elman", 8)
    window = found.derivation.truncation(4, 2)
    assert cells(truncation._passes(found, window, "tab")) == [
        ["2", "2, 1", "1, 2"],
        ["4", "4, …, 1", "3, 4"],
        ["6", "6, …, 3", "5, 6"],
        ["8", "8, …, 5", "7, 8"],
    ]
    kept = sum(use > end - 4 for loss in range(1, 9) for end in [loss + loss % 2] for use in range(1, loss + 1))
    rows = cells(truncation.counts(found, window, "tab"))
    assert rows[1] == ["w_h", "36", str(kept), str(36 - kept)]


def test_the_numbers_of_truncation() -> None:
    """The gradient of the paths that are kept, what is missing, and the gradient in full, under these heads."""
    found = elman()
    table = truncation._numbers(found, found.derivation.truncation(1, 1), "tab")
    kept = sum(value for (loss, use), value in PRODUCTS.items() if loss == use)
    whole = sum(PRODUCTS.values())
    assert heads(table)[1:] == ["truncated", "bias", "in full"]
    assert [number(cell) for cell in cells(table)[1][1:]] == pytest.approx([kept, whole - kept, whole], abs=NEAR)


# -- costs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coefficients", "formula"),
    [
        ((-3, 2, Fraction(-1, 2)), "−1/2 · T² + 2 T − 3"),
        ((0, 1), "T"),
        ((1,), "1"),
        ((0, 0, 0, 4), "4 T³"),
        ((Fraction(2, 3), -1), "−T + 2/3"),
    ],
)
def test_a_polynomial(coefficients: tuple[Fraction | int, ...], formula: str) -> None:
    """Signs, factors, fractions and powers of T are as they should be."""
    found = Polynomial({(): tuple(map(Fraction, coefficients))}, 1)
    assert text(polynomials.polynomial(found)) == formula


def test_the_order_of_a_cost_is_its_highest_power() -> None:
    """O(n³ T²) for n³ T² + n T + 1."""
    one, zero = Fraction(1), Fraction(0)
    found = Polynomial({("n", "n", "n"): (zero, zero, one), ("n",): (zero, one), (): (one,)}, 1)
    assert text(polynomials.order(found, "n")) == "O(n³ T²)"


def test_a_formula_says_from_where_on_it_holds() -> None:
    """From T = 1 on nothing is said; from T = 3 on, that."""
    found = elman()
    early, late = (Polynomial({(): (Fraction(0), Fraction(1))}, first) for first in (1, 3))
    assert "".join(map(plainly, costs._general(found, early))) == "T"
    assert "T ≥ 3" in "".join(map(plainly, costs._general(found, late)))
