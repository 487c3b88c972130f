"""Order: variables come after what they need, in as few sweeps over time as there are turns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.equations.expression import Add, Expr, Var, variables
from derive.equations.parse import parse
from derive.errors import NetworkError
from derive.network.order import Sweep, sweeps, turns


def rules(**equations: str) -> dict[str, Expr]:
    """Right-hand sides from their texts."""
    return {name: parse(text) for name, text in equations.items()}


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        (rules(h="h[t-1]", l="h[t]"), (Sweep(1, ("h", "l")),)),
        (rules(l="h[t]", h="h[t-1]"), (Sweep(1, ("h", "l")),)),
        (rules(a="x[t]", l="a[t]"), (Sweep(1, ("a", "l")),)),
        (rules(b="b[t+1]", l="b[t]"), (Sweep(-1, ("b", "l")),)),
        (rules(f="f[t-1]", b="b[t+1]", l="f[t]*b[t]"), (Sweep(1, ("f",)), Sweep(-1, ("b", "l")))),
        (
            rules(f="f[t-1]", b="b[t+1] + f[t]", c="c[t-1] + b[t]"),
            (Sweep(1, ("f",)), Sweep(-1, ("b",)), Sweep(1, ("c",))),
        ),
        (rules(u="v[t-1]", v="u[t]"), (Sweep(1, ("u", "v")),)),
        (rules(b="b[t+1]", d="b[t-1]"), (Sweep(-1, ("b",)), Sweep(1, ("d",)))),
        (rules(h="h[t-1]", y="h[T]"), (Sweep(1, ("h",)), Sweep(1, ("y",)))),
        (rules(h="h[t-1]", g="g[t+1]", y="h[T] + g[1]"), (Sweep(1, ("h",)), Sweep(-1, ("g",)), Sweep(1, ("y",)))),
        (rules(h="h[t-1]", s="s[t-1] + h[T]", y="s[1]*h[t]"), (Sweep(1, ("h",)), Sweep(1, ("s",)), Sweep(1, ("y",)))),
    ],
)
def test_variables_are_computed_in_these_sweeps(equations: dict[str, Expr], expected: tuple[Sweep, ...]) -> None:
    """Forward networks take one sweep, bidirectional ones two, a forward layer upon them three."""
    assert sweeps(equations) == expected


@pytest.mark.parametrize(
    ("equations", "circle"),
    [
        (rules(h="h[t]"), "h → h"),
        (rules(a="b[t]", b="a[t]"), "a → b → a"),
        (rules(a="b[t]", b="c[t] + a[t-1]", c="d[t]", d="b[t]"), "b → c → d → b"),
    ],
)
def test_a_circle_within_a_step_is_shown(equations: dict[str, Expr], circle: str) -> None:
    """The message goes round the circle, and says what would break it."""
    with pytest.raises(NetworkError, match="circular definition within a step") as caught:
        sweeps(equations)
    assert circle in str(caught.value)
    assert f"such as {circle[-1]}[t-1]" in str(caught.value)


@pytest.mark.parametrize("equations", [rules(h="h[t-1] + h[t+1]"), rules(u="v[t-1]", v="u[t+2]")])
def test_a_state_runs_in_one_direction(equations: dict[str, Expr]) -> None:
    """What depends on itself through earlier and through later steps cannot be computed step by step."""
    with pytest.raises(NetworkError, match="depends on itself both through earlier and through later steps"):
        sweeps(equations)


@st.composite
def references(draw: st.DrawFn) -> dict[str, Expr]:
    """Draw what each of a few variables refers to, and with which lag."""
    names = "abcde"[: draw(st.integers(1, 5))]
    stepped = st.builds(Var, st.sampled_from(names), st.integers(-2, 2))
    found = st.one_of(
        stepped, stepped, stepped, st.builds(Var, st.sampled_from(names), st.none(), st.sampled_from((0, 1)))
    )
    return {name: Add(tuple(draw(st.lists(found, max_size=3)))) for name in names}


@settings(max_examples=400, deadline=None)
@given(references())
def test_every_variable_is_computed_once_and_after_what_it_needs(equations: dict[str, Expr]) -> None:
    """Walking the sweeps over four steps, each value is there when it is needed; else the reason is one of the two."""
    try:
        found = sweeps(equations)
    except NetworkError:
        return
    done = set()
    for sweep in found:
        for step in range(1, 5)[:: sweep.direction]:
            for name in sweep.names:
                assert (name, step) not in done
                for var in variables(equations[name]):
                    before = step - (var.lag or 0) if var.at is None else var.at or 4
                    assert not 1 <= before <= 4 or (var.name, before) in done
                done.add((name, step))
    assert len(done) == 4 * len(equations)


@settings(max_examples=200, deadline=None)
@given(references())
def test_what_is_refused_cannot_be_computed(equations: dict[str, Expr]) -> None:
    """Where `sweeps` refuses, some variable needs itself within its step, at one step for all t, or on both sides."""
    try:
        sweeps(equations)
    except NetworkError as error:
        within = _closure(equations, lambda lag: lag == 0)
        circular = any(name in within[name] for name in equations)
        anyhow = _closure(equations, lambda _: True)
        peers = {name: {other for other in anyhow[name] if name in anyhow[other]} for name in equations}
        signs = {
            name: {
                (var.lag or 0) > 0
                for peer in peers[name]
                for var in variables(equations[peer])
                if var.lag and var.name in peers[name]
            }
            for name in equations
        }
        both = any(len(found) > 1 for found in signs.values())
        held = any(
            var.at is not None and var.name in peers[name]
            for name, rule in equations.items()
            for var in variables(rule)
        )
        reason = held if "through one step" in str(error) else circular if "circular" in str(error) else both
        assert reason


def _closure(equations: dict[str, Expr], follow: object) -> dict[str, set[str]]:
    """What each variable needs through references with such a lag."""
    needs = {
        name: {var.name for var in variables(rule) if follow(var.lag)}  # type: ignore[operator]
        for name, rule in equations.items()
    }
    for _ in needs:
        needs = {name: found | {other for near in found for other in needs[near]} for name, found in needs.items()}
    return needs


def test_which_way_a_variable_runs_is_told_by_all_that_it_names() -> None:
    """By its own past or future, wherever in the equation that stands; what only looks at others runs neither way."""
    assert turns(rules(g="x[t]", h="g[t] + h[t-1]", b="g[t-1]*b[t+1]", y="h[t] + b[t+1]")) == {
        "g": 0,
        "h": 1,
        "b": -1,
        "y": 0,
    }
