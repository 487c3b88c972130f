"""Entries: statements in a language of single numbers, which Python, C and JavaScript share: loops over indices.

What is summed over an index, a product of matrices or the sum of components, is a loop of its own: as a term of a sum it adds
to a total, anywhere else it is a part with a name. All else is taken component by component.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from derive.equations import FUNCTIONS, NOTHING, SINGLE, Expr, Shape, Shapes, Var, joined
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.network import LENGTH
from derive.programs.printers.layout import INDENT, assigned
from derive.programs.printers.printer import Printer, is_elementwise
from derive.programs.printers.spelled import PRODUCT, SIGN, SUM, Text
from derive.programs.statements import (
    COUNTED,
    ONCE,
    PENALTY,
    READ,
    TOTAL,
    Accumulate,
    Assign,
    Boundary,
    Listing,
    Loop,
    Placed,
    Statement,
    adjoint,
    fixed,
)


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


LETTERS = "ijkpqrsuvwacdefgz"
OF_VECTORS = ("softmax", "logsumexp")
"""Functions of a whole vector that the languages have."""


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


class Entries(Printer):
    """Spells statements number by number."""

    end: ClassVar[str]
    """What ends a statement."""
    indent: ClassVar[str] = INDENT
    starts_at_zero: ClassVar[bool] = True
    """Whether what is made is made of zeros."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.of = dict(listing.shapes.of)
        self.shapes = Shapes(self.of, broadcast=True)
        self.index: tuple[str, ...] = ()
        """The indices of the component that is being spelled."""
        self.held: Mapping[Var, str] = {}
        """What has a name of its own while the step that is being spelled lasts."""
        self.step: int | None = None
        self.deep = 1
        for size in self.every_size:
            self.names(f"size {size}")
        free = [letter for letter in LETTERS if letter not in self.names.taken]
        self.letters = [self.names(letter) for letter in free[:4]]

    # -- the parts of a function ---------------------------------------------------------------------------------------

    def forward(self) -> Iterator[str]:
        """The lines of the forward pass."""
        yield from self.loops(self.listing.forward)
        yield ""
        if self.network.penalty_term is not None:
            yield from self.stored(Place(PENALTY, None, fresh=True), self.network.penalty_term)
        yield from self.total_loss()

    def backward(self) -> Iterator[str]:
        """The lines of the backward pass, and of the gradients by values outside 1 … T."""
        if self.listing.counted:
            yield self.comment("What the loss of each step counts for in L.")
            yield from self.allocated(COUNTED)
            for step in self._counted_at():
                line = Text(self.spelled(self.network.loss_weight))
                yield from self.assigned(f"{self.names(COUNTED)}[{step}]", line)
        for name in (*map(adjoint, self.network.parameters), *self.listing.collected):
            yield from self.cleared(name)
        yield from self.loops(self.listing.backward)
        if self.listing.once:
            yield ""
            yield self.comment(ONCE)
        for statement in self.listing.once:
            yield from self._statement(statement)
        for boundary in self.listing.boundaries:
            yield from self._boundary(boundary)

    def loops(self, blocks: Iterable[object]) -> Iterator[str]:
        """The lines of some loops."""
        for block in blocks:
            yield ""
            if isinstance(block, Placed):
                yield from self._placed(block)
                continue
            if not isinstance(block, Loop):
                raise AssertionError("numbers are computed step by step")  # noqa: TRY004 - no type that a caller gives
            for statement in block.body:
                if isinstance(statement, Assign) and statement.name not in self.listing.local:
                    yield from self.allocated(statement.name)
                if statement.name == self.network.loss and self.listing.loss_added:
                    yield from self.cleared(TOTAL)
            for var in block.carried:
                yield from self.assigned(self._held(var, block), Text(self.beyond(var)))
            self.deep += 1
            body = [*self._step(block)]
            self.deep -= 1
            yield from self.block(self.over_steps(block.direction), body)

    def _step(self, loop: Loop) -> Iterator[str]:
        """The lines of one step: what it holds, its statements, what goes on to the next step."""
        for var in sorted(loop.held, key=lambda var: self.names(var.name)):
            if var.lag or var.name not in loop.assigned:
                yield from self.assigned(self._held(var, loop), Text(self._whole(var)))
        self.held = {var: self._held(var, loop) for var in (*loop.carried, *loop.held)}
        for statement in loop.body:
            yield from self._statement(statement)
        for var in (each for each in loop.carried if each not in loop.renewed):
            yield from self.assigned(self.held[var], Text(self._whole(Var(var.name, 0))))
        self.held = {}

    def _held(self, var: Var, loop: Loop) -> str:
        """The name of what is held."""
        if var in loop.renewed and var.name in self.listing.local:
            return self.names(var.name)
        return self.names(
            f"{self.names(var.name)} {'t' if var in loop.renewed else ('t', 'before', 'next')[var.lag or 0]}"
        )

    def _row(self, name: str) -> str:
        """The place of this step in the list of all steps."""
        return f"{self.names(name)}[t]"

    def _placed(self, block: Placed) -> Iterator[str]:
        """A value for every step that is 0 but at some."""
        yield from self.said_above(f"{self.formula.spelled(Var(block.name))}: {READ}")
        yield from self.allocated(block.name)
        for at, value in block.rows:
            yield from self.stored(Place(block.name, None, at=at), Var(value), "+=")

    def _statement(self, statement: Statement) -> Iterator[str]:
        """A statement of a step."""
        name = statement.name
        if isinstance(statement, Accumulate):
            yield from self.said_above(f"{self.formula.spelled(Var(name))} += {self.formula.spelled(statement.expr)}")
            yield from self.stored(Place(name, None), statement.expr, "+=")
            return
        for inside, rule in statement.joined:
            yield from self.said_above(self.formula.equation(inside, rule))
        added = name == self.network.loss and self.listing.loss_added
        waits = f", for now without {self.listing.loss_factor}" if added and self.listing.loss_factor != 1 else ""
        yield from self.said_above(self.formula.equation(name, statement.rule) + waits)
        if added:
            yield from self.stored(Place(TOTAL, None), statement.expr, "+=")
            return
        place = Place(name, 0, fresh=name in self.listing.local)
        if place.fresh:
            yield from self.declared(name)
        kept = place.var in self.held
        place = replace(place, listed=kept and not statement.guarded)
        yield from self.stored(place, statement.expr, changed=bool(statement.guarded))
        for term in statement.guarded:
            condition = f"t + {term.reach} < T" if term.reach > 0 else f"t >= {-term.reach}"
            self.deep += 1
            body = [*self.stored(Place(name, 0), term.expr, "+=")]
            self.deep -= 1
            yield from self.block(self.condition(condition), body)
        if kept and statement.guarded:
            yield from self.assigned(self._row(name), Text(self.held[place.var]))

    def _boundary(self, boundary: Boundary) -> Iterator[str]:
        """The gradient by a value outside 1 … T."""
        yield ""
        name = adjoint(boundary.label)
        self.of[name] = self.network.shape(boundary.name)
        yield self.comment(f"{self.names(name)}: what looks at {boundary.label}")
        yield from self.cleared(name)
        for use in sorted(boundary.uses, key=lambda use: use.least):
            self.step = use.first - 1
            lines = [*self.stored(Place(name, None), use.expr, "+=")]
            self.step = None
            yield from self.block(self.condition(f"T >= {use.least}"), lines) if use.least > 1 else lines

    def _counted_at(self) -> Iterator[str]:
        if self.network.loss_at == "last":
            yield "T - 1"
        else:
            yield from (str(step - 1) for step in self.network.loss_at if isinstance(step, int))

    # -- a value, component by component -------------------------------------------------------------------------------

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

    def _at(self, index: tuple[str, ...], expr: Expr) -> Text:
        """An expression at a component."""
        outer, self.index = self.index, index
        found = self.text(expr)
        self.index = outer
        return found

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
        label, count = f"{of} part", 2
        while label in self.of:
            label, count = f"{of} part {count}", count + 1
        self.of[label] = self.shapes.shape(expr)
        lines += self.declared(label)
        lines += self.stored(Place(label, None, fresh=True), expr)
        return Var(label)

    # -- expressions ---------------------------------------------------------------------------------------------------

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

    # -- what a language spells ----------------------------------------------------------------------------------------

    def beyond(self, var: Var) -> str:
        """What is looked at by the first step that a loop comes to, as text, for a language that carries values on."""
        raise AssertionError(f"{var} is in a list")

    def assigned(self, name: str, value: Text, sign: str = "=") -> Iterator[str]:
        """An assignment."""
        return assigned(name, value, sign, deep=self.deep, end=self.end, indent=self.indent)

    def made(self, name: str, *, changed: bool) -> str:  # noqa: ARG002 - for languages that tell the two apart
        """A name that is made here, and changed later or not."""
        return name

    def scalar(self, name: str) -> str:
        """A number without a step."""
        return self.names(name)

    def length(self) -> Text:
        """T, to calculate with."""
        return Text("T")

    @abstractmethod
    def block(self, head: str, body: Iterable[str]) -> Iterator[str]:
        """Lines that belong to a head."""

    @abstractmethod
    def over(self, letter: str, size: str) -> str:
        """The head of a loop over an index."""

    @abstractmethod
    def over_steps(self, direction: int) -> str:
        """The head of a loop over the steps."""

    @abstractmethod
    def condition(self, condition: str) -> str:
        """The head of what is done where something holds."""

    @abstractmethod
    def allocated(self, name: str) -> Iterator[str]:
        """The array of a value for every step, with what is known outside 1 … T."""

    @abstractmethod
    def declared(self, name: str) -> Iterable[str]:
        """The array of a value of one step."""

    @abstractmethod
    def cleared(self, name: str) -> Iterator[str]:
        """Zero, in the shape of a value without a step."""

    @abstractmethod
    def total_loss(self) -> Iterator[str]:
        """The lines that add up the losses."""

    @abstractmethod
    def of_vector(self, target: str, function: str, argument: str, size: str) -> Iterator[str]:
        """The lines that give a vector the value of a function of a vector."""

    @abstractmethod
    def of_whole(self, function: str, argument: str, size: str) -> Text:
        """A number that is a function of a vector."""

    def total_weight(self, whole: Text) -> Text:
        """L, of the sum of the losses that count."""
        weighted = self._weighted(whole)
        if self.network.penalty_term is None:
            return weighted
        return Text(f"{weighted.beside(SUM)} + {self.names(PENALTY)}", SUM)

    def scaled(self, whole: Text, factor: Fraction) -> Text:
        """A number times a constant."""
        if factor.numerator != 1:
            whole = self.times(whole, Text(self.whole(factor.numerator)))
        if factor.denominator == 1:
            return whole
        return Text(f"{whole.beside(PRODUCT)} / {self.whole(factor.denominator)}", PRODUCT)

    def _weighted(self, whole: Text) -> Text:
        match self.network.loss_weight:
            case ex.Const(value) if value == 1:
                return whole
            case ex.Const(value):
                return Text(f"{whole.beside(PRODUCT)} / {self.whole((1 / value).numerator)}", PRODUCT)
            case _:
                return Text(f"{whole.beside(PRODUCT)} / {self.length().beside(SIGN)}", PRODUCT)

    def total_of_some(self) -> Text | None:
        """The sum of the losses that count, where these are few; None if it is all."""
        loss = self.names(self.network.loss)
        match self.network.loss_at:
            case "every":
                return None
            case "last":
                return Text(f"{loss}[T - 1]")
            case steps:
                return Text(" + ".join(f"{loss}[{step - 1}]" for step in steps), SUM)


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
