"""Values: what a user gives for a worked example, made exact and complete for a given T.

A parameter or constant has one value; an input or target one per step, or one for every step, or
``{ cycle = [1, 0, -1] }``, which begins again as often as T needs; a state its initial value, under its own name (``h_0``;
``h_-1`` for a lag of 2; for a state that runs backwards ``h_T+1``). Decimals stay exact: 0.1 is one tenth. Vectors and
matrices are nested lists or arrays, or one number for all components once their sizes are known. A float stands for its
shortest decimal. What was given as a fraction remembers how: "2/8" is a quarter, and is no 0.25.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import prod
from numbers import Rational
from typing import Any, Self, TypeAlias

from derive.equations import SINGLE, Shape, is_sum, length_at, length_terms, plain, variables
from derive.errors import ValuesError
from derive.graph import LENGTH_NODE, Node
from derive.network import Given, Network, outside_label, suggestion
from derive.shown import Seen

Exact: TypeAlias = "Fraction | tuple[Exact, ...]"
"""An exact value: a number, a vector as a tuple, a matrix as a tuple of rows; for data also a tuple of these, one per step."""
LONGEST = 1_200
LONGEST_EXPONENT = 3
"""A number as it is written, and its power of ten, may have this many characters."""
FEW_BITS = 1_000
SHORT, LONGEST_TOLD = 8, 60
"""So many values, and so many characters, of a list are said again in a message."""
DEEPEST = 3
"""A list of matrices; anything nested more deeply is no value."""


class Ratio(Fraction):
    """A number that was given as a fraction, with the whole numbers it was given by; what is computed from it is none.

    >>> Ratio(2, 8), Ratio(2, 8) == Fraction("0.25"), Ratio(2, 8) + 1
    (Ratio(2, 8), True, Fraction(5, 4))
    """

    __slots__ = ("bottom", "top")
    top: int
    bottom: int

    def __new__(cls, top: int, bottom: int) -> Self:
        """Return top over bottom."""
        made = super().__new__(cls, top, bottom)
        made.top, made.bottom = top, bottom
        return made

    def __repr__(self) -> str:
        """As it was given."""
        return f"Ratio({self.top}, {self.bottom})"


@dataclass(frozen=True, slots=True)
class Cycle:
    """Values at steps 1, 2, …, beginning again after the last."""

    entries: tuple[Exact, ...]


@dataclass(frozen=True, repr=False)
class Values(Seen):
    """Exact values for a network at T steps: per node without an equation, and the sizes that the shapes' names stand for."""

    of: Mapping[Node, Exact]
    sizes: Mapping[str, int]
    steps: int

    def __getitem__(self, node: Node) -> Exact:
        """The value of a parameter, of data at a step, or of a state before its first step."""
        return self.of[node]

    def filled(self, value: Fraction, shape: Shape) -> Exact:
        """One number for every component of that shape."""
        return _filled(value, shape, self.sizes)


def resolve(network: Network, steps: int, given: Mapping[str, Given] | None = None) -> Values:
    """Return exact, complete values: those given, and for the rest those of the network file.

    Raises `ValuesError` for a missing, extra or misspelt name, a sequence of the wrong length, or a value that is no number.
    """
    slots = _slots(network, steps)
    known = {**{name: name for name in (*network.timeless, *network.data)}, **{label: label for label in slots}}
    merged = dict(network.values)
    for name, value in ((plain(name), value) for name, value in (given or {}).items()):
        if name not in known:
            raise ValuesError(f"{network.where}there is no value named {name}{suggestion(name, known)}")
        merged[name] = value
    for label, node in slots.items():
        if label in network.far_ends and label not in merged:
            way = "it begins at the other end, whose value [initial] gives"
            raise ValuesError(
                f"{network.where}no value for {label}: {node.name} is looked at on both sides of 1 … T, and {way}; "
                f"write {label} = 0 under [values]"
            )
        merged.setdefault(label, network.initial[node.name])
    missing = [name for name in known if name not in merged]
    if missing:
        raise ValuesError(f"{network.where}no value for {', '.join(missing)}; give one under [values] or with --set")
    ours = set(network.values) - {plain(name) for name in given or {}}
    exact = {name: _told(network, name, merged[name], own=name in ours) for name in known}
    sizes = _sizes(network, exact, slots, ours)
    for name, size in sizes.items():
        network.limits.hold("components", size, f"{network.where}{name} = {size:,}: ")
    found = dict(_placed(network, steps, exact, slots, sizes))
    _check_distributions(network, found)
    return Values(found | ({LENGTH_NODE: Fraction(steps)} if network.uses_length else {}), sizes, steps)


def _check_distributions(network: Network, found: Mapping[Node, Exact]) -> None:
    """The components of what is declared as a distribution add up to 1."""
    for node, value in found.items():
        if node.name in network.distributions and isinstance(value, tuple):
            for total in filter(lambda total: total != 1, _totals(value, network.axis)):
                at = f"{network.at('values', node.name)}" if node.name in network.values else network.where
                raise ValuesError(
                    f"{at}{node.name} is declared as a distribution, but its components at step {node.step} add up to {total}; "
                    f"they have to add up to 1, or leave {node.name} out of distributions"
                )


def _totals(value: tuple[Exact, ...], axis: int | None) -> list[Fraction]:
    """What the components of a vector add up to, or those of each row or column of a matrix."""
    rows = [row for row in value if isinstance(row, tuple)]
    vectors = (rows if axis else zip(*rows, strict=True)) if rows else [value]
    return [sum((entry for entry in vector if isinstance(entry, Fraction)), Fraction(0)) for vector in vectors]


def looked_at(network: Network, sizes: Mapping[str, int]) -> int:
    """Return how many numbers the equations look at in one step; a size that is not given counts as 1.

    >>> from derive.network import load
    >>> looked_at(load("elman-vector"), {"n": 10, "d": 5, "k": 2})
    208
    """
    read = (var.name for rule in network.rules.values() for var in variables(rule))
    return sum(prod(sizes.get(size, 1) for size in network.shape(name)) for name in read)


def initial_label(node: Node, steps: int) -> str:
    """The name under which an initial value is given: ``h_0``, ``h_-1``, ``h_T+1``."""
    step = node.step or 0
    return outside_label(node.name, step if step <= 0 else step - steps)


def outside(network: Network, steps: int) -> tuple[Node, ...]:
    """Return the nodes outside 1 … T that some equation looks at: what needs an initial value."""
    nodes = []
    for name, (before, after) in network.reach.items():
        nodes += [Node(name, step) for step in range(0, -before, -1)]
        nodes += [Node(name, steps + step) for step in range(1, after + 1)]
    return tuple(nodes)


def _slots(network: Network, steps: int) -> dict[str, Node]:
    """The same by their labels."""
    return {initial_label(node, steps): node for node in outside(network, steps)}


def _told(network: Network, name: str, value: Given, *, own: bool) -> Exact | Cycle:
    """Make one value exact; what is wrong with one of the network's own is told with its line."""
    try:
        return _given(network, name, value)
    except ValuesError as error:
        where = network.at("values", name) if own else network.where
        raise ValuesError(f"{where}{str(error).removeprefix(network.where)}") from None


def _given(network: Network, name: str, value: Given) -> Exact | Cycle:
    """Make one value exact; a table is a cycle, for data only."""
    if not isinstance(value, Mapping):
        return _exact(network, name, value)
    if name not in network.data or set(value) != {"cycle"} or not isinstance(value["cycle"], list | tuple):
        kind = "a list such as { cycle = [1, 0] }" if name in network.data else "a number or a list of numbers"
        other = (
            next((f"; it has no {key}, write cycle" for key in value if key != "cycle"), "")
            if name in network.data
            else ""
        )
        raise ValuesError(f"{network.where}the value of {name} has to be {kind}, not a table{other}")
    entries = _exact(network, name, value["cycle"])
    return Cycle(entries if isinstance(entries, tuple) else (entries,))


def _exact(network: Network, name: str, value: Given, depth: int = 0) -> Exact:
    """Make one number or list exact, lists into tuples."""
    if type(value) is Fraction and value.numerator.bit_length() + value.denominator.bit_length() < FEW_BITS:
        return _as_given(value, value)  # at once: generic matrices have thousands of them
    value = _plainly(value)
    if isinstance(value, list | tuple):
        if not value or depth == DEEPEST:
            raise ValuesError(
                f"{network.where}the value of {name} is {'nested too deeply' if value else 'an empty list'}"
            )
        return tuple(_exact(network, name, entry, depth + 1) for entry in value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction | str):
        raise ValuesError(f"{network.where}the value of {name} has to be a number or a list of numbers, not {value!r}")
    if _is_long(value):
        raise ValuesError(f"{network.where}the value of {name} has too many digits")
    try:
        exact = Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ValuesError(f"{network.where}the value of {name} has to be a number, not {str(value)!r}") from None
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > 4_000:
        raise ValuesError(f"{network.where}the value of {name} has too many digits")
    return _as_given(value, exact)


def _as_given(value: int | Decimal | Fraction | str, exact: Fraction) -> Fraction:
    """A number that remembers that it was given as a fraction, if it was."""
    if isinstance(value, str) and "/" in value:
        top, _, bottom = value.partition("/")
        return Ratio(int(top), int(bottom))
    return Ratio(*exact.as_integer_ratio()) if isinstance(value, Fraction) and exact.denominator > 1 else exact


def _plainly(value: Any) -> Any:
    """A float by its shortest decimal, 0.1 is one tenth; an array as a list, a number of another library by its text."""
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(shape := getattr(value, "shape", None), tuple):
        if len(shape) > 0:
            return list(value)
        return repr(value.item()) if hasattr(value, "detach") else str(value)
    if isinstance(value, Rational) and not isinstance(value, int | Fraction):
        return Fraction(int(value.numerator), int(value.denominator))
    return value


def _is_long(value: int | Decimal | Fraction | str) -> bool:
    """Whether a number would take long to write out: 1e999999999 is short, and has a billion digits."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, Decimal) else ""
    exponent = text.lower().partition("e")[2].strip().lstrip("+-").replace("_", "")
    return len(text) > LONGEST or len(exponent) > LONGEST_EXPONENT


def _depth(value: Exact) -> int:
    return 1 + _depth(value[0]) if isinstance(value, tuple) else 0


def _series(network: Network, name: str, value: Exact | Cycle) -> tuple[Exact, ...] | None:
    """The values of data step by step, if they were given so; None: one value for every step."""
    if isinstance(value, Cycle):
        return value.entries
    return value if isinstance(value, tuple) and _depth(value) == len(network.shape(name)) + 1 else None


def _sizes(
    network: Network, exact: Mapping[str, Exact | Cycle], slots: Mapping[str, Node], ours: Container[str]
) -> dict[str, int]:
    """Read the sizes off the lists given, and those that are not given there off the network's own; every list has to agree.

    ``ours``: whose values among the exact ones are those already.
    """
    sizes = _read_off(network, exact, slots)
    names = _size_names(network)
    if any(name not in sizes for name in names):
        given = {name: value for name, value in network.values.items() if name in exact}
        own = {name: exact[name] if name in ours else _given(network, name, value) for name, value in given.items()}
        sizes = _read_off(network, own, slots) | sizes
    for name in names:
        if name not in sizes:
            raise ValuesError(f"{network.where}the size {name} is not known; {_size_advice(network, name)}")
    sums = {size for shape in network.shapes.values() for size in shape if is_sum(size)}
    return {name: sizes[name] for name in names} | {size: length_at(size, sizes) for size in sorted(sums)}


def _size_names(network: Network) -> dict[str, None]:
    """The names of the sizes, in the order in which shapes name them."""
    sizes = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    return dict.fromkeys(
        name or SINGLE for size in sizes for name in ((size,) if not is_sum(size) else length_terms(size))
    )


def _read_off(network: Network, exact: Mapping[str, Exact | Cycle], slots: Mapping[str, Node]) -> dict[str, int]:
    """The sizes that lists have."""
    sizes: dict[str, tuple[int, str]] = {SINGLE: (1, "its shape")}
    for label, value in exact.items():
        name = slots[label].name if label in slots else label
        series = _series(network, name, value) if label in network.data else None
        for example in series or (value,):
            _measure(network, label, example, network.shape(name), sizes)
    _take_apart(network, sizes)
    return {name: size for name, (size, _) in sizes.items()}


def _take_apart(network: Network, sizes: dict[str, tuple[int, str]]) -> None:
    """Note the sizes that sums tell: of d + n = 5 and d = 3 the n is 2; every sum has to be one."""
    waiting = {size: found for size, found in sizes.items() if is_sum(size)}
    while waiting:
        unknown = {size: [name for name in length_terms(size) if name and name not in sizes] for size in waiting}
        size = min(unknown, key=lambda each: len(unknown[each]))
        if len(unknown[size]) > 1:
            return
        whole, label = waiting.pop(size)
        known = {name: number for name, (number, _) in sizes.items()}
        for name in unknown[size]:
            rest, times = whole - length_at(size, known | {name: 0}), length_terms(size)[name]
            if rest > 0 and rest % times == 0:
                known[name] = rest // times
                sizes[name] = (known[name], label)
        if any(name not in known for name in unknown[size]) or length_at(size, known) != whole:
            parts = ", ".join(f"{name} = {known[name]}" for name in length_terms(size) if name in known)
            raise ValuesError(
                f"{network.where}the value of {label} has {whole} components, which are no {size}{parts and f', since {parts}'}"
            )


def _size_advice(network: Network, size: str) -> str:
    """How a size becomes known: by a value of that size, one that is given."""
    owners = [
        name
        for name, shape in network.shapes.items()
        if any(size in length_terms(each) for each in shape) and name not in network.equations
    ]
    example = (
        f", such as {owners[0]} = {'[[1, 0], [0, 1]]' if len(network.shape(owners[0])) > 1 else '[1, 0]'}"
        if owners
        else ""
    )
    return f"give at least one value of that size as a list{example}"


def _several(network: Network, label: str) -> str:
    """That there is a value for each step outside, if a label is one of them and there are more."""
    for before, after in network.outside.values():
        for side in (before, after):
            if label in side and len(side) > 1:
                labels = f"{', '.join(side[:-1])} and {side[-1]}"
                return f"; there are {labels}: write a number under [initial], and a line for each under [values]"
    return ""


def _measure(
    network: Network, label: str, value: Exact | Cycle, shape: tuple[str, ...], sizes: dict[str, tuple[int, str]]
) -> None:
    """Compare a value's lengths with its shape, noting sizes that are new."""
    if not isinstance(value, tuple):
        return
    if not shape:
        raise ValuesError(
            f"{network.where}the value of {label} has to be one number, not a list{_several(network, label)}"
        )
    size, source = sizes.setdefault(shape[0], (len(value), label))
    if size != len(value):
        raise ValuesError(
            f"{network.where}the value of {label} has {len(value)} components, but {shape[0]} = {size} (from {source})"
        )
    for entry in value:
        if shape[1:] and not isinstance(entry, tuple):
            raise ValuesError(f"{network.where}the value of {label} has to be a list of rows, such as [[1, 0], [0, 1]]")
        _measure(network, label, entry, shape[1:], sizes)


def _placed(
    network: Network,
    steps: int,
    exact: Mapping[str, Exact | Cycle],
    slots: Mapping[str, Node],
    sizes: Mapping[str, int],
) -> Iterator[tuple[Node, Exact]]:
    """Give each node its value, one number filled up to the shape."""
    for label, value in exact.items():
        name = slots[label].name if label in slots else label
        series = _series(network, name, value) if label in network.data else None
        if isinstance(value, Cycle):
            series = tuple(value.entries[step % len(value.entries)] for step in range(steps))
        elif label not in network.data:
            yield slots.get(label, Node(label)), _filled(value, network.shape(name), sizes)
            continue
        elif series is None:
            series = (value,) * steps
        if len(series) != steps:
            raise ValuesError(
                f"{network.where}{label} has {len(series)} values, but there are T = {steps} steps; "
                f"write {_cycle(series)} for a list that begins again (--set '{label}={_cycle(series)}')"
            )
        yield from (
            (Node(label, step), _filled(entry, network.shape(label), sizes)) for step, entry in enumerate(series, 1)
        )


def _cycle(series: tuple[Exact, ...]) -> str:
    """A list that begins again, as TOML writes it: what was given or, where that is long, the shortest there is."""
    told = f"{{ cycle = {_told_again(series[:SHORT])} }}"
    return told if len(series) <= SHORT and len(told) <= LONGEST_TOLD else "{ cycle = [1, 0] }"


def _told_again(value: Exact) -> str:
    """A value as TOML writes it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_told_again, value))}]"
    return str(value) if value.denominator == 1 else f'"{value}"'


def _filled(value: Exact, shape: tuple[str, ...], sizes: Mapping[str, int]) -> Exact:
    """Repeat a number over the components of a vector or matrix."""
    if not shape:
        return value
    entries = value if isinstance(value, tuple) else (value,) * sizes[shape[0]]
    return tuple(_filled(entry, shape[1:], sizes) for entry in entries)
