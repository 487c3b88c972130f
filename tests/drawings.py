"""Random networks to draw: several states, lags up to 3, both directions, long names; and what a drawing of them breaks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from derive.derivation import Derivation
from derive.graph import TOTAL, Graph, Node, Unrolled
from derive.network import Network
from derive.report.exhibits import diagram, graphs, stages
from derive.report.exhibits.laws import broken, missing
from derive.report.options import Options
from derive.report.subject import Subject

ONE_STEP = 0.5
"""So often some variables are read at one step for all t, and so often each of them is."""
NAMES = ("h", "c", "s", "g", "a", "b", "u", "v", "q", "hidden", "cellstate", "memory_slow", "h1", "h2", "z_gate_new")


def network(seed: int) -> Network:
    """A random sound network: variables that run backwards first, then those that run forwards, then an output and a loss."""
    rng = Random(f"drawing {seed}")  # noqa: S311 - the same networks in every run
    count = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 7))
    names = rng.sample(NAMES, count)
    backwards = set(names[: rng.choice((0, 0, 0, 1, 2))]) if count > 1 else set()
    deepest = rng.choice((1, 1, 1, 2, 3))
    inputs = ["x"] if rng.random() < 0.8 else ["x", "driving_input"]
    parameters: list[str] = []
    equations: dict[str, str] = {}

    def term(argument: str) -> str:
        if rng.random() < 0.2:
            return argument
        parameters.append(f"w_{len(parameters) + 1}")
        return f"{parameters[-1]}*{argument}"

    for place, name in enumerate(names):
        sign = "+" if name in backwards else "-"
        alike = [other for other in names if (other in backwards) == (name in backwards)]
        usable = [f"{other}[t{sign}{lag}]" for other in alike for lag in range(1, deepest + 1)]
        usable += [f"{other}[t]" for other in names[:place]]
        chosen = [f"{rng.choice(inputs)}[t]"] if rng.random() < 0.7 or not place else []
        chosen += rng.sample(usable, min(len(usable), rng.choice((1, 1, 2, 2, 3))))
        equations[name] = rng.choice(("tanh({})", "{}", "sigmoid({})")).format(" + ".join(map(term, chosen)))
    for name in inputs:
        if not any(f"{name}[t]" in text for text in equations.values()):
            equations[names[0]] += f" + {name}[t]"
    seen = rng.sample(names, rng.choice((1, 1, min(2, count))))
    if rng.random() < 0.7:
        equations["y"] = " + ".join(map(term, (f"{name}[t]" for name in seen)))
        seen = ["y"]
    equations["l"] = f"({' + '.join(f'{name}[t]' for name in seen)} - target[t])**2/2"
    last = "y" if "y" in equations else "l"
    one = Random(f"one step {seed}")  # noqa: S311 - apart, so that the others stay what they are
    for name in names if one.random() < ONE_STEP else ():
        if one.random() < ONE_STEP:
            equations[last] = equations[last].replace(f"{name}[t]", f"{name}[{one.choice('1T')}]")
    looked_at = [
        name for name in names if any(f"{name}[t{sign}" in text for text in equations.values() for sign in "+-")
    ]
    if not parameters:
        parameters.append("w_1")
        equations["l"] = f"w_1*{equations['l']}"
    return Network(
        name=f"random-{seed}",
        equations=equations,
        parameters=tuple(parameters),
        inputs=tuple(inputs),
        targets=("target",),
        loss="l",
        loss_at=rng.choice(("every", "every", "last")),
        initial=dict.fromkeys(looked_at, 0),
    )


def subject(declared: Network, steps: int) -> Subject:
    """What pictures are made from: a network over T steps, without numbers."""
    derivation = Derivation(declared, Unrolled(Graph(declared), steps))
    return Subject(derivation, None, (), {}, Options())  # type: ignore[arg-type]  # no picture here looks at numbers


@dataclass(frozen=True)
class Found:
    """What a network was drawn as, and every breach of a law."""

    zoom: str | None
    cell: bool
    breaches: tuple[str, ...]
    complete: bool
    """Whether arrows from one step for all t are drawn, too."""


def drawn(declared: Network, steps: int) -> Found:
    """Draw a network in every way and look for what is not true."""
    about = subject(declared, steps)
    breaches: list[str] = []
    unrolled = diagram.unrolled(about)
    if unrolled is not None:
        breaches += broken(unrolled.drawing)
        level = graphs.level(about, unrolled.zoom)
        arrows = [
            (Node(link.tail, step - link.lag), Node(link.head, step))
            for link in level.links
            for step in range(1, steps + 1)
        ]
        arrows += [(Node("l", step), TOTAL) for step in about.derivation.unrolled.loss_steps]
        if unrolled.drawing.complete:
            arrows += [
                (Node(fixed.tail, fixed.at or steps), Node(fixed.head, step))
                for fixed in level.fixed
                for step in range(1, steps + 1)
            ]
        breaches += [f"{tail} → {head} is missing" for tail, head in missing(unrolled.drawing, arrows)]
    along = diagram.paths(about, stages.main_parameter(about))
    breaches += broken(along.drawing) if along else []
    cell = diagram.cell(about)
    breaches += broken(cell.drawing) if cell else []
    complete = unrolled is not None and unrolled.drawing.complete
    return Found(unrolled.zoom if unrolled else None, cell is not None, tuple(breaches), complete)
