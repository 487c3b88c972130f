"""Network: a declaration that exists is sound; any other is refused with its place and its remedy."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ZOO

from derive import Network, derive
from derive.derivation import Derivation
from derive.equations.expression import ONE, Call, Const, Pow, Var
from derive.errors import DeriveError, EquationError, NetworkError, ShapeError, ValuesError
from derive.graph.rolled import Graph
from derive.graph.unrolled import Unrolled

SOUND: dict[str, Any] = {
    "name": "net",
    "equations": {"h": "tanh(w*h[t-1] + x[t])", "l": "(h[t] - y[t])**2"},
    "parameters": ("w",),
    "inputs": ("x",),
    "targets": ("y",),
    "loss": "l",
    "initial": {"h": 0},
}


def equations(**changed: Any) -> dict[str, Any]:
    """The sound declaration with other equations."""
    return {"equations": {**SOUND["equations"], **changed}}


def refused(changes: dict[str, Any]) -> str:
    """The message with which a declaration is refused."""
    with pytest.raises(DeriveError) as caught:
        Network(**{**SOUND, **changes})
    return str(caught.value)


def test_a_sound_declaration_knows_its_states_and_what_is_looked_at_outside() -> None:
    """States are what is used at another step; reach says how far before 1 and after T."""
    network = Network(**{**SOUND, **equations(h="tanh(w*h[t-1] + h[t-3] + x[t-1])"), "initial": {"h": 0, "x": 0}})
    assert network.states == ("h",)
    assert network.reach == {"h": (3, 0), "x": (1, 0)}
    assert network.variables == ("h", "l")
    assert network.data == ("x", "y")
    assert network.is_scalar
    assert network.where == "net: "


def test_another_example_makes_another_network() -> None:
    """The values are replaced, the rest is kept, and the original is as it was."""
    network = Network(**SOUND)
    other = network.with_values({"w": 2})
    assert (network.values, other.values) == ({}, {"w": 2})
    assert other.rules == network.rules


def test_lists_become_tuples() -> None:
    """A network holds tuples, whatever sequence it was given."""
    network = Network(**{**SOUND, "parameters": ["w"], "inputs": ["x"]})
    assert network.parameters == ("w",)
    assert network.inputs == ("x",)


@pytest.mark.parametrize("name", ["lambda", "in", "is", "None", "\u03bb", "\u03c9", "\u0175"])
def test_words_of_python_and_letters_with_a_name_are_names(name: str) -> None:
    """A parameter may be called lambda or λ; by hand: with w = 1/2, x = 1 over three steps dL/dw is 5."""
    network = Network(
        name="net",
        equations={"h": f"{name}*h[t-1] + x[t]", "l": "h[t]**2/2"},
        parameters=(name,),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
        tex={name: "w"},
        values={name: "1/2", "x": 1},
    )
    lesson = derive(network, 3)
    (gradient,) = lesson.gradients.values()
    example = lesson.evaluate()
    assert str(example.show(example.gradient(gradient.target))) == "5.0000"
    assert lesson.node(name) == gradient.target
    assert lesson.evaluate({name: 0}).loss != example.loss
    assert not [check.route for check in lesson.checks() if check.passed is False]


BAD_NAMES: list[tuple[dict[str, Any], str]] = [
    ({"equations": {}}, "net: no equations; write at least a state and a loss"),
    ({"parameters": "w"}, "net: parameters has to be a list of names"),
    ({"inputs": (1,)}, "net: inputs has to be a list of names"),
    ({"name": "a/b"}, "the name 'a/b' has to be one for files"),
    ({"name": ""}, "the name '' has to be one for files"),
    ({"parameters": ("w", "2w")}, "net: the name '2w' has to be made of letters, digits and _"),
    ({"parameters": ("w", "é")}, "the name 'é' has to be made of letters, digits and _"),
    (
        {"parameters": ("w", "w-h")},
        "the name 'w-h' has to be made of letters, digits and _, such as w_h; how it is printed",
    ),
    (
        {"equations": {"h[t]": "w*h[t-1]", "l": "h[t]"}},
        "the name 'h[t]' has to be made of letters, digits and _, such as h;",
    ),
    ({"parameters": ("w", "\u03c9"), "tex": {"\u03c9": "o", "omega": "o"}}, "[tex] has omega twice, once as a letter"),
    ({"parameters": ("w", "L")}, "net: the name L is taken: it means the total loss; choose another"),
    ({"parameters": ("w", "T")}, "the name T is taken: it means the number of steps"),
    ({"parameters": ("w", "t")}, "the name t is taken: it means the step"),
    ({"parameters": ("w", "tanh")}, "the name tanh is taken: it means a function"),
    ({"parameters": ("w", "w")}, "net: w is declared twice; keep one"),
    ({"parameters": ("w", "x")}, "net: x is declared both as a parameter and as an input; keep one"),
    ({"targets": ("y", "h")}, "net: h is declared both as an equation and as a target; keep one"),
    ({"parameters": ("w", "h_0")}, "net: the name h_0 is taken: it is h at step 0; choose another"),
    ({"parameters": ("w", "x_12")}, "the name x_12 is taken: it is x at step 12"),
    ({"parameters": ("w", "l_t")}, "the name l_t is taken: it is l at step t"),
    ({"shapes": {"hh": ("n",)}}, "net: [shapes] names hh, which is unknown; did you mean h?"),
    ({"tex": {"q": "q"}}, "net: [tex] names q, which is unknown; known are h, l, w, x, y"),
    ({"initial": {"h": 0, "k": 0}}, "net: [initial] names k, which is unknown"),
    ({"adjoints": ("w",)}, "net: adjoints names w, which has no equation; known are h, l"),
    ({"trainable_initial": ("hh",)}, "net: trainable_initial names hh, which has no equation; did you mean h?"),
    ({"trainable_initial": ("h", "h")}, "net: trainable_initial names a state twice; keep one"),
]
BAD_EQUATIONS: list[tuple[dict[str, Any], str]] = [
    (equations(h=5), "net: equation h has to be a text, not int"),
    (equations(h="tanh(w*h[t-1]"), "net: equation h = \"tanh(w*h[t-1]\": not a formula: '(' was never closed"),
    (equations(h="w*h[t-1] + z[t]"), "net: equation h: unknown name z; known are h, l, x, y (declare it under"),
    (equations(h="v*h[t-1] + x[t]"), "net: equation h: unknown name v; known are w (declare it under"),
    (equations(h="w[t]*h[t-1] + x[t]"), "net: equation h: w is a parameter and has no step; write w"),
    (equations(h="w*h[t-1] + x"), "net: equation h: x needs a step; write x[t] or x[t-1]"),
    (equations(h="w*h + x[t]"), "net: equation h: h needs a step; write h[t] or h[t-1]"),
    (equations(h="w*h[t-1] + x[t]*t"), "net: equation h: t means the step, which is no quantity of an equation"),
    (equations(h="w*h[t-1] + x[t]*T[t]"), "net: equation h: T means the number of steps"),
    (equations(h="w*h[t-1] + L[t]"), "net: equation h: L means the total loss"),
    (equations(h="w*h[t-1]"), "net: x is declared, but no equation uses it"),
    (equations(l="(h[t] - y[t])**2 + l[t]"), "net: circular definition within a step: l → l"),
    (equations(h="h[t-1] + w*h[t+1] + x[t]"), "net: h depends on itself both through earlier and through later steps"),
    (equations(h=Call("nonsense", Var("w"))), "net: equation h = …: unknown function nonsense"),
    (
        equations(h=Pow(Var("w"), ONE.value / 3)),
        "net: equation h = …: the exponent 1/3 has to be a whole or half number",
    ),
    (equations(h=sympy.Symbol("w") ** sympy.Rational(1, 3)), "the exponent 1/3 has to be a whole or half number"),
    (equations(h=Const(ONE.value * 10**5_000)), "its numbers or powers become too large"),
]
BAD_REST: list[tuple[dict[str, Any], str]] = [
    ({"loss": "loss"}, "net: the loss loss has no equation; known are h, l"),
    ({"loss": "w"}, "net: the loss w has no equation"),
    ({"loss_at": "first"}, 'net: loss_at has to be "every", "last" or a list of steps such as [2, 4], not \'first\''),
    ({"initial": {}}, "net: h[t-1] looks at h_0, but h has no initial value; write h = 0 under [initial]"),
    ({**equations(h="w*h[t-3] + x[t]"), "initial": {}}, "net: h[t-3] looks at h_-2, but h has no initial value"),
    ({**equations(h="w*h[t+1] + x[t]"), "initial": {}}, "net: h[t+1] looks at h_(T+1), but h has no initial value"),
    (equations(h="w*h[t-1] + x[t-1]"), "net: x[t-1] looks at x_0, but x has no initial value"),
    ({"initial": {"h": 0, "l": 0}}, "net: l has an initial value, but no equation looks at l[t-1]; leave it out"),
    ({"trainable_initial": ("l",)}, "net: l has an initial value, but no equation looks at l[t-1]"),
    ({"values": {"ww": 1}}, "net: [values] names ww, which is unknown; did you mean w?"),
    ({"values": {"h_1": 1}}, "net: [values] names h_1, which is unknown; did you mean h_0?"),
    ({"values": {"h": 1}}, "net: [values] names h, which is unknown"),
]


@pytest.mark.parametrize(("changes", "expected"), [*BAD_NAMES, *BAD_EQUATIONS, *BAD_REST])
def test_an_unsound_declaration_is_refused_with_its_place_and_remedy(changes: dict[str, Any], expected: str) -> None:
    """Each contradiction has its one sentence: where it is, what it is, what would be right."""
    message = refused(changes)
    assert expected in message
    assert message.startswith("net: ") or not changes.get("name", "net").isidentifier()
    assert "\n" not in message


def test_shapes_are_written_in_python_as_in_a_file() -> None:
    """A text, a tuple and a list say the same; what is none of them is refused, and what would be right is said."""
    vectors = {"equations": {"h": "tanh(W@x[t] + h[t-1])", "l": "sum(h[t]**2)"}, "parameters": ("W",), "inputs": ("x",)}
    declared = {"name": "net", "loss": "l", "initial": {"h": 0}, **vectors}
    written: list[Any] = [
        {"W": "n, d", "x": "d", "h": "n", "l": ""},
        {"W": ["n", "d"], "x": ["d"], "h": ["n"], "l": []},
        {"W": ("n", "d"), "x": ("d",), "h": ("n",), "l": ()},
    ]
    assert len({str(Network(**declared, shapes=shapes).shapes) for shapes in written}) == 1
    for wrong in ("n d", "n, d, k", (2, 3), 2, ("n d",)):
        with pytest.raises(NetworkError, match=r'net: \[shapes\] W: a shape is one or two size names, such as "n"'):
            Network(**declared, shapes={**written[2], "W": wrong})


BAD_SHAPES: list[tuple[dict[str, Any], str]] = [
    ({"shapes": {"l": ("n",), "h": ("n",), "w": ("n",), "x": ("n",), "y": ("n",)}}, "the loss l has to be a scalar"),
    ({"shapes": {"h": ("n",)}}, "net: equation h ="),
    ({"shapes": {"w": ("n", "n", "n")}}, "net: w is declared with 3 sizes; a matrix has two"),
]


@pytest.mark.parametrize(("changes", "expected"), BAD_SHAPES)
def test_shapes_that_do_not_go_together_are_refused(changes: dict[str, Any], expected: str) -> None:
    """A loss that is a vector, a vector from scalars, and what has more sizes than a matrix."""
    with pytest.raises(ShapeError) as caught:
        Network(**{**SOUND, **changes})
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (equations(h="w*"), EquationError),
        ({"loss": "z"}, NetworkError),
        ({"values": {"z": 1}}, ValuesError),
        (equations(h="w @ h[t-1] + x[t]"), ShapeError),
    ],
)
def test_the_kind_of_error_says_what_is_to_be_mended(changes: dict[str, Any], error: type[DeriveError]) -> None:
    """Equations, declarations, values and shapes each have an error of their own, all of one family."""
    with pytest.raises(error):
        Network(**{**SOUND, **changes})


@pytest.mark.parametrize("network", ZOO.values(), ids=ZOO.keys())
def test_a_network_can_be_declared_from_its_own_expressions(network: Network) -> None:
    """Equations given as expressions make the network that their text made."""
    assert Network(**{**vars_of(network), "equations": network.rules}).rules == network.rules


def vars_of(network: Network) -> dict[str, Any]:
    """A network's fields."""
    return {name: getattr(network, name) for name in Network.__dataclass_fields__}


ATOMS = ("x[t]", "h[t-1]", "w", "0", "1", "2", "0.5", "h[t-1]*w")
FUNCTIONS = ("tanh", "sigmoid", "relu", "softplus", "exp", "log", "sin", "cos", "sqrt", "step")
texts = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(inner, st.sampled_from(["2", "3", "-1", "(1/2)", "0", "-0.5"])).map("({0[0]})**{0[1]}".format),
        st.tuples(st.sampled_from(FUNCTIONS), inner).map("{0[0]}({0[1]})".format),
    ),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(texts)
def test_any_equation_is_derived_and_agrees_with_the_checks_or_is_refused(text: str) -> None:
    """Whatever a function's domain, its poles and roots: all routes agree, or one clear error says why not."""
    try:
        network = Network(
            name="any",
            equations={"h": f"{text} + w*x[t]*h[t-1]", "l": "h[t]**2/2"},
            parameters=("w",),
            inputs=("x",),
            loss="l",
            initial={"h": "0.5"},
            values={"w": "0.3", "x": "0.4"},
        )
        checks = Derivation(network, Unrolled(Graph(network), 2)).checks()
    except DeriveError:
        return
    assert [check.route for check in checks if check.passed is False] == []


def test_the_ends_of_states_that_run_backwards_or_are_looked_at_on_both_sides() -> None:
    """What runs backwards is a state; of what is looked at on both sides the far end is the one it does not begin at."""
    assert ZOO["bidirectional"].states == ("f", "b")
    assert ZOO["bidirectional"].outside == {"f": (("f_0",), ()), "b": ((), ("b_T+1",))}
    both = Network(**{**SOUND, **equations(l="(h[t+1] - y[t])**2")})
    assert both.far_ends == {"h_T+1": "h"}
    back = Network(**{**SOUND, **equations(h="tanh(w*h[t+1] + x[t])", l="(h[t-1] - y[t])**2")})
    assert back.far_ends == {"h_0": "h"}
