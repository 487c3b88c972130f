"""Local partials: as books write them, as linear maps whose transposes keep the order of factors and every shape."""

from __future__ import annotations

import pytest
from samples import said

from derive import Network, derive, load
from derive.equations.expression import Var
from derive.graph.partials import Column, Gather, LocalPartial, Matrix, RowOuter, Scale, Softmax, Spread, local_partials

SHAPES = {"W": ("n", "d"), "x": ("d",), "u": ("n",), "h": ("n",), "q": ("d",)}
ADJOINT = Var("e", 0)


def vectors(h: str, loss: str = "h[t]@h[t]/2", **more: str) -> Network:
    """A network of one vector equation with a matrix W, vectors u and q, a scalar k and the input x."""
    equations = {"h": h, **more, "l": loss, "idle": "k + u@u + q@q + sum(W@x[t]) + sum(h[t-1])"}
    shapes = SHAPES | dict.fromkeys(more, ("n",))
    names = ("W", "u", "q", "k")
    return Network("n", equations, names, "l", inputs=("x",), initial={"h": 0}, shapes=shapes, broadcast=True)


def partial(network: Network, of: str, by: str, lag: int | None = None) -> LocalPartial:
    """∂⁺of/∂by."""
    return next(found for found in local_partials(network, of) if found.by == Var(by, lag))


def scalars(h: str, loss: str = "h[t]**2", **more: str) -> Network:
    """A network of one scalar equation with parameters w and v."""
    equations = {"h": h, **more, "l": loss, "idle": "w + v + x[t] + h[t-1]"}
    return Network("n", equations, ("w", "v"), "l", inputs=("x",), initial={"h": 0})


@pytest.mark.parametrize(
    ("equation", "by", "lag", "factor"),
    [
        ("tanh(w*h[t-1] + v*x[t])", "h", 1, "(1 - h[t]**2)*w"),
        ("tanh(w*h[t-1] + v*x[t])", "w", None, "(1 - h[t]**2)*h[t-1]"),
        ("sigmoid(w*h[t-1])", "w", None, "h[t]*(1 - h[t])*h[t-1]"),
        ("exp(w*h[t-1])", "w", None, "h[t]*h[t-1]"),
        ("relu(w*h[t-1])", "h", 1, "step(w*h[t-1])*w"),
        ("softplus(w*h[t-1])", "h", 1, "sigmoid(w*h[t-1])*w"),
        ("w*tanh(h[t-1])", "h", 1, "w*(1 - tanh(h[t-1])**2)"),
        ("w*h[t-1] + v*h[t-1]**2", "h", 1, "w + 2*v*h[t-1]"),
        ("(1 - w)*x[t] + w*h[t-1]", "w", None, "h[t-1] - x[t]"),
        ("sqrt(w*h[t-1])", "h", 1, "w/(2*h[t])"),
    ],
)
def test_a_derivative_is_written_through_the_value_where_it_can_be(
    equation: str, by: str, lag: int | None, factor: str
) -> None:
    """1 − h² for tanh, s (1 − s) for the sigmoid, the function's own name for exp and sqrt; outer slope first."""
    assert said(partial(scalars(equation), "h", by, lag).factor) == factor


def test_a_value_that_another_variable_has_is_written_as_that_variable() -> None:
    """If q is tanh(c), the slope of o tanh(c) is o (1 − q²)."""
    network = scalars("w*tanh(c[t]) + v*h[t-1]", c="x[t] + h[t-1]", q="tanh(c[t])")
    assert said(partial(network, "h", "c", 0).factor) == "w*(1 - q[t]**2)"


def test_what_does_not_depend_has_no_partial() -> None:
    """The difference w x − x w is no edge of the graph."""
    network = scalars("v*h[t-1] + w*x[t] - x[t]*w")
    assert [found.by.name for found in local_partials(network, "h")] == ["v", "h"]


@pytest.mark.parametrize(
    ("equation", "by", "lag", "chains", "pulled"),
    [
        ("W@x[t] + h[t-1]", "W", None, ((Column(Var("x", 0)),),), "outer(e[t], x[t])"),
        ("W@x[t] + h[t-1]", "x", 0, ((Matrix(Var("W")),),), "W.T@e[t]"),
        ("W@(W.T@h[t-1])", "W", None, None, "outer(e[t], W.T@h[t-1]) + outer(h[t-1], W.T@e[t])"),
        ("W@(W.T@h[t-1])", "h", 1, None, "W@(W.T@e[t])"),
        ("u*h[t-1]", "u", None, None, "h[t-1]*e[t]"),
        ("sigmoid(u*h[t-1])", "u", None, None, "h[t-1]*h[t]*(1 - h[t])*e[t]"),
        ("tanh(W@x[t])", "x", 0, None, "W.T@((1 - h[t]**2)*e[t])"),
        ("tanh(W@x[t])", "W", None, None, "outer((1 - h[t]**2)*e[t], x[t])"),
        ("k*u + h[t-1]", "k", None, ((Gather(Var("u")),),), "u@e[t]"),
        ("k + u*h[t-1]", "k", None, None, "sum(e[t])"),
        ("u*(q@x[t]) + h[t-1]", "q", None, None, "(u@e[t])*x[t]"),
        ("softmax(u) + h[t-1]", "u", None, ((Softmax,),), "softmax(u)*e[t] - (softmax(u)@e[t])*softmax(u)"),
        ("2*(u + h[t-1])", "u", None, None, "2*e[t]"),
    ],
)
def test_transposed_maps_keep_the_order_of_factors(
    equation: str, by: str, lag: int | None, chains: tuple[object, ...] | None, pulled: str
) -> None:
    """What an adjoint e of h adds to the adjoint of an argument: Wᵀ e, e xᵀ, d ⊙ e, uᵀ e."""
    found = partial(vectors(equation), "h", by, lag)
    assert said(found.pull(ADJOINT)) == pulled
    if chains is not None:
        shape = [[type(link) if isinstance(link, Softmax) else link for link in chain] for chain in found.chains]
        assert shape == [list(chain) for chain in chains]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("loss", "by", "slope"),
    [
        ("sum(h[t]**2)/2", "h", "h[t]"),
        ("sum((h[t] - u)**2)/2", "h", "h[t] - u"),
        ("(h[t] - u)@(h[t] - u)/2", "h", "h[t] - u"),
        ("h[t]@u", "h", "u"),
        ("h[t]@u - h[t]@h[t]", "h", "u - 2*h[t]"),
        ("sum(h[t])", "h", "ones(h[t])"),
        ("sum(log(h[t]))", "h", "1/h[t]"),
        ("logsumexp(h[t]) - u@h[t]", "h", "softmax(h[t]) - u"),
        ("-sum(u*log(softmax(h[t])))", "h", "sum(u)*softmax(h[t]) - u"),
        ("3*logsumexp(h[t])", "h", "3*softmax(h[t])"),
    ],
)
def test_gradients_of_losses(loss: str, by: str, slope: str) -> None:
    """Squared error, inner products, and cross-entropy with softmax: p − ŷ, or (1ᵀŷ) p − ŷ."""
    assert said(partial(vectors("W@x[t] + h[t-1]", loss), "l", by, 0).factor) == slope


def test_cross_entropy_through_the_probabilities() -> None:
    """With p as a variable of its own, the path l, p, y gives p − ŷ for a sigmoid, (1ᵀŷ) p − ŷ for softmax."""
    one = scalars("w*h[t-1]", "-x[t]*log(p[t]) - (1 - x[t])*log(1 - p[t])", p="sigmoid(h[t])")
    assert said(derive(one, 2).rules["h"].expression) == "p[t] - x[t] + d_h[t+1]*w"
    many = vectors("W@x[t] + h[t-1]", "-sum(u*log(p[t]))", p="softmax(h[t])")
    assert said(derive(many, 2).rules["h"].expression) == "sum(u)*p[t] - u + d_h[t+1]"


def test_what_cancels_to_a_number_remains_a_vector() -> None:
    """The sum of the logarithms of exp(a) has the adjoint 𝟏, not 1, so that W's gradient has its shape."""
    network = vectors("W@x[t] + h[t-1]", "sum(log(e[t]))", e="exp(h[t])")
    evaluation = derive(network, 2).evaluate(
        {"W": [[1, 2, 3], [4, 5, 6]], "u": [1, 1], "q": 1, "k": 1, "x": [[1, 0, 2], [0, 1, 0]], "h_0": 0}
    )
    assert evaluation.gradient(derive(network, 2).node("W")).tolist() == [[2, 1, 4], [2, 1, 4]]


def test_a_row_and_a_column_are_told_apart() -> None:
    """From W u the gradient of W is λ uᵀ, from Wᵀ u it is u λᵀ."""
    network = vectors("h[t-1]*sum(W.T@u) + u")
    chains = partial(network, "h", "W", None).chains
    assert isinstance(chains[0][-1], RowOuter)
    assert not any(isinstance(link, Column) for chain in chains for link in chain)


@pytest.mark.parametrize("name", ["lstm", "gru", "elman-vector", "softmax"])
def test_the_gradient_of_a_parameter_has_its_shape(name: str) -> None:
    """W's gradient is a matrix of W's shape, b's a vector."""
    derivation = derive(name, 2)
    evaluation = derivation.evaluate()
    for parameter in derivation.network.parameters:
        node = derivation.node(parameter)
        assert evaluation.gradient(node).shape == evaluation.value(node).shape


def test_scalar_factors_are_joined() -> None:
    """½ · 2 (y − ŷ) is y − ŷ: one factor, no number left over."""
    found = partial(load("elman-vector"), "l", "y", 0)
    assert [[type(link) for link in chain] for chain in found.chains] == [[Spread]]
    assert not any(isinstance(link, Scale) for chain in found.chains for link in chain)
