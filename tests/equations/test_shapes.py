"""Shapes: what goes together and what does not, said with the equation and the two shapes."""

from __future__ import annotations

import pytest
from samples import said

from derive import Network, derive
from derive.equations import expression as ex
from derive.equations.expression import Var
from derive.equations.parse import parse
from derive.equations.shapes import Shapes, shape_in_words
from derive.errors import DeriveError, NetworkError, ShapeError

OF = {"W": ("n", "d"), "U": ("n", "n"), "h": ("n",), "b": ("n",), "x": ("d",), "c": ("n", "1"), "one": ("1",)}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("W@x[t] + U@h[t-1] + b", ("n",)),
        ("W.T@h[t-1]", ("d",)),
        ("h[t-1]@b", ()),
        ("sum(h[t-1]**2)/2", ()),
        ("2*h[t-1] + 1", ("n",)),
        ("1/h[t-1]", ("n",)),
        ("k*k + k", ()),
        ("softmax(U@h[t-1])", ("n",)),
        ("logsumexp(b)", ()),
        ("tanh(b)", ("n",)),
        ("-x[t]", ("d",)),
        ("3", ()),
        ("W.T@U@W", ("d", "d")),
        ("h[t-1]@W", ("d",)),
        ("h[t-1].T@W@x[t]", ()),
        ("h[t]@x[t].T", ("n", "d")),
        ("outer(x[t], h[t])", ("d", "n")),
        ("(b@x[t].T*W)@x[t]", ("n",)),
        ("tanh(W + 1)**2", ("n", "d")),
        ("sum(W*W)", ()),
        ("W + c + x[t]", ("n", "d")),
        ("logsumexp(W, axis=1)@one + b", ("n",)),
        ("one@logsumexp(W, axis=0) + x[t]", ("d",)),
    ],
)
def test_the_shape_of_an_expression(text: str, shape: tuple[str, ...]) -> None:
    """NumPy's, but that v.T is a row; a number goes with everything."""
    assert Shapes(OF).typed(parse(text))[1] == shape


def test_a_product_of_two_vectors_is_their_inner_product() -> None:
    """Wherever it stands."""
    typed, _ = Shapes(OF).typed(parse("k*(h[t]@b)"))
    assert typed == ex.Mul((Var("k"), ex.Dot(Var("h", 0), Var("b"))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W@x[t] + x[t]", r"cannot add a vector \(n\) and a vector \(d\)"),
        ("b*x[t]", r"cannot multiply elementwise a vector \(n\) and a vector \(d\)"),
        ("b/x[t]", r"cannot divide a vector \(n\) and a vector \(d\)"),
        ("W@h[t-1]", r"cannot multiply a matrix \(n, d\) @ a vector \(n\); its transpose would fit: W\.T@h"),
        ("U@x[t]", r"cannot multiply a matrix \(n, n\) @ a vector \(d\)$"),
        ("x[t]@W", r"cannot multiply a vector \(d\) @ a matrix \(n, d\); its transpose would fit: h@W\.T"),
        (
            "W@U",
            r"cannot multiply a matrix \(n, d\) @ a matrix \(n, n\); the transpose of the left one would fit: A\.T@B",
        ),
        (
            "W@W",
            r"cannot multiply a matrix \(n, d\) @ a matrix \(n, d\); the transpose of the right one would fit: A@B\.T",
        ),
        ("W@x[t].T", r"cannot multiply a matrix \(n, d\) @ a transposed vector \(d\)"),
        ("W + b", r"cannot add a matrix \(n, d\) and a vector \(n\); .* for a column, give it the shape \"n, 1\""),
        ("b.T + x[t]", r"elementwise arithmetic on a transposed vector \(n\) .* beside @ only"),
        ("sum(b.T)", r"the sum of a transposed vector"),
        ("outer(W, b)", r"outer needs two vectors, not a matrix \(n, d\) and a vector \(n\)"),
        ("h[t-1]@x[t]", r"cannot multiply a vector \(n\) @ a vector \(d\)"),
        ("W@k", r"cannot multiply a matrix \(n, d\) @ a scalar; .* scalars are multiplied with \*"),
        ("k@k", r"cannot multiply a scalar @ a scalar"),
        ("k*b", r"cannot multiply elementwise a scalar and a vector \(n\); .* broadcast = true"),
        ("b + k", r"cannot add a scalar and a vector \(n\)"),
        ("b*W@x[t]", r"a vector \(n\) and a matrix \(n, d\); a vector beside a matrix is a row"),
        ("W + U", r"cannot add a matrix \(n, d\) and a matrix \(n, n\)"),
        ("sum(k)", r"sum needs a vector or a matrix, not a scalar"),
        ("softmax(k)", r"softmax needs a vector, not a scalar"),
        ("logsumexp(W)", r"logsumexp of a matrix \(n, d\) needs an axis: with axis=1 each row"),
        ("softmax(b, axis=1)", r"softmax along axis 1 needs a matrix, not a vector \(n\); a vector has axis 0 alone"),
        ("k.T@h[t-1]", r"\.T needs a vector or a matrix, not a scalar"),
    ],
)
def test_what_does_not_go_together_is_refused_with_both_shapes(text: str, message: str) -> None:
    """And with what would be right, where that can be guessed."""
    with pytest.raises(ShapeError, match=message):
        Shapes(OF).typed(parse(text))


@pytest.mark.parametrize("text", ["k*b", "b + k", "b/(k + 1)", "(b@b)*h[t-1] - sum(x[t])"])
def test_a_scalar_goes_with_a_vector_where_the_network_says_so(text: str) -> None:
    """``broadcast = true``."""
    assert Shapes(OF, broadcast=True).typed(parse(text))[1] == ("n",)
    with pytest.raises(ShapeError, match="broadcast = true"):
        Shapes(OF).typed(parse(text))


def test_a_transposed_vector_says_which_product_is_meant() -> None:
    """A column times a row is an outer product, a row times a column an inner one, a row times a matrix goes on."""
    assert Shapes(OF).typed(parse("b@x[t].T"))[0] == ex.Outer(Var("b"), Var("x", 0))
    assert Shapes(OF).typed(parse("b.T@h[t]"))[0] == ex.Dot(Var("b"), Var("h", 0))
    inner = ex.Dot(ex.MatMul(ex.Transpose(Var("W")), Var("b")), Var("x", 0))
    assert Shapes(OF).typed(parse("b.T@W@x[t]"))[0] == inner


@pytest.mark.parametrize(
    ("h", "in_rows"),
    [("x[t]@W.T + h[t-1]", True), ("W@x[t] + h[t-1]", False), ("W@x[t] + (h[t-1]@W)@W.T", False), ("2*h[t-1]", False)],
)
def test_vectors_are_rows_if_they_stand_left_of_matrices_only(h: str, in_rows: bool) -> None:  # noqa: FBT001
    """As in course code; where both occur, and where neither does, they are columns."""
    assert network(h, "sum(h[t]) + sum(outer(x[t], h[t])) + sum(W)").in_rows is in_rows


@pytest.mark.parametrize(("shape", "text"), [((), "scalar"), (("n",), "vector (n)"), (("n", "d"), "matrix (n, d)")])
def test_shapes_are_said_in_words(shape: tuple[str, ...], text: str) -> None:
    """A scalar, a vector with its size, a matrix with both."""
    assert shape_in_words(shape) == text


def network(h: str, loss: str = "sum(h[t])", shapes: dict[str, tuple[str, ...]] | None = None) -> Network:
    """A network that uses every name once, so that only shapes can be wrong."""
    return Network(
        name="mine.toml",
        equations={"h": h, "l": loss},
        parameters=("W",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        shapes={"W": ("n", "d"), "x": ("d",), "h": ("n",)} if shapes is None else shapes,
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: network("W@h[t-1] + x[t]"),
            ShapeError,
            r'^mine\.toml: equation h = "W@h\[t-1\] \+ x\[t\]": cannot multiply a matrix \(n, d\) @ a vector \(n\)',
        ),
        (
            lambda: network("h[t-1]@h[t-1] + sum(W@x[t])"),
            ShapeError,
            r"its value is a scalar, but h is declared as a vector \(n\)",
        ),
        (
            lambda: network("W@x[t] + h[t-1]", "h[t]"),
            ShapeError,
            r"the loss l has to be a scalar, not a vector \(n\); add its components with sum",
        ),
        (
            lambda: network("W@x[t] + h[t-1]", "h[t]", {"W": ("n", "d"), "x": ("d",), "h": ("n",), "l": ("n",)}),
            ShapeError,
            r"the loss l has to be a scalar, not a vector \(n\); add its components with sum",
        ),
        (
            lambda: network("W@x[t] + h[t-1]", shapes={"V": ("n",)}),
            NetworkError,
            r"\[shapes\] names V, which is unknown",
        ),
    ],
)
def test_a_network_whose_shapes_do_not_fit_names_the_equation(
    make: object, error: type[DeriveError], message: str
) -> None:
    """Mismatch within an equation, with its declaration, a loss that is no scalar, a shape of nothing."""
    with pytest.raises(error, match=message):
        make()  # type: ignore[operator]


def test_vectors_stay_vectors_all_the_way() -> None:
    """Nothing falls back to components: the rule of a vector network is one line in matrices."""
    rule = derive(network("W@x[t] + h[t-1]", "sum(h[t]**2)/2"), 3).rules["h"]
    assert said(rule.expression) == "h[t] + d_h[t+1]"
