"""Sentences: what a story says of a network is so, also of networks that are not like most."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from reading import lines_of, walk

from derive.derivation import derive
from derive.network import Network
from derive.notation.formula import Line, Sign
from derive.notation.text import text
from derive.report.document import Document, Paragraph, Table, plain
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
    return "\n".join(lines_of(told_of(network, steps, **options)))


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


BATCH = Network(
    name="batch",
    equations={"H": "tanh(X[t]@W + H[t-1]@U + b)", "l": "sum((H[t] - Y[t])**2)/2"},
    parameters=("W", "U", "b"),
    inputs=("X",),
    targets=("Y",),
    loss="l",
    initial={"H": 0},
    shapes={"X": "k, d", "H": "k, n", "Y": "k, n", "W": "d, n", "U": "n, n", "b": "n"},
    values={"W": [[1, 2]], "U": [[1, 2], [3, 4]], "b": 1, "X": {"cycle": [[[1], [2], [0]]]}, "Y": 0},
)
"""Three sequences as rows."""
MEAN = replace(RESERVOIR, parameters=("v", "w", "u"), constants=(), reduction="mean")


@cache
def ready_made(name: str, steps: int) -> Document:
    """The handout of a ready-made network, made once."""
    return told(subject(derive(name, steps), Options()))


def told_of(network: Network | str, steps: int, **options: Any) -> Document:
    """A handout before it is written."""
    if isinstance(network, str) and not options:
        return ready_made(network, steps)
    return told(subject(derive(network, steps), Options(**options)))


def read(network: Network | str, steps: int, **options: Any) -> str:
    """All that a handout says, in words and in formulas."""
    found: list[str] = []
    for node in walk(told_of(network, steps, **options).blocks):
        match node:
            case Paragraph(inlines):
                found.append(plain(inlines))
            case Table(_, rows, caption):
                found += [" | ".join(map(plain, row)) for row in rows] + [plain(caption)]
            case Line(left, sign, right):
                known = (left, Sign(sign) if sign else None, right)
                found.append(" ".join(text(part) for part in known if part is not None))
            case _:
                pass
    return "\n".join(found).replace("\u00a0", " ")


def test_the_letter_of_the_error_holds_what_a_loss_counts_for() -> None:
    """Where L is a mean, what enters from a loss is divided by T: else the rules in letters were not those of δ."""
    assert re.search(r"^e_t \| l_t → h_t \| 1/T", read(MEAN, 3, zoom="states"), re.MULTILINE)
    assert re.search(r"^e_t \| l_t → h_t \| \(y_t", read("elman", 3, zoom="states"), re.MULTILINE)


def test_a_letter_has_its_ends_wherever_it_stands_in_the_folding() -> None:
    """An e has a superscript in the fold of one adjoint if it has one in the rules of all."""
    assert "e_2^z + J_3^{zz} e_3^z" in read("linear-attention", 3)


def test_dots_do_not_stand_for_a_single_word() -> None:
    """Two words in a bracket are both written, and the last term of a sum where it alone would be left out."""
    text = read("elman", 3, zoom="states")
    assert "U_2 (e_2 + J_3 e_3)" in text
    assert "U_1 (e_1 + ⋯)" in text
    assert "U_2^m δ_2^m + U_3^m δ_3^m" in read("kalman", 3)


def test_the_order_of_factors_matters_only_where_they_do_not_commute() -> None:
    """Plain numbers and diagonal matrices may be exchanged; a matrix and a diagonal one may not."""
    for name, matters in (("indrnn", False), ("ssm", False), ("elman", False), ("elman-vector", True)):
        assert ("order of the factors matters" in said(name, 3)) is matters


def test_a_check_of_a_closed_form_is_listed_where_one_is_printed() -> None:
    """A batch has none to print, so its table does not speak of it."""
    row = "The closed form written out"
    assert row in said("elman", 3)
    assert row not in said(BATCH, 2)


def test_the_quantity_of_the_path_sum_is_none_of_the_network() -> None:
    """In a neuron with parameters w and v and a potential u the formula speaks of others."""
    taken, free = "for any quantity u", "for any quantity r"
    assert taken in read("elman", 1)
    assert free in read("lif", 2)


def test_signs_of_matrices_are_explained_where_they_are_printed() -> None:
    """Ones where a sum over a batch is written with them, the norm of a matrix where a penalty has one; else neither."""
    ones, norm = "𝟏 is a vector of ones", "Of a matrix ‖A‖ is the root"
    text = read(BATCH, 2)
    assert ones in text
    assert norm in text
    text = read("elman-vector", 2)
    assert ones not in text
    assert norm not in text


def test_a_term_that_comes_from_several_adjoints_is_not_laid_to_one() -> None:
    """In a minimal gated unit the gate acts on the candidate and on the state: its adjoint comes from within the step."""
    assert "within the step" in said("mgu", 3)


def test_no_factor_is_a_plain_one_and_no_sign_follows_a_sum_sign() -> None:
    """The closed form of the spiking neuron has v, not 1v; a sum of negative terms has them in brackets."""
    assert "(v/(1 + |u_{j−1} − θ|)² + β)" in read("lif", 3)
    loops = replace(
        RESERVOIR,
        equations={"g": "w*g[t-1] + u*h[t-1] + x[t]", "h": "v*h[t-1] + g[t]", "l": "h[t]**2/2"},
        parameters=("w", "u", "v"),
        constants=(),
        targets=(),
        initial={"g": 0, "h": 0},
        values={"w": "0.5", "u": 1, "v": "0.75", "x": 1},
    )
    assert "F_t = [v, u; v, w + u]" in read(loops, 2)
    assert "(−Δ (" in read("ssm", 3)


def test_what_is_not_learned_is_not_called_a_parameter_at_the_end() -> None:
    """Where gradients are taken by controls alone, what is to be remembered speaks of quantities."""
    control = replace(RESERVOIR, parameters=(), constants=("w", "u", "v"), by=("x", "h_0"))
    assert "The gradient by a quantity is" in said(control, 3)
    assert "The gradient by a parameter is" in said(RESERVOIR, 3)


def test_a_number_is_not_said_to_equal_itself() -> None:
    """Where an adjoint is a number that is printed already, it stands once behind it."""
    control = replace(
        RESERVOIR,
        equations={"h": "tanh(w*h[t-1] + u*x[t])", "l": "h[t]**2/2"},
        parameters=("w", "u"),
        constants=(),
        targets=(),
        values={"w": "0.5", "u": 1, "x": 1},
    )
    text = read(control, 2)
    assert "δ_2 = h_2" in text
    assert not re.search(r"(= −?[\d.]+) \1$", text, re.MULTILINE)
