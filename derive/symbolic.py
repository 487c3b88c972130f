"""Symbolic: results as SymPy expressions, to go on with — ``doit``, ``subs``, ``latex``.

A variable is a sequence, ``h[t]``, a parameter a symbol, an adjoint dL/dh_t the sequence ``delta_h[t]``; the number of steps is
``T``. Adjoints beyond the steps 1 … T, and those that no path leads to, are 0: what a rule or gradient does not have there is
left out by its bounds or conditions. In networks with vectors, what has a shape is a matrix symbol with its step in its name,
``h_3`` or ``h_{t - 1}``, columns and matrices of the sizes declared.

It fills in `derive.shown.symbolic`, type by type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, assert_never

import sympy

from derive.derivation import Derivation
from derive.equations import FUNCTIONS, Expr, Shapes, Var, in_sympy, length_terms
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Edge, LocalPartial, Loss, Node
from derive.network import Network
from derive.paths import Path, PathSum
from derive.recurrence import (
    ADJOINT,
    ClosedForm,
    Component,
    Either,
    Gradient,
    GradientByStep,
    Recurrence,
    Rule,
    Stage,
    Start,
    Tree,
    adjoint_var,
    collected_at,
    expression,
    has_start,
    path_tree,
    spine,
    spread,
)
from derive.recurrence import terms as terms_of
from derive.shown import symbolic

TIME, LAST = sympy.symbols("t T")
"""The general step, and the number of steps."""


@dataclass(frozen=True)
class Symbols:
    """Expressions in SymPy, by the shapes of what has one; steps are counted from ``now``: 0 where they are given."""

    shapes: Mapping[str, tuple[str, ...]]
    now: Any = TIME

    def variable(self, var: Var) -> Any:
        """A parameter's symbol, or a variable's or adjoint's at its step."""
        name = var.name.removeprefix(ADJOINT)
        label = name if name == var.name else f"delta_{name}"
        variable, at = ex.anchor(name)
        if at is not None:  # what is collected for one step
            name, label, var = variable, f"gamma_{variable}", Var(variable, None, at)
        shape = tuple(map(_length, self.shapes.get(name, ())))
        if var.lag is None and var.at is None:
            return sympy.MatrixSymbol(label, *_two(shape)) if shape else LAST if label == "T" else sympy.Symbol(label)
        step = (
            self.now - (var.lag or 0) if var.at is None else LAST if var.at == ex.LAST_STEP else sympy.Integer(var.at)
        )
        return sympy.MatrixSymbol(f"{label}_{{{step}}}", *_two(shape)) if shape else sympy.IndexedBase(label)[step]

    def __call__(self, expr: Expr) -> Any:
        """An expression."""
        match expr:
            case ex.Const(value):
                return sympy.Rational(value.numerator, value.denominator)
            case ex.Var():
                return self.variable(expr)
            case ex.Neg(body):
                return -self(body)
            case ex.Add(terms):
                return _added(self._repeated(*terms))
            case ex.Mul(factors):
                return reduce(_elementwise, self._repeated(*factors))
            case ex.Div(top, bottom):
                over, under = self._repeated(top, bottom)
                return _elementwise(over, _power(under, sympy.Integer(-1)))
            case ex.Pow(base, exponent):
                return _power(self(base), sympy.Rational(exponent.numerator, exponent.denominator))
            case ex.Call("softmax" | "logsumexp" as function, argument, axis=int() as axis):
                powers = ex.Call("exp", argument)
                sums = ex.Summed(powers, axis, kept=True)
                return self(ex.Div(powers, sums) if function == "softmax" else ex.Call("log", sums))
            case ex.Call(function):
                return _applied(function, *map(self, expr.arguments))
            case ex.Defined(definition, arguments) if definition.rule:
                return _each(in_sympy(definition), *map(self, arguments))
            case ex.Defined():
                return self(expr.value)
            case ex.MatMul(left, right) if self._rank(left) == 1:
                return self(right).T * self(left)
            case ex.MatMul(left, right):
                return self(left) * self(right)
            case ex.Dot(left, right):
                return _entry(self(left).T * self(right))
            case ex.Outer(left, right):
                return self(left) * self(right).T
            case ex.Transpose(body):
                return self(body).T
            case ex.Total(body):
                return _total(self(body))
            case ex.Summed(body, axis, kept):
                summed = _summed(self(body), axis)
                return summed if kept or axis else summed.T
            case ex.Concat(parts, axis):
                return _blocks([self._block(part) for part in parts], axis if self._rank(expr) > 1 else 0)
            case ex.Part(body, start, stop, axis):
                return _part(self(body), _length(start), _length(stop), axis)
            case ex.Padded(body, before, after, axis):
                return _with_zeros(self(body), (before, after), axis)
        assert_never(expr)

    def _block(self, part: Expr) -> Any:
        """Something that is joined: a number is a matrix of one entry."""
        value = self(part)
        return value if _is_matrix(value) else sympy.Matrix([[value]])

    def _rank(self, expr: Expr) -> int:
        shapes = {**self.shapes, **{ADJOINT + name: shape for name, shape in self.shapes.items()}}
        return len(Shapes(shapes, broadcast=True).shape(expr))

    def _repeated(self, *parts: Expr) -> list[Any]:
        """Terms or factors, those that are smaller than a matrix among them repeated as its rows or columns."""
        values = [self(part) for part in parts]
        if all(self._rank(part) < 2 for part in parts):
            return values
        upright = [value.T if self._rank(part) == 1 else value for part, value in zip(parts, values, strict=True)]
        shapes = [value.shape for value in upright if _is_matrix(value)]
        rows, columns = (next((size for size in sizes if size != 1), 1) for sizes in zip(*shapes, strict=True))
        return [_filled(value, rows, columns) if _is_matrix(value) else value for value in upright]


def _length(size: str) -> Any:
    """A sum of sizes."""
    return sympy.Add(*(times * (sympy.Symbol(name) if name else 1) for name, times in length_terms(size).items()))


def _blocks(parts: list[Any], axis: int) -> Any:
    """Matrices above one another, or side by side."""
    return sympy.BlockMatrix([[part] for part in parts] if axis == 0 else [parts])


def _part(value: Any, start: Any, stop: Any, axis: int) -> Any:
    """The rows, or columns, from one size to another: what a matrix of zeros and ones takes out of it."""
    size = stop - start
    whole = value.shape[axis]
    chosen = _chosen(start, size, whole)
    return chosen * value if axis == 0 else value * chosen.T


def _chosen(start: Any, size: Any, whole: Any) -> Any:
    """The rows of the unit matrix that take out a part."""
    parts = [(start, sympy.ZeroMatrix(size, start)), (size, sympy.Identity(size))]
    rest = whole - start - size
    parts.append((rest, sympy.ZeroMatrix(size, rest)))
    blocks = [block for count, block in parts if count != 0]
    return blocks[0] if len(blocks) == 1 else sympy.BlockMatrix([blocks])


def _with_zeros(value: Any, around: tuple[str, str], axis: int) -> Any:
    """A part with zeros before and after it."""
    before, after = map(_length, around)
    other = value.shape[1 - axis]

    def zeros(size: Any) -> list[Any]:
        if size == 0:
            return []
        return [sympy.ZeroMatrix(size, other) if axis == 0 else sympy.ZeroMatrix(other, size)]

    return _blocks([*zeros(before), value, *zeros(after)], axis)


def _filled(value: Any, rows: Any, columns: Any) -> Any:
    """A matrix of so many rows and columns, one row or column repeated."""
    high = value if value.shape[0] == rows else sympy.OneMatrix(rows, 1) * value
    return high if high.shape[1] == columns else high * sympy.OneMatrix(1, columns)


def _two(shape: tuple[Any, ...]) -> tuple[Any, Any]:
    """Rows and columns: a vector is a column."""
    rows, *columns = shape
    return rows, columns[0] if columns else sympy.Integer(1)


def _is_matrix(value: Any) -> bool:
    return bool(getattr(value, "is_Matrix", False))


def _added(terms: list[Any]) -> Any:
    """A sum; a number is added to every component."""
    shape = next((term.shape for term in terms if _is_matrix(term)), None)
    if shape is None:
        return sympy.Add(*terms)
    return reduce(add, (term if _is_matrix(term) else term * sympy.OneMatrix(*shape) for term in terms))


def _elementwise(left: Any, right: Any) -> Any:
    """A product of components."""
    if _is_matrix(left) and _is_matrix(right):
        return sympy.HadamardProduct(left, right)
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    return sympy.HadamardPower(base, exponent) if _is_matrix(base) else base**exponent


def _entry(matrix: Any) -> Any:
    """The only entry of a matrix."""
    return matrix[0, 0]


def _total(value: Any) -> Any:
    """The sum of the components of a vector or matrix; a number is one component."""
    if not _is_matrix(value):
        return value
    return _entry(_summed(value if value.shape[1] == 1 else _summed(value, 1), 0))


def _summed(value: Any, axis: int) -> Any:
    """The sum of the rows (axis 0) or columns (axis 1), as a row or column."""
    rows, columns = value.shape
    return sympy.OneMatrix(1, rows) * value if axis == 0 else value * sympy.OneMatrix(columns, 1)


def _each(function: Callable[..., Any], *arguments: Any) -> Any:
    """A function of numbers, or of every component of a vector with numbers beside it."""
    vectors = [argument for argument in arguments if _is_matrix(argument)]
    if not vectors:
        return function(*arguments)
    if len(vectors) > 1:
        raise NetworkError("SymPy has nothing for a function of the components of two vectors")
    return vectors[0].applyfunc(
        lambda entry: function(*(entry if _is_matrix(argument) else argument for argument in arguments))
    )


def _applied(function: str, *arguments: Any) -> Any:
    """A function of numbers, of every component, or of a whole vector."""
    elementwise, argument = FUNCTIONS[function].sympy, arguments[0]
    if elementwise is not None:
        return _each(elementwise, *arguments)
    powers = argument.applyfunc(sympy.exp) if _is_matrix(argument) else sympy.exp(argument)
    match function:
        case "components":
            return argument.shape[0] * argument.shape[1]
        case "ones":
            return sympy.OneMatrix(*argument.shape) if _is_matrix(argument) else sympy.Integer(1)
        case "softmax":
            return powers / _total(powers)
        case "logsumexp":
            return sympy.log(_total(powers))
    raise NetworkError(f"SymPy has nothing for {function}")


# --- for general t ----------------------------------------------------------------------------------------------------


def _terms(parts: tuple[Tree, ...]) -> Iterator[Tree]:
    """What is added for general t, taken apart where some of it begins at a loss and some does not."""
    for part in parts:
        yield from spread(part) if has_start(part) else (part,)


def _loss_at(term: Tree) -> int | None:
    """How many steps after t the loss is that a path begins at; None if it begins at an adjoint."""
    first = spine(term)[0]
    return first.step if isinstance(first, Start) else None


def _existing(loss_at: Any, away: int, now: Any = TIME) -> Any:
    """When the loss of step t + away counts, for a t of which there is a step."""
    step = now + away
    inside = sympy.true if not away else step >= 1 if away < 0 else step <= LAST
    match loss_at:
        case "every":
            return inside
        case "last":
            return sympy.Eq(step, LAST)
    return sympy.And(inside, sympy.Or(*(sympy.Eq(step, listed) for listed in loss_at)))


def _where(value: Any, holds: Any) -> Any:
    """A value where something holds, and 0 elsewhere."""
    return value if holds == sympy.true else sympy.Piecewise((value, holds), (value * 0, True))


def _added_up(symbols: Symbols, tree: Tree, loss_at: Any) -> Any:
    """A tree for general t as a sum, each term under the condition that its loss counts."""
    terms = []
    for term in _terms(terms_of(tree)):
        away = _loss_at(term)
        holds = sympy.true if away is None else _existing(loss_at, away, symbols.now)
        if found := collected_at(term):
            at, away = found
            holds = sympy.Eq(symbols.now + away, LAST if at == ex.LAST_STEP else at)
        terms.append(_where(symbols(expression(term)), holds))
    return _added(terms) if terms else sympy.Integer(0)


def _rule(symbols: Symbols, rule: Rule, loss_at: Any) -> sympy.Eq:
    left = symbols.variable(adjoint_var(Node(rule.name, 0)))
    return sympy.Eq(left, _added_up(symbols, rule.tree, loss_at), evaluate=False)


def _over_steps(symbols: Symbols, term: Tree, loss_at: Any) -> Any:
    """Σ over t of a term of a gradient; what begins at the last loss alone is taken there."""
    away = _loss_at(term)
    value = symbols(expression(term))
    if away is not None and loss_at == "last":
        return value.subs(TIME, LAST - away)
    holds = sympy.true if away is None else _existing(loss_at, away)
    return sympy.Sum(_where(value, holds), (TIME, 1, LAST))


def _written(network: Network, parts: tuple[Tree, ...]) -> Any:
    """Trees for given steps, added."""
    symbols = Symbols(network.shapes, sympy.Integer(0))
    return _added([symbols(expression(part)) for part in parts]) if parts else sympy.Integer(0)


def _shapes(network: Network | None, *, scalar: bool, what: str) -> Mapping[str, tuple[str, ...]]:
    """The shapes of what has one; what knows no network has to do without."""
    if network is None and not scalar:
        raise NetworkError(f"{what} with vectors does not know their sizes; ask the derivation: lesson.in_sympy(…)")
    return network.shapes if network else {}


def _is_scalar(tree: Tree) -> bool:
    """Whether every arc of a tree is a plain factor."""
    first, arcs = spine(tree)
    inside = all(map(_is_scalar, first.parts)) if isinstance(first, Either) else True
    inside = first.arc.edge.partial.scalar if isinstance(first, Start) else inside
    return inside and all(arc.edge.partial.scalar for arc in arcs)


# --- type by type -----------------------------------------------------------------------------------------------------


@symbolic.register
def _(loss: Loss, known: Network | None = None) -> Any:  # noqa: ARG001 - it knows its own
    """The losses of the steps written out, added, times what each counts for, and what counts once."""
    network = loss.unrolled.graph.network
    symbols = Symbols(network.shapes, sympy.Integer(0))
    losses = _added([symbols(loss.written_out(step)) for step in loss.unrolled.loss_steps])
    return symbols(network.loss_weight) * losses + symbols(network.penalty_term or ex.ZERO)


@symbolic.register
def _(path: Path, network: Network | None = None) -> Any:
    """The product of its local partials."""
    shapes = _shapes(network, scalar=_is_scalar(path_tree(path)), what="a path")
    return Symbols(shapes, sympy.Integer(0))(path.product)


@symbolic.register
def _(paths: PathSum, network: Network | None = None) -> Any:  # noqa: ARG001 - it knows its own
    """The products along all paths, added."""
    paths.check_few()
    return _written(paths.unrolled.graph.network, tuple(map(path_tree, paths)))


@symbolic.register
def _(stage: Stage, network: Network | None = None) -> Any:  # noqa: ARG001 - it knows its own
    """Its parts, added."""
    return _written(stage.unrolled.graph.network, stage.parts)


@symbolic.register
def _(partial: LocalPartial, network: Network | None = None) -> Any:  # noqa: ARG001 - a factor has no shape
    """The local partial as a factor (scalar networks), for general t."""
    if not partial.scalar:
        raise NetworkError(
            f"the local partial of {partial.of} by {partial.by.name} is a linear map, which is no factor; ask for a path sum"
        )
    return Symbols({})(partial.factor)


@symbolic.register
def _(edge: Edge, network: Network | None = None) -> Any:
    """Its local partial."""
    return symbolic(edge.partial, network)


@symbolic.register
def _(rule: Rule, network: Network | None = None) -> sympy.Eq:
    """δ_t = …, for general t."""
    symbols = Symbols(_shapes(network, scalar=_is_scalar(rule.tree), what="a rule"))
    return _rule(symbols, rule, network.loss_at if network else "every")


@symbolic.register
def _(recurrence: Recurrence, network: Network | None = None) -> dict[str, sympy.Eq]:  # noqa: ARG001 - it knows its own
    """The rule of every named adjoint; under ``g[1]`` what is collected for a variable at one step for all t."""
    known = recurrence.graph.network
    symbols = Symbols(known.shapes)
    sums = {name: _collected(symbols, recurrence, name) for name in recurrence.collected}
    return sums | {name: _rule(symbols, rule, known.loss_at) for name, rule in recurrence.rules.items()}


def _collected(symbols: Symbols, recurrence: Recurrence, name: str) -> sympy.Eq:
    parts = tuple(_terms(recurrence.gradient(name)))
    sums = [_over_steps(symbols, term, recurrence.graph.network.loss_at) for term in parts]
    return sympy.Eq(symbols.variable(adjoint_var(Node(name, 0))), _added(sums), evaluate=False)


@symbolic.register
def _(gradient: Gradient, network: Network | None = None) -> Any:  # noqa: ARG001 - it knows its own
    """Σ over t in terms of named adjoints, for every T; with vectors, or by an initial state, its terms for this T."""
    known = gradient.recurrence.graph.network
    if gradient.target.step is not None or not known.is_scalar:
        return _written(known, gradient.terms)
    symbols = Symbols(known.shapes)
    parts = tuple(_terms(gradient.recurrence.gradient(gradient.target.name)))
    return sympy.Add(
        *(_over_steps(symbols, term, known.loss_at) for term in parts), symbols(gradient.penalty or ex.ZERO)
    )


@symbolic.register
def _(gradient: GradientByStep, network: Network | None = None) -> Any:  # noqa: ARG001 - it knows its own
    """The derivative by the datum of step t in terms of named adjoints."""
    known = gradient.recurrence.graph.network
    return _added_up(Symbols(known.shapes), gradient.rule.tree, known.loss_at)


@symbolic.register
def _(form: ClosedForm, network: Network | None = None) -> sympy.Eq:
    """δ_t = Σ_s Π_j f_j · g_s, for one adjoint that comes back to itself from the next step; otherwise a matrix would."""
    (component, *more), name = form.components, form.names[0]
    if more:
        raise NetworkError(
            "this closed form is a product of matrices in their order, and SymPy's Product does not keep one; "
            "form.at(unrolled, node) has it written out for given steps"
        )
    symbols = Symbols(_shapes(network, scalar=all(map(_is_scalar, form.rules)), what="a closed form"))
    if symbols.shapes and name in symbols.shapes:
        raise NetworkError("SymPy's Product does not keep the order of matrices; form.at(unrolled, node) writes it out")
    loss_at = network.loss_at if network else "every"
    block, source = form.block(component, Component(name)), form.source(name)
    at, origin = sympy.symbols("j s")
    handed_on = (
        ex.substitute(expression(block), {adjoint_var(Node(name, form.direction)): ex.ONE}) if block else ex.ZERO
    )
    # the step that hands on is one further than the one that receives
    factor = Symbols(symbols.shapes, at - form.direction)(handed_on)
    entering = _added_up(Symbols(symbols.shapes, origin), source, loss_at) if source else sympy.Integer(0)
    ways = (at, TIME + 1, origin) if form.direction == 1 else (at, origin, TIME - 1)
    steps = (origin, TIME, LAST) if form.direction == 1 else (origin, 1, TIME)
    left = symbols.variable(adjoint_var(Node(name, 0)))
    return sympy.Eq(left, sympy.Sum(sympy.Product(factor, ways) * entering, steps), evaluate=False)


@symbolic.register
def _(network: Network, _known: Network | None = None) -> dict[str, sympy.Eq]:
    """The forward equations, for general t."""
    symbols = Symbols(network.shapes)
    return {
        name: sympy.Eq(symbols.variable(Var(name, 0)), symbols(rule), evaluate=False)
        for name, rule in network.rules.items()
    }


@symbolic.register
def _(derivation: Derivation, network: Network | None = None) -> dict[str, Any]:
    """Every gradient by its name."""
    return {name: symbolic(gradient, network) for name, gradient in derivation.gradients.items()}
