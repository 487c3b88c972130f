"""Growth: how the time and the memory of a handout grow with T, with equations, with n, and with the paths that are listed.

Each size is a fresh process, whole; what the smallest handout takes, mostly imports, is taken off. An exponent is the slope
of the line through the logarithms that leaves the least squares: 1 is linear. Before anything is measured, gradients are
compared with those of the compiled program, which shares no numbers with the worked example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from statistics import linear_regression
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.child import taken
from benchmarks.measure import DisagreeError, Row, agree, alone
from derive.derivation import derive
from derive.graph import Node
from derive.limits import DEFAULT
from derive.numbers import entries

FILE = "network.toml"
PICTURE = Path(__file__).with_name("growth.svg")
RAISED = {"jacobians": 10**9, "work": 10**9, "equations": 1000, "references": 5000}
LEAST = (0.01, 0.5)
"""What grows by less, in seconds and in megabytes, is counted as so much: a logarithm needs more than 0."""


@dataclass(frozen=True)
class Growth:
    """What grows: a network for each size (nothing: Elman's, ready-made), its T, and further words of the command."""

    what: str
    letter: str
    sizes: tuple[int, ...]
    few: tuple[int, ...]
    text: Callable[[int], str] | None
    steps: Callable[[int], int]
    words: tuple[str, ...] = ()

    def write(self, size: int, folder: Path) -> str:
        """Write the network of a size into a folder; return what derive calls it."""
        if self.text is None:
            return "elman"
        (folder / FILE).write_text(self.text(size), encoding="utf-8")
        return str(folder / FILE)


@dataclass(frozen=True)
class Measured:
    """What each size took: its number, seconds and megabytes, those of the smallest handout taken off."""

    growth: Growth
    points: tuple[tuple[int, float, float], ...]

    def exponent(self, place: int) -> float:
        """The slope in logarithms, of seconds (1) or megabytes (2)."""
        sizes, values = zip(*((log10(point[0]), log10(point[place])) for point in self.points), strict=True)
        return linear_regression(sizes, values).slope

    @property
    def row(self) -> Row:
        """The time of the largest size, and how it has grown."""
        points = "; ".join(f"{size:,}: {seconds:.2f} s, {memory:.0f} MB" for size, seconds, memory in self.points)
        letter = self.growth.letter
        note = f"{letter}^{self.exponent(1):.2f} in time, {letter}^{self.exponent(2):.2f} in memory; {points}"
        size, seconds, _ = self.points[-1]
        return alone(f"growth of a handout with {self.growth.what}, {letter} = {size:,}", seconds, note)


def rows(*, quick: bool) -> Iterator[Row]:
    """A row for each that grows; the picture of all, unless this is to be quick."""
    found: list[Measured] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        base = _taken(("-n", "elman", "-T", "1"), folder)
        for growth in GROWING:
            _compare(growth, folder)
            sizes = growth.few if quick else growth.sizes
            found.append(Measured(growth, tuple(_point(growth, size, base, folder) for size in sizes)))
            yield found[-1].row
    if not quick:
        PICTURE.write_text(picture(found), encoding="utf-8")


def _compare(growth: Growth, folder: Path) -> None:
    """Refuse to measure what is wrong: the gradients of the smallest size, by the worked example and by the program."""
    size = growth.few[0]
    steps = growth.steps(size)
    lesson = derive(growth.write(size, folder), steps, limits=RAISED)
    example, program = lesson.evaluate(), lesson.program()
    _, gradients = program(steps, program.arguments(example.values))
    for name, theirs in gradients.items():
        ours = [float(entry.mid()) for entry in entries(example.gradient(Node(name)))]
        agree(f"{growth.what}: dL/d{name}", ours, [float(entry) for entry in entries(theirs)])


def _point(growth: Growth, size: int, base: tuple[float, float], folder: Path) -> tuple[int, float, float]:
    words = ("-n", growth.write(size, folder), "-T", str(growth.steps(size)), *growth.words)
    seconds, memory = _taken(words, folder)
    return size, max(seconds - base[0], LEAST[0]), max(memory - base[1], LEAST[1])


def _taken(words: Sequence[str], folder: Path) -> tuple[float, float]:
    raised = ",".join(f"{name}={limit}" for name, limit in RAISED.items())
    found = taken(("report", "--format", "md", "--limit", raised, *words), folder)
    if found.code:
        raise DisagreeError(f"derive report {' '.join(words)}: exit code {found.code}: {found.said}")
    return found.seconds, found.megabytes


# -- what grows ----------------------------------------------------------------------------------------------------------


def _network(equations: dict[str, str], values: dict[str, Any], initial: str, shapes: str = "") -> str:
    lines = [f"parameters = [{', '.join(map(repr, (name for name in values if name != 'x')))}]", "inputs = ['x']"]
    lines += ["loss = 'l'", f"initial = {{ {initial} = 0 }}", f"shapes = {{ {shapes} }}", "[equations]"]
    lines += [f"{name} = '{text}'" for name, text in equations.items()]
    return "\n".join([*lines, "[values]", *(f"{name} = {value}" for name, value in values.items()), ""])


def chain(count: int) -> str:
    """The text of a network of so many equations, each put into the next."""
    last = f"a{count - 2}"
    equations = {"a0": f"tanh(w*x[t] + v*{last}[t-1])"}
    equations |= {f"a{place}": f"sin(a{place - 1}[t])" for place in range(1, count - 1)} | {"l": f"{last}[t]**2"}
    return _network(equations, {"w": 0.5, "v": 0.25, "x": 1}, last)


def units(count: int) -> str:
    """The text of a network of so many units."""
    matrices = {
        name: [[(row * 37 + column * 11 + shift) % 50 / 100 - 0.25 for column in range(count)] for row in range(count)]
        for shift, name in enumerate(("W", "U"))
    }
    equations = {"h": "tanh(W@x[t] + U@h[t-1])", "l": "sum(h[t]**2)/2"}
    values = {**matrices, "x": f"{{ cycle = {[[place % 7 / 10 for place in range(count)]]} }}"}
    return _network(equations, values, "h", "W = 'n, n', U = 'n, n', x = 'n', h = 'n'")


def _steps_of(paths: int) -> int:
    """The T at which Elman's network has so many paths to its recurrent weight: T(T + 1)/2 of them."""
    return next(steps for steps in range(1, paths + 1) if steps * (steps + 1) // 2 >= paths)


GROWING = (
    Growth("T", "T", (500, 2000, 8000), (2, 4, 8), None, lambda size: size),
    Growth("equations, T = 3", "m", (25, 100, 400), (4, 6, 8), chain, lambda _: 3),
    Growth("units, T = 3", "n", (8, 16, 32), (2, 3, 4), units, lambda _: 3),
    Growth("paths listed", "p", (300, 1275, 4950), (3, 6, 10), None, _steps_of, ("--max-paths", str(DEFAULT.paths))),
)


# -- the picture ---------------------------------------------------------------------------------------------------------

PANEL, MARGIN, GAP = 160.0, 52.0, 44.0
UNITS = ("seconds", "MB")


def picture(found: Sequence[Measured]) -> str:
    """Return the picture of all as SVG: in each column what grows, above in time, below in memory, both in logarithms."""
    wide, high = MARGIN + len(found) * (PANEL + GAP), 2 * (PANEL + GAP) + 24
    panels = [
        _panel(one, place, MARGIN + column * (PANEL + GAP), 24 + (place - 1) * (PANEL + GAP))
        for column, one in enumerate(found)
        for place in (1, 2)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'font-family="sans-serif" font-size="11">\n<title>How time and memory of a handout grow</title>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{"".join(panels)}</svg>\n'
    )


def _panel(one: Measured, place: int, left: float, top: float) -> str:
    """Points and the line through them, between powers of ten."""
    points = [(log10(point[0]), log10(point[place])) for point in one.points]
    xs, ys = zip(*points, strict=True)
    across, up = _Axis(min(xs), max(xs), left, PANEL), _Axis(min(ys), max(ys), top + PANEL, -PANEL)
    slope, start = linear_regression(xs, ys)
    ends = [(across.at(x), up.at(start + slope * x)) for x in (min(xs), max(xs))]
    parts = [f'<rect x="{left:.1f}" y="{top:.1f}" width="{PANEL}" height="{PANEL}" fill="none" stroke="#999"/>']
    parts += [f'<path d="M{ends[0][0]:.1f},{ends[0][1]:.1f}L{ends[1][0]:.1f},{ends[1][1]:.1f}" stroke="#c60"/>']
    parts += [f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3" fill="#05a"/>' for x, y in points]
    parts += [_text(across.at(power), top + PANEL + 14, f"{10.0**power:,.7g}", "middle") for power in across.powers]
    parts += [_text(left - 5, up.at(power) + 4, f"{10.0**power:,.7g}", "end") for power in up.powers]
    letter = one.growth.letter
    said = f"{UNITS[place - 1]}: {letter}^{one.exponent(place):.2f}"
    parts += [_text(left + 6, top + 14, said, "start")]
    if place == 1:
        parts += [
            _text(
                left, top - 8, one.growth.what if one.growth.what == letter else f"{letter}: {one.growth.what}", "start"
            )
        ]
    return "\n".join([*parts, ""])


@dataclass(frozen=True)
class _Axis:
    """Logarithms from one power of ten to another, laid out from a place over a length."""

    least: float
    most: float
    begin: float
    length: float

    @property
    def powers(self) -> range:
        """The powers of ten from below the least to above the most."""
        low = floor(self.least)
        return range(low, max(ceil(self.most), low + 1) + 1)

    def at(self, value: float) -> float:
        """Where a value stands."""
        low, high = self.powers[0], self.powers[-1]
        return self.begin + self.length * (value - low) / (high - low)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
