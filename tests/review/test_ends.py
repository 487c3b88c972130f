"""Faults at one end of time alone, planted in emitted code: a loop that never comes to step 1, a term that is missing at T."""

from __future__ import annotations

from typing import Any

import pytest
from planting import FUNCTION, Garden

from derive import derive
from derive.programs import code
from derive.report.document import Paragraph, plain
from derive.report.options import Options
from derive.report.review import Reviewed, reviewed
from derive.review import Audit, Rule, audit, here

ADJOINTS = "    da = np.zeros(T + 1)\n"
LOOP = ADJOINTS + "    for t in reversed(range(T)):"
DIRECT, BACK = "dy * w_y", "+ da[t + 1] * w_h"
BOTH_LOOPS = "    db = np.zeros(T + 1)\n    for t in range(T):"


def audited(name: str, right: str, wrong: str) -> Audit:
    """What an audit says of the textbook loop of a network, with a line written otherwise."""
    recurrence = derive(name, 3).recurrence
    source, scope = code(recurrence, "numpy", plain=True), {"__name__": "planted"}
    assert source.count(right) == 1
    exec(source.replace(right, wrong), scope)  # noqa: S102 - our own code
    return audit(recurrence, here(scope[FUNCTION]))  # type: ignore[arg-type]


def said(found: Audit, locale: str = "en") -> dict[str, Any]:
    """The first explanation, in a language."""
    network = found.comparison.recurrence.graph.network
    explanations: list[dict[str, Any]] = reviewed(network, Options(locale=locale), found).data["explanations"]
    return explanations[0]


def text_of(told: Reviewed) -> str:
    """The paragraphs of a comparison."""
    return "\n".join(plain(block.inlines) for block in told.document.blocks if isinstance(block, Paragraph))


FAULTS = {
    "the loop never comes to step 1": (
        LOOP,
        LOOP.replace("range(T)", "range(1, T)"),
        "What step 1 contributes is missing: the loop over the steps never comes to it.",
    ),
    "it never comes to steps 1 and 2": (
        LOOP,
        LOOP.replace("range(T)", "range(2, T)"),
        "The loop over the steps stops at step 3: what steps 1 and 2 contribute is missing.",
    ),
    "it starts one step late": (
        LOOP,
        LOOP.replace("range(T)", "range(T - 1)"),
        "The loss of the last step is missing.",
    ),
    "it starts two steps late": (
        LOOP,
        LOOP.replace("range(T)", "range(T - 2)"),
        "The losses of the last two steps are missing: the loop over the steps starts from step T − 2.",
    ),
    "δ_T lacks its loss": (
        DIRECT,
        f"(t < T - 1) * {DIRECT}",
        "In the rule of δ_4: the term is lost that comes from y_4. At all other steps it is right.",
    ),
    "the loss of step T counts twice in δ_T": (
        DIRECT,
        f"(1 + (t == T - 1)) * {DIRECT}",
        "In the rule of δ_4: the term counts twice. At all other steps it is right.",
    ),
    "nothing comes back to step 1": (
        BACK,
        f"{BACK} * (t > 0)",
        "Nothing is handed back to step 1: what the losses of later steps contribute there is missing.",
    ),
    "step T hands nothing back": (
        BACK,
        f"{BACK} * (t < T - 2)",
        "Step 4 hands nothing back: what its loss contributes at earlier steps is missing.",
    ),
    "the term of h_0 is forgotten": (
        "dw_h += da[t] * h[t - 1]",
        "dw_h += da[t] * h[t - 1] * (t > 0)",
        "In the sum for dL/dw_h: the term is lost that comes from a_1. At all other steps it is right.",
    ),
    "index −1 is the last row": (
        "dw_h += da[t] * h[t - 1]",
        "dw_h += da[t] * h[t - 1 if t else T - 1]",
        (
            "In the sum for dL/dw_h: h_4 stands for h_0: in an array of T rows, index −1 is the last. "
            "At all other steps it is right."
        ),
    ),
    "the last term is not accumulated": (
        "dw_y += dy * h[t]",
        "dw_y += dy * h[t] * (t < T - 1)",
        "In the sum for dL/dw_y: the term is lost that comes from y_4. At all other steps it is right.",
    ),
    "the slope is missing in δ_T": (
        "dh * (1 - h[t] ** 2)",
        "dh * (1 - h[t] ** 2 * (t < T - 1))",
        "Wherever ∂⁺h_4/∂a_4 is used: the factor 1 − h_4² is missing. At all other steps it is right.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_one_end_of_time_is_named(fault: str) -> None:
    """One sentence says it, at 1, 4 and 7 steps, of all that differs."""
    right, wrong, sentence = FAULTS[fault]
    found = audited("elman", right, wrong)
    assert not found.comparison.unexplained
    (explanation,) = found.comparison.explanations
    assert explanation.whole
    assert explanation.confirmed
    assert [each["sentence"] for each in said(found)["mistakes"]] == [sentence]


def test_the_formula_is_that_of_the_step() -> None:
    """What stands there wrongly is written for the step at which it does, and the paths that are missing end there."""
    right, wrong, _ = FAULTS["δ_T lacks its loss"]
    (mistake,) = said(audited("elman", right, wrong))["mistakes"]
    assert (mistake["formula"], mistake["as_it_was"]) == ("δ_4", "0")
    assert mistake["as_it_has_to_be"] == "(y_4 − ŷ_4) w_y"
    assert mistake["paths"]["touched"]
    assert all(path.startswith("L → l_4 → y_4 → h_4 → a_4") for path in mistake["paths"]["touched"])
    right, wrong, _ = FAULTS["the term of h_0 is forgotten"]
    (mistake,) = said(audited("elman", right, wrong))["mistakes"]
    assert (mistake["as_it_was"], mistake["as_it_has_to_be"]) == ("⋯", "δ_1 (1 − h_1²) h_0 + ⋯")
    assert all(path.endswith("→ a_1 → w_h") for path in mistake["paths"]["touched"])


def test_a_loop_of_several_is_named_by_what_it_computes() -> None:
    """Where one of two loops leaves out a step, that is said of its adjoints; the other hands back what it has."""
    found = audited("bidirectional", BOTH_LOOPS, BOTH_LOOPS.replace("range(T)", "range(T - 1)"))
    assert not found.comparison.unexplained
    (mistake,) = said(found)["mistakes"]
    assert mistake["sentence"] == "The loop that computes δ_t^b, δ_t^g, δ_t^y never comes to t = 4: there they are 0."


@pytest.mark.parametrize("fault", ["δ_T lacks its loss", "nothing comes back to step 1", "index −1 is the last row"])
def test_chinese_says_the_same(fault: str) -> None:
    """Every kind has its sentence in Chinese too."""
    right, wrong, sentence = FAULTS[fault]
    ours = said(audited("elman", right, wrong), "zh")["mistakes"][0]["sentence"]
    assert ours != sentence
    assert ours.endswith("。")


def test_what_has_lost_its_adjoint_stands_after_the_last_step_too() -> None:
    """A loop adds ``w_h`` for ``da[t + 1] * w_h`` at step T as well, where a right one adds nothing."""
    found = audited("elman", "da[t + 1] * w_h", "w_h")
    assert not found.comparison.unexplained
    sentence = said(found)["mistakes"][0]["sentence"]
    assert "the adjoint is missing: what it is multiplied with stands alone." in sentence
    assert sentence.endswith("It stands there at the end of the steps too, where nothing comes back.")


def test_a_product_that_does_not_fit_is_no_mistake_of_a_program() -> None:
    """Without y − ŷ nothing is left that W_yᵀ could multiply: no gradient is what such a rule gives, and it is not told."""
    mistakes = Garden("elman-vector").mistakes[0]
    lost = [each for each in mistakes.all if isinstance(each, Rule) and each.change.edge.head == "l"]
    unfit = [each for each in lost if each.kind == "factor" and each.change.slip and each.change.slip.after is not None]
    assert any(mistakes.gradient("W_h", each) is None for each in unfit)
    assert {each.kind for each in lost if mistakes.gradient("W_h", each) is not None} >= {"lost", "doubled"}


def test_what_other_names_would_tell_is_said() -> None:
    """A sign in the sum for w_y, or wherever the loss is differentiated: not other values tell which, but other gradients."""
    lesson = derive("elman", 3)
    values = {"yhat": ["0.3", "-0.6", "1.1"]}
    right = lesson.compare({"w_y": 0}, values).verdicts[0].right
    found = lesson.compare({"w_y": -right}, values)
    explanation = found.explanations[0]
    assert explanation.unseen
    assert not explanation.others
    told = text_of(reviewed(lesson.network, Options(), found))
    assert "As far as these gradients tell, it may as well be another mistake:" in told
    assert "Gradients by further names would tell which it is." in told
    assert "Gradients at other values would tell" not in told
