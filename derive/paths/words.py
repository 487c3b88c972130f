"""Words: the free algebra over the arcs of a graph, in which a sum over paths is the set of paths itself.

A path is a word, its arcs' keys in order from L on; a set of paths, with multiplicity, is a polynomial in letters that do
not commute. With these weights every way of accumulating a path sum gives the paths it adds up, so that equality there is
equality for every network of this shape, scalar or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from derive.graph import Arc
from derive.shown import Seen

Word: TypeAlias = tuple[tuple[int, int], ...]
"""A path as its arcs' keys."""


@dataclass(frozen=True, slots=True, repr=False)
class Words(Seen):
    """A polynomial in non-commuting letters, one letter per arc; without terms it is 0, no path at all.

    >>> first, second = Words.of([((0, 1),)]), Words.of([((0, 2),)])
    >>> first * second == second * first, first + second == second + first
    (False, True)
    """

    terms: Mapping[Word, int] = field(default_factory=dict)

    @staticmethod
    def letter(arc: Arc) -> Words:
        """The polynomial of one arc."""
        return Words({(arc.key,): 1})

    @staticmethod
    def of(words: Iterable[Word]) -> Words:
        """The sum of words; the empty word alone is 1."""
        return Words(Counter(words))

    def __add__(self, other: Words) -> Words:
        """The union."""
        union = dict(self.terms)
        for word, times in other.terms.items():
            union[word] = union.get(word, 0) + times
        return Words(union)

    def __mul__(self, other: Words) -> Words:
        """Every path of self continued by every path of other."""
        if len(other.terms) == 1:  # then no two words become one
            ((end, often),) = other.terms.items()
            return Words({word + end: times * often for word, times in self.terms.items()})
        product: dict[Word, int] = {}
        for right, again in other.terms.items():
            for left, times in self.terms.items():
                word = left + right
                product[word] = product.get(word, 0) + times * again
        return Words(product)
