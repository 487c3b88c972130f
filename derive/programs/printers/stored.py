"""Stored: the lines that give an array of a language of single numbers a value, component by component.

What is summed over an index, a product of matrices or the sum of components, is a loop of its own: as a term of a sum it adds
to a total, anywhere else it is a part with a name. All else is taken component by component.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from derive.equations import FUNCTIONS, SINGLE, Expr, Var
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.programs.printers.component import OF_VECTORS, Block, Component, blocks
from derive.programs.printers.layout import INDENT, assigned
from derive.programs.printers.printer import is_elementwise
from derive.programs.printers.spelled import Text
from derive.programs.statements import TOTAL, Listing, unused


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: a name, its step (None: it has none), or one step for all t, whether it is made here.

    ``listed``: what is held under a name of its own goes into the list of all steps too.
    """

    name: str
    lag: int | None
    fresh: bool = False
    at: int | None = None
    listed: bool = False

    @property
    def var(self) -> Var:
        """It as a variable."""
        return Var(self.name, self.lag, self.at)


class Stored(Component):
    """Spells what is stored, number by number."""

    end: ClassVar[str]
    """What ends a statement."""
    indent: ClassVar[str] = INDENT
    starts_at_zero: ClassVar[bool] = True
    """Whether what is made is made of zeros."""
    makes_vectors: ClassVar[bool] = True
    """Whether a function of a vector returns one of its own, for which none is made before."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.deep = 1

    def stored(self, place: Place, expr: Expr, sign: str = "=", *, changed: bool = False) -> Iterator[str]:
        """The lines that give a value to a place, or add it."""
        lines: list[str] = []
        of = self.network.loss if place.name == TOTAL else place.name
        flat = self._flat(expr, of, lines, top=True)
        shape = self.of.get(place.name, ())
        if isinstance(flat, ex.Call) and sign != "=":
            flat = self._flat(flat, of, lines, top=False)
        yield from lines
        if isinstance(flat, ex.Call) and flat.function in OF_VECTORS and shape and isinstance(flat.argument, Var):
            yield from self._of_vectors(place, flat, flat.argument)
            return
        terms = flat.terms if isinstance(flat, ex.Add) else (flat,)
        blocks = [term for term in terms if isinstance(_bare(term), ex.Concat | ex.Padded)]
        last = [term for term in terms if shape and self.rank(term) == len(shape) and self.by_rows(_bare(term))]
        others = [term for term in terms if term not in last and term not in blocks]
        whole = sign == "=" and len(terms) == 1 and isinstance(flat, ex.Concat)  # each component is in one of its parts
        cleared = self.starts_at_zero and bool(shape) and not others
        if others or (sign == "=" and not whole and not cleared):
            yield from self._by_components(place, ex.add(*others), sign, changed=changed)
        for term in blocks:
            yield from self._in_blocks(place, term, "=" if whole else "-=" if isinstance(term, ex.Neg) else "+=")
        for term in last:
            yield from self.row_by_row(place, term)

    def _of_vectors(self, place: Place, call: ex.Call, argument: Var) -> Iterator[str]:
        """A function of a vector, or of each row of a matrix by itself."""
        target, given = self._whole(place.var), self._whole(argument)
        rows, size = ("", *self.shapes.shape(argument))[-2:]
        if not rows:
            if place.fresh and self.makes_vectors:
                target = self.made(target, changed=False)
            yield from self.of_vector(target, call.function, given, size)
            return
        letter = "0" if rows == SINGLE else self.letters[0]
        target, given = f"{target}[{letter}]", f"{given}[{letter}]"
        self.deep += rows != SINGLE
        if FUNCTIONS[call.function].acts == "vector to vector":
            body = [*self.of_vector(target, call.function, given, size)]
        else:
            body = [*self.assigned(f"{target}[0]", self.of_whole(self.function(call.function), given, size))]
        self.deep -= rows != SINGLE
        yield from self._nested([(letter, rows)], body)

    def _in_blocks(self, place: Place, term: Expr, sign: str) -> Iterator[str]:
        """What is joined of parts, or has zeros around it, one part after the other."""
        for body, start, axis in blocks(_bare(term), self.shapes):
            shape = self.shapes.shape(body) or (SINGLE,)
            yield from self._by_components(place, body, sign, changed=False, block=Block(shape, start, axis))

    def _by_components(
        self, place: Place, expr: Expr, sign: str, *, changed: bool, block: Block | None = None
    ) -> list[str]:
        """One component after the other, all or those of a block."""
        shape = self.of.get(place.name, ()) if block is None else block.shape
        self.index = indices = self._indices(shape)
        target = self.variable(place.var).text
        if block is not None:
            self.index = self._from(indices, block.start, block.axis)
            target = self.variable(place.var).text
            self.index = indices
        loops = sum(size != SINGLE for size in shape)
        self.deep += loops
        body = [*self._component(place, target, expr, sign, changed=changed)]
        self.deep -= loops
        self.index = ()
        return self._nested(zip(self.letters, shape, strict=False), body)

    def by_rows(self, expr: Expr) -> bool:
        """Whether a product is quickest added row by row: a component of it takes a column of a matrix."""
        match expr:
            case ex.MatMul(ex.Transpose(), right):
                return not isinstance(right, ex.Transpose)
            case _:
                return False

    def row_by_row(self, place: Place, term: Expr) -> Iterable[str]:
        """A product that is added row by row of the matrix, in the order in which it lies in memory."""
        shape = self.of.get(place.name, ())
        self.index = self._indices(shape)
        target = self.variable(place.var).text
        inner, sizes, text = self._summand(_bare(term))
        self.index = ()
        *before, own = zip(self.letters, shape, strict=False)
        loops = [*before, *zip(inner, sizes, strict=False), own]
        self.deep += len(loops)
        body = [*self.assigned(target, text, "-=" if isinstance(term, ex.Neg) else "+=")]
        self.deep -= len(loops)
        return self._nested(loops, body)

    def _component(self, place: Place, target: str, expr: Expr, sign: str, *, changed: bool) -> Iterator[str]:
        """The lines for one component."""
        terms = expr.terms if isinstance(expr, ex.Add) else (expr,)
        sums = [term for term in terms if _is_sum(_bare(term))]
        rest = [term for term in terms if term not in sums]
        first = place.fresh and not self.of.get(place.name, ())
        if not sums:
            name = self.made(target, changed=changed) if first else target
            name = f"{self._row(place.name)} = {target}" if place.listed else name
            yield from self.assigned(name, self.text(expr), sign)
            return
        if not self.index:
            if sign == "=" or rest:
                name = self.made(target, changed=True) if first else target
                yield from self.assigned(name, self.text(ex.add(*rest)) if rest else self.number_zero, sign)
            for term in sums:
                yield from self._summed_up(target, _bare(term), "-=" if isinstance(term, ex.Neg) else "+=")
            if place.listed:
                yield from self.assigned(self._row(place.name), Text(target))
            return
        name = self.names("function total")
        yield from self.assigned(self.made(name, changed=True), self.text(ex.add(*rest)) if rest else self.number_zero)
        for term in sums:
            yield from self._summed_up(name, _bare(term), "-=" if isinstance(term, ex.Neg) else "+=")
        yield from self.assigned(target, Text(name), sign)

    def _summed_up(self, name: str, term: Expr, sign: str) -> Iterator[str]:
        """The loop that adds a product of matrices, or a sum of components, to a name."""
        inner, sizes, text = self._summand(term)
        self.deep += len(sizes)
        lines = [*self.assigned(name, text, sign)]
        self.deep -= len(sizes)
        yield from self._nested(zip(inner, sizes, strict=False), lines)

    def _summand(self, term: Expr) -> tuple[list[str], list[str], Text]:
        """What is summed over further indices: these, how far they run, and the text."""
        outer = self.index
        inner = self.letters[len(outer) : len(outer) + 2]
        match term:
            case ex.MatMul(left, right) | ex.Dot(left, right):
                own = outer[len(outer) - self.rank(term) :] if self.rank(term) else ()
                one = self._at((*(own[:1] if self.rank(left) == 2 else ()), inner[0]), left)
                other = self._at((inner[0], *(own[-1:] if self.rank(right) == 2 else ())), right)
                text = self.times(one, other)
                return inner, [self.shapes.shape(left)[-1]], text
            case ex.Total(body):
                sizes = list(self.shapes.shape(body))
                return inner, sizes, self._at(tuple(inner[: len(sizes)]), body)
            case ex.Summed(body, axis, kept):
                own = outer[1 - axis :][:1] if kept else outer[-1:]
                place = (inner[0], *own) if axis == 0 else (*own, inner[0])
                return inner, [self.shapes.shape(body)[axis]], self._at(place, body)
            case _:
                raise AssertionError("not a sum over an index")

    def _nested(self, indices: Iterable[tuple[str, str]], body: list[str]) -> list[str]:
        """Lines inside loops over indices; an axis of one has no loop."""
        for letter, size in reversed([*indices]):
            if size != SINGLE:
                body = [*self.block(self.over(letter, self.size(size)), body)]
        return body

    def _flat(self, expr: Expr, of: str, lines: list[str], *, top: bool) -> Expr:
        """An expression whose sums over an index are terms of it, or parts with a name, which ``lines`` compute."""
        if isinstance(expr, ex.Defined) and not is_elementwise(expr.definition.value):
            expr = expr.value
        if isinstance(expr, ex.Call) and expr.function == "sum":
            expr = ex.Total(expr.argument)
        if isinstance(expr, ex.Call) and expr.function in {"ones", "components"}:
            return expr
        if top and isinstance(expr, ex.Add | ex.Neg):
            return ex.rebuild(expr, lambda child: self._term(child, of, lines))
        if isinstance(expr, ex.Add) and sum(_is_sum(_bare(term)) for term in expr.terms) > 1:
            return self._part(expr, of, lines)
        flat = ex.rebuild(expr, lambda child: self._flat(child, of, lines, top=False))
        if isinstance(flat, ex.Call) and FUNCTIONS[flat.function].acts != "elementwise":
            if flat.function not in OF_VECTORS:
                raise NetworkError(
                    f"{self.network.where}{flat.function} cannot be written for the target {self.target}"
                )
            if flat.axis == 0:
                rows = ex.Call(flat.function, ex.transpose(flat.argument), axis=1)
                return ex.Transpose(self._part(rows, of, lines))
            argument = flat.argument if isinstance(flat.argument, Var) else self._part(flat.argument, of, lines)
            flat = ex.Call(flat.function, argument, axis=flat.axis)
            return flat if top or not self.rank(flat) else self._part(flat, of, lines)
        if isinstance(flat, ex.Concat | ex.Padded):
            return flat if top else self._part(flat, of, lines)
        if isinstance(flat, ex.Outer):  # a component of either side is looked at more than once
            return ex.rebuild(flat, lambda child: child if _is_look_up(child) else self._part(child, of, lines))
        if not _is_sum(flat):
            return flat
        if self.rank(flat):  # a component of what is multiplied is looked at more than once
            flat = ex.rebuild(flat, lambda child: child if _is_look_up(child) else self._part(child, of, lines))
        return flat if top else self._part(flat, of, lines)

    def _term(self, expr: Expr, of: str, lines: list[str]) -> Expr:
        """A term of a sum, in which a function of a vector that is one itself is a part."""
        flat = self._flat(expr, of, lines, top=not isinstance(expr, ex.Add))
        whole = isinstance(flat, ex.Call) and flat.function in OF_VECTORS and self.rank(flat) > 0
        return self._part(flat, of, lines) if whole else flat

    def _part(self, expr: Expr, of: str, lines: list[str]) -> Expr:
        """A part of a value, under a name of its own."""
        label = unused(f"{of} part", self.of)
        self.of[label] = self.shapes.shape(expr)
        returned = isinstance(expr, ex.Call) and expr.function in OF_VECTORS and isinstance(expr.argument, Var)
        if not (self.makes_vectors and returned and self.rank(expr) == 1):
            lines += self.declared(label)
        lines += self.stored(Place(label, None, fresh=True), expr)
        return Var(label)

    # -- what a language spells ----------------------------------------------------------------------------------------

    def _row(self, name: str) -> str:
        """The place of this step in the list of all steps."""
        return f"{self.names(name)}[t]"

    def assigned(self, name: str, value: Text, sign: str = "=") -> Iterator[str]:
        """An assignment."""
        return assigned(name, value, sign, deep=self.deep, end=self.end, indent=self.indent)

    def made(self, name: str, *, changed: bool) -> str:  # noqa: ARG002 - for languages that tell the two apart
        """A name that is made here, and changed later or not."""
        return name

    @abstractmethod
    def block(self, head: str, body: Iterable[str]) -> Iterator[str]:
        """Lines that belong to a head."""

    @abstractmethod
    def over(self, letter: str, size: str) -> str:
        """The head of a loop over an index."""

    @abstractmethod
    def declared(self, name: str) -> Iterable[str]:
        """The array of a value of one step."""

    @abstractmethod
    def of_vector(self, target: str, function: str, argument: str, size: str) -> Iterator[str]:
        """The lines that give a vector the value of a function of a vector."""


def _bare(term: Expr) -> Expr:
    return term.body if isinstance(term, ex.Neg) else term


def _is_sum(expr: Expr) -> bool:
    """Whether a component of an expression is a sum over an index."""
    return isinstance(expr, ex.MatMul | ex.Dot | ex.Total | ex.Summed)


def _is_look_up(expr: Expr) -> bool:
    match expr:
        case ex.Neg(body) | ex.Transpose(body) | ex.Part(body):
            return _is_look_up(body)
        case ex.Var() | ex.Const():
            return True
        case _:
            return False
