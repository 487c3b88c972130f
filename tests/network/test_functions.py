"""Functions of one's own: what they may say, what they give, and what a network has of them."""

from __future__ import annotations

from typing import Any

import pytest

from derive import Network, derive
from derive.equations import expression as ex
from derive.errors import DeriveError
from derive.network.toml import from_toml

STOPPED = """
parameters = ["w", "p"]
inputs = ["x"]
loss = "l"
[equations]
i = "sigmoid(w*x[t] + p*stop_gradient(c[t-1]))"
c = "c[t-1] + i[t]*x[t]"
l = "c[t]**2/2"
[initial]
c = 0.5
[values]
w = 0.6
p = 0.3
x = [1, -0.5, 2]
"""
"""A peephole through which no error flows back, after Gers & Schmidhuber (2000)."""
SPIKING = """
parameters = ["w"]
inputs = ["x"]
targets = ["yhat"]
loss = "l"
[functions]
spike = { of = "z", value = "step(z)", slope = "1/(1 + (pi*z)**2)" }
[equations]
u = "0.9*u[t-1] + w*x[t] - stop_gradient(s[t-1])"
s = "spike(u[t] - 1)"
l = "(s[t] - yhat[t])**2/2"
[initial]
u = 0
s = 0
[values]
w = 0.6
x = 1
yhat = [1, 0, 1, 1]
"""
"""A unit that spikes, with the derivative of arctan in place of that of the jump, and its reset held fixed."""


@pytest.mark.parametrize(
    ("text", "steps", "gradients"),
    [(STOPPED, 3, {"w": "2.7748022892", "p": "0.7075251560"}), (SPIKING, 4, {"w": "0.0658978057"})],
)
def test_gradients_are_those_by_hand(text: str, steps: int, gradients: dict[str, str]) -> None:
    """By forward accumulation on paper, and all routes agree."""
    lesson = derive(from_toml(text, "own", "own.toml"), steps)
    example = lesson.evaluate(places=10)
    for name, value in gradients.items():
        assert str(example.show(example.gradient(lesson.gradients[name].target))) == value
    assert all(check.passed for check in lesson.checks())


def test_no_arrow_leads_through_what_stops_the_gradient() -> None:
    """The value is a state, and needs an initial value; the arrow and its paths are not there."""
    lesson = derive(from_toml(STOPPED, "own", "own.toml"), 3)
    assert lesson.network.states == ("c",)
    assert {edge.tail for edge in lesson.graph.below["i"]} == {"w", "x", "p"}
    assert lesson.gradients["w"].path_sum.count == 6


def network(**functions: Any) -> Network:
    """A network with functions of its own, of which it uses f."""
    return Network(
        name="own",
        equations={"h": "f(w*h[t-1] + x[t])", "l": "h[t]**2"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        functions=functions,
    )


def test_a_function_may_use_those_before_it_and_is_told_after_them() -> None:
    """And those of ours that are made of others come first as well."""
    own = network(g={"of": "z", "value": "silu(z)/2"}, f={"of": "z", "value": "g(z)**2"})
    assert [used.definition.name for used in own.functions_used] == ["silu", "g", "f"]


def test_an_argument_is_called_like_nothing_that_stands_beside_it_without_a_step() -> None:
    """A parameter w is not the w of f; in its place stands the letter of no other function, so that sizes stay apart."""
    own = network(g={"of": "z", "value": "sigmoid(z)"}, f={"of": "w", "value": "g(w)**2"})
    (inner, f) = (used.definition for used in own.functions_used)
    assert [var.name for var in (*inner.of, *f.of)] == ["z", "v"]
    assert f.value == ex.Pow(ex.Defined(inner, (ex.Var("v"),)), 2)


def test_arguments_of_one_function_have_letters_of_their_own() -> None:
    """CE(v, q) beside a size q and a variable z: q is called u, not z, and not v."""
    own = Network(
        name="sizes",
        equations={"z": "W@x[t] + h[t-1]", "h": "tanh(z[t])", "l": "cross_entropy(h[t], y[t])"},
        parameters=("W",),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0},
        shapes={"W": "q, d", "x": "d", "h": "q", "y": "q"},
    )
    (used,) = own.functions_used
    assert [var.name for var in used.definition.of] == ["v", "u"]


F = {"of": "z", "value": "tanh(z)"}


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ({"f": {"of": "z", "value": "f(z)"}}, "[functions] f: unknown function f"),
        ({"f": {"of": "z", "value": "g(z)"}, "g": F}, "[functions] f: unknown function g"),
        ({"f": {"of": "z", "value": "w*z"}}, '[functions] f: "w*z" names w; a function knows its own argument only: z'),
        ({"f": {"of": "z", "value": "h[t-1]*z"}}, "names h[t]"),
        ({"f": {"of": "z", "value": "tanh(z"}}, "[functions] f: not a formula"),
        ({"f": {"of": "z", "value": "z**1000"}}, "[functions] f: the exponent 1000"),
        ({"f": F | {"slope": "1 - y**2"}}, "names y"),
        ({"f": {"value": "1"}}, "[functions] f: of is missing"),
        ({"f": {"of": "z"}}, "[functions] f: value is missing"),
        ({"f": F | {"derivative": "1"}}, "[functions] f: unknown key derivative; known are of, value, slope"),
        ({"f": F | {"of": "z, y"}}, "of has to be one name"),
        ({"f": F | {"of": "t"}}, "of has to be one name"),
        ({"f": "tanh(z)"}, "[functions] f has to be a table of texts"),
        ({"f": F, "tanh": F}, "[functions] tanh: the name tanh is taken"),
        ({"f": F, "T": F}, "[functions] T: the name T is taken"),
        ({"f": F, "my function": F}, "[functions] my function: the name has to be made of letters"),
        ({"f": F, "h": F}, "the name h is taken: it means a function"),
    ],
)
def test_what_is_no_function_is_refused_in_one_sentence(functions: dict[str, Any], message: str) -> None:
    """No recursion, no names of the network, no key that we do not know; the message names the place."""
    with pytest.raises(DeriveError) as caught:
        network(**functions)
    assert str(caught.value).startswith("own: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_functions_inside_one_another_are_bounded() -> None:
    """Each doubles the one before: what would be as long as 2³⁰ is refused at once."""
    functions = {"f0": {"of": "z", "value": "z + z"}}
    functions |= {f"f{level}": {"of": "z", "value": f"f{level - 1}(z) + f{level - 1}(z)"} for level in range(1, 30)}
    with pytest.raises(DeriveError, match=r"too large|too deeply"):
        network(**functions, f=F)


def test_a_function_is_as_deep_as_what_it_is_made_of() -> None:
    """Thirty functions one inside the other nest too deeply, though each is short."""
    functions = {"f0": {"of": "z", "value": "tanh(z)"}}
    functions |= {f"f{level}": {"of": "z", "value": f"f{level - 1}(tanh(z))"} for level in range(1, 45)}
    with pytest.raises(DeriveError, match=r"too large|too deeply"):
        network(**functions, f=F)


@pytest.mark.parametrize("name", ["pi", "n", "z"])
def test_a_name_of_the_network_is_its_own(name: str) -> None:
    """A parameter may be called pi, or as an argument of a function is."""
    own = Network(
        name="own",
        equations={"h": f"{name}*f(x[t])", "l": "h[t]**2"},
        parameters=(name,),
        inputs=("x",),
        loss="l",
        functions={"f": F},
        values={name: 2, "x": 1},
    )
    lesson = derive(own, 1)
    assert list(lesson.gradients) == [name]
    assert all(check.passed for check in lesson.checks())
