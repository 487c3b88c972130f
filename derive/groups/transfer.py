"""Transfer: how much of a gradient crosses a step, and how fast it vanishes or explodes with the lag.

The state vector z_t holds all that later steps look at: of a state with lags up to p, its values at t, …, t − p + 1. The
transfer Jacobian F_t = dz_t/dz_{t−1} collects every path between two consecutive state vectors (numerator layout, so that
an adjoint row crosses step t as λ F_t), and a path of lag d crosses d of them: the paths from z_t back to z_{t−d} add up
to F_t F_{t−1} ⋯ F_{t−d+1}. A state that is read at one step for all t, h_1, is handed on from there as it is, and so is a
component of z_t by itself: its row of F_t is that of h_t at that step, and afterwards 1 in its own column.

The norm of a product (the largest singular value) bounds what an adjoint can keep, and grows or shrinks about as the
spectral radius (the largest |eigenvalue|) to the power d. (Bengio, Simard & Frasconi, Learning long-term dependencies with
gradient descent is difficult, 1994; Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks, 2013.)

F_t is made of balls; norms and radii are floats, by NumPy. Sizes are given as decimal logarithms: 10⁻⁴⁰⁰ is no float.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Arc, Node
from derive.groups.groups import Accounts
from derive.numbers import ZERO, Evaluation, Jacobians, Number, UndecidedError, entries, is_exactly, once, precision
from derive.paths import add_to, total
from derive.shown import Seen

if TYPE_CHECKING:  # loaded only when Jacobians are asked for
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.float64]"
_CERTAIN = 20
"""So many bits of a size have to be certain: more than are printed."""
NOTHING = float("-inf")
"""The logarithm of 0."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """The transfer Jacobian of a step: its matrix, its largest singular value, its largest |eigenvalue|."""

    step: int
    matrix: Floats
    norm: float
    radius: float


@dataclass(frozen=True, slots=True)
class LagSize:
    """How much is left at a lag, as decimal logarithms (−∞: nothing).

    ``contribution``: the norm of the sum of all paths of that lag to the target (the absolute value of a scalar; of a
    vector or matrix the root of the sum of squares), None where not asked for. ``product``: the norm of
    F_T F_{T−1} ⋯ F_{T−lag+1}, 1 for lag 0. ``radius``: its spectral radius.
    """

    lag: int
    contribution: float | None
    product: float
    radius: float


@dataclass(frozen=True, repr=False)
class Transfer(Seen):
    """The transfer Jacobians of a worked example. Raises `NetworkError` unless all paths lead in the same direction.

    For states that run backwards, F_t = dz_t/dz_{t+1}, and products begin at step 1.

    >>> from derive.derivation import derive
    >>> transfer = Transfer(derive("elman", 3).evaluate())
    >>> transfer.rows, round(transfer.crossing(3).norm, 4)
    ((('h', 0),), 0.0789)
    """

    evaluation: Evaluation

    def __post_init__(self) -> None:
        """Refuse networks whose states run both ways."""
        unrolled = self.evaluation.unrolled
        if unrolled.direction is None:
            ahead = unrolled.ahead
            what = (
                f"{ahead[0]} is read at steps before it is computed, so that no state vector holds all that is handed on"
                if ahead
                else "states run in both directions, so that no single state vector is handed on"
            )
            raise NetworkError(f"{unrolled.graph.network.where}{what}")

    @property
    def direction(self) -> int:
        """1 if states run forwards in time, else −1."""
        return self.evaluation.unrolled.direction or 1

    @once
    def rows(self) -> tuple[tuple[str, int], ...]:
        """What the state vector holds: each state with how many steps ago, the newest first; what is kept, ``h[1]``, last."""
        graph = self.evaluation.unrolled.graph
        oldest = {
            name: max((abs(edge.lag) for edge in graph.above[name] if edge.lag), default=0)
            for name in graph.order
            if name in self.evaluation.recurrence.reached
        }
        looked_at = ((name, ago) for name, most in oldest.items() for ago in range(most))
        return (*looked_at, *((name, 0) for name in self.kept))

    @property
    def kept(self) -> tuple[str, ...]:
        """The states at one step for all t, ``h[1]``, that are read at other steps: from their step on they are kept."""
        unrolled = self.evaluation.unrolled
        return tuple(name for name in unrolled.graph.anchored if (name, self.direction) in unrolled.jumps)

    # -- the Jacobians ------------------------------------------------------------------------------------------------

    def blocks(self, step: int) -> dict[tuple[int, int], Any]:
        """Return F_t as balls, its blocks by row and column of `rows`; what is 0 by construction is absent.

        Rows of older values only hand them on, and so do those of what is kept, after its step: their block is 1.
        """
        places = {row: place for place, row in enumerate(self.rows)}
        found: dict[tuple[int, int], Any] = {}
        for (name, ago), place in places.items():
            node = self._made(name, step)
            if ago:
                found[place, places[name, ago - 1]] = None
            elif node is None:
                continue
            elif node.step != step:
                found[place, place] = None
            else:
                with precision(self.evaluation.bits):
                    found.update({(place, places[before]): weight for before, weight in self._across(node)})
        return found

    def _made(self, name: str, step: int) -> Node | None:
        """The newest value of a row by that step; None of what is kept before there is one."""
        if name not in self.kept:
            return Node(name, step)
        node = self.evaluation.unrolled.anchor(name)
        made = Node(ex.anchor(name)[0], node.step)
        return made if (step - (node.step or 0)) * self.direction >= 0 else None

    def _across(self, node: Node) -> Iterator[tuple[tuple[str, int], Any]]:
        """The rows before this step that a state depends on directly or through others of its step, with dv/du."""
        graph, weight = self.evaluation.unrolled.graph, self._jacobians
        inner: dict[Node, Any] = {node: None}
        found: dict[tuple[str, int], Any] = {}
        for head in (Node(name, node.step) for name in reversed(graph.order)):
            if head not in inner:
                continue
            value = inner.pop(head)
            for arc, tail in self.evaluation.unrolled.below(head):
                if tail.name not in graph.below or (arc.edge.anchor is not None and not self._counts(arc, tail)):
                    continue
                product = weight(arc) if value is None else value * weight(arc)
                if tail.step == node.step:
                    add_to(inner, tail, product)
                else:
                    away = ((node.step or 0) - (tail.step or 0)) * self.direction - 1
                    add_to(found, (arc.edge.collected, 0 if arc.edge.anchor is not None else away), product)
        yield from found.items()

    def _counts(self, arc: Arc, tail: Node) -> bool:
        """Whether a state at one step for all t is within the step, or kept: else no path from L comes to where it is read."""
        return tail.step == arc.step or arc.edge.collected in self.kept

    @once
    def _jacobians(self) -> Jacobians:
        return Jacobians(self.evaluation)

    def matrix(self, step: int) -> Floats:
        """Return F_t as floats, for 1 ≤ t ≤ T."""
        import numpy as np  # noqa: PLC0415 - scalar handouts without this never pay for NumPy

        sizes = [self._jacobians.size(Node(ex.anchor(name)[0], step)) for name, _ in self.rows]
        begins = np.cumsum([0, *sizes])
        result = np.zeros((begins[-1], begins[-1]))
        for (row, column), block in self.blocks(step).items():
            across = np.eye(sizes[row]) if block is None else self._as_floats(block)
            result[begins[row] : begins[row + 1], begins[column] : begins[column + 1]] = across
        return result

    def _as_floats(self, block: Any) -> Floats:
        import numpy as np  # noqa: PLC0415 - scalar handouts without this never pay for NumPy

        lines = [[block]] if self._jacobians.scalar else block.tolist()
        return np.array([[float(entry) for entry in line] for line in lines])

    def crossing(self, step: int) -> Crossing:
        """Return F_t with its norm and spectral radius."""
        matrix = self.matrix(step)
        return Crossing(step, matrix, norm(matrix), radius(matrix))

    def crossings(self) -> tuple[Crossing, ...]:
        """Return F_t for every step that has one before it that counts: all of 1 … T, F_1 looking at initial values."""
        return tuple(self.crossing(step) for step in range(1, self.evaluation.unrolled.steps + 1))

    # -- over many steps ----------------------------------------------------------------------------------------------

    def products(self, most: int | None = None) -> Iterator[tuple[float, float]]:
        """Yield log₁₀ of the norm and of the spectral radius of F_T ⋯ F_{T−d+1}, for lags d = 0, 1, … up to ``most``.

        The product is scaled to norm 1 after each factor, and the scale kept apart.
        """
        import numpy as np  # noqa: PLC0415 - scalar handouts without this never pay for NumPy

        steps = self.evaluation.unrolled.steps
        size = self.matrix(steps).shape[0]
        product, scale = np.eye(size), 0.0
        for lag in range(min(steps - 1 if most is None else most, steps) + 1):
            if lag:
                at = steps - lag + 1 if self.direction == 1 else lag
                product = product @ self.matrix(at)
                length = norm(product)
                if length:
                    product, scale = product / length, scale + math.log10(length)
            yield (scale + _log(norm(product)), scale + _log(radius(product)))

    def lags(self, target: Node | None = None, most: int | None = None) -> tuple[LagSize, ...]:
        """Return, lag by lag, what the paths to a target contribute, beside the product of transfer Jacobians."""
        found = Accounts(self.evaluation, target).by_lag(_up_to(most)) if target is not None else None
        sizes = []
        for lag, (length, largest) in enumerate(self.products(most)):
            group = found.get(self.direction * lag) if found is not None else None
            left = None if found is None else NOTHING if group is None else size(self.evaluation, group.sum)
            sizes.append(LagSize(lag, left, length, largest))
        return tuple(sizes)


def size(evaluation: Evaluation, value: Number) -> float:
    """Return log₁₀ of the absolute value of a ball, or of the root of the sum of squares of an array of them.

    Raises `UndecidedError` if it is not certain to some digits, as where terms cancel: to be asked for with more bits.
    """
    from flint import arb  # noqa: PLC0415 - loaded only when numbers are asked for

    with precision(evaluation.bits):
        squares = total(entry * entry for entry in entries(value))
        if is_exactly(squares, Fraction(0)):
            return NOTHING
        ball = getattr(squares, "ball", squares)
        if ball.contains(0) or ball.rel_accuracy_bits() < _CERTAIN:
            raise UndecidedError(ZERO, "a size")
        return float((ball.log() / (2 * arb(10).log())).mid())


def _up_to(most: int | None) -> range | None:
    """The lags up to the largest that is asked for, in either direction; None: all."""
    return None if most is None else range(-most, most + 1)


def norm(matrix: Floats) -> float:
    """Return the largest singular value."""
    import numpy as np  # noqa: PLC0415 - scalar handouts without this never pay for NumPy

    return float(np.linalg.norm(matrix, 2)) if matrix.size else 0.0


def radius(matrix: Floats) -> float:
    """Return the largest |eigenvalue|."""
    import numpy as np  # noqa: PLC0415 - scalar handouts without this never pay for NumPy

    return float(np.max(np.abs(np.linalg.eigvals(matrix)))) if matrix.size else 0.0


def _log(size: float) -> float:
    return math.log10(size) if size > 0 else NOTHING
