"""Trace: what is proven to be 0 is 0, and what is not 0 is never proven to be."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.equations import expression as ex
from derive.equations import parse
from derive.numbers import trace
from derive.numbers.compile import compiled
from derive.numbers.digits import UndecidedError
from derive.numbers.example import precision
from derive.numbers.number_systems import balls
from derive.numbers.trace import Trace, called, over, plus, times, vanishes
from derive.numbers.trace import given as known
from derive.numbers.traced import Traced, traced_balls

VALUES = {"a": Fraction(3, 10), "b": Fraction(-7, 5), "c": Fraction(2)}


def traced(text: str) -> Traced:
    """An expression in a, b and c, in traced balls."""
    system = traced_balls()
    result: Traced = compiled(parse(text), system)({name: system.exact(value) for name, value in VALUES.items()}, 0)
    return result


@pytest.mark.parametrize(
    "text",
    [
        "a + a + a + c - 2.9",
        "(a*c - 0.6)/b",
        "a**3 - 0.027",
        "tanh(a) - tanh(a*c/2)",
        "exp(a)*b/exp(a) - b",
        "(exp(a)*b + exp(c)*b)/(exp(a) + exp(c)) - b",
        "tanh(a - tanh(b)) + tanh(tanh(b) - a)",
        "sigmoid(sin(c)) + sigmoid(-sin(c)) - 1",
        "exp(sin(c))*exp(-sin(c)) - 1",
        "cos(a*exp(b)) - cos(-a*exp(b))",
        "sin(tanh(a) - tanh(0.3))",
        "log(exp(a - 0.3))",
        "sqrt(c*8) - 4",
        "relu(tanh(a) - tanh(0.3))",
        "step(a - 0.3)",
        "a/tanh(b)/tanh(c) - a/(tanh(b)*tanh(c))",
        "tanh(c)**3*tanh(a)**-2 - tanh(c)*(tanh(c)/tanh(a))**2",
    ],
)
def test_what_cancels_is_proven_to_be_zero(text: str) -> None:
    """By rational arithmetic, or as a rational function of the values of functions, equal arguments taken as equal."""
    with precision(200):
        found = traced(text)
        assert found.equals(Fraction(0))
        assert (found + Fraction(1, 3)).equals(Fraction(1, 3))
        assert not (found + Fraction(1, 10**300)).equals(Fraction(0))


@pytest.mark.parametrize("text", ["sin(a)**2 + cos(a)**2 - 1", "log(6*c) - log(6) - log(c)", "exp(log(a)) - a"])
def test_what_no_rule_here_knows_is_not_claimed(text: str) -> None:
    """These are 0, and are said to be undecided."""
    with precision(200):
        assert not traced(text).equals(Fraction(0))


def test_what_is_too_long_to_be_written_out_is_looked_at_in_a_point() -> None:
    """(g_1 + … + g_40)¹⁰ minus itself has billions of terms, and is 0; what is a little more or less is not."""
    total = known(Fraction(0))
    for place in range(1, 41):
        total = plus(total, called("tanh", known(Fraction(place))))
    power = total
    for _ in range(9):
        power = times(power, total)
    half = times(plus(power, power), known(Fraction(-1, 2)))
    assert vanishes(plus(power, half))
    assert not vanishes(plus(plus(power, half), known(Fraction(1, 10**300))))
    assert not vanishes(plus(power, times(known(Fraction(-1)), times(power, called("tanh", known(Fraction(1)))))))


def test_a_number_made_in_too_many_ways_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up, and quickly: a long sum has too many nodes, and what is squared often too high a degree."""
    monkeypatch.setattr(trace, "MOST_NODES", 1_000)
    long = called("tanh", known(Fraction(1)))
    for _ in range(1_000):
        long = plus(long, called("tanh", known(Fraction(1))))
    assert not vanishes(plus(long, times(known(Fraction(-1)), long)))
    high = called("tanh", known(Fraction(1)))
    for _ in range(200):
        high = times(high, high)
    assert not vanishes(plus(high, times(known(Fraction(-1)), high)))


def test_a_quotient_by_what_vanishes_is_never_zero() -> None:
    """0/0 is no number."""
    zero = plus(called("tanh", known(Fraction(2))), times(known(Fraction(-1)), called("tanh", known(Fraction(2)))))
    assert vanishes(zero)
    assert not vanishes(over(zero, zero))


def test_two_unknown_numbers_are_not_the_same() -> None:
    """What nothing is known of is a symbol of its own."""
    one, other = Trace("unknown"), Trace("unknown")
    assert not vanishes(plus(one, times(known(Fraction(-1)), other)))
    assert vanishes(plus(one, times(known(Fraction(-1)), one)))


FORMS = st.recursive(
    st.sampled_from(["a", "b", "c", "0.3", "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda found: f"({found[0]} {found[1]} {found[2]})"),
        st.tuples(inner, inner).map(lambda found: f"({found[0]} / (3 + ({found[1]})**2))"),
        st.tuples(st.sampled_from(["tanh", "sigmoid", "sin", "cos", "softplus"]), inner).map(
            lambda found: f"{found[0]}({found[1]})"
        ),
    ),
    max_leaves=8,
)


@given(FORMS, FORMS)
def test_a_traced_ball_holds_what_the_plain_one_holds(one: str, other: str) -> None:
    """In every operation; and its proof of equality is never that of numbers that differ."""
    with precision(120):
        numbers = [
            compiled(parse(text), balls())({name: balls().exact(value) for name, value in VALUES.items()}, 0)
            for text in (one, other)
        ]
        ours = [traced(text) for text in (one, other)]
        assert all(theirs.overlaps(found) for theirs, found in zip(numbers, ours, strict=True))
        if (ours[0] - ours[1]).equals(Fraction(0)):
            with precision(2000):
                assert abs(traced(f"{one} - {other}")) < flint.arb(2) ** -1000
        assert (ours[0] - ours[0]).equals(Fraction(0))


def test_a_plain_ball_beside_a_traced_one_stays_rigorous() -> None:
    """On either side of an operator, and in arrays; a ball without a radius is a number that is known."""
    with precision(200):
        third, half = traced_balls().exact(Fraction(1, 3)), flint.arb(1) / 2
        for found in (half + third, third + half, half - third, half * third, half / third, third / half, third - half):
            assert isinstance(found, Traced)
            assert found.trace.value is not None
        unsure = flint.arb(1) / 7
        assert not (unsure * third - unsure * third).equals(Fraction(1))
        assert (third * flint.arb("0.3")).contains(flint.fmpq(1, 10))


def test_a_sign_that_is_not_proven_is_undecided() -> None:
    """The relu of what may be 0 is asked for again with more bits; systems that are told it is settled take it for 0."""
    with precision(200):
        nearly = traced("sin(a)**2 + cos(a)**2 - 1")
        with pytest.raises(UndecidedError, match="where relu and step change"):
            traced_balls().functions["relu"](nearly)
        with pytest.raises(UndecidedError, match="where relu and step change"):
            balls("complex").functions["step"](flint.acb(nearly.ball, "1e-100"))
        assert balls("complex", settled=True).functions["step"](flint.acb(nearly.ball, "1e-100")) == 0
        with pytest.raises(UndecidedError, match="too few digits"):
            balls(settled=True).functions["step"](flint.arb(0, 0.1))


def test_expressions_are_those_of_the_grammar() -> None:
    """A check of this file's own texts: they are what a user may write."""
    assert parse("a**-2") == ex.Pow(ex.Var("a"), Fraction(-2))
