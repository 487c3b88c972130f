"""Writer: a recurrence as the source of a function, line by line.

The path sums grouped by their nearest arc (`Recurrence.raw`) become straight-line code for a general step, in a loop over t.
Steps near the boundary, where some arcs do not exist, have a body of their own, so that no adjoint outside 1 … T is looked at.
Names in the code are our own, made from the position of a name in the network: ``a`` what is given, ``f`` the list of a
variable's values and ``x`` its value at t, ``d`` and ``e`` the same of its adjoint, ``g`` a gradient, ``i`` a value outside
1 … T, ``C`` a constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

from derive.equations import Expr, Var, length_terms
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Node
from derive.network import LENGTH, Sweep
from derive.numbers import ExpressionWriter
from derive.recurrence import (
    ADJOINT,
    All,
    Either,
    Recurrence,
    Start,
    Then,
    Tree,
    adjoint_var,
    either,
    expression,
)

INDENT = "    "


class ProgramWriter(ExpressionWriter):
    """Writes the program line by line; how an operation is written can be changed, and then what it computes with."""

    def __init__(self, recurrence: Recurrence) -> None:
        super().__init__()
        self.recurrence = recurrence
        self.graph = recurrence.graph
        self.network = recurrence.graph.network
        order = (*self.network.variables, *self.network.data, *self.network.timeless)
        self.place = {name: place for place, name in enumerate(order)}
        self.constants: dict[Fraction, int] = {}
        self.local: set[str] = set()
        self.functions: set[str] = set()
        self.read: set[str] = set()
        """The lists that the code looks at; what no other step looks at is kept in a local name only."""
        self.kept: frozenset[str] = frozenset()
        self.sizes: dict[str, str] = {}
        """What the sizes that parts begin and end at are called in the code."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The arguments of the function after T, in order: parameters, constants, data, and values outside 1 … T."""
        labels = (label for sides in self.network.outside.values() for side in sides for label in side)
        return (*self.network.timeless, *self.network.data, *labels)

    @property
    def targets(self) -> tuple[str, ...]:
        """What the gradients are taken by, in order: parameters, initial values by their labels, data at every step."""
        return self.network.gradients

    @property
    def _by_step(self) -> tuple[str, ...]:
        """The data that gradients are taken by, at every step."""
        return tuple(name for name in self.network.by if name in self.network.data)

    def _initial_states(self) -> Iterator[tuple[str, str, int]]:
        """Each initial value that a gradient is taken by: its label, its name, its step, where T + 1 is 1."""
        yield from ((label, name, step) for label, (name, step) in self.network.initial_targets.items())

    @cached_property
    def _argument(self) -> dict[str, str]:
        """The names of the arguments in the code."""
        named = {name: f"a{self.place[name]}" for name in (*self.network.timeless, *self.network.data)}
        outside = (label for label in self.inputs if label not in named)
        return named | {label: f"i{number}" for number, label in enumerate(outside)}

    @cached_property
    def text(self) -> str:
        """The source."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        """The whole function. Lists hold step t at index t + before; before and after are padded with initial values.

        It is written twice: which lists are looked at is known at the end.
        """
        for _ in ("to see which lists are looked at", "to write"):
            self.temporaries = 0
            body = (*self._set_up(), *self._forward(), *self._backward())
            self.kept = frozenset(self.read)
        arguments = ", ".join(self._argument[name] for name in self.inputs)
        # As defaults they are local names, the quickest that Python has.
        bound = (*(f"C{place}" for place in self.constants.values()), *sorted(self.functions))
        yield f"def program(T, {arguments}, *, {', '.join(f'{name}={name}' for name in bound)}):"
        yield from (INDENT + line for line in body)

    def _before(self, name: str) -> int:
        return self.network.reach.get(name, (0, 0))[0]

    def _sizes(self) -> Iterator[str]:
        """The lines that find out the sizes that parts of vectors begin and end at, each from an argument of that size."""
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
        for label in self.inputs:
            name = label if label in self._is_given else self._outside_of[label]
            first = f"{self._argument[label]}[0]" if label in self.network.data else self._argument[label]
            yield from ((size, (first, axis)) for axis, size in enumerate(self.network.shape(name)))

    @cached_property
    def _is_given(self) -> frozenset[str]:
        return frozenset((*self.network.timeless, *self.network.data))

    @cached_property
    def _outside_of(self) -> dict[str, str]:
        """The variable of each value outside 1 … T, by its label."""
        return {label: name for name, sides in self.network.outside.items() for side in sides for label in side}

    def _set_up(self) -> Iterator[str]:
        if any(map(_takes_parts, self.network.rules.values())):
            yield from self._sizes()
        for name in (*self.network.data, *self.network.variables):
            kept, inside = f"f{self.place[name]}", f"a{self.place[name]}" if name in self.network.data else "[None] * T"
            if name in self.network.outside:
                before, after = (
                    ", ".join(self._argument[label] for label in side) for side in self.network.outside[name]
                )
                yield f"{kept} = [{', '.join(part for part in (before, f'*({inside})', after) if part)}]"
            elif name in self.network.data or kept in self.kept:
                yield f"{kept} = {inside}"

    def _forward(self) -> Iterator[str]:
        for sweep in self.graph.sweeps:
            yield f"for t in range({'T' if sweep.direction == 1 else 'T - 1, -1, -1'}):"
            self.local = set()
            for name in sweep.names:
                value = self._value(name)
                yield INDENT + self._assigned("x", "f", name, self._before(name), value)
                self.local.add(name)
        yield self._total_loss()

    def _value(self, name: str) -> str:
        """The right-hand side of an equation."""
        rule = self.network.rules[name]
        if self.network.shape(name) and not any(True for _ in ex.variables(rule)):
            raise NetworkError(
                f"{self.network.where}equation {name} gives a vector as one number, and a program does not know its size; "
                "let it use a parameter or data"
            )
        return self.expression(rule)

    def _total_loss(self) -> str:
        """The line that adds up the losses, and what counts once."""
        loss = f"f{self.place[self.network.loss]}"
        self.read.add(loss)
        before = self._before(self.network.loss)
        match self.network.loss_at:
            case "every":
                total = self.called("total", f"{loss}[{before}:{before} + T]")
            case "last":
                total = f"{loss}[{before} + T - 1]"
            case steps:
                at = (f"{loss}[{before + step - 1}]" for step in steps)
                total = self.called("total", f"[{', '.join(at)}]")
        terms = [total if self._weight == ex.ONE else self.joined("*", (total, self.expression(self._weight)))]
        terms += [] if self.network.penalty_term is None else [self.expression(self.network.penalty_term)]
        return f"L = {self.joined('+', terms)}"

    @property
    def _weight(self) -> Expr:
        """What the loss of a step counts for in L."""
        return self.network.loss_weight

    def _backward(self) -> Iterator[str]:
        for name in self.network.variables:
            if f"d{self.place[name]}" in self.kept:
                yield f"d{self.place[name]} = [None] * T"
        for name in self.network.parameters:
            penalty = self.recurrence.penalty(name)
            start = self.expression(expression(either(penalty))) if penalty else self.zero(f"a{self.place[name]}")
            yield f"g{self.place[name]} = {start}"
        for name in self._by_step:
            yield f"g{self.place[name]} = [{self.zero('v')} for v in a{self.place[name]}]"
        for sweep in reversed(self.graph.sweeps):
            yield from self._backward_sweep(sweep)
        yield from self._to_initial_states()
        found = (f"g{self.place[name]}" for name in self.network.parameters)
        initial = (f"g{self._argument[label]}" for label, _, _ in self._initial_states())
        by_step = (f"g{self.place[name]}" for name in self._by_step)
        yield f"return L, {', '.join((*found, *initial, *by_step))}"

    def _to_initial_states(self) -> Iterator[str]:
        """The gradients by trainable initial states: a term for each use, at a step near the boundary."""
        for label, name, step in self._initial_states():
            total = f"g{self._argument[label]}"
            yield f"{total} = {self.zero(self._argument[label])}"
            for edge in self.graph.above[name]:
                use = step + (edge.lag or 0)
                if edge.head not in self.recurrence.reached or (use < 1 if step < 1 else use > 0):
                    continue
                yield f"if T > {use - 1 if step < 1 else -use}:"
                yield INDENT + f"t = {use - 1 if step < 1 else f'T - {1 - use}'}"
                self.local = set()
                pulled = self.expression(edge.partial.pull(self._adjoint(edge.head)))
                yield INDENT + f"{total} = {self.combined('+', total, pulled)}"

    def _backward_sweep(self, sweep: Sweep) -> Iterator[str]:
        """Steps near the boundary one by one, those between in a loop."""
        names = [name for name in reversed(sweep.names) if name in self.recurrence.reached]
        lags = [edge.lag or 0 for name in names for edge in self.graph.above[name]]
        ahead, back = max((0, *lags)), max((0, *(-lag for lag in lags)))
        last_only = self.network.loss_at == "last" and self.network.loss in names
        top = max(ahead, 1) if last_only else ahead
        if sweep.direction == 1:
            for far in range(top):
                yield f"if T > {far}:"
                yield from self._body(names, f"T - {1 + far}", after=far, before=None, back=back, last=far == 0)
            yield f"for t in range(T - {1 + top}, {back - 1}, -1):"
            yield from self._body(names, None, after=None, before=None, back=0, last=not last_only)
            for near in reversed(range(back)):
                yield f"if T > {near + top}:"
                yield from self._body(names, str(near), after=None, before=near, back=back, last=not last_only)
            return
        for near in range(back):
            yield f"if T > {near + top}:"
            yield from self._body(names, str(near), after=None, before=near, back=back, last=not last_only)
        yield f"for t in range({back}, T - {top}):"
        yield from self._body(names, None, after=None, before=None, back=0, last=not last_only)
        for far in reversed(range(top)):
            yield f"if T > {far}:"
            yield from self._body(names, f"T - {1 + far}", after=far, before=None, back=back, last=far == 0)

    def _body(
        self, names: list[str], step: str | None, *, after: int | None, before: int | None, back: int, last: bool
    ) -> Iterator[str]:
        """The adjoints and contributions of one step; ``after``/``before`` say how many steps there are to the boundary."""
        if step is not None:
            yield INDENT + f"t = {step}"
        self.local = set()
        for name in names:
            terms = []
            for part in self._uses(name):
                reach = part.arc.step if isinstance(part, Then) else 0
                exists = (after is None or reach <= after) and (before is None or -reach <= before)
                if isinstance(part, Start):
                    terms += self._from_total(last=last)
                elif exists and (back == 0 or reach >= 0 or before is not None):
                    terms.append(self._term(part))
                elif exists:
                    terms.append(f"({self._term(part)} if t >= {-reach} else 0)")
            value = self.joined("+", terms) if terms else self.zero(self.variable(Var(name, 0)))
            if not self._adjoint_is_known(name):
                yield INDENT + self._assigned("e", "d", name, 0, value)
            self.local.add(ADJOINT + name)
            for edge in self.graph.below[name]:
                total = f"g{self.place[edge.tail]}"
                if edge.lag is not None and edge.tail not in self._by_step:
                    continue
                pulled = self.expression(edge.partial.pull(self._adjoint(name)))
                if edge.lag is None:
                    yield INDENT + f"{total} = {self.combined('+', total, pulled)}"
                else:
                    there = f"if 0 <= t - {edge.lag} < T: " if edge.lag else ""
                    at = f"{total}[{_index(-edge.lag)}]"
                    yield INDENT + f"{there}{at} = {self.combined('+', at, pulled)}"

    def _from_total(self, *, last: bool) -> list[str]:
        """What comes to the loss of a step straight from L: its weight, where it counts."""
        match self.network.loss_at:
            case "every":
                return [self.expression(self._weight)]
            case "last":
                return [self.expression(self._weight)] if last else []
            case steps:
                return [f"({self.expression(self._weight)} if t in {tuple(step - 1 for step in steps)} else 0)"]

    def _uses(self, name: str) -> tuple[Tree, ...]:
        tree = self.recurrence.raw[name]
        return tree.parts if isinstance(tree, Either) else (tree,)

    def _adjoint_is_known(self, name: str) -> bool:
        """Whether a variable is a loss that every step has and nothing else uses: its adjoint is its weight in L."""
        return name == self.network.loss and self.network.loss_at == "every" and len(self._uses(name)) == 1

    def _adjoint(self, name: str) -> Expr:
        """The adjoint of a variable at its own step."""
        return self._weight if self._adjoint_is_known(name) else adjoint_var(Node(name, 0))

    def _assigned(self, local: str, kept: str, name: str, before: int, value: str) -> str:
        """The line that gives a variable its value at t, in a list as well if anything looks there."""
        place = self.place[name]
        stored = f" = {kept}{place}[{_index(before)}]" if f"{kept}{place}" in self.kept else ""
        return f"{local}{place}{stored} = {value}"

    def _term(self, part: Tree) -> str:
        """A use of a variable: its arc pulled back from the adjoint of the head."""
        if not (isinstance(part, Then) and isinstance(part.inner, All)):
            raise AssertionError("a raw rule has one arc per use")  # noqa: TRY004 - no type that a caller gives
        lag = part.arc.step
        pulled = part.arc.edge.partial.pull(self._adjoint(part.inner.node.name))
        return self.expression(ex.shift(pulled, lag))

    # -- how leaves and operations are written -------------------------------------------------------------------------

    def constant(self, value: Fraction) -> str:
        """A constant under a name of its own, the same for equal ones."""
        return f"C{self.constants.setdefault(value, len(self.constants))}"

    def variable(self, var: Var) -> str:
        """A variable at its step: a local name if it was just computed."""
        if var == LENGTH:
            return self.length()
        if var.at is not None:
            kept, before = f"f{self.place[var.name]}", self._before(var.name)
            self.read.add(kept)
            return f"{kept}[{f'{before} + T - 1' if var.at == ex.LAST_STEP else before + var.at - 1}]"
        if var.lag is None:
            return f"a{self.place[var.name]}"
        adjoint = var.name.startswith(ADJOINT)
        bare = var.name.removeprefix(ADJOINT)
        if var.lag == 0 and var.name in self.local:
            return f"{'e' if adjoint else 'x'}{self.place[bare]}"
        offset = -var.lag + (0 if adjoint else self._before(bare))
        kept = f"{'d' if adjoint else 'f'}{self.place[bare]}"
        self.read.add(kept)
        return f"{kept}[{_index(offset)}]"

    def length(self) -> str:
        """T, as a number to calculate with."""
        return self.combined("*", self.constant(ex.ONE.value), "T")

    def size(self, name: str) -> str:
        """A size, under a name of its own."""
        if name not in self.sizes:
            raise NetworkError(
                f"{self.network.where}a part begins or ends at {name}, and nothing that is given to a program tells that size"
            )
        return self.sizes[name]

    def extent_of(self, whole: tuple[str, int], others: list[tuple[int, str]], times: int) -> str:
        """A size: how long an argument is along an axis, without the others, over how often the size is in it."""
        rest = "".join(f" - {each}*{size}" for each, size in others)
        return f"({whole[0]}.shape[{whole[1]}]{rest}) // {times}"

    def zero(self, like: str) -> str:
        """A zero in the shape of something."""
        return f"({like} * 0)"

    def called(self, function: str, *arguments: str) -> str:
        """A function of the number system."""
        self.functions.add(f"F_{function}")
        return f"F_{function}({', '.join(arguments)})"


def _takes_parts(expr: Expr) -> bool:
    """Whether an expression joins vectors or takes parts of them, so that its derivative is made for certain sizes."""
    return isinstance(expr, ex.Concat | ex.Part) or any(map(_takes_parts, ex.children(expr)))


def _index(offset: int) -> str:
    """The index of step t + offset."""
    return f"t + {offset}" if offset > 0 else f"t - {-offset}" if offset else "t"
