"""Component: one component of an expression in a language of single numbers, at the indices where one is.

A vector's is a look-up, v[i], a transpose exchanges two indices, a part of an array is looked at further on. What is summed
over an index is a loop, and has become a name by now (`derive.programs.printers.stored`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derive.equations import NOTHING, SINGLE, Expr, Shape, Shapes, Var, joined
from derive.equations import expression as ex
from derive.network import LENGTH
from derive.programs.printers.printer import Printer
from derive.programs.printers.spelled import PRODUCT, SIGN, Text
from derive.programs.statements import Listing, fixed

LETTERS = "ijkpqrsuvwacdefgz"
OF_VECTORS = ("softmax", "logsumexp")
"""Functions of a whole vector that the languages have."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a value: its shape, and how far along which axis it begins."""

    shape: Shape
    start: str
    axis: int


def blocks(expr: Expr, shapes: Shapes) -> Iterator[tuple[Expr, str, int]]:
    """The parts of something that is joined, or has zeros around it: each with where it begins along which axis.

    >>> shapes = Shapes({"x": ("d",), "h": ("n",)})
    >>> [start for _, start, _ in blocks(ex.Concat((Var("x", 0), Var("h", 1))), shapes)]
    ['0', 'd']
    """
    match expr:
        case ex.Concat(parts, axis):
            start = NOTHING
            for part in parts:
                yield part, start, axis
                start = joined(start, (shapes.shape(part) or (SINGLE,))[axis])
        case ex.Padded(body, before, _, axis):
            yield body, before, axis


class Component(Printer):
    """Spells a component of an expression."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.of = dict(listing.shapes.of)
        self.shapes = Shapes(self.of, broadcast=True)
        self.index: tuple[str, ...] = ()
        """The indices of the component that is being spelled."""
        self.held: Mapping[Var, str] = {}
        """What has a name of its own while the step that is being spelled lasts."""
        self.step: int | None = None
        for size in self.every_size:
            self.names(f"size {size}")
        free = [letter for letter in LETTERS if letter not in self.names.taken]
        self.letters = [self.names(letter) for letter in free[:4]]

    def variable(self, var: Var) -> Text:
        """A component of a value at its step."""
        if var == LENGTH:
            return self.length()
        shape = self.of.get(var.name, ())
        own = self.index[len(self.index) - len(shape) :] if shape else ()
        places = "".join(f"[{'0' if size == SINGLE else letter}]" for size, letter in zip(shape, own, strict=True))
        alone = not shape and var.lag is None and var.at is None
        return Text(self.scalar(var.name) if alone else self._whole(var) + places)

    def _whole(self, var: Var) -> str:
        """All components of a value at its step."""
        name = self.names(var.name)
        if var in self.held:
            return self.held[var]
        if var.at is not None:
            return f"{name}[{fixed(var.at)}]"
        if var.lag is None or (var.lag == 0 and var.name in self.listing.local):
            return name
        if self.step is not None:
            return f"{name}[{self._place_of(self.step, var.lag)}]"
        return f"{name}[t{f' {-var.lag:+d}'.replace('+', '+ ').replace('-', '- ') if var.lag else ''}]"

    def _place_of(self, step: int, lag: int) -> str:
        """The row of a step, counted from T on if it is negative, so many steps back."""
        place = step - lag
        return str(place) if step >= 0 else f"T - {-place}" if place < 0 else f"T + {place}" if place else "T"

    def _indices(self, shape: Shape) -> tuple[str, ...]:
        """The indices of a component of a value."""
        return tuple("0" if size == SINGLE else letter for letter, size in zip(self.letters, shape, strict=False))

    def _from(self, indices: tuple[str, ...], start: str, axis: int) -> tuple[str, ...]:
        """The indices of a component so far along an axis."""
        if start == NOTHING:
            return indices
        own = indices[axis]
        moved = self.size(start) if own == "0" else f"{own} + {self.size(start)}"
        return (*indices[:axis], moved, *indices[axis + 1 :])

    def _at(self, index: tuple[str, ...], expr: Expr) -> Text:
        """An expression at a component."""
        outer, self.index = self.index, index
        found = self.text(expr)
        self.index = outer
        return found

    def transposed(self, body: Expr) -> Text:
        """A component of Aᵀ."""
        return self._at(self.index[::-1], body)

    def part(self, body: Expr, start: str, stop: str, axis: int) -> Text:  # noqa: ARG002 - where it ends, the loop knows
        """A component of a part: one further on of the whole."""
        rank = self.rank(body)
        return self._at(self._from(self.index[len(self.index) - rank :], start, axis), body)

    def outer_product(self, left: Expr, right: Expr) -> Text:
        """A component of u vᵀ."""
        one, other = self._at(self.index[-2:-1], left), self._at(self.index[-1:], right)
        return self.times(one, other)

    def times(self, one: Text, other: Text) -> Text:
        """A product of two texts."""
        return Text(f"{one.beside(PRODUCT)} * {other.beside(SIGN)}", PRODUCT)

    def applied(self, function: str, arguments: tuple[Expr, ...]) -> Text:
        """A function; one of a vector is handed the whole of it."""
        if function in OF_VECTORS and isinstance(arguments[0], Var) and not self.bound:
            return self.of_whole(function, self._whole(arguments[0]), self.shapes.shape(arguments[0])[0])
        return super().applied(function, arguments)

    def along(self, function: str, matrix: Expr, axis: int) -> Text:
        """A function of each row, which is a part by now."""
        raise AssertionError(f"{function} of {matrix} along axis {axis} is a part")

    def ones(self, like: Expr) -> Text:  # noqa: ARG002 - a component of it
        """One."""
        return Text(self.whole(1))

    def inner_product(self, left: Expr, right: Expr) -> Text:  # noqa: ARG002 - they are no numbers
        """A sum that is a part by now."""
        raise AssertionError("sums over an index are parts")

    total = summed = matrix_product = inner_product  # type: ignore[assignment]
    concatenated = padded = inner_product  # type: ignore[assignment]

    @property
    def number_zero(self) -> Text:
        """Zero."""
        return self.number(ex.ZERO.value)

    def scalar(self, name: str) -> str:
        """A number without a step."""
        return self.names(name)

    def length(self) -> Text:
        """T, to calculate with."""
        return Text("T")

    @abstractmethod
    def of_whole(self, function: str, argument: str, size: str) -> Text:
        """A number that is a function of a vector."""
