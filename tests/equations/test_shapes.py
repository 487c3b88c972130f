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

OF = {"W": ("n", "d"), "U": ("n", "n"), "h": ("n",), "b": ("n",), "x": ("d",)}


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
    ],
)
def test_the_shape_of_an_expression(text: str, shape: tuple[str, ...]) -> None:
    """NumPy's, for columns; a number goes with everything."""
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
        ("h[t-1]@W", r"cannot multiply a vector \(n\) @ a matrix \(n, d\); vectors are columns: write W\.T@h"),
        ("U@W@x[t]", r"cannot multiply a matrix \(n, n\) @ a matrix \(n, d\); .*: write A@\(B@h\)"),
        ("h[t-1]@x[t]", r"cannot multiply a vector \(n\) @ a vector \(d\)"),
        ("W@k", r"cannot multiply a matrix \(n, d\) @ a scalar; .* scalars are multiplied with \*"),
        ("k@k", r"cannot multiply a scalar @ a scalar"),
        ("k*b", r"cannot multiply elementwise a scalar and a vector \(n\); .* broadcast = true"),
        ("b + k", r"cannot add a scalar and a vector \(n\)"),
        ("b*W@x[t]", r"elementwise arithmetic on a matrix \(n, d\) .*: write r\*\(W@h\), not r\*W@h"),
        ("W + U", r"elementwise arithmetic on a matrix \(n, d\)"),
        ("W**2", r"a power of a matrix \(n, d\)"),
        ("tanh(W)", r"tanh of a matrix \(n, d\)"),
        ("sum(k)", r"sum needs a vector, not a scalar"),
        ("softmax(k)", r"softmax needs a vector, not a scalar"),
        ("logsumexp(W)", r"logsumexp needs a vector, not a matrix \(n, d\)"),
        ("b.T@h[t-1]", r"\.T needs a parameter that is a matrix, not a vector \(n\)"),
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


def test_expressions_made_in_python_keep_the_rules() -> None:
    """No outer product, and no transpose but a parameter's."""
    with pytest.raises(ShapeError, match="outer product"):
        Shapes(OF).typed(ex.Outer(Var("b"), Var("b")))
    with pytest.raises(ShapeError, match=r"\.T needs a parameter"):
        Shapes(OF).typed(ex.Transpose(ex.Transpose(Var("W"))))


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
            r"equation l .* is a vector \(n\), but l is declared as a scalar",
        ),
        (
            lambda: network("W@x[t] + h[t-1]", "h[t]", {"W": ("n", "d"), "x": ("d",), "h": ("n",), "l": ("n",)}),
            ShapeError,
            r"the loss l has to be a scalar, not a vector \(n\); add its components with sum",
        ),
        (
            lambda: network("W@x[t] + h[t-1]", shapes={"W": ("n", "d"), "x": ("d",), "h": ("n", "d")}),
            ShapeError,
            r"h is declared as a matrix \(n, d\); only parameters and constants may be matrices",
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
    """Mismatch within an equation, with its declaration, a loss that is no scalar, a state that is a matrix."""
    with pytest.raises(error, match=message):
        make()  # type: ignore[operator]


def test_vectors_stay_vectors_all_the_way() -> None:
    """Nothing falls back to components: the rule of a vector network is one line in matrices."""
    rule = derive(network("W@x[t] + h[t-1]", "sum(h[t]**2)/2"), 3).rules["h"]
    assert said(rule.expression) == "h[t] + d_h[t+1]"
