"""Names become symbols."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.notation.formula import Number, Sign, Symbol, grouped, row, symbol
from derive.notation.names import symbol_from_name, symbol_from_tex
from derive.notation.tex import tex
from derive.notation.text import text

_HH = row(symbol("h"), symbol("h"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", symbol("x")),
        (r"\hat y", symbol("y", accent="hat")),
        (r"\hat{y}", symbol("y", accent="hat")),
        (r"\widehat{y}", symbol("y", accent="hat")),
        (r"\bar f", symbol("f", accent="bar")),
        (r"\tilde c_t", symbol("c", symbol("t"), accent="tilde")),
        (r"\delta", symbol("δ")),
        ("δ", symbol("δ")),
        (r"\varepsilon", symbol("ε")),
        (r"\epsilon", symbol("ϵ")),
        (r"\ell", symbol("ℓ")),
        (r"\mathcal{L}", symbol("ℒ")),
        (r"\mathrm{loss}", symbol("loss")),
        (r"\mathrm d", symbol("d")),
        ("w_x", symbol("w", symbol("x"))),
        ("w_{hh}", symbol("w", _HH)),
        ("w_{x,1}", symbol("w", symbol("x"), Number("1"))),
        ("h^{(1)}", Symbol("h", sups=(grouped(Number("1")),))),
        ("h^{(1)}_x", Symbol("h", None, (symbol("x"),), (grouped(Number("1")),))),
        ("w^*", Symbol("w", sups=(Sign("∗"),))),
        ("h'", Symbol("h", sups=(Sign("′"),))),
        (r"\hat{\delta}_{\mathrm{in}}", symbol("δ", symbol("in"), accent="hat")),
    ],
)
def test_a_tex_name_is_read_as_its_author_means_it(name: str, expected: Symbol) -> None:
    """A letter, an accent, subscripts and superscripts are told apart, however they are spaced and braced."""
    assert symbol_from_tex(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("", "  ", "ab", "1", "x_", "x_{}", "x^{(1", "x)", "x_1_2", "h'^2", "{x}", "$x$", "x_{a,}", "x_{{a}}", "x\\"),
        *(r"\mathbf{h}", r"\frac{1}{2}", r"\hat\bar x", r"\hat", r"\mathrm{}", r"\mathrm{a b", r"\mathcal{M}"),
    ],
)
def test_what_is_no_name_is_refused_with_what_is_allowed(name: str) -> None:
    """The message repeats the name, says what is wrong with it and what a name may be."""
    with pytest.raises(ValueError, match=r"is no name, because .*: a name is one letter") as refusal:
        symbol_from_tex(name)
    assert repr(name) in str(refusal.value)


def test_deep_nesting_is_refused() -> None:
    """A name nested thousands of levels deep is refused like any other that is no name."""
    with pytest.raises(ValueError, match="nested too deeply"):
        symbol_from_tex("x_{" + "(" * 5000)


@given(st.lists(st.sampled_from([*"abδ_^{}()',1\\ *", r"\hat ", r"\delta", r"\mathrm"]), max_size=12).map("".join))
def test_any_text_is_a_name_or_refused(name: str) -> None:
    """No text makes the reader fail in another way, and a name that was read is read the same from its own TeX."""
    try:
        symbol = symbol_from_tex(name)
    except ValueError:
        return
    assert symbol_from_tex(tex(symbol)) == symbol


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"),
        ("w_x", "w_x"),
        ("W_hh", "W_{hh}"),
        ("w_h_x", "w_{h,x}"),
        ("alpha", "α"),
        ("epsilon", "ε"),
        ("lambda_", "λ"),
        ("delta_x", "δ_x"),
        ("w_alpha", "w_α"),
        ("yhat", "ŷ"),
        ("deltahat", "δ̂"),
        ("fbar", "f̄"),
        ("bar", "bar"),
        ("h1", "h_1"),
        ("h12", "h_{12}"),
        ("h_0", "h_0"),
        ("w_h1", "w_{h1}"),
        ("cbar2", "c̄_2"),
        ("w_out", "w_{out}"),
        ("loss", "loss"),
        ("_private", "private"),
        ("δ", "δ"),
    ],
)
def test_an_identifier_speaks_for_itself(name: str, expected: str) -> None:
    """Without a TeX name, the parts of an identifier become letter, accent and subscripts as a reader expects."""
    assert text(symbol_from_name(name)) == expected


@pytest.mark.parametrize("name", ["", "_", "2x", "a b", "a-b", "x[t]"])
def test_what_is_no_identifier_is_refused(name: str) -> None:
    """An identifier needs a letter; anything else is refused with an example."""
    with pytest.raises(ValueError, match="is no name: use a letter first"):
        symbol_from_name(name)


def test_w_in_is_set_like_w_out() -> None:
    """In is a word beside out and rec; by itself, or beside other indices, it is i and n, as in a GRU."""
    assert tex(symbol_from_name("W_in", ("W_in", "W_out"))) == r"W_{\mathrm{in}}"
    assert tex(symbol_from_name("W_in", ("W_in", "W_ir", "b_out"))) == "W_{i n}"
    assert tex(symbol_from_name("W_hh", ("W_hh", "W_out"))) == "W_{h h}"
