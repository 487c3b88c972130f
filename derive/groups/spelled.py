"""Spelled: what letters, words and cells of the triangle are worth in a worked example.

A letter is a number in a scalar network, otherwise the Jacobian of its head by its tail (numerator layout; a matrix counts
as its entries). A word is the product of its letters, in the shape of the target; a cell adds up the words between a loss and
a use.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from derive.graph import Node
from derive.numbers import Evaluation, Jacobians, Number, once, precision
from derive.paths import Place, Segments, States, StateWord, add_to, anchoring


@dataclass(frozen=True)
class Spelled:
    """The values of the words from L to a target.

    >>> from derive.derivation import derive
    >>> found = Spelled(derive("elman", 3).evaluate(), Node("w_h"))
    >>> str(found.evaluation.show(found.cells()[3, 2]))
    '0.0064'
    """

    evaluation: Evaluation
    target: Node

    @once
    def states(self) -> States:
        """The words."""
        return States(self.evaluation.unrolled, self.target)

    @once
    def _jacobians(self) -> Jacobians:
        return Jacobians(self.evaluation)

    @once
    def _segments(self) -> Segments:
        """The letters at their steps, by the heads that they lead from and to."""
        return Segments(self.evaluation.unrolled, self.target, self._jacobians)

    @once
    def letters(self) -> Mapping[tuple[Node, Node, int], Any]:
        """The value of each letter, by the nodes that it leads from and to, and whether that is one step for all t."""
        graph = self.evaluation.unrolled.graph
        with precision(self.evaluation.bits):
            segments = self._segments if not graph.anchored else replace(self._segments, grade=anchoring)
            found: dict[tuple[Node, Node, int], Any] = {}
            for head, onward in zip(segments.heads, segments.onward, strict=True):
                for place, grade, value in onward:
                    add_to(found, (head, self.target if place is None else segments.heads[place], grade), value)
            return found

    def letter(self, place: Place) -> Any:
        """A letter at a step: a number, or a matrix of balls."""
        letter, step = place
        steps, grade = self.evaluation.unrolled.steps, 0 if letter.anchor is None else 1 + letter.anchor
        end = self.target if letter.kind == "U" else Node(letter.tail, letter.end(step, steps))
        return self.letters[Node(letter.head, step), end, grade]

    def word(self, word: StateWord) -> Number:
        """What a word adds to the derivative by the target."""
        with precision(self.evaluation.bits):
            loss = Node(self.evaluation.unrolled.graph.network.loss, word.loss_step)
            (start,) = (arc for arc, node in self.evaluation.unrolled.loss_arcs if node == loss)
            product = self._jacobians(start)
            for place in word.places:
                product = product * self.letter(place)
            return self._jacobians.shaped(product, self.target)

    def cells(self, losses: Collection[int] | None = None) -> Mapping[tuple[int, int], Number]:
        """Per loss step, or for those given, and use step, what the words between add up to."""
        beyond = self.evaluation.unrolled.steps + 1
        with precision(self.evaluation.bits):
            segments = self._segments
            found: dict[tuple[int, int], Any] = {}
            for row, column, value in segments.pairs(lambda loss: 1 if losses is None or loss in losses else beyond):
                add_to(found, (row, column), value)
            return {key: self._jacobians.shaped(value, self.target) for key, value in found.items()}

    # -- where the target is used --------------------------------------------------------------------------------------

    @once
    def use(self) -> str | None:
        """The variable whose equation uses the target, a parameter, if it is one only, and not the loss."""
        states = self.states
        heads = {way[-1].head for letter in states.letters if letter.kind == "U" for way in states.ways(letter)}
        (head,) = heads if len(heads) == 1 else (None,)
        return head if head != self.evaluation.unrolled.graph.network.loss else None

    @once
    def _arrived(self) -> dict[int, Spelled]:
        return {}

    def arrived(self, step: int) -> Spelled:
        """The words to the variable whose equation uses the target, at a step: what they bring before it is multiplied there.

        A state that begins at 0 makes what a matrix beside it receives 0, but not what arrives at their product.
        """
        if self.use is None:
            raise ValueError(f"{self.target.name} is used in several equations")
        if step not in self._arrived:
            self._arrived[step] = Spelled(self.evaluation, Node(self.use, step))
        return self._arrived[step]

    def brought(self, word: StateWord) -> Number:
        """What a word brings to where the target is used: an adjoint's part."""
        there = self.arrived(word.use_step)
        (*before, (last, step)) = word.places
        with precision(self.evaluation.bits):
            loss = Node(self.evaluation.unrolled.graph.network.loss, word.loss_step)
            (start,) = (arc for arc, node in self.evaluation.unrolled.loss_arcs if node == loss)
            product = self._jacobians(start)
            for place in before:
                product = product * self.letter(place)
            if last.head != self.use:
                product = product * there.letters[Node(last.head, step), there.target, 0]
            return self._jacobians.shaped(product, there.target)

    def brought_together(self, losses: Collection[int], uses: Collection[int]) -> Mapping[tuple[int, int], Number]:
        """Per loss step and use step, what the words between bring to where the target is used, added up."""
        return {(loss, use): value for use in uses for (loss, _), value in self.arrived(use).cells(losses).items()}
