"""Order: in which sweeps over time, and in which order within a step, the variables can be computed.

Variables that depend on one another form a component; a component's own references go to earlier steps or to later ones,
never both, so it is computed in one sweep over t, forwards or backwards. Ordinary networks need one forward sweep; a
bidirectional one needs a forward sweep, a backward one and a last one for what uses both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive import expression as ex
from derive.errors import NetworkError
from derive.expression import Expr, Var


@dataclass(frozen=True, slots=True)
class Sweep:
    """Variables computed together, step by step: t = 1 … T if ``direction`` is 1, t = T … 1 if it is −1."""

    direction: int
    names: tuple[str, ...]


def sweeps(rules: Mapping[str, Expr]) -> tuple[Sweep, ...]:
    """Return the sweeps that compute all variables; raise `NetworkError` on a circular definition."""
    references = {name: _references(rule, rules) for name, rule in rules.items()}
    within = {name: {var.name for var in found if var.lag == 0} for name, found in references.items()}
    order = _in_order(tuple(rules), within)
    reach = _closure({name: {var.name for var in found} for name, found in references.items()})
    turns = {name: _direction(name, references, reach) for name in order}
    placed: dict[str, int] = {}
    directions: list[int] = []
    upstream = {name: {other for other in reach[name] if name not in reach[other]} for name in order}
    for name in _in_order(order, upstream):
        peers = [other for other in order if other == name or (other in reach[name] and name in reach[other])]
        if name not in placed:
            sweep = _earliest(peers, turns[name], references, placed, directions)
            placed.update(dict.fromkeys(peers, sweep))
    return tuple(
        Sweep(direction or 1, tuple(name for name in order if placed[name] == index))
        for index, direction in enumerate(directions)
    )


def _references(rule: Expr, rules: Mapping[str, Expr]) -> tuple[Var, ...]:
    return tuple(var for var in ex.variables(rule) if var.name in rules)


def _in_order(names: tuple[str, ...], needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Names such that each comes after what it needs, otherwise as given; a circle is an error that shows it."""
    done: dict[str, None] = {}
    while len(done) < len(names):
        ready = next((name for name in names if name not in done and needs[name] <= done.keys()), None)
        if ready is None:
            trail = [next(name for name in names if name not in done)]
            while len(set(trail)) == len(trail):
                trail.append(next(name for name in names if name in needs[trail[-1]] and name not in done))
            circle = trail[trail.index(trail[-1]) :]
            raise NetworkError(
                f"circular definition within a step: {' → '.join(circle)} "
                f"(→ reads “needs”); one of them has to use an earlier step, such as {circle[-1]}[t-1]"
            )
        done[ready] = None
    return tuple(done)


def _closure(needs: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    """All that each name depends on, at any step, directly or not."""
    reach = {}
    for name in needs:
        seen: set[str] = set()
        queue = [name]
        while queue:
            fresh = needs[queue.pop()] - seen
            seen |= fresh
            queue.extend(fresh)
        reach[name] = seen
    return reach


def _direction(name: str, references: Mapping[str, tuple[Var, ...]], reach: Mapping[str, set[str]]) -> int:
    """1 if the name's component looks back in time, −1 if it looks ahead, 0 if it does neither."""
    peers = {other for other in reach[name] if name in reach[other]} | {name}
    signs = {
        (var.lag > 0) - (var.lag < 0)
        for peer in peers
        for var in references[peer]
        if var.lag and var.name in peers and name in reach[var.name]
    }
    if signs == {1, -1}:
        raise NetworkError(
            f"{name} depends on itself both through earlier and through later steps; a state runs in one direction"
        )
    return next(iter(signs), 0)


def _earliest(
    peers: list[str],
    turn: int,
    references: Mapping[str, tuple[Var, ...]],
    placed: Mapping[str, int],
    directions: list[int],
) -> int:
    """The first sweep in which a component can be computed; a sweep without direction takes the one it is given."""
    needed = [(placed[var.name], var.lag or 0) for peer in peers for var in references[peer] if var.name in placed]
    for sweep in range(len(directions) + 1):
        if sweep == len(directions):
            directions.append(0)
        wishes = {turn, *((lag > 0) - (lag < 0) for at, lag in needed if at == sweep)} - {0}
        if any(at > sweep for at, _ in needed) or len(wishes | ({directions[sweep]} - {0})) > 1:
            continue
        directions[sweep] = directions[sweep] or next(iter(wishes), 0)
        return sweep
    raise AssertionError("a new sweep takes any component")
