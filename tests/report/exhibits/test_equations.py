"""Equations: the values of the worked example as they are printed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from subjects import about

from derive.derivation import derive
from derive.graph import Node
from derive.network import Network, load
from derive.notation.text import text, text_lines
from derive.report.document import Display
from derive.report.exhibits import equations
from derive.report.exhibits.conventions import conventions
from derive.report.options import Options
from derive.report.publish import subject


def lines(display: Display) -> str:
    """A display as plain text; what stands in different lines is listed like what stands in one."""
    spelled = ((f"{text(line.left)} {line.sign} " if line.left else "") + text(line.right) for line in display.lines)
    return ",   ".join(spelled).replace("\u00a0", " ")


def test_a_series_that_repeats_is_printed_once() -> None:
    """Values that begin again are given until they do; the rest is one equation."""
    shown = lines(equations.given_values(about("lstm-scalar", 9)))
    assert "x_1 = 1,   x_2 = 0,   x_3 = −1,   x_t = x_{t−3} (t > 3)" in shown
    assert "x_4" not in shown


def test_a_long_series_is_printed_by_its_ends() -> None:
    """Of many values that do not repeat, the first and the last are printed."""
    shown = lines(equations.given_values(about("elman", 30, x=tuple(range(30)))))
    assert "x_8 = 7,   ⋯,   x_{28} = 27" in shown
    assert "x_{12}" not in shown


def test_a_short_series_is_printed_whole() -> None:
    """Few values stand there one by one, even if they repeat."""
    shown = lines(equations.given_values(about("elman", 4, x=(1, 2, 1, 2))))
    assert "x_4 = 2" in shown
    assert "x_t" not in shown


def test_what_was_given_as_a_fraction_is_printed_as_one() -> None:
    """“2/8” is no 0.25, and Fraction(-1, 4) no −0.25; a decimal stays one, and so does what is computed."""
    subject = about("elman", 2, w_x="2/8", w_h=Fraction(-1, 4), w_y=Decimal("0.25"), x=("-1/3", 0.5), h_0="-1/4")
    assert "w_x = 2/8,   w_h = −1/4,   w_y = 0.25,   h_0 = −1/4,   x_1 = −1/3,   x_2 = 0.5" in lines(
        equations.given_values(subject)
    ).replace("\u00a0", " ")
    assert text(subject.number(subject.evaluation.value(Node("a", 1)))) == "−0.0208"


def test_the_table_of_names_has_room_for_what_names_mean() -> None:
    """Columns share the width by what stands in them: beside short symbols a meaning takes one line."""
    symbols, meanings, _ = equations.names_table(about("elman-vector", 3)).columns
    assert meanings.share > 3 * symbols.share
    symbols, meanings, _ = equations.names_table(about("lstm", 3)).columns
    assert symbols.share < meanings.share < 2 * symbols.share


def test_the_argument_of_a_function_has_no_name_of_the_network() -> None:
    """Where a size is called q, cross-entropy is told with other letters: nobody reads one letter as two things."""
    network = load("rnn-classifier")
    shapes = {name: tuple("q" if size == "k" else size for size in shape) for name, shape in network.shapes.items()}
    renamed = subject(derive(replace(network, shapes=shapes), 1), Options())
    assert text_lines(equations.definitions(renamed).lines) == "CE(v, z) = 𝟏ᵀ z logsumexp(v) − zᵀ v"
    assert text_lines(equations.definitions(about("rnn-classifier", 1)).lines) == "CE(v, q) = 𝟏ᵀ q logsumexp(v) − qᵀ v"


def test_it_is_said_that_a_column_beside_a_matrix_is_repeated_where_a_softmax_of_rows_needs_it() -> None:
    """Log softmax(Z) = Z − logsumexp(Z) takes one number from each entry of a row, and its derivative multiplies so."""
    network = Network(
        name="hidden-markov",
        equations={"P": "log_softmax(A, axis=1)", "a": "exp(P[t]).T@a[t-1]", "l": "sum(a[t]*x[t])"},
        parameters=("A",),
        inputs=("x",),
        loss="l",
        initial={"a": 1},
        shapes={"A": "n, n", "a": "n", "x": "n"},
        values={"A": [[1, 0], [0, 1]], "x": [[1, 0]]},
    )
    assert "repeated" in conventions(subject(derive(network, 1), Options()))
