"""Layout: where the nodes of an unrolled graph stand, in cm.

A column per step, time to the right; within a step, a variable stands above what it needs. With many steps the middle ones are
left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from derive.equations import expression as ex
from derive.graph import TOTAL, Node
from derive.notation.measure import width
from derive.report.document import Point
from derive.report.exhibits.labels import EM
from derive.report.subject import Subject

WIDEST = 16.2
SPREADS = (1.3, 1.1, 0.9)
"""How far apart the nodes of one row may stand, in cm: as wide as lets all steps be drawn."""
BETWEEN = 1.0
"""The room between columns beyond that of their nodes."""
GAP = 1.3
OUTSIDE = 1.2
"""The room for a state outside 1 … T."""
RISE = 1.45
RADIUS = 0.36
MARGIN = 0.5


@dataclass(frozen=True)
class Layout:
    """Where the nodes of an unrolled graph stand."""

    subject: Subject

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Names by height: data lowest, each variable above what it needs within its step, the losses on top."""
        network = self.subject.derivation.network
        height: dict[str, int] = dict.fromkeys(network.data, 0)
        for name in self.subject.derivation.recurrence.graph.order:
            below = [
                height[var.name] for var in ex.variables(network.rules[name]) if var.lag == 0 and var.name in height
            ]
            height[name] = 1 + max(below, default=0)
        top = max(height.values())
        height[network.loss] = top
        for name in network.targets:
            height[name] = max(top - 1, 0)
        return tuple(tuple(name for name in height if height[name] == level) for level in range(top + 1))

    @cached_property
    def spread(self) -> float:
        """How far apart the nodes of one row stand: less where that lets more steps be drawn."""
        side_by_side = [name for names in self.rows if len(names) > 1 for name in names]
        least = max((2 * self.half(Node(name, self.subject.steps)) + 0.1 for name in side_by_side), default=0.0)
        spreads = [max(spread, least) for spread in SPREADS]
        fitting = (spread for spread in spreads if self._most(spread) >= self.subject.steps)
        return next(fitting, spreads[0] if self._most(spreads[0]) > 2 else spreads[-1])

    def _width_at(self, spread: float) -> float:
        return (max(len(names) for names in self.rows) - 1) * spread + 2 * RADIUS + BETWEEN

    def _most(self, spread: float) -> int:
        """How many columns fit."""
        return max(1, int((WIDEST - 2 * MARGIN - self.before - self.after) / self._width_at(spread)))

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The steps drawn, from left to right; 0 stands for those left out. An initial state has its own place."""
        steps = self.subject.steps
        if steps <= self._most(self.spread):
            return tuple(range(1, steps + 1))
        room = WIDEST - 2 * MARGIN - self.before - self.after - GAP
        most = max(2, int(room / self._width_at(self.spread)))
        return (*range(1, most), 0, steps)

    @property
    def elided(self) -> bool:
        """Whether steps are left out."""
        return 0 in self.columns

    def middle(self, index: int) -> float:
        """Where the middle of a column lies."""
        left = sum(GAP if step == 0 else self._width_at(self.spread) for step in self.columns[:index])
        own = GAP if self.columns[index] == 0 else self._width_at(self.spread)
        return MARGIN + self.before + left + own / 2

    @cached_property
    def outside(self) -> tuple[Node, ...]:
        """States before their first step (or, running backwards, after the last) that some equation looks at."""
        values = self.subject.evaluation.values.of
        inside = range(1, self.subject.steps + 1)
        variables = self.subject.derivation.network.variables
        return tuple(
            node for node in values if node.step is not None and node.step not in inside and node.name in variables
        )

    @cached_property
    def before(self) -> float:
        """The room to the left for states before their first step."""
        return OUTSIDE * max((0, *(1 - (node.step or 0) for node in self.outside)))

    @cached_property
    def after(self) -> float:
        """The room to the right for states after the last step."""
        return OUTSIDE * max((0, *((node.step or 0) - self.subject.steps for node in self.outside)))

    @cached_property
    def places(self) -> dict[Node, Point]:
        """Where each drawn node stands."""
        found: dict[Node, Point] = {}
        for index, step in enumerate(self.columns):
            middle = self.middle(index)
            for level, names in enumerate(self.rows):
                for place, name in enumerate(names):
                    shift = (place - (len(names) - 1) / 2) * self.spread
                    found[Node(name, step)] = (middle + shift + self._stagger(level), MARGIN + level * RISE)
        found = {node: place for node, place in found.items() if node.step}
        for node in self.outside:
            step = node.step or 0
            beyond = max(step - self.subject.steps, 0)
            left = MARGIN + self.before + (step - 0.5) * OUTSIDE
            right = self.width - MARGIN - self.after + (beyond - 0.5) * OUTSIDE
            height = found[Node(node.name, self.columns[-1 if beyond else 0])][1]
            found[node] = (right if beyond else left, height)
        found[TOTAL] = ((self.middle(0) + self.middle(len(self.columns) - 1)) / 2, self.height - MARGIN)
        return found

    def half(self, node: Node) -> float:
        """Half the width of a node: a long name makes it an ellipse."""
        return max(RADIUS, (width(self.subject.node(node)) * EM + 0.2) / 2)

    def _stagger(self, level: int) -> float:
        """Rows of one node are set off a little, so that straight lines do not run through other nodes."""
        return 0.0 if len(self.rows[level]) > 1 else (0.18 if level % 2 else -0.18) * (len(self.rows) > 4)

    @cached_property
    def width(self) -> float:
        """The width of the picture."""
        return self.middle(len(self.columns) - 1) + self._width_at(self.spread) / 2 + self.after + MARGIN

    @cached_property
    def height(self) -> float:
        """The height of the picture: the rows, and L above them."""
        return 2 * MARGIN + len(self.rows) * RISE
