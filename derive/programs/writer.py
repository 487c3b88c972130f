"""Writer: a listing as the source of a function over the numbers of any system, line by line.

Each value of a step is a number or an array of the system; a list holds those that another step or the way back looks at, with
what is known outside 1 … T behind it: first what comes after T, then, where an index −1 looks, what comes before 1. What the
next step looks at first is handed on by its name. Names in the code are our own, made from the position of a name in the
network: ``a`` what is given, ``f`` the list of a variable's values and ``x`` its value at t, ``d`` and ``e`` the same of its
adjoint, ``k`` what losses count for, ``g`` a gradient, ``i`` a value outside 1 … T, ``C`` a constant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from derive.equations import Expr, Var, length_terms
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.network import LENGTH
from derive.numbers import ExpressionWriter
from derive.programs.statements import (
    COUNTED,
    Accumulate,
    Assign,
    Boundary,
    Listing,
    Loop,
    Placed,
    Statement,
    Term,
    adjoint,
    fixed,
    read,
)
from derive.recurrence import ADJOINT

INDENT = "    "


class ProgramWriter(ExpressionWriter):
    """Writes the program line by line; how an operation is written can be changed, and then what it computes with."""

    padded: ClassVar[bool] = True
    """Whether adjoints outside 1 … T are there, as zeros; else no term looks at them."""

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        self.listing = listing
        self.network = listing.network
        made = (name.removeprefix(ADJOINT) for name in listing.fresh if name != COUNTED)
        order = (*self.network.variables, *self.network.data, *self.network.timeless, *made)
        self.place = {name: place for place, name in enumerate(order)}
        self.constants: dict[Fraction, int] = {}
        self.functions: set[str] = set()
        self.read: set[str] = set()
        """The lists, and the names of this and the last step, that the code looks at; what it does not is not kept."""
        self.kept: frozenset[str] = frozenset()
        self.local: set[str] = set()
        """The names that have their value of step t by now."""
        self.handed: Mapping[str, int] = {}
        """The names that still have the value of the step before, in the order of the loop, and how far that is."""
        self.sizes: dict[str, str] = {}
        """What sizes are called in the code."""
        self.sized = False

    @cached_property
    def _argument(self) -> dict[str, str]:
        """The names of the arguments in the code."""
        named = {name: f"a{self.place[name]}" for name in (*self.network.timeless, *self.network.data)}
        return named | {label: f"i{number}" for number, label in enumerate(self.listing.labels)}

    @cached_property
    def text(self) -> str:
        """The source."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        """The whole function. It is written twice: what is looked at is known at the end."""
        for _ in ("to see what is looked at", "to write"):
            self.temporaries = 0
            sizes = [*self._sizes()]
            body = (*self._data(), *self._forward(), *self._backward())
            self.kept = frozenset(self.read)
        arguments = ", ".join(self._argument[name] for name in self.listing.inputs)
        # As defaults they are local names, the quickest that Python has.
        bound = (*(f"C{place}" for place in self.constants.values()), *sorted(self.functions))
        yield f"def program(T, {arguments}, *, {', '.join(f'{name}={name}' for name in bound)}):"
        yield from (INDENT + line for line in (*(sizes if self.sized else ()), *body))

    # -- sizes and what is given ---------------------------------------------------------------------------------------

    def _sizes(self) -> Iterator[str]:
        """The lines that find out sizes, each from an argument of that size."""
        found = self.sizes = {}
        waiting = list(self._lengths())
        while waiting:
            unknown = [[name for name in length_terms(size) if name and name not in found] for size, _ in waiting]
            place = min(range(len(waiting)), key=lambda each: len(unknown[each]))
            size, whole = waiting.pop(place)
            if len(unknown[place]) > 1:
                return
            for name in unknown[place]:
                counted = dict(length_terms(size))
                times = counted.pop(name)
                extent = self.extent_of(whole, [(each, found.get(one, "1")) for one, each in counted.items()], times)
                found[name] = f"s{len(found)}"
                yield f"{found[name]} = {extent}"

    def _lengths(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """Each size of an argument, with the argument in the code, and its axis."""
        for label in self.listing.inputs:
            name = self.listing.labels.get(label, label)
            first = f"{self._argument[label]}[0]" if label in self.network.data else self._argument[label]
            yield from ((size, (first, axis)) for axis, size in enumerate(self.network.shape(name)))

    def _data(self) -> Iterator[str]:
        """Data with what is looked at outside 1 … T."""
        for name in self.network.data:
            given = self._argument[name]
            outside = ", ".join(self._outside(name))
            yield f"f{self.place[name]} = {f'[*{given}, {outside}]' if outside else given}"

    def _outside(self, name: str) -> list[str]:
        """What stands behind the steps 1 … T: later steps, then earlier ones."""
        before, after = self._extent.get(name, (0, 0))
        past, future = self.network.outside.get(name, ((), ()))
        return [
            *(self._argument[label] for label in future),
            *[self._zero_of(name) for _ in range(after - len(future))],
            *[self._zero_of(name) for _ in range(before - len(past))],
            *(self._argument[label] for label in past),
        ]

    @property
    def _extent(self) -> Mapping[str, tuple[int, int]]:
        return self.listing.extent if self.padded else self.network.reach

    def _zero_of(self, name: str) -> str:
        """A zero in the shape of a name."""
        shape = self.listing.shapes.of.get(name, ())
        return self.called("zeros", *map(self.length_of, shape)) if shape else self.constant(ex.ZERO.value)

    # -- the passes ----------------------------------------------------------------------------------------------------

    def _forward(self) -> Iterator[str]:
        yield "L = 0"
        yield from self._loops(self.listing.forward)
        yield from self._total_loss()

    def _total_loss(self) -> Iterator[str]:
        """The lines that add up the losses, if not every one of them counts, and what counts once."""
        place = self.place[self.network.loss]
        match self.network.loss_at:
            case "every":
                total = self._scaled("L", self.listing.loss_factor)
            case "last":
                total = f"f{place}[T - 1]"
                self.read.add(f"f{place}")
            case steps:
                total = self.joined("+", (f"f{place}[{step - 1}]" for step in steps))
                self.read.add(f"f{place}")
        weight, penalty = self.network.loss_weight, self.network.penalty_term
        terms = [total if weight == ex.ONE else self.joined("*", (total, self.expression(weight)))]
        terms += [] if penalty is None else [self.expression(penalty)]
        if terms != ["L"]:
            yield f"L = {self.joined('+', terms)}"

    def _scaled(self, total: str, factor: Fraction) -> str:
        """A sum times a constant."""
        if factor.numerator != 1:
            total = self.combined("*", total, self.constant(Fraction(factor.numerator)))
        return (
            total if factor.denominator == 1 else self.combined("/", total, self.constant(Fraction(factor.denominator)))
        )

    def _backward(self) -> Iterator[str]:
        if self.listing.counted:
            yield f"k = [{self.constant(ex.ZERO.value)}] * T"
            loss_at, weight = self.network.loss_at, self.expression(self.network.loss_weight)
            places = (-1,) if isinstance(loss_at, str) else tuple(step - 1 for step in loss_at)
            yield from (f"k[{place}] = {weight}" for place in places)
        for name in self.network.parameters:
            yield f"g{self.place[name]} = {self.zero(f'a{self.place[name]}')}"
        for name in self.listing.collected:
            yield f"{self._total(name)} = {self._zero_of(name)}"
        yield from self._loops(self.listing.backward)
        for statement in self.listing.once:
            yield from self._statement(statement)
        for boundary in self.listing.boundaries:
            yield from self._boundary(boundary)
        yield f"return {', '.join(('L', *map(self._result, self.network.gradients)))}"

    def _result(self, name: str) -> str:
        """The gradient by an argument; that by data has a value for each step."""
        if name not in self.network.data:
            return f"g{self.place[name]}" if name in self.place else f"g{self._argument[name]}"
        kept = f"d{self.place[name]}"
        self.read.add(kept)
        return f"{kept}[:T]" if self._outside(adjoint(name)) else kept

    def _boundary(self, boundary: Boundary) -> Iterator[str]:
        """The gradient by a value outside 1 … T: a term for each use, at a step near the boundary."""
        total = f"g{self._argument[boundary.label]}"
        yield f"{total} = {self.zero(self._argument[boundary.label])}"
        for use in boundary.uses:
            yield f"if T >= {use.least}:"
            yield INDENT + f"t = {use.first - 1 if use.first > 0 else f'T - {1 - use.first}'}"
            yield INDENT + f"{total} = {self.combined('+', total, self.expression(use.expr))}"

    # -- loops ---------------------------------------------------------------------------------------------------------

    def _loops(self, blocks: Iterable[object]) -> Iterator[str]:
        for block in blocks:
            if isinstance(block, Placed):
                yield from self._placed(block)
                continue
            if not isinstance(block, Loop):
                raise AssertionError("numbers are computed step by step")  # noqa: TRY004 - no type that a caller gives
            yield from self._loop(block)

    def _placed(self, block: Placed) -> Iterator[str]:
        """A list that holds zeros but at some steps."""
        kept = self._list(block.name)
        yield f"{kept} = [{self._zero_of(block.name)}] * T"
        for at, total in block.rows:
            there = f"{kept}[{fixed(at)}]"
            yield f"{there} = {self.combined('+', there, self._total(total))}"

    def _total(self, name: str) -> str:
        """What is added up over the steps."""
        return f"g{self.place[name.removeprefix(ADJOINT)]}"

    def _loop(self, loop: Loop) -> Iterator[str]:
        """A loop over the steps, with the lists that it fills, and what it hands from step to step."""
        made = [statement.name for statement in loop.body if isinstance(statement, Assign)]
        self.handed = dict.fromkeys(made, loop.direction)
        self.local = set()
        again = self._again(loop)
        self.local |= {name for name, _ in again}
        body = [line for statement in loop.body for line in self._statement(statement)]
        for name in made:
            kept, outside = self._list(name), ", ".join(self._outside(name))
            if kept in self.kept:
                yield f"{kept} = [None] * T{f' + [{outside}]' if outside else ''}"
            if self._name(name) + " before" in self.kept:
                yield f"{self._name(name)} = {self._first(name, loop.direction)}"
        yield f"for t in range({'T' if loop.direction == 1 else 'T - 1, -1, -1'}):"
        yield from (INDENT + f"{self._name(name)} = {look}" for name, look in again)
        yield from (INDENT + line for line in body)
        self.handed, self.local = {}, set()

    def _again(self, loop: Loop) -> list[tuple[str, str]]:
        """What a step looks at more than once in the lists of others: names, and where they look."""
        made = {statement.name for statement in loop.body if isinstance(statement, Assign)}
        times = Counter(var for each in loop.body for term in _sure(each) for var in ex.variables(term) if var.lag == 0)
        found = [var for var, count in times.items() if count > 1 and var.name not in made and var != LENGTH]
        return [(var.name, self.variable(var)) for var in found]

    def _first(self, name: str, direction: int) -> str:
        """What the first step of a loop finds of a name at the step before."""
        past, future = self.network.outside.get(name, ((), ()))
        labels = past[-1:] if direction == 1 else future[:1]
        return self._argument[labels[0]] if labels else self._zero_of(name)

    def _statement(self, statement: Statement) -> Iterator[str]:
        name = statement.name
        if isinstance(statement, Accumulate):
            total = self._total(name)
            yield f"{total} = {self.combined('+', total, self.expression(statement.expr))}"
            return
        value = self._sum(statement)
        kept, here = self._list(name), self._name(name)
        self.local.add(name)
        self.handed = {other: lag for other, lag in self.handed.items() if other != name}
        added = name == self.network.loss and self.network.loss_at == "every"
        if added and not {kept, here} & self.kept:
            yield f"L = {self.combined('+', 'L', value)}"
            return
        yield f"{here} = {f'{kept}[t] = ' if kept in self.kept else ''}{value}"
        if added:
            yield f"L = {self.combined('+', 'L', here)}"

    def _sum(self, statement: Assign) -> str:
        """A sum whose guarded terms are there at some steps only."""
        guarded = [term for term in statement.terms if self._is_guarded(term)]
        sure = ex.add(*(term.expr for term in statement.terms if term not in guarded))
        alone = sure == ex.ZERO
        first = self.zero_at(statement.name) if alone else self.expression(sure)
        return self.joined("+", (first, *map(self._at_some_steps, guarded)))

    def _is_guarded(self, term: Term) -> bool:
        return term.guarded or bool(term.reach and not self.padded)

    def _at_some_steps(self, term: Term) -> str:
        """A term where step t + reach exists, and else 0."""
        condition = f"t + {term.reach} < T" if term.reach > 0 else f"t >= {-term.reach}"
        return f"({self.expression(term.expr)} if {condition} else 0)"

    # -- how leaves and operations are written -------------------------------------------------------------------------

    def _list(self, name: str) -> str:
        """The list of a value or an adjoint."""
        bare = name.removeprefix(ADJOINT)
        return "k" if name == COUNTED else f"{'d' if name != bare else 'f'}{self.place[bare]}"

    def _name(self, name: str) -> str:
        """A value or an adjoint at t."""
        bare = name.removeprefix(ADJOINT)
        return "m" if name == COUNTED else f"{'e' if name != bare else 'x'}{self.place[bare]}"

    def constant(self, value: Fraction) -> str:
        """A constant under a name of its own, the same for equal ones."""
        return f"C{self.constants.setdefault(value, len(self.constants))}"

    def variable(self, var: Var) -> str:
        """A variable at its step: by its name where that has just this value."""
        if var == LENGTH:
            return self.length()
        if var.at is None and var.lag is None:
            return f"a{self.place[var.name]}"
        if var.lag == 0 and var.name in self.local:
            self.read.add(self._name(var.name))
            return self._name(var.name)
        if var.lag and self.handed.get(var.name) == var.lag:
            self.read.add(f"{self._name(var.name)} before")
            return self._name(var.name)
        self.read.add(self._list(var.name))
        return f"{self._list(var.name)}[{fixed(var.at) if var.at is not None else _index(-(var.lag or 0))}]"

    def length(self) -> str:
        """T, as a number to calculate with."""
        return self.combined("*", self.constant(ex.ONE.value), "T")

    def size(self, name: str) -> str:
        """A size, under a name of its own."""
        if name not in self.sizes:
            raise NetworkError(
                f"{self.network.where}a part begins or ends at {name}, and nothing that is given to a program tells that size"
            )
        self.sized = True
        return self.sizes[name]

    def extent_of(self, whole: tuple[str, int], others: list[tuple[int, str]], times: int) -> str:
        """A size: how long an argument is along an axis, without the others, over how often the size is in it."""
        rest = "".join(f" - {each}*{size}" for each, size in others)
        return f"({whole[0]}.shape[{whole[1]}]{rest}) // {times}"

    def zero(self, like: str) -> str:
        """A zero in the shape of an argument."""
        return f"({like} * 0)"

    def zero_at(self, name: str) -> str:
        """The zero that terms of a step are added to."""
        bare = name.removeprefix(ADJOINT)
        return self.zero(f"f{self.place[bare]}[t]") if bare in self.network.data else self._zero_of(name)

    def called(self, function: str, *arguments: str) -> str:
        """A function of the number system."""
        self.functions.add(f"F_{function}")
        return f"F_{function}({', '.join(arguments)})"


def _sure(statement: Statement) -> Iterator[Expr]:
    """What a step looks at in any case."""
    if isinstance(statement, Accumulate):
        yield read(statement)
    else:
        yield from (term.expr for term in statement.terms if not term.guarded)


def _index(offset: int) -> str:
    """The index of step t + offset."""
    return f"t + {offset}" if offset > 0 else f"t - {-offset}" if offset else "t"
