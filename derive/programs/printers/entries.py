"""Entries: statements in a language of single numbers, which Python, C and JavaScript share: loops over steps and indices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from derive.equations import Var
from derive.equations import expression as ex
from derive.programs.printers.spelled import PRODUCT, SIGN, SUM, Text
from derive.programs.printers.stored import Place, Stored
from derive.programs.statements import (
    COUNTED,
    ONCE,
    PENALTY,
    READ,
    TOTAL,
    Accumulate,
    Assign,
    Boundary,
    Loop,
    Once,
    Placed,
    Statement,
    adjoint,
)


class Entries(Stored):
    """Spells statements number by number."""

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
            if isinstance(block, Once):
                for constant in block.body:
                    yield from self.said_above(self.formula.equation(constant.name, constant.rule, None))
                    yield from self.declared(constant.name)
                    yield from self.stored(Place(constant.name, None, fresh=True), constant.expr)
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
        kept = sorted(sorted(loop.held, key=lambda var: (var.name, var.lag or 0)), key=lambda var: self.names(var.name))
        for var in kept:
            if var.lag or var.name not in loop.assigned:
                yield from self.assigned(self._held(var, loop), Text(self._whole(var)))
        self.held = {var: self._held(var, loop) for var in (*loop.carried, *kept)}
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
            said, sign, part = self.added(name, statement.expr)
            yield from self.said_above(said)
            one_by_one = sign == "-=" and isinstance(part, Var | ex.Mul | ex.Div | ex.Outer)
            yield from self.stored(Place(name, None), *((part, sign) if one_by_one else (statement.expr, "+=")))
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
        yield from self.said_of(boundary)
        uses = sorted(boundary.uses, key=lambda use: use.least)
        sure = bool(uses) and uses[0].least <= 1 and not self.of[name]
        if not sure:
            yield from self.cleared(name)
        for number, use in enumerate(uses):
            place = Place(name, None, fresh=sure and not number and self.makes(name))
            self.step = use.first - 1
            lines = [*self.stored(place, use.expr, "=" if sure and not number else "+=", changed=len(uses) > 1)]
            self.step = None
            yield from self.block(self.condition(f"T >= {use.least}"), lines) if use.least > 1 else lines

    def _counted_at(self) -> Iterator[str]:
        if self.network.loss_at == "last":
            yield "T - 1"
        else:
            yield from (str(step - 1) for step in self.network.loss_at if isinstance(step, int))

    # -- L -------------------------------------------------------------------------------------------------------------

    def total_weight(self, whole: Text) -> Text:
        """L, of the sum of the losses that count."""
        weighted = self._weighted(whole)
        if self.network.penalty_term is None:
            return weighted
        return Text(f"{weighted.beside(SUM)} + {self.names(PENALTY)}", SUM)

    def made_whole(self, weighted: Text) -> Iterator[str]:
        """The line that makes L of the sum of the losses, where more is to be done."""
        by = weighted.text.removeprefix("L / ")
        if by != weighted.text and by.removeprefix("(double)").replace(".", "").isalnum():
            yield f"L /= {by}{self.end}"
        elif weighted.text != "L":
            yield from self.assigned("L", weighted)

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

    # -- what a language spells ----------------------------------------------------------------------------------------

    def makes(self, name: str) -> bool:  # noqa: ARG002 - for languages that are told where to write
        """Whether a gradient is a name that the function makes."""
        return True

    def beyond(self, var: Var) -> str:
        """What is looked at by the first step that a loop comes to, as text, for a language that carries values on."""
        raise AssertionError(f"{var} is in a list")

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
    def cleared(self, name: str) -> Iterator[str]:
        """Zero, in the shape of a value without a step."""

    @abstractmethod
    def total_loss(self) -> Iterator[str]:
        """The lines that add up the losses."""
