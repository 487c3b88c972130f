"""Masked: arrows that carry nothing at some step of an example, since a factor of theirs is given as 0 there.

    l_t = m_t (y_t − ŷ_t)²/2,  m_4 = 0:   ∂⁺l_4/∂y_4 = m_4 (y_4 − ŷ_4) = 0, whatever is learned

Every path along such an arrow is worth 0. A factor counts if it is made of data and constants alone; the use of a parameter is
never masked: that an input is 0 there is what the path has to tell. A masked arrow is one of the graph, and its paths count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import Arc, Edge, Gather, LinearMap, Matrix, Right, Scale, Spread
from derive.numbers.compile import compiled
from derive.numbers.digits import is_exactly
from derive.numbers.entries import entries
from derive.numbers.example import Evaluation, precision
from derive.numbers.once import once
from derive.paths import Path, Place, States, StateWord

NOTHING = Fraction(0)
MOST_WAYS = 1_000
"""A letter of more ways is taken for one that carries something."""


@dataclass(frozen=True)
class Masks:
    """The arrows of an example that are masked, and what leads along them.

    >>> from derive.derivation import derive
    >>> from derive.network import load
    >>> example = derive("elman", 2).evaluate()
    >>> [Masks(example).path(path) for path in derive("elman", 2).paths("w_h")]
    [False, False, False]
    """

    evaluation: Evaluation

    def path(self, path: Path) -> bool:
        """Whether a path leads along a masked arrow."""
        return any(map(self.arc, path.arcs))

    def word(self, states: States, word: StateWord) -> bool:
        """Whether all paths of a word do."""
        return any(self._letter(states, place) for place in word.places)

    def _letter(self, states: States, place: Place) -> bool:
        if place not in self._letters:
            few = place.letter.ways <= MOST_WAYS
            ways = states.ways(place.letter) if few else iter(())
            self._letters[place] = few and all(any(self.arc(Arc(edge, place.step)) for edge in way) for way in ways)
        return self._letters[place]

    @once
    def _letters(self) -> dict[Place, bool]:
        return {}

    @once
    def _arcs(self) -> dict[tuple[int, int], bool]:
        return {}

    def arc(self, arc: Arc) -> bool:
        """Whether an arrow carries nothing at its step."""
        if not self._masks.get(arc.edge):
            return False
        if arc.key not in self._arcs:
            self._arcs[arc.key] = all(
                any(self._is_nothing(each, arc.step) for each in one) for one in self._masks[arc.edge]
            )
        return self._arcs[arc.key]

    def _is_nothing(self, factor: Expr, step: int) -> bool:
        with precision(self.evaluation.bits):
            value = compiled(factor, self.evaluation.system)(self.evaluation.storage, step)
            return all(is_exactly(entry, NOTHING) for entry in entries(value))

    @once
    def _masks(self) -> dict[Edge, tuple[tuple[Expr, ...], ...]]:
        """Per edge between variables, for each chain of its local partial the factors that are given."""
        graph = self.evaluation.unrolled.graph
        edges = (edge for edge in graph.edges if edge.tail in graph.network.variables and edge.partial.chains)
        return {edge: tuple(tuple(self._given(chain)) for chain in edge.partial.chains) for edge in edges}

    def _given(self, chain: Iterable[LinearMap]) -> Iterator[Expr]:
        for link in chain:
            match link:
                case Scale(factor) | Matrix(factor) | Right(factor) | Spread(factor) | Gather(factor) if (
                    factor is not None
                ):
                    yield from filter(self._is_given, _factors(factor))

    def _is_given(self, factor: Expr) -> bool:
        network = self.evaluation.unrolled.graph.network
        found = set(ex.variables(factor))
        known = all(var.name in network.data or network.is_known(var) for var in found)
        return known and any(var.name in network.data for var in found)


def _factors(expr: Expr) -> Iterator[Expr]:
    """What an expression is a product of, where 0 in one of them makes it 0."""
    match expr:
        case ex.Mul(factors):
            for factor in factors:
                yield from _factors(factor)
        case ex.Neg(body) | ex.Div(body):
            yield from _factors(body)
        case _:
            yield expr
