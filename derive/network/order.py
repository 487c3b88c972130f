"""Order: in which sweeps over time, and in which order within a step, the variables can be computed.

Variables that depend on one another form a component; a component's own references go to earlier steps or to later
ones, never both, so it is computed in one sweep over t, forwards or backwards. Ordinary networks need one forward
sweep; a bidirectional one needs a forward sweep and a backward one, the second of which computes what uses both. What reads
a variable at one step for all t, h_T or g_1, comes in a later sweep than that variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.errors import NetworkError


class OrderError(NetworkError):
    """Equations that cannot be computed in any order; ``name`` is one whose equation would have to be another."""

    def __init__(self, name: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Sweep:
    """Variables computed together, step by step: t = 1 … T if ``direction`` is 1, t = T … 1 if it is −1."""

    direction: int
    names: tuple[str, ...]


def sweeps(rules: Mapping[str, Expr]) -> tuple[Sweep, ...]:
    """Return the sweeps that compute all variables, given each one's right-hand side.

    Raises `OrderError` on a circular definition within a step, and on a state that would run in both directions.

    >>> sweeps({"y": Var("h", 0), "h": Var("h", 1), "g": Var("g", -1)})
    (Sweep(direction=1, names=('h', 'y')), Sweep(direction=-1, names=('g',)))
    """
    references = {name: _references(rule, rules) for name, rule in rules.items()}
    order = _in_order(tuple(rules), {name: {var.name for var in references[name] if var.lag == 0} for name in rules})
    placed: dict[str, int] = {}
    directions: list[int] = []
    for peers in _components(order, {name: {var.name for var in found} for name, found in references.items()}):
        needs = [var for peer in peers for var in references[peer]]
        turn = _direction(peers, needs)
        _check_anchors(peers, needs)
        after = max((1 + placed[var.name] for var in needs if var.at is not None), default=0)
        needed = [(placed[var.name], var.lag or 0) for var in needs if var.name in placed and var.at is None]
        sweep = _earliest(turn, needed, directions, after)
        placed.update(dict.fromkeys(peers, sweep))
    return tuple(
        Sweep(direction or 1, tuple(name for name in order if placed[name] == index))
        for index, direction in enumerate(directions)
    )


def turns(rules: Mapping[str, Expr]) -> dict[str, int]:
    """Return which way each variable runs: 1 if it depends on its own past, −1 on its own future, 0 on neither.

    >>> turns({"y": Var("g", 1), "g": Var("g", -1)})
    {'g': -1, 'y': 0}
    """
    references = {name: _references(rule, rules) for name, rule in rules.items()}
    needs = {name: {var.name for var in found} for name, found in references.items()}
    return {
        peer: _direction(peers, [var for one in peers for var in references[one]])
        for peers in _components(tuple(rules), needs)
        for peer in peers
    }


def closure(start: Iterable[str], onward: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """Return everything that can be reached from some names, themselves included.

    >>> sorted(closure(["b"], {"a": ["b"], "b": ["c"], "c": []}.__getitem__))
    ['b', 'c']
    """
    seen: set[str] = set()
    queue = list(start)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue.extend(onward(name))
    return frozenset(seen)


def _references(rule: Expr, rules: Mapping[str, Expr]) -> tuple[Var, ...]:
    """The variables with an equation that a right-hand side uses."""
    return tuple(var for var in ex.variables(rule) if var.name in rules)


def _in_order(names: tuple[str, ...], needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Names such that each comes after what it needs, otherwise as given; a circle is an error that shows it."""
    place = {name: number for number, name in enumerate(names)}
    lacking = {name: len(needs[name]) for name in names}
    used: dict[str, list[str]] = {}
    for name in names:
        for other in needs[name]:
            used.setdefault(other, []).append(name)
    ready = [place[name] for name in names if not lacking[name]]
    heapify(ready)
    done: dict[str, None] = {}
    while ready:
        name = names[heappop(ready)]
        done[name] = None
        for other in used.get(name, ()):
            lacking[other] -= 1
            if not lacking[other]:
                heappush(ready, place[other])
    if len(done) < len(names):
        circle = _circle([name for name in names if name not in done], needs)
        raise OrderError(
            circle[0],
            f"circular definition within a step: {' → '.join(circle)} "
            f"(→ reads “needs”); one of them has to use an earlier step, such as {circle[-1]}[t-1]",
        )
    return tuple(done)


def _circle(waiting: list[str], needs: Mapping[str, set[str]]) -> list[str]:
    """A circle among names each of which needs another: from one of them back to itself."""
    trail = waiting[:1]
    while len(set(trail)) == len(trail):
        trail.append(next(name for name in waiting if name in needs[trail[-1]]))
    return trail[trail.index(trail[-1]) :]


def _components(names: tuple[str, ...], needs: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """The components, each after those it depends on, and within each the names as given."""
    peers = _peers(names, needs)
    upstream: dict[str, set[str]] = {}
    for together in dict.fromkeys(peers.values()):  # those of a component come as given: with its last it is done
        lasts = {peers[other][-1] for peer in together for other in needs[peer]} - {together[-1]}
        upstream |= dict.fromkeys(together, lasts)
    yield from dict.fromkeys(peers[name] for name in _in_order(names, upstream))


def _peers(names: tuple[str, ...], needs: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """Per name, those of its component, as given.

    (Tarjan, Depth-first search and linear graph algorithms, 1972.)
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    roots: dict[str, str] = {}
    for begin in names:
        trail = [] if begin in number else [(begin, iter(needs[begin]))]
        while trail:
            name, onward = trail[-1]
            if name not in number:
                number[name] = lowest[name] = len(number)
                path.append(name)
            other = next((other for other in onward if other not in roots), None)
            if other is not None and other not in number:
                trail.append((other, iter(needs[other])))
            elif other is not None:
                lowest[name] = min(lowest[name], number[other])
            else:
                trail.pop()
                if trail:
                    lowest[trail[-1][0]] = min(lowest[trail[-1][0]], lowest[name])
                while lowest[name] == number[name] and name not in roots:
                    roots[path.pop()] = name
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(roots[name], []).append(name)
    return {name: tuple(found[roots[name]]) for name in names}


def _direction(peers: tuple[str, ...], needs: Iterable[Var]) -> int:
    """1 if a component looks back in time, −1 if it looks ahead, 0 if it does neither."""
    signs = {_sign(var.lag or 0) for var in needs if var.name in peers} - {0}
    if signs == {1, -1}:
        raise OrderError(
            peers[0],
            f"{peers[0]} depends on itself both through earlier and through later steps; a state runs in one direction",
        )
    return next(iter(signs), 0)


def _check_anchors(peers: tuple[str, ...], needs: Iterable[Var]) -> None:
    """Nothing reads at one step for all t what it is itself needed for."""
    for var in needs:
        if var.at is not None and var.name in peers:
            read = ex.anchored(var.name, var.at)
            others = [peer for peer in peers if peer != var.name]
            way = f", by way of {', '.join(others)}" if others else ""
            raise OrderError(
                var.name,
                f"circular definition through one step: {var.name} is needed for itself{way}, by reading {read}; "
                f"what reads {read} is computed after all steps of {var.name}",
            )


def _earliest(turn: int, needed: Iterable[tuple[int, int]], directions: list[int], after: int) -> int:
    """The first sweep in which a component can be computed, given the sweep and the lag of each thing it needs.

    Within a sweep, what it needs has to lie behind; a sweep without direction takes the one it is given. What is read at one
    step for all t has to lie in sweeps before ``after``.
    """
    needed = tuple(needed)
    for sweep in range(max((after, *(at for at, _ in needed))), len(directions) + 1):
        if sweep == len(directions):
            directions.append(0)
        wishes = {turn, directions[sweep], *(_sign(lag) for at, lag in needed if at == sweep)} - {0}
        if len(wishes) <= 1:
            directions[sweep] = next(iter(wishes), 0)
            return sweep
    raise AssertionError("a new sweep takes any component")


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
