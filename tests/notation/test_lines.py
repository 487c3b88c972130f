"""Lines: how wide a formula is, and where a long one breaks."""

from __future__ import annotations

import json

import pytest
import typst as compiler
from formulas import (
    AFTER,
    FORMULAS,
    GALLERY,
    IN_TYPST,
    LONG,
    RECURRENCE,
    VECTOR,
    L,
    at,
    closed_form,
    error,
    nested,
    path,
    paths,
    s,
    slope,
    t,
    w_h,
)
from hypothesis import given
from hypothesis import strategies as st

from derive.notation.formula import (
    Apply,
    Brace,
    Colored,
    Derivative,
    Formula,
    Fraction,
    Line,
    Matrix,
    Number,
    Row,
    Sign,
    Words,
    children,
    grouped,
    negated,
    number,
    plus,
    power,
    relation,
    row,
    symbol,
    times,
)
from derive.notation.lines import REASON_GAP, beside, broken, width
from derive.notation.tex import tex_lines
from derive.notation.text import text, text_lines
from derive.notation.typst import typst, typst_lines

_LEFT = Derivative(L, w_h)
_MEASURED = {name: formula for name, formula in GALLERY.items() if name != "signs"} | {
    "long path": path(1, 9),
    "deep": nested(6),
    "long": LONG,
    "closed": closed_form(),
    "steps": plus(*(at("l", step) for step in range(1, 30))),
    "letters": row(*map(symbol, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ")),
    "wide matrix": Matrix(((times(slope(t), w_h), at("h", AFTER)), (error(s), VECTOR), (number(0), L))),
}


def _measured(formulas: list[Formula]) -> list[float]:
    """What Typst says the widths of formulas in a display are, in em of Computer Modern."""
    widths = ", ".join(f"measure($display({typst(formula)})$).width.pt() / 10" for formula in formulas)
    style = '#set text(font: "New Computer Modern", size: 10pt)\n'
    source = f"{IN_TYPST}{style}#context [#metadata(({widths},))<widths>]"
    values: list[float] = json.loads(compiler.query(source.encode(), "<widths>", field="value"))[0]
    return values


def test_the_estimated_width_is_within_a_tenth_of_the_measured_one() -> None:
    """What handouts show is estimated so well that a line that should fit does fit."""
    measured = dict(zip(_MEASURED, _measured(list(_MEASURED.values())), strict=True))
    ratios = {name: width(formula) / measured[name] for name, formula in _MEASURED.items()}
    assert {name: round(ratio, 3) for name, ratio in ratios.items() if not 0.96 < ratio < 1.1} == {}


@given(FORMULAS)
def test_a_formula_is_at_least_as_wide_as_a_part_of_it_in_a_script(formula: Formula) -> None:
    """A width is never negative, and a script is narrower than the same formula in its full size."""
    assert 0 <= width(formula, 2) <= width(formula, 1) + 1e-9 <= width(formula) + 2e-9


def _lines(left: Formula | None, sign: str, right: Formula, limit: float) -> list[str]:
    return text_lines(broken(left, sign, right, limit)).split("\n")


def test_what_fits_stays_on_one_line() -> None:
    """A formula narrower than the limit is not touched."""
    assert broken(at("δ", t), "=", RECURRENCE, 40) == (Line(at("δ", t), "=", RECURRENCE),)


def test_a_sum_breaks_before_the_signs_of_its_terms() -> None:
    """Each continuation line begins with plus or minus, and no term is torn."""
    total = plus(path(1, 2), negated(path(2, 2)), path(1, 3), path(2, 3))
    assert _lines(_LEFT, "=", total, 26) == [
        "dL/dw_h = (y_2 − ŷ_2) w_y (1 − h_2²) w_h (1 − h_1²) h_0",
        "            − (y_2 − ŷ_2) w_y (1 − h_2²) h_1",
        "            + (y_3 − ŷ_3) w_y (1 − h_3²) w_h (1 − h_2²) w_h (1 − h_1²) h_0",
        "            + (y_3 − ŷ_3) w_y (1 − h_3²) w_h (1 − h_2²) h_1",
    ]


def test_a_term_too_wide_breaks_inside_its_wide_bracket() -> None:
    """Terms of a wide bracket are better places for a break than the factors around it."""
    assert _lines(at("δ", t), "=", LONG, 36) == [
        "δ_t = w_h (1 − h_t²) (δ_1 w_h (1 − h_1²) + δ_2 w_h (1 − h_2²) + δ_3 w_h (1 − h_3²) + δ_4 w_h (1 − h_4²)",
        "        + δ_5 w_h (1 − h_5²) + δ_6 w_h (1 − h_6²) + δ_7 w_h (1 − h_7²))",
    ]


def test_a_torn_term_shares_no_line_with_another() -> None:
    """A term that has to be torn begins a line, and the next term begins another."""
    assert _lines(_LEFT, "=", plus(path(1, 1), path(1, 2), path(2, 2)), 20) == [
        "dL/dw_h = (y_1 − ŷ_1) w_y (1 − h_1²) h_0",
        "            + (y_2 − ŷ_2) w_y (1 − h_2²)",
        "            · w_h (1 − h_1²) h_0",
        "            + (y_2 − ŷ_2) w_y (1 − h_2²) h_1",
    ]


def test_a_formula_nested_sixty_deep_is_broken_at_once() -> None:
    """Breaking asks for many widths, but a state written out over sixty steps still takes no time to speak of."""
    assert len(broken(at("h", 60), "=", nested(60), 36)) < 60


def test_a_long_product_breaks_before_a_factor() -> None:
    """The continuation begins with a dot, and the small brackets stay whole."""
    first, second = broken(_LEFT, "=", path(1, 9), 36)
    assert text(second.right).startswith("· ")
    assert text(first.right).count("(") == text(first.right).count(")")


def test_an_elementwise_product_breaks_before_its_own_sign() -> None:
    """Where the sign between factors is ⊙, the continuation begins with ⊙."""
    product = times(*(slope(step) for step in range(9)), sign="⊙")
    assert text(broken(at("δ", t), "=", product, 30)[1].right).startswith("⊙ ")


def test_a_chain_breaks_before_its_relation_signs() -> None:
    """The second relation is aligned under the first, and its line is not indented."""
    chain = relation(path(1, 3), ("=", path(1, 4)), ("≈", Number("0.734307")))
    lines = broken(L, "=", chain, 28)
    assert [line.sign for line in lines] == ["=", "=", "≈"]
    assert [line.right for line in lines] == [path(1, 3), path(1, 4), Number("0.734307")]


def test_a_chain_alone_is_aligned_at_its_first_relation() -> None:
    """What stands before the first relation sign of a long row becomes the left side."""
    lines = broken(None, "", relation(L, ("=", path(1, 3)), ("=", path(1, 4))), 34)
    assert [line.sign for line in lines] == ["=", "="]
    assert lines[0].left == L


def test_a_wide_left_side_has_a_line_of_its_own() -> None:
    """A left side that takes more than half a line pushes the relation to the next one."""
    lines = broken(path(1, 3), "=", path(1, 4), 34)
    assert lines == (Line(Words(""), "", path(1, 3)), Line(None, "=", path(1, 4)))


def test_a_brace_is_torn_only_if_it_is_too_wide_for_a_line() -> None:
    """Each line has its part of the brace, and the last part has the label."""
    assert sum(each in text_lines(broken(L, "=", paths(3), 34)) for each in map(text, children(paths(3)))) == 6
    lines = broken(at("δ", t), "=", Brace(LONG, Words("later")), 36)
    braces = [part for line in lines for part in (line.right, *children(line.right)) if isinstance(part, Brace)]
    assert [brace.label for brace in braces] == [Words(""), Words("later")]
    assert lines[1].right == row(Sign("+"), braces[1])


def test_a_colour_goes_on_on_the_next_line() -> None:
    """Both parts of a coloured formula keep their colour."""
    lines = broken(at("δ", t), "=", Colored("now", LONG), 36)
    assert isinstance(lines[0].right, Colored)
    assert isinstance(lines[1].right, Row)
    assert isinstance(lines[1].right.items[1], Colored)


def test_equal_braces_side_by_side_stay_apart() -> None:
    """Two equal braces that are both torn are not taken for one."""
    brace = Brace(LONG, Words("later"))
    lines = broken(L, "=", plus(brace, brace), 36)
    labels = [
        part.label
        for line in lines
        for part in (line.right, *children(line.right))
        if isinstance(part, Brace) and part.label != Words("")
    ]
    assert labels == [Words("later")] * 2


def test_a_call_breaks_only_if_nothing_else_helps() -> None:
    """Nested calls too wide for a line break between the terms of an argument, with all their brackets."""
    first, second = _lines(at("h", 7), "=", nested(7), 38)
    assert second.lstrip().startswith("+ w_h tanh(")
    assert first.count("(") + second.count("(") == first.count(")") + second.count(")")


def test_brackets_torn_apart_keep_their_size() -> None:
    """The two halves of a bracket on different lines are signs of the size the whole bracket had."""
    lines = broken(at("δ", t), "=", LONG, 36)
    assert isinstance(lines[0].right, Row)
    assert isinstance(lines[1].right, Row)
    assert Sign("(", 1) in lines[0].right.items
    assert lines[1].right.items[-1] == Sign(")", 1)


def test_a_power_of_a_torn_bracket_stays_at_its_end() -> None:
    """The exponent goes with the closing bracket."""
    squared = power(grouped(plus(*(at("l", step) for step in range(1, 20)))), number(2))
    assert _lines(L, "=", squared, 24)[-1].endswith(")²")


def test_a_fraction_is_never_torn() -> None:
    """A fraction too wide for a line stays whole and stands out, since it cannot break."""
    fraction = Fraction(path(1, 4), symbol("c"))
    assert broken(L, "=", fraction, 10) == (Line(L, "=", fraction),)


@pytest.mark.parametrize("limit", [20, 26, 34, 46])
@pytest.mark.parametrize("name", ["paths", "long", "long path", "deep", "steps", "loss", "colours", "recurrence"])
def test_no_line_is_wider_than_the_limit(name: str, limit: float) -> None:
    """What can be broken at all is broken so that each line fits, its indentation included."""
    left, sign = symbol("L"), "="
    margin = width(left) + width(Sign(sign))
    for line in broken(left, sign, _MEASURED[name], limit):
        indent = 1.0 if line.left is None and not line.sign else 0.0
        assert margin + indent + width(line.right) <= limit + 0.5


def test_lines_are_as_few_as_possible_and_the_last_is_not_nearly_empty() -> None:
    """Twenty equal terms that do not quite fit on one line are not nineteen and one."""
    total = plus(*(at("l", step) for step in range(10, 30)))
    lines = broken(L, "=", total, width(total) * 0.95)
    assert len(lines) == 2
    assert width(lines[1].right) > width(lines[0].right) / 2


def _leaves(written: str) -> str:
    """Text without spaces, brackets and dots, which depend on where a formula stands."""
    return "".join(char for char in written if char not in " ()[]{}|·")


@given(FORMULAS, st.sampled_from([2.0, 5.0, 9.0, 16.0]))
def test_nothing_is_lost_or_reordered(formula: Formula, limit: float) -> None:
    """The lines, one after another, read like the formula that was broken."""
    lines = broken(at("δ", t), "=", formula, limit)
    parts = [(text(line.left) if line.left is not None else "") + line.sign + text(line.right) for line in lines]
    assert _leaves("".join(parts)) == _leaves(f"{text(at('δ', t))}={text(formula)}")


@given(FORMULAS, st.sampled_from([2.0, 5.0, 9.0, 16.0]))
def test_brackets_torn_apart_are_all_there(formula: Formula, limit: float) -> None:
    """As many brackets open and close on all lines together as in the formula itself."""
    lines = broken(at("δ", t), "=", Apply("tanh", (formula,)), limit)
    whole, torn = text(formula), "".join(text(line.right) for line in lines)
    for opening, closing in ("()", "[]"):
        assert torn.count(opening) - torn.count(closing) == whole.count(opening) - whole.count(closing)


def test_reasons_end_at_one_place() -> None:
    """A reason stands in the line that it is for, in each writer; all end together, and behind a short display with a gap."""
    long = Line(symbol("a"), "=", plus(*map(symbol, "bcdefghijklmnopqrst")))
    why = row(Words("since "), symbol("b"), Words(" is so"))
    lines = (long, Line(None, "=", symbol("c"), why))
    assert beside(lines) == (0.0, 0.0)
    assert r"c &&\llap{\text{since $b$ is so}}" in tex_lines(lines)
    assert "&& #h(0.0em) #reason($" in typst_lines(lines).splitlines()[-1]
    assert text_lines(lines).endswith("= c  (since b is so)")
    (gap,) = beside(lines[1:])
    assert gap == pytest.approx(REASON_GAP + width(why))


@pytest.mark.parametrize("limit", [24.0, 26.0, 28.0, 30.0])
def test_a_short_bracket_is_not_torn_where_there_is_another_place(limit: float) -> None:
    """Of a batch, (1 − H²) ⊙ (((1 − H²) ⊙ …) Wᵀ) is broken before a ⊙, and never behind the 1."""
    formula: Formula = symbol("d")
    for _ in range(4):
        square = power(symbol("H"), row(Sign("⊙"), Number("2")))
        slope_of_one = grouped(plus(Number("1"), negated(square)))
        formula = times(grouped(times(slope_of_one, grouped(formula), sign="⊙")), symbol("W"))
    lines = [text(line.right) for line in broken(at("δ", t), "=", formula, limit)]
    assert len(lines) > 1
    assert not [line for line in lines if line.startswith("−")]
