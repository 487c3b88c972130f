"""Arrays: statements in a language of whole arrays, which NumPy, PyTorch and JAX share.

Step t of the mathematics is row t − 1, so t counts from 0. Values before the first step stand at the end, where an index −1
looks; rows after the last step hold what is given there, and else 0. For all steps at once every value has an axis of steps in
front.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from derive.equations import FUNCTIONS, NOTHING, SINGLE, Expr, Shape, Var
from derive.equations import expression as ex
from derive.network import LENGTH
from derive.programs.printers.layout import assigned, called, indented
from derive.programs.printers.names import Names
from derive.programs.printers.printer import Printer
from derive.programs.printers.python_file import OUTSIDE, RUN, documented
from derive.programs.printers.spelled import ATOM, PRODUCT, SIGN, SUM, Text
from derive.programs.statements import (
    COUNTED,
    ONCE,
    READ,
    Accumulate,
    AllSteps,
    Assign,
    Block,
    Boundary,
    Listing,
    Loop,
    Once,
    Placed,
    Statement,
    Use,
    adjoint,
    fixed,
    is_timed,
)


class Arrays(Printer):
    """Spells statements over whole arrays."""

    library: ClassVar[str]
    outside_rows = OUTSIDE
    run = RUN

    def __init__(self, listing: Listing, names: type[Names] = Names) -> None:
        super().__init__(listing, names)
        self.all_steps = False
        self.step: int | None = None
        """The number that t is, where it is one; counted from T on if negative."""
        self.begun: set[str] = set()
        """The gradients that have a value."""
        self.deep = 1
        self.extent = dict(listing.extent)

    # -- the parts of a function ---------------------------------------------------------------------------------------

    def forward(self) -> Iterator[str]:
        """The lines of the forward pass."""
        yield from self.blocks(self.listing.forward)
        yield ""
        yield from self.total_loss()
        if self.network.penalty_term is not None:
            yield from self.assigned("L", self.text(self.network.penalty_term), "+=")

    def backward(self) -> Iterator[str]:
        """The lines of the backward pass, and of the gradients by values outside 1 … T."""
        if self.listing.counted:
            yield "# What the loss of each step counts for in L."
            yield from self.counts(self.names(COUNTED), self._counted_at(), self.spelled(self._weight))
        summed = {statement.name for statement in self.listing.statements() if isinstance(statement, Accumulate)}
        in_loops = {
            statement.name
            for block in self.listing.blocks
            if isinstance(block, Loop)
            for statement in block.body
            if isinstance(statement, Accumulate)
        }
        for name in self.network.parameters:
            if adjoint(name) not in summed or adjoint(name) in in_loops:
                self.begun.add(adjoint(name))
                yield f"{self.names(adjoint(name))} = {self.zero_like(name)}"
        for name in self.listing.collected:
            if name in in_loops:
                self.begun.add(name)
                yield f"{self.names(name)} = {self.zero(self.listing.shapes.of.get(name, ()))}"
        yield from self.blocks(self.listing.backward)
        if self.listing.once:
            yield ""
            yield f"# {ONCE}"
        for statement in self.listing.once:
            yield from self._statement(statement, None)
        for boundary in self.listing.boundaries:
            yield from self._boundary(boundary)

    def counts(self, name: str, at: str, weight: str) -> Iterator[str]:
        """What the loss of each step counts for, 0 but for some."""
        yield f"{name} = {self.zeros(())}"
        yield f"{name}[{at}] = {weight}"

    def blocks(self, blocks: Iterable[Block]) -> Iterator[str]:
        """The lines of some blocks."""
        for block in blocks:
            match block:
                case Once(constants):
                    for constant in constants:
                        yield from self._statement(constant, None)
                case AllSteps(statements):
                    yield ""
                    self.all_steps = True
                    for statement in statements:
                        yield from self._at_once(statement)
                    self.all_steps = False
                case Placed(name, rows):
                    yield ""
                    yield from self.said_above(f"{self.formula.spelled(Var(name))}: {READ}")
                    yield from self.placed(name, rows)
                case Loop():
                    yield ""
                    yield from self.loop(block)

    def placed(self, name: str, rows: Iterable[tuple[int, str]]) -> Iterator[str]:
        """A value for every step that is 0 but at some."""
        spelled = self.names(name)
        yield f"{spelled} = {self.zeros(self.listing.shapes.of.get(name, ()))}"
        for at, value in rows:
            row = f"{spelled}[{fixed(at)}]"
            yield f"{row} += {self.names(value)}"

    def loop(self, loop: Loop) -> Iterator[str]:
        """The lines of a loop over the steps."""
        for statement in loop.body:
            if isinstance(statement, Assign) and statement.name not in self.listing.local:
                yield from self._allocated(statement.name)
        yield f"for t in {'range(T)' if loop.direction == 1 else 'reversed(range(T))'}:"
        self.deep += 1
        for statement in loop.body:
            yield from indented(self._statement(statement, 0))
        self.deep -= 1

    def _statement(self, statement: Statement, lag: int | None) -> Iterator[str]:
        """A statement of a step."""
        name = statement.name
        if isinstance(statement, Accumulate):
            spelled = self.names(name)
            said, sign, added = self.added(name, statement.expr)
            yield from self.said_above(said)
            yield from self.assigned(spelled, self.text(added), sign)
            return
        yield from self.said_above(self.formula.equation(name, statement.rule, lag))
        there = self.variable(Var(name, lag)).text
        sure = statement.expr
        if not statement.guarded or sure != ex.ZERO:
            yield from self.assigned(there, self.text(sure))
        elif statement.guarded:
            yield f"{there} = {self.zero(self.listing.shapes.of.get(name, ()))}"
        for term in statement.guarded:
            yield f"if {f't + {term.reach} < T' if term.reach > 0 else f't >= {-term.reach}'}:"
            yield from indented(self.assigned(there, self._added(there, self.text(term.expr))))

    def _at_once(self, statement: Statement) -> Iterator[str]:
        """A statement for all steps."""
        name = statement.name
        spelled = self.names(name)
        if isinstance(statement, Accumulate):
            summand = self.formula.text(statement.expr).beside(PRODUCT)
            sign = "+=" if name in self.begun else "="
            yield from self.said_above(f"{self.formula.spelled(Var(name))} {sign} Σ_t {summand}")
            yield from self.assigned(spelled, self.over_steps(statement.expr), sign)
            self.begun.add(name)
            return
        yield from self.said_above(self.formula.equation(name, statement.rule))
        before, after = self.extent.get(name, (0, 0))
        if before or after or not is_timed(statement.expr):
            yield from self.filled(name, self.text(statement.expr), timed=is_timed(statement.expr))
        else:
            yield from self.assigned(spelled, self.text(statement.expr))

    def filled(self, name: str, value: Text, *, timed: bool) -> Iterator[str]:  # noqa: ARG002 - rows are repeated
        """The array of a value for every step, where it has rows outside 1 … T, or one value for all steps."""
        yield from self._allocated(name)
        padded = any(self.extent.get(name, (0, 0)))
        yield from self.assigned(f"{self.names(name)}[{':T' if padded else ':'}]", value)

    def over_steps(self, expr: Expr) -> Text:
        """The sum of an expression over all steps; that of outer products is one product of matrices."""
        rank = self.rank(expr)
        match expr:
            case ex.Neg(body):
                return self.negated(body, self.over_steps(body))
            case _ if not is_timed(expr):
                return Text(f"T * {self.text(expr).beside(SIGN)}", PRODUCT)
            case ex.Outer(left, right) if is_timed(left) and is_timed(right):
                return Text(f"{self.text(left).beside(ATOM)}.T @ {self.text(right).beside(SIGN)}", PRODUCT)
            case ex.Mul((left, right)) if not rank and is_timed(left) and is_timed(right):
                return Text(f"{self.text(left).beside(PRODUCT)} @ {self.text(right).beside(SIGN)}", PRODUCT)
            case ex.Mul(factors) if (found := self._with_factors_in_front(factors, rank)) is not None:
                return found
            case ex.Mul((number, vector)) if rank == 1 and not self.rank(number):
                return Text(f"{self.text(number).beside(PRODUCT)} @ {self.text(vector).beside(SIGN)}", PRODUCT)
            case _:
                text = self.text(expr)
                return Text(f"{text.beside(ATOM)}.sum(0)", ATOM, text.parts, ".sum(0)")

    def _with_factors_in_front(self, factors: tuple[Expr, ...], rank: int) -> Text | None:
        """A product over all steps whose factors without a step stand before the sum of the others; None if it has none."""
        fixed = tuple(each for each in factors if not is_timed(each))
        moving = tuple(each for each in factors if is_timed(each))
        if not fixed or not moving:
            return None
        rest = moving[0] if len(moving) == 1 else ex.Mul(moving)
        if self.rank(rest) not in {0, rank}:
            return None
        front = self.text(fixed[0]) if len(fixed) == 1 else self.product(fixed)
        return Text(f"{front.beside(PRODUCT)} * {self.over_steps(rest).beside(SIGN)}", PRODUCT)

    def _boundary(self, boundary: Boundary) -> Iterator[str]:
        """The gradient by a value outside 1 … T."""
        yield ""
        name = adjoint(boundary.label)
        spelled = self.names(name)
        sure = [use for use in boundary.uses if use.least <= 1]
        maybe = [use for use in boundary.uses if use.least > 1]
        yield from self.said_of(boundary)
        first = [self._at_step(use) for use in sure]
        parts = (first[0].text, *(f"+ {text.beside(PRODUCT)}" for text in first[1:])) if first else ()
        yield from self.assigned(spelled, Text(" ".join(parts) or self.zero_like(boundary.label), parts=parts))
        for use in maybe:
            yield f"if T >= {use.least}:"
            yield from indented(self.assigned(spelled, self._added(spelled, self._at_step(use))))

    def _at_step(self, use: Use) -> Text:
        self.step = use.first - 1
        text = self.text(use.expr)
        self.step = None
        return text

    def _added(self, name: str, text: Text, sign: str = "+") -> Text:
        """A name and more: a sum of its own, since the name may be another's row."""
        return Text(f"{name} {sign} {text.beside(PRODUCT)}", SUM, (name, f"{sign} {text.beside(PRODUCT)}"))

    def _allocated(self, name: str) -> Iterator[str]:
        """The array of a value for every step, with what is known outside 1 … T."""
        before, after = self.extent.get(name, (0, 0))
        shape = self.listing.shapes.of.get(name, ())
        self.has_rows_outside |= bool(before or after)
        yield f"{self.names(name)} = {self.zeros(shape, before + after)}"
        past, future = self.network.outside.get(name, ((), ()))
        for place, label in enumerate(reversed(past), 1):
            yield f"{self.names(name)}[-{place}] = {self.names(label)}"
        for place, label in enumerate(future):
            yield f"{self.names(name)}[{f'T + {place}' if place else 'T'}] = {self.names(label)}"

    def data(self) -> Iterator[str]:
        """The data with what is looked at outside 1 … T."""
        for name in self.network.data:
            before, after = self.extent.get(name, (0, 0))
            if not before and not after:
                continue
            yield f"{self.names(name)} = {self.joined(self.names(name), self.outside(name))}"

    def outside(self, name: str) -> list[str]:
        """What stands after the steps 1 … T: later steps, then earlier ones, which an index −1 looks at."""
        before, after = self.extent.get(name, (0, 0))
        self.has_rows_outside |= bool(before or after)
        past, future = self.network.outside.get(name, ((), ()))
        zero = f"{self.library}.zeros_like({self.names(name)}[0])"
        return [
            *map(self.names, future),
            *[zero] * (after - len(future)),
            *[zero] * (before - len(past)),
            *map(self.names, past),
        ]

    def assigned(self, name: str, value: Text, sign: str = "=") -> Iterator[str]:
        """The lines of an assignment."""
        return assigned(name, value, sign, deep=self.deep)

    def total_loss(self) -> Iterator[str]:
        """The line that adds up the losses."""
        loss = self.names(self.network.loss)
        padded = any(self.extent.get(self.network.loss, (0, 0)))
        match self.network.loss_at:
            case "every":
                total = Text(f"{loss}[:T].sum()" if padded else f"{loss}.sum()")
            case "last":
                total = Text(f"{loss}[T - 1]")
            case steps:
                total = Text(" + ".join(f"{loss}[{step - 1}]" for step in steps), 0)
        match self._weight:
            case ex.Const(value) if value == 1:
                yield from self.assigned("L", total)
            case ex.Const(value):
                yield from self.assigned("L", Text(f"{total.beside(PRODUCT)} / {1 / value}", PRODUCT))
            case _:
                yield from self.assigned("L", Text(f"{total.beside(PRODUCT)} / T", PRODUCT))

    @property
    def _weight(self) -> Expr:
        return self.network.loss_weight

    def _counted_at(self) -> str:
        if self.network.loss_at == "last":
            return "T - 1"
        steps = [str(step - 1) for step in self.network.loss_at if isinstance(step, int)]
        return steps[0] if len(steps) == 1 else f"[{', '.join(steps)}]"

    # -- sizes -------------------------------------------------------------------------------------------------------

    def size_lines(self, *, padded: bool = False) -> Iterator[str]:
        """Where T and the sizes come from: from what is given, or has its rows outside 1 … T by now."""
        if self.network.data:
            more = sum(self.extent.get(self.network.data[0], (0, 0))) if padded else 0
            yield f"T = len({self.names(self.network.data[0])}){f' - {more}' if more else ''}"
        yield from (f"{self.names(f'size {size}')} = {line}" for size, line in self.told_by(self._extent))

    def _extent(self, name: str, place: int) -> str:
        """How long an argument is along an axis."""
        return f"{self.names(name)}.shape[{place}]" if place else f"len({self.names(name)})"

    def dimensions(self, shape: Shape, rows: int | None = None) -> str:
        """A shape as a tuple; with rows, T and so many more in front."""
        sizes = [*map(self.size, shape)]
        if rows is not None:
            sizes.insert(0, f"T + {rows}" if rows else "T")
            return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    # -- what a library spells -----------------------------------------------------------------------------------------

    def zeros(self, shape: Shape, more: int = 0) -> str:
        """Zeros for every step."""
        return f"{self.library}.zeros({self.dimensions(shape, more)})"

    def zero(self, shape: Shape) -> str:
        """Zeros for a step."""
        return f"{self.library}.zeros({self.dimensions(shape)})" if shape else "0.0"

    def zero_like(self, name: str) -> str:
        """Zeros in the shape of an argument."""
        owner = self.listing.labels.get(name, name)
        return f"{self.library}.zeros({self.names(name)}.shape)" if self.network.shape(owner) else "0.0"

    def joined(self, name: str, rows: Iterable[str]) -> str:
        """Rows put after those of an array."""
        return f"{self.library}.concatenate([{name}, [{', '.join(rows)}]])"

    def concatenated(self, parts: tuple[Expr, ...], axis: int) -> Text:
        """Arrays one after another; a number is an array of one, and what is the same at every step is repeated."""
        whole = ex.Concat(parts, axis)
        timed, rank = self.over_time(whole), self.rank(whole)
        listed = ", ".join(self.piece(part, timed=timed) for part in parts)
        return Text(f"{self.library}.concatenate([{listed}], {axis - rank})")

    def piece(self, part: Expr, *, timed: bool) -> str:
        """Something that is joined to others."""
        shape = self.listing.shapes.shape(part)
        text = self.text(part)
        if timed and not self.over_time(part):
            return f"{self.library}.broadcast_to({text.text}, {self.dimensions(shape or (SINGLE,), 0)})"
        if shape:
            return text.text
        return f"{text.beside(ATOM)}[:, None]" if timed else self.single(text)

    def single(self, number: Text) -> str:
        """A number as an array of one."""
        return f"[{number.text}]"

    def part(self, body: Expr, start: str, stop: str, axis: int) -> Text:
        """A slice."""
        ends = f"{self.size(start) if start != NOTHING else ''}:{self.size(stop)}"
        ends = ends if ends.replace(":", "").isalnum() else ends.replace(":", " : ", 1).strip()
        rank = self.rank(body)
        where = f"..., {ends}{', :' * (rank - 1 - axis)}" if self.over_time(body) else f"{':, ' * axis}{ends}"
        return Text(f"{self.text(body).beside(ATOM)}[{where}]")

    def padded(self, body: Expr, before: str, after: str, axis: int) -> Text:
        """A part with zeros before and after it."""
        rank, timed = self.rank(body), self.over_time(body)
        around = ["(0, 0)"] * (rank + timed)
        around[axis + timed] = f"({self.size(before)}, {self.size(after)})"
        widths = around[0] if len(around) == 1 else f"({', '.join(around)})"
        return Text(f"{self.library}.pad({self.text(body).text}, {widths})")

    def einsum(self, indices: str, left: Expr, right: Expr) -> Text:
        """A product of two arrays by the names of their axes."""
        return Text(f'{self.library}.einsum("{indices}", {self.spelled(left)}, {self.spelled(right)})')

    # -- expressions ---------------------------------------------------------------------------------------------------

    def over_time(self, expr: Expr) -> bool:
        """Whether the text of an expression has an axis of steps."""
        return self.all_steps and is_timed(expr)

    def operand(self, expr: Expr, beside: Iterable[Expr]) -> Text:
        """An operand; one that is repeated has an axis for it, behind that of the steps."""
        text = self.text(expr)
        if self.bound or not self.over_time(expr):
            return text
        missing = max(map(self.rank, beside)) - self.rank(expr)
        return Text(f"{text.beside(ATOM)}[:, {', '.join(['None'] * missing)}]") if missing else text

    def variable(self, var: Var) -> Text:
        """A value at its step, or at all of them."""
        if var == LENGTH:
            return Text("T")
        name = self.names(var.name)
        if var.at is not None:
            return Text(f"{name}[{fixed(var.at)}]")
        if var.lag is None:
            return Text(name)
        if self.all_steps:
            return self._at_all(var, name)
        if self.step is not None:
            return Text(f"{name}[{self._from_end(self.step - var.lag) if self.step < 0 else self.step - var.lag}]")
        if var.lag == 0 and var.name in self.listing.local:
            return Text(name)
        return Text(f"{name}[t{f' {-var.lag:+d}'.replace('+', '+ ').replace('-', '- ') if var.lag else ''}]")

    def _from_end(self, place: int) -> str:
        return f"T - {-place}" if place < 0 else f"T + {place}" if place else "T"

    def _at_all(self, var: Var, name: str) -> Text:
        lag = var.lag or 0
        if lag > 0:
            return Text(f"{self.library}.roll({name}, {lag}, 0)[:T]")
        if lag < 0:
            return Text(f"{name}[{-lag} : T + {-lag}]")
        return Text(f"{name}[:T]" if any(self.extent.get(var.name, (0, 0))) else name)

    def documented(self, says: str, lines: Iterable[str]) -> Iterator[str]:
        """The lines of a function with what it returns, in its text."""
        return documented(says, lines)

    def definition(self, name: str, letters: tuple[str, ...], body: Iterable[str]) -> Iterator[str]:
        """The lines that define a function."""
        yield f"def {name}({', '.join(letters)}):"
        yield from indented(body)

    def returned(self, value: str) -> Iterable[str]:
        """The body of a function that returns a value."""
        yield f"return {value}"

    def along(self, function: str, matrix: Expr, axis: int) -> Text:
        """A function of the last axis; of each column that of the rows of the transpose."""
        flip = "" if axis else ".mT" if self.over_time(matrix) else ".T"
        text = self.text(matrix)
        called = f"{self.function(function)}({text.beside(ATOM) + flip if flip else text.text})"
        if FUNCTIONS[function].acts == "vector to vector":
            return Text(f"{called}{flip}")
        return Text(f"{called}[..., {'None, :' if flip else 'None'}]")

    def ones(self, like: Expr) -> Text:
        """Ones in the shape of something."""
        return Text(f"{self.library}.ones_like({self.spelled(like)})")

    def matrix_product(self, left: Expr, right: Expr) -> Text:
        """A product with a matrix, for one step or for all of them."""
        if not self.over_time(left) and not self.over_time(right):
            return super().matrix_product(left, right)
        ranks = self.rank(left), self.rank(right)
        if ranks == (2, 1) and self.over_time(right):
            if self.over_time(left):
                return self.einsum("tij,tj->ti", left, right)
            return super().matrix_product(right, ex.transpose(left))
        if ranks == (1, 2) and self.over_time(left) and self.over_time(right):
            return self.einsum("ti,tij->tj", left, right)
        return super().matrix_product(left, right)

    def inner_product(self, left: Expr, right: Expr) -> Text:
        """Uᵀ v."""
        timed = self.over_time(left), self.over_time(right)
        if timed == (True, True):
            return Text(f"({self.product((left, right)).text}).sum(1)")
        return super().matrix_product(right, left) if timed == (False, True) else super().matrix_product(left, right)

    def outer_product(self, left: Expr, right: Expr) -> Text:
        """U vᵀ."""
        timed = self.over_time(left), self.over_time(right)
        if not any(timed):
            return Text(called(f"{self.library}.outer", (self.spelled(left), self.spelled(right))))
        column = f"{self.text(left).beside(ATOM)}{'[:, :, None]' if timed[0] else '[:, None]'}"
        row = f"{self.text(right).beside(ATOM)}{'[:, None, :]' if timed[1] else ''}"
        return Text(f"{column} * {row}", PRODUCT)

    def transposed(self, body: Expr) -> Text:
        """Aᵀ."""
        return Text(f"{self.text(body).beside(ATOM)}{'.mT' if self.over_time(body) else '.T'}")

    def total(self, body: Expr) -> Text:
        """The sum of the components."""
        axes = "" if not self.over_time(body) else "1" if self.rank(body) == 1 else "(1, 2)"
        return Text(f"{self.text(body).beside(ATOM)}.sum({axes})")

    def summed(self, body: Expr, axis: int, *, kept: bool) -> Text:
        """The sum over an axis."""
        place = axis + self.over_time(body)
        return Text(f"{self.text(body).beside(ATOM)}.sum({place}{', keepdims=True' if kept else ''})")
