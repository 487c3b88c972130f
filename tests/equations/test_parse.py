"""Equation text: what is read, what is refused, and that nothing is ever run."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations.bounds import DEEPEST, LARGEST, measure
from derive.equations.expression import Add, Call, Const, Div, Expr, MatMul, Mul, Neg, Pow, Total, Transpose, Var
from derive.equations.functions import COMPOSITES, FUNCTIONS, NAMES
from derive.equations.parse import parse
from derive.errors import EquationError, LimitError

x, h, w, u = Var("x", 0), Var("h", 1), Var("w"), Var("u")


def number(value: str) -> Const:
    """A constant."""
    return Const(Fraction(value))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w", w),
        ("x[t]", x),
        ("h[t-1]", h),
        ("h[ t - 1 ]", h),
        ("h[t+2]", Var("h", -2)),
        ("h[t-0]", Var("h", 0)),
        ("0.1", number("1/10")),
        ("1e-3", number("1/1000")),
        (".5", number("1/2")),
        ("2.", number("2")),
        ("1_000", number("1000")),
        ("1/3", number("1/3")),
        ("w*x[t] + u*h[t-1]", Add((Mul((w, x)), Mul((u, h))))),
        ("x[t]*w*u", Mul((x, w, u))),
        ("x[t] - w - u", Add((x, Neg(w), Neg(u)))),
        ("x[t] - (w - u)", Add((x, Neg(Add((w, Neg(u))))))),
        ("x[t] - -w", Add((x, w))),
        ("-x[t]*w", Neg(Mul((x, w)))),
        ("-(-x[t])", x),
        ("+x[t]", x),
        ("w/u/x[t]", Div(Div(w, u), x)),
        ("(x[t] - w)**2/2", Div(Pow(Add((x, Neg(w))), Fraction(2)), number("2"))),
        ("w**-1", Pow(w, Fraction(-1))),
        ("w**(1/2)", Pow(w, Fraction(1, 2))),
        ("w**0.5", Pow(w, Fraction(1, 2))),
        ("-w**2", Neg(Pow(w, Fraction(2)))),
        ("tanh(w*x[t])", Call("tanh", Mul((w, x)))),
        ("identity(w)", w),
        ("sum(x[t])", Total(x)),
        ("w @ x[t]", MatMul(w, x)),
        ("w.T @ x[t]", MatMul(Transpose(w), x)),
        ("(w + u).T", Transpose(Add((w, Var("u"))))),
        ("  w\n  + u ", Add((w, u))),
        ("lambda*x[t]", Mul((Var("lambda"), x))),
        ("in + is*None", Add((Var("in"), Mul((Var("is"), Var("None")))))),
        ("not[t-1]**2", Pow(Var("not", 1), Fraction(2))),
        ("W.T@if[t]", MatMul(Transpose(Var("W")), Var("if", 0))),
        ("ω*h[t-1]", Mul((Var("omega"), h))),
        ("α_1 + Δ2", Add((Var("alpha_1"), Var("Delta2")))),
        ("λ*ŷ[t]", Mul((Var("lambda"), Var("yhat", 0)))),
        ("𝑤*𝜔", Mul((w, Var("omega")))),
    ],
)
def test_an_equation_means_what_it_says(text: str, expected: Expr) -> None:
    """Text becomes the expression it says, in the order in which it was written, numbers exact."""
    assert parse(text) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if name != "concat"])
def test_every_function_is_read(name: str) -> None:
    """Each known function takes as many arguments as it has, and no others."""
    row = FUNCTIONS.get(name)
    arity = 2 if name == "outer" else row.arity if row else 0
    least, most = (
        (arity, arity)
        if arity
        else (len(COMPOSITES[name].of) - len(COMPOSITES[name].defaults), len(COMPOSITES[name].of))
    )
    for count in range(least, most + 1):
        assert set(ex.variables(parse(f"{name}({', '.join(['x[t]'] * count)})"))) == {x}
    for count in (least - 1, most + 1):
        with pytest.raises(EquationError, match=f"{name} takes .* argument.*, not {count}"):
            parse(f"{name}({', '.join(['x[t]'] * count)})")


ALLOWED = "use names, steps such as h[t-1], numbers"
REFUSED = [
    ("", "it is empty"),
    (" \n\t ", "it is empty"),
    ("x +", "not a formula"),
    ("x[t", "not a formula: '[' was never closed"),
    ("w x", "not a formula: “w x” is two things side by side; a product is written *: w*x"),
    ("h = tanh(x[t])", "“=” is not allowed; write the right-hand side only"),
    ("sum(x[t], axis=1, keepdims=False)", "sum along an axis is a matrix of one column or row; leave keepdims out"),
    ("softmax(x[t], axis=1, keepdims=True)", "softmax has no argument “keepdims = True”; an axis is the only one"),
    ("w^2", "“^” is not allowed; a power is written **"),
    ("w\u2212u", "“\u2212” is not allowed; minus is written -"),
    ("w\u00d7u", "a product is written *"),
    ("w\u00b7u", "a product is written *"),
    ("\u03c3(x[t])", "unknown function sigma (did you mean sigmoid?)"),
    ("\uff48[t]", "“\uff48” is not allowed"),
    ("\u0430 + 1", "“\u0430” is not allowed"),
    ("w\u0000", "is not allowed"),
    ("\ud800", "is not allowed"),
    ("w\u202e", "is not allowed"),
    ("w.real", f"“w.real” is not allowed; {ALLOWED}"),
    ("w.__class__.__bases__", f"“w.__class__.__bases__” is not allowed; {ALLOWED}"),
    ("__import__('os')", "“'” is not allowed"),
    ("__import__(os)", "unknown function __import__"),
    ("eval(w)", "unknown function eval"),
    ("w.system(u)", f"“w.system(u)” is not allowed; {ALLOWED}"),
    ("(lambda: w)()", "“:” is not allowed"),
    ("[w for w in u]", "an index that runs beside t is not possible now"),
    ("(w for w in u)", "an index that runs beside t is not possible now"),
    ("(w := 1)", "“:” is not allowed"),
    ("f'{w}'", "is not allowed"),
    ("'w'", "“'” is not allowed"),
    ("w if u else x[t]", "a case is written with step(z)"),
    ("w and u", "“w and” is two things side by side"),
    ("not w", "“not w” is two things side by side"),
    ("w < u", "“<” is not allowed"),
    ("w // u", f"the operator in “w // u” is not allowed; {ALLOWED}"),
    ("w % u", "“%” is not allowed"),
    ("(w, u)", "is not allowed"),
    ("[w]", "is not allowed"),
    ("{w}", "“{” is not allowed; use round brackets"),
    ("*w", "not a formula"),
    ("tanh(*w)", "“*w” is not allowed"),
    ("await w", "“await w” is two things side by side"),
    ("lambda: w", "“:” is not allowed"),
    ("...", "“...” is not allowed"),
    ("2j", "“2j” is not allowed"),
    ("0x10", "the number 0x10 has to be decimal"),
    ("0b1", "the number 0b1 has to be decimal"),
    ("1e101", "the number 1e101 has too many digits"),
    ("1e999999999", "the number 1e999999999 has too many digits"),
    ("9" * 61, "has too many digits"),
    ("10**10**10", "the exponent “10**10” has to be a number"),
    ("((10**100)**100)**100", "its numbers or powers become too large"),
    ("((w**100)**100)**100", "its numbers or powers become too large"),
    ("*".join(["1e100"] * 20), "its numbers or powers become too large"),
    ("w**u", "the exponent “u” has to be a number"),
    ("w**101", "the exponent 101 has to be a whole or half number up to 100"),
    ("w**(1/3)", "the exponent 1/3 has to be a whole or half number"),
    ("w/0", "it divides by zero"),
    ("w/(1 - 1)", "it divides by zero"),
    ("1/(0.1 - 1/10)", "it divides by zero"),
    ("0**-1", "it divides by zero"),
    ("(2*3 - 6)**-2", "it divides by zero"),
    ("h[0]", "the step “[0]” is one for all t, from 1 to 100,000, or T"),
    ("h[]", "not a formula"),
    ("h[100001]", "the step “[100001]” is one for all t, from 1 to 100,000, or T"),
    ("h[T - 1]", "the step “[T - 1]” has to be"),
    ("h[t*2]", "the step “[t*2]” has to be"),
    ("h[1-t]", "the step “[1-t]” has to be"),
    ("h[t-1.5]", "the step “[t-1.5]” has to be"),
    ("h[t-True]", "the step “[t-True]” has to be"),
    ("h[t-k]", "the step “[t-k]” has to be"),
    ("h[t, 1]", "the step “[t, 1]” has to be"),
    ("h[t-1001]", "the step “[t-1001]” is more than 1000 away from t"),
    ("h[t][t]", "“h[t][t]” is not allowed"),
    ("tanh[t](w)", "“tanh[t](w)” is two things side by side"),
    ("tnah(w)", "unknown function tnah (did you mean tanh?)"),
    ("tanh()", "tanh takes exactly one argument"),
    ("tanh(w, u)", "tanh takes exactly one argument"),
    ("-" * 1_900 + "w", "it nests too deeply"),
    ("(" * 900 + "w" + ")" * 900, "too many nested parentheses"),
    ("tanh(" * 100 + "w" + ")" * 100, "it nests too deeply"),
    ("/w" * 900 + "", "not a formula"),
    ("w" + "/w" * 900, "it nests too deeply"),
]


@pytest.mark.parametrize(("text", "fragment"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_mathematics_is_refused_in_one_sentence(text: str, fragment: str) -> None:
    """Each refusal says what is wrong, quotes it, and is short."""
    with pytest.raises(EquationError) as caught:
        parse(text)
    message = str(caught.value)
    assert fragment in message
    assert "\n" not in message
    assert len(message) < 350
    message.encode()


WORDS = (
    *"xhwt()[]()+-*/@.,=:'\"{}\\#;%&|^~<>!?$`0123456789 \n\t_",
    *("**", "h[t-1]", "tanh(", "lambda ", "__", "import ", "for ", " in ", " if ", " else ", "f'", "0x", "1e9", "j"),
    *(
        "\u2212",
        "\uff48",
        "\u03c3",
        "\0",
        "\ud800",
        "…",
        "999999999",
        "await ",
        "yield ",
        "None",
        "True",
        ":=",
        ".T",
        "//",
    ),
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=25).map("".join)))
@example("1or 2")
@example("9" * 1_999)
@example("1e" + "9" * 50)
@example("\\")
@example("#")
def test_any_text_is_an_expression_or_one_kind_of_error(text: str) -> None:
    """Whatever is written, the answer is an expression or an `EquationError`, and it comes at once."""
    try:
        expr = parse(text)
    except EquationError:
        return
    assert _depth(expr) <= DEEPEST + 1
    assert all(const.bit_length() <= LARGEST for const in _integers(expr))


def _depth(expr: Expr) -> int:
    return 1 + max(map(_depth, ex.children(expr)), default=0)


def _integers(expr: Expr) -> list[int]:
    inner = [found for child in ex.children(expr) for found in _integers(child)]
    return [*inner, expr.value.numerator, expr.value.denominator] if isinstance(expr, Const) else inner


def test_a_sum_may_be_long() -> None:
    """Hundreds of terms in one equation need no recursion."""
    assert len(parse("+".join(["x[t]"] * 400)).terms) == 400  # type: ignore[union-attr]


def test_an_equation_has_a_length() -> None:
    """A text that is too long is not looked at; the message says how the limit is raised."""
    with pytest.raises(
        LimitError, match="2,001 characters in an equation, and the limit is 2,000; --limit equation=2001"
    ):
        parse("w" * 2_001)


def test_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call to a function that exists in Python is refused by its name, not called."""
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("it was called"))
    with pytest.raises(EquationError, match="unknown function open"):
        parse("open(w)")


@pytest.mark.parametrize(
    "text",
    [
        "leaky_relu(W@leaky_relu(W@x[t]))",
        "gelu(W@gelu(W@gelu(W@x[t])))",
        "clip(silu(x[t])**2, -elu(w), leaky_relu(w, x[t])/2)",
    ],
)
def test_a_function_made_of_others_is_as_large_as_it_is_written_out(text: str) -> None:
    """Layers inside one another are read: what bounds them is their size written out, with slopes, not a guess above it."""

    def written(expr: Expr) -> int:
        match expr:
            case ex.Defined():
                return 1 + sum(map(written, (expr.value, *(expr.slopes or ()))))
            case ex.Const():
                return measure(expr, 0)[0]
            case ex.Pow(body, exponent):
                return (1 + written(body)) * (1 + math.ceil(abs(exponent)))
        return 1 + sum(map(written, ex.children(expr)))

    assert measure(parse(text), 0)[0] == written(parse(text))
