"""States: the graph seen from far enough that a step is a column of states, and an arrow all ways between two of them.

At the level of equations a path to a gate of an LSTM is a product of up to fourteen factors; at the level of states it is a
word of a few letters. A letter is the sum of all ways, through the equations of one step, from a loss or state to the next
state, or to what the loss is differentiated by; what it does to time says its kind:

    e   the error enters: from the loss of a step to a state
    D   down: from a state to another of the same step
    J   jump: from a state to one of another step
    U   use: from a state, or from the loss, to a parameter, where a word ends

So the level of states is a quotient of the same graph: every path spells exactly one word, and a word stands for as many paths
as the ways of its letters multiply to. Words are counted, and those between any two steps added up, without being written.

Where a state is read at one step for all t, h[T], an arrow of the graph has another length at each step. It is a letter of its
own, a jump to that one step (or an error that enters there), and stays one at the step itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from derive.equations import expression as ex
from derive.graph import Arc, Edge, Node, Unrolled
from derive.paths.segments import Segment, Segments
from derive.shown import Seen

Kind: TypeAlias = Literal["e", "D", "J", "U"]


@dataclass(frozen=True, slots=True, repr=False)
class Letter(Seen):
    """All ways from ``head`` to ``tail`` in the equations of one step, ``lag`` steps back; ``ways`` counts them.

    Where the tail is read at one step for all t, that is ``anchor`` (0: T), and there is no lag. ``states`` are
    those that it is a letter of, by whose names it is printed.
    """

    kind: Kind
    head: str
    tail: str
    lag: int
    ways: int
    states: States = field(compare=False)
    anchor: int | None = None

    def end(self, step: int, steps: int) -> int:
        """The step at which it ends, of one that begins at a step of so many."""
        return step - self.lag if self.anchor is None else ex.step_of(self.anchor, steps)


class Place(NamedTuple):
    """A letter at a step: that whose equations are differentiated."""

    letter: Letter
    step: int


@dataclass(frozen=True, slots=True, repr=False)
class StateWord(Seen):
    """A path at the level of states: its letters in order from the loss to the target."""

    places: tuple[Place, ...]

    @property
    def states(self) -> States:
        """The states whose letters it has."""
        return self.places[0].letter.states

    @property
    def loss_step(self) -> int:
        """The step t whose loss the word starts from."""
        return self.places[0].step

    @property
    def use_step(self) -> int:
        """The step k at which the target is used."""
        return self.places[-1].step

    @property
    def lag(self) -> int:
        """The lag t − k: how far the word goes back in time."""
        return self.loss_step - self.use_step

    @property
    def ways(self) -> int:
        """How many paths it stands for."""
        product = 1
        for letter, _ in self.places:
            product *= letter.ways
        return product


FEW = 100
"""Of so many losses the rows of all are looked at, where those of a few might not tell."""


class Cell(NamedTuple):
    """The words between a loss and a use, and the paths that they stand for: how many there are."""

    words: int
    ways: int


@dataclass(frozen=True, repr=False)
class States(Seen):
    """The paths from L to a target at the level of states.

    >>> from derive.graph import Graph
    >>> from derive.network import load
    >>> states = States(Unrolled(Graph(load("lstm")), 3), Node("W_hi"))
    >>> [(letter.kind, letter.head, letter.tail, letter.ways) for letter in states.letters]
    [('e', 'l', 'h', 1), ('D', 'h', 'c', 1), ('J', 'h', 'h', 1), ('J', 'c', 'c', 1), ('J', 'c', 'h', 3), ('U', 'c', 'W_hi', 1)]
    >>> states.count, states.triangle[3, 1]
    (17, Cell(words=8, ways=24))
    """

    unrolled: Unrolled
    target: Node

    @cached_property
    def _segments(self) -> Segments:
        return Segments(self.unrolled, self.target, lambda _: 1, anchoring)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The states that words pass, in the order in which words do."""
        loss = self.unrolled.graph.network.loss
        found = (node.name for node in self._segments.heads)
        return tuple(name for name in dict.fromkeys(found) if name != loss or self._is_state(name))

    def _is_state(self, name: str) -> bool:
        return any(edge.tail == name and edge.crosses for edge in self.unrolled.graph.edges)

    @cached_property
    def _onward(self) -> tuple[tuple[tuple[int | None, Place], ...], ...]:
        """Per head of a segment, the letters that lead on, and to which head (None: the target)."""
        found = []
        for head, segments in zip(self._segments.heads, self._segments.onward, strict=True):
            found.append(tuple((segment.place, self._placed(head, segment)) for segment in segments))
        return tuple(found)

    def _placed(self, head: Node, segment: Segment) -> Place:
        """A segment as a letter at the step of its head."""
        place, grade, ways = segment
        tail, step = self.target if place is None else self._segments.heads[place], head.step or 0
        anchor = grade - 1 if grade else None
        lag = 0 if tail.step is None or grade else step - tail.step
        return Place(
            Letter(self._kind(head.name, place, lag or grade), head.name, tail.name, lag, ways, self, anchor), step
        )

    def _kind(self, head: str, place: int | None, lag: int) -> Kind:
        if place is None and self.target.step is None:
            return "U"
        if head == self.unrolled.graph.network.loss and not self._is_state(head):
            return "e"
        return "J" if lag else "D"

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """The letters there are: errors, ways down, jumps (the shorter first), uses, each kind in the order of the states."""
        order = {name: place for place, name in enumerate((self.unrolled.graph.network.loss, *self.names))}
        found = {place.letter for letters in self._onward for _, place in letters}
        last = len(order)

        def key(letter: Letter) -> tuple[int, ...]:
            far = -1 if letter.anchor is None else letter.anchor
            tail = order.get(letter.tail, last) if letter.lag != 1 else 0
            return "eDJU".index(letter.kind), far, abs(letter.lag), order[letter.head], tail

        return tuple(sorted(sorted(found, key=lambda letter: letter.tail != letter.head), key=key))

    def ways(self, letter: Letter) -> Iterator[tuple[Edge, ...]]:
        """Yield the ways that a letter adds up, each as its edges in order, through the equations of one step."""
        graph = self.unrolled.graph
        waiting: list[tuple[str | None, tuple[Edge, ...]]] = [(letter.head, ())]
        while waiting:
            name, way = waiting.pop()
            if name is None:
                yield way
                continue
            onward: list[tuple[str | None, tuple[Edge, ...]]] = []
            for edge in graph.below[name]:
                lag = 0 if edge.lag is None else edge.lag
                if (edge.tail, lag, edge.anchor) == (letter.tail, letter.lag, letter.anchor):
                    onward.append((None, (*way, edge)))
                elif lag == 0 and edge.tail in graph.below and edge.tail not in self._segments.names:
                    onward.append((edge.tail, (*way, edge)))
            waiting += reversed(onward)

    @property
    def ends(self) -> tuple[Place, ...]:
        """The letters, at their steps, with which words end."""
        onward = (letters for head, letters in enumerate(self._onward) if head in self._passed)
        return tuple(letter for letters in onward for place, letter in letters if place is None)

    @cached_property
    def _passed(self) -> frozenset[int]:
        """The heads that words pass; a loss that does not count is none, nor a state after the last loss that does."""
        passed = set(self._begins)
        for head, letters in enumerate(self._onward):
            if head in passed:
                passed.update(place for place, _ in letters if place is not None)
        return frozenset(passed)

    # -- words ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _counts(self) -> tuple[Cell, ...]:
        """Per head, how many words lead on from it to the target, and how many paths."""
        counts: list[Cell] = [Cell(0, 0)] * len(self._onward)
        for here in reversed(range(len(self._onward))):
            words = ways = 0
            for place, (letter, _) in self._onward[here]:
                rest = Cell(1, 1) if place is None else counts[place]
                words, ways = words + rest.words, ways + letter.ways * rest.ways
            counts[here] = Cell(words, ways)
        return tuple(counts)

    @cached_property
    def _begins(self) -> tuple[int, ...]:
        """The heads at which words begin: the losses, from the first step on."""
        loss = self.unrolled.graph.network.loss
        nodes = (Node(loss, step) for step in self.unrolled.loss_steps)
        return tuple(self._segments.place[node] for node in nodes if node in self._segments.place)

    @property
    def count(self) -> int:
        """How many words there are."""
        return sum(self._counts[place].words for place in self._begins)

    @property
    def paths(self) -> int:
        """How many paths they stand for."""
        return sum(self._counts[place].ways for place in self._begins)

    def __iter__(self) -> Iterator[StateWord]:
        """Every word, lazily: the losses from the first step on, from each state the letters that stay nearest first."""
        for begin in self._begins:
            stack: list[tuple[int, tuple[Place, ...]]] = [(begin, ())]
            while stack:
                here, before = stack.pop()
                for place, letter in reversed(self._nearest[here]):
                    if place is not None:
                        stack.append((place, (*before, letter)))
                yield from (StateWord((*before, letter)) for place, letter in self._nearest[here] if place is None)

    @cached_property
    def _nearest(self) -> tuple[tuple[tuple[int | None, Place], ...], ...]:
        return tuple(tuple(sorted(found, key=lambda on: abs(on[1].letter.lag))) for found in self._onward)

    # -- the triangle --------------------------------------------------------------------------------------------------

    @cached_property
    def triangle(self) -> Mapping[tuple[int, int], Cell]:
        """Per loss step (row) and use step (column) between which there are words: how many, and how many paths.

        A column is what arrives where the target is used, a diagonal is one lag.
        """
        return {(step, use): cell for step in self._rows for use, cell in self.row(step).items()}

    def row(self, step: int) -> Mapping[int, Cell]:
        """Return a row of the triangle: per use step what there is between the loss of a step and it."""
        found: dict[int, Cell] = {}
        for begin in self._rows.get(step, ()):
            pending = {begin: Cell(1, 1)}
            while pending:
                here = min(pending)
                words, ways = pending.pop(here)
                for place, (letter, use) in self._onward[here]:
                    grown = Cell(words, ways * letter.ways)
                    if place is None:
                        found[use] = _both(found.get(use), grown)
                    else:
                        pending[place] = _both(pending.get(place), grown)
        return found

    @cached_property
    def _rows(self) -> Mapping[int, list[int]]:
        """Where the words of each loss begin."""
        found: dict[int, list[int]] = {}
        for begin in self._begins:
            found.setdefault(self._segments.heads[begin].step or 0, []).append(begin)
        return found

    @cached_property
    def are_single(self) -> bool:
        """Whether there is one word at most from a loss to a use.

        How many there are depends on their lag. So of words that go one way in time, to a parameter, the loss whose lags are
        longest tells for all; else, of many, the losses at both ends and those near the target, or in the midst.
        """
        losses, lags = sorted(self._rows), [letter.lag for letter in self.letters] or [0]
        shifted = all(letter.anchor is None for letter in self.letters)
        if shifted and self.target.step is None and losses and (min(lags) >= 0 or max(lags) <= 0):
            losses = losses[-1:] if min(lags) >= 0 else losses[:1]
        elif len(losses) > FEW:
            here = losses[len(losses) // 2] if self.target.step is None else self.target.step
            losses = [losses[0], losses[-1], *sorted(losses, key=lambda step: abs(step - here))[:FEW]]
        return all(cell.words <= 1 for step in losses for cell in self.row(step).values())


def anchoring(arc: Arc) -> int:
    """Return a grade that tells arcs to one step for all t from others: 0, or 1 and that step."""
    return 0 if arc.edge.anchor is None else 1 + arc.edge.anchor


def columns(word: StateWord) -> tuple[tuple[int, tuple[Place, ...]], ...]:
    """Return the letters of a word step by step, from the earliest step on; in each the parameter's side first.

    So a word is read like the picture: the error on the right, where it enters, the parameter on the left.
    """
    steps = sorted({place.step for place in word.places})
    return tuple((step, tuple(place for place in reversed(word.places) if place.step == step)) for step in steps)


def lags(states: States) -> Mapping[int, Cell]:
    """Return how many words, and paths, there are of each lag, from the smallest on."""
    found: dict[int, Cell] = {}
    for (row, column), cell in states.triangle.items():
        found[row - column] = _both(found.get(row - column), cell)
    return dict(sorted(found.items()))


def _both(one: Cell | None, other: Cell) -> Cell:
    """The words of two cells together."""
    return other if one is None else Cell(one.words + other.words, one.ways + other.ways)
