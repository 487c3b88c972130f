"""Sentences: what a story says of a network is so, also of networks that are not like most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reading import lines_of

from derive.derivation import derive
from derive.network import Network
from derive.report.options import Options
from derive.report.publish import subject, told

RESERVOIR = Network(
    name="reservoir",
    equations={"h": "tanh(w*h[t-1] + u*x[t])", "y": "v*h[t]", "l": "(y[t] - d[t])**2/2"},
    parameters=("v",),
    constants=("w", "u"),
    inputs=("x",),
    targets=("d",),
    loss="l",
    initial={"h": 0},
    values={"w": "0.5", "u": 1, "v": "0.75", "x": 1, "d": "0.25"},
)
"""An echo state network: only what reads the state is trained."""


def said(network: Network | str, steps: int, **options: Any) -> str:
    """All that a handout says in words."""
    return "\n".join(lines_of(told(subject(derive(network, steps), Options(**options)))))


def test_where_no_path_crosses_a_step_nothing_vanishes() -> None:
    """Of an echo state network: no gradient needs adjoints, none can vanish, and there is nothing to truncate."""
    text = said(RESERVOIR, 3, chapters=["all"])
    assert "There is no way around it" not in text
    assert "so that the gradients below get along without" in text
    assert "vanishes" not in text
    assert "there is nothing to truncate" in text
    assert "Paths may be many" not in text
    assert "The gradients are:" in text
    chinese = said(RESERVOIR, 3, locale="zh", chapters=["all"])
    assert "绕不开它" not in chinese
    assert "不会随时间消失或爆炸" in chinese


def test_in_the_usual_case_the_reasons_are_given() -> None:
    """Of the Elman network all of this is said."""
    text = said("elman", 3, chapters=["lags"])
    assert "There is no way around it" in text
    assert "and for the next step on the way back" in text
    assert "vanishes" in text


def test_counts_are_compared_only_where_paths_outgrow_adjoints() -> None:
    """A loss at two steps has as many paths at T = 10 as at T = 3, so nothing is made of that."""
    assert "Paths may be many" in said("elman", 3)
    few = replace(RESERVOIR, parameters=("v", "w"), constants=("u",), loss_at=(2, 3))
    assert "Paths may be many" not in said(few, 3)


def test_one_word_is_the_only_one_and_a_path_may_be_a_word() -> None:
    """No “all 1 words”; where each letter has one way there are as many words as paths, and that is said."""
    text = said("elman", 1, zoom="states")
    assert "all 1 words" not in text
    assert "there is one path" in text
    assert "the path is one word" in text
    assert "the 36 paths are as many words" in said("elman", 8)
    assert "The 27 paths are 6 words" in said("gru-scalar", 3)


def test_signs_of_a_kink_are_explained_where_they_stand() -> None:
    """The sign sgn is explained where it is printed, brackets where those are; neither for tanh."""
    brackets, sign = "A condition in square brackets", "The sign sgn"
    bent = replace(RESERVOIR, equations={**RESERVOIR.equations, "l": "abs(y[t] - d[t])"})
    text = said(bent, 2)
    assert brackets not in text
    assert sign in text
    rectified = replace(RESERVOIR, equations={**RESERVOIR.equations, "h": "relu(w*h[t-1] + u*x[t])"})
    text = said(rectified, 2)
    assert brackets in text
    assert sign not in text
    assert brackets not in said("elman", 2)
