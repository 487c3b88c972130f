"""Live: the facts of a page that answers — letters, equations, values and pictures, from which its script makes the rest.

What the page shows is at the level of states: words of letters, each letter the sum of its ways. The script adds up words by
the same recursion over letters that counts them here, with every arc's linear map in place of the number of ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.errors import DeriveError, NetworkError
from derive.graph import TOTAL, Node, Unrolled
from derive.network import Network, outside_label
from derive.notation.express import NUMBERS, Clock, T
from derive.notation.formula import Formula, number
from derive.numbers import Exact, Values, resolve
from derive.paths import Letter, Place, States
from derive.programs import parts
from derive.report.document import STEP, Live, Picture
from derive.report.exhibits import opened
from derive.report.exhibits.drawing import Drawing
from derive.report.exhibits.linked import linked, others
from derive.report.exhibits.live_pictures import drawings, label_places, pictured
from derive.report.exhibits.live_spacing import middle, pitch, pitch_of
from derive.report.exhibits.stages import main_parameter
from derive.report.exhibits.words import letter_symbol
from derive.report.subject import Subject

MOST = 8
"""The page goes up to so many steps."""
MOST_WAYS = 2_000
"""The ways of all letters together, each of which the page follows."""
SAYS = (
    *("title", "lede", "settings", "steps", "start", "of", "graph", "graph_about", "reading", "triangle", "numbers"),
    *("folding", "back", "next", "words", "few_words", "all", "used_at", "loss_at", "sum", "column_sum", "lag", "word"),
    *(
        "ways",
        "adds",
        "adds_size",
        "size",
        "values",
        "letters",
        "so_far",
        "so_far_at",
        "time",
        "arrives",
        "nothing",
        "shade",
        "keys",
    ),
    *("opened", "opened_as", "opened_one", "way", "close", "cell", "no_cell", "is_factor", "makes", "more_ways"),
    *("term", "to_graph", "reach", "reach_about", "every", "link", "copied", "times", "step", "path", "paths"),
    *("none_chosen", "unled", "shade", "keys", "products"),
)
"""The words of the page, without what they begin with."""


def live(subject: Subject) -> Live | None:
    """Return what a page answers from; nothing for a network without states, or one that JavaScript cannot compute.

    Nor for one whose letters have too many ways to write each of them down.
    """
    derivation, main = subject.derivation, main_parameter(subject)
    if main.step is not None or not derivation.network.states:
        return None
    try:
        program = parts(derivation.graph)
    except NetworkError:
        return None
    most = max(MOST, _least(derivation.network))
    states = States(Unrolled(derivation.graph, most), main)
    if sum(letter.ways for letter in states.letters) > MOST_WAYS:
        return None
    found = _Facts(subject, states, most)
    return Live(found.facts(), tuple(found.formulas), program, found.pictures(), opened.cell(subject, main))


def _least(network: Network) -> int:
    """The fewest steps there may be: up to the last loss of a list, and the last datum that is named by its step."""
    listed = network.loss_at if isinstance(network.loss_at, tuple) else ()
    return max(1, network.longest_step, *listed)


@dataclass
class _Facts:
    """Collects formulas while facts are put together."""

    subject: Subject
    states: States
    most: int
    formulas: list[Formula] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """Everything, by the names that the script knows."""
        network, graph, subject = self.subject.derivation.network, self.subject.derivation.graph, self.subject
        main = self.states.target
        return {
            "T": min(subject.steps, self.most),
            "least": _least(network),
            "most": self.most,
            "digits": subject.options.digits,
            "target": main.name,
            "loss": network.loss,
            "lossAt": list(network.loss_at) if isinstance(network.loss_at, tuple) else network.loss_at,
            "mean": network.reduction == "mean",
            "sweeps": [{"direction": sweep.direction, "names": sweep.names} for sweep in graph.sweeps],
            "letters": [*self._letters(), *self._foreign()],
            "own": len(self.states.letters),
            "edges": [(edge.head, edge.tail, edge.lag, edge.anchor) for edge in graph.edges],
            "unled": [steps for steps, drawing in self.drawings.items() if not drawing.complete],
            "linked": linked(subject, self.states, [*self.states.letters, *self.foreign]),
            "axis": self._axis(),
            "states": [
                {"name": name, "symbol": self._formula(subject.node(Node(name, STEP))), "adjoint": self._adjoint(name)}
                for name in self.states.names
            ],
            "variables": [self._named(name, Node(name, 0)) for name in network.variables],
            "data": [self._named(name, Node(name, 0)) for name in network.data],
            "timeless": [self._named(name, Node(name)) for name in network.timeless],
            "outside": list(self._outside()),
            "total": self._formula(subject.node(TOTAL)),
            "sizes": dict(subject.evaluation.values.sizes),
            "values": self._values(),
            "say": {key: subject.word(f"live_{key}") for key in SAYS},
        }

    @cached_property
    def drawings(self) -> Mapping[int, Drawing]:
        """The graph of the states with the bar of the parameter, for every T at which it is drawn truly."""
        return drawings(self.subject, self.states, self.most)

    def _axis(self) -> Mapping[int, tuple[float, float]]:
        """Per T where step 1 has its middle in these, in cm, and how far it is from step to step."""
        usual = pitch_of(self.drawings) or 0.0
        return {
            steps: (round(middle(drawing, 1), 3), pitch(drawing) if steps > 1 else usual)
            for steps, drawing in self.drawings.items()
        }

    def pictures(self) -> dict[int, Picture]:
        """These, as pictures."""
        return {steps: pictured(self.subject, self.states, steps, drawing) for steps, drawing in self.drawings.items()}

    def _formula(self, formula: Formula) -> int:
        self.formulas.append(formula)
        return len(self.formulas) - 1

    def _named(self, name: str, node: Node) -> Mapping[str, object]:
        """A name of the network, as it is printed, and how many axes it has."""
        symbol = self._formula(self.subject.node(node, T))
        return {"name": name, "symbol": symbol, "shape": len(self.subject.derivation.network.shape(name))}

    def _adjoint(self, name: str) -> int:
        return self._formula(self.subject.notation.adjoint(name, number(STEP)))

    @cached_property
    def foreign(self) -> Mapping[Letter, States]:
        """The letters of paths to other parameters that have a table, as far as none leads to the main one."""
        found = {letter: states for states in others(self.subject, self.states).values() for letter in states.letters}
        return {letter: states for letter, states in found.items() if letter not in self.states.letters}

    def _foreign(self) -> Iterator[Mapping[str, object]]:
        for letter, states in self.foreign.items():
            yield {**self._letter(letter, states), "place": None, "parts": []}

    def _letter(self, letter: Letter, states: States) -> Mapping[str, object]:
        edges = {edge.index: place for place, edge in enumerate(self.subject.derivation.graph.edges)}
        return {
            "kind": letter.kind,
            "head": letter.head,
            "tail": letter.tail,
            "lag": letter.lag,
            "at": letter.anchor,
            "ways": [[edges[edge.index] for edge in way] for way in states.ways(letter)],
            "symbol": self._formula(letter_symbol(self.subject, Place(letter, STEP), states.letters)),
        }

    def _letters(self) -> Iterator[Mapping[str, object]]:
        beside = self._beside
        for letter, ways in zip(self.states.letters, opened.written(self.subject, self.states), strict=True):
            yield {
                **self._letter(letter, self.states),
                "place": beside.get(letter),
                "parts": [[self._formula(along), self._formula(made)] for along, made in ways],
            }

    @cached_property
    def _beside(self) -> Mapping[Letter, Any]:
        """Where letters stand beside their arrows, for each T: the same wherever steps are as far apart and repeat."""
        anchored, known = self.subject.derivation.graph.anchored, dict[Any, Mapping[Letter, Any]]()
        beside: dict[int, Mapping[Letter, Any]] = {}
        for steps, (_, far) in sorted(self._axis().items(), reverse=True):
            kind = steps if anchored else far
            if kind not in known:
                known[kind] = label_places(self.subject, self.states, self.drawings[steps])
            beside[steps] = known[kind]
        return {
            letter: {steps: places[letter] for steps, places in beside.items() if letter in places}
            for letter in self.states.letters
        }

    def _outside(self) -> Iterator[Mapping[str, object]]:
        network = self.subject.derivation.network
        for name, (before, after) in network.reach.items():
            for step in (*range(1 - before, 1), *range(1, after + 1)):
                yield {
                    "name": name,
                    "label": outside_label(name, step),
                    "step": step,
                    "symbol": self._formula(self.subject.node(Node(name, step), NUMBERS if step < 1 else Clock("T"))),
                    "shape": len(network.shape(name)),
                }

    def _values(self) -> Mapping[str, Any]:
        """The values of the example as floats; data for as many steps as they are given for."""
        derivation, given = self.subject.derivation, self.subject.options.values
        try:
            values: Values = resolve(derivation.network, self.most, given)
        except DeriveError:
            values = self.subject.evaluation.values
        found: dict[str, Any] = {name: [] for name in derivation.network.data}
        for node, value in values.of.items():
            if node.name in found and node.step is not None and 1 <= node.step <= values.steps:
                found[node.name].append(_floats(value))
            elif node.step is None:
                found[node.name] = _floats(value)
            else:
                step = node.step if node.step < 1 else node.step - values.steps
                found[outside_label(node.name, step)] = _floats(value)
        return found


def _floats(value: Exact) -> Any:
    return float(value) if isinstance(value, Fraction) else [_floats(entry) for entry in value]
