"""The chapter on forward accumulation: its numbers are those of the mathematics."""

from __future__ import annotations

import pytest
from chapter_documents import about, handout, table
from reading import (
    number,
    running,
)

from derive.api import derive
from derive.graph.unrolled import Node
from derive.network import Network
from derive.report.document import Paragraph
from derive.report.options import Options
from derive.report.publish import subject, tell, told_otherwise


@pytest.mark.parametrize(("network", "steps"), [("elman", 3), ("narx", 6), ("lstm-scalar", 3)])
def test_forward_adds_up_to_the_gradient(network: str, steps: int) -> None:
    """The derivatives of the losses in the forward table add up to the gradient at its foot."""
    *rows, total = table(handout("en", network, steps), "tab-sensitivities")
    assert sum(number(row[-1]) for row in rows) == pytest.approx(number(total[-1]), abs=1e-4 * steps)


def test_a_sensitivity_is_a_derivative() -> None:
    """dh_t/dw_h of Elman's network: p_t = (1 − h_t²)(h_{t−1} + w_h p_{t−1})."""
    evaluation = about("elman", 3).evaluation
    h = [0.0, *(float(evaluation.value(Node("h", step))) for step in (1, 2, 3))]
    p = 0.0
    for step, row in enumerate(table(handout("en", "elman", 3), "tab-sensitivities")[:-1], 1):
        p = (1 - h[step] ** 2) * (h[step - 1] + p)
        assert number(row[1]) == pytest.approx(p, abs=5.1e-5)


def test_a_step_without_a_loss_adds_nothing() -> None:
    """Where only the last step is judged, the derivative of its loss alone stands in the forward table."""
    *rows, total = table(handout("en", "many-to-one", 4, (2, 1)), "tab-sensitivities")
    assert [row[-1] for row in rows] == ["", "", "", total[-1]]


def test_without_a_sensitivity_the_chapter_says_why() -> None:
    """Where all paths stay within their steps it says so of them, and not of the network, which may have states."""
    network = Network(
        name="reservoir",
        equations={"x": "tanh(x[t-1]/2 + u[t])", "l": "(w*x[t] - y[t])**2"},
        parameters=("w",),
        inputs=("u",),
        targets=("y",),
        loss="l",
        initial={"x": 0},
        values={"w": 2, "u": 1, "y": 0},
    )
    told = subject(derive(network, 3), Options(chapters=("forward",)))
    for locale, phrase in (("en", "leads from one step to another, so no"), ("zh", "都不越出一步，所以没有灵敏度")):
        blocks = tell(told_otherwise(told, locale=locale)).blocks
        assert any(phrase in running(block.inlines) for block in blocks if isinstance(block, Paragraph))
