"""Compile: an expression as Python source, and that source as a function.

One generator writes all code. What a variable, a constant and an operation look like is up to who uses it: an equation looks
them up in the storage of a number system, a program (`derive.programs`) has names for them. The operations come in the order
of the expression, so that every program rounds alike.

Only validated expressions are compiled, and their names are looked up in dictionaries or replaced by our own, so no text of a
user ever becomes code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from derive.equations import Expr, Var, length_terms
from derive.equations import expression as ex
from derive.errors import ValuesError
from derive.graph import Node
from derive.numbers.digits import UndecidedError
from derive.numbers.entries import Number
from derive.numbers.number_systems import System

Compiled: TypeAlias = Callable[[Mapping[str, Any], int], Number]
"""Takes the storage (name → value, or name → step → value) and t."""


def size_key(name: str) -> str:
    """Return where the storage keeps the number that a size stands for: no variable has such a name."""
    return f"#{name}"


def stored(sizes: Mapping[str, int]) -> dict[str, int]:
    """Return sizes as the storage keeps them."""
    return {size_key(name): size for name, size in sizes.items()}


STEPS = "number of steps"
"""Under this name, which no network has, a storage holds T as a whole number."""


class ExpressionWriter(ABC):
    """Writes expressions as Python source; how a leaf or an operation is written can be changed, and then what it means."""

    def __init__(self) -> None:
        self.temporaries = 0
        self.bound: Mapping[Var, str] = {}
        """What stands for the arguments of the function whose definition is being written."""

    def expression(self, expr: Expr) -> str:
        """An expression as Python source."""
        match expr:
            case ex.Const(value):
                return self.constant(value)
            case ex.Var():
                return self.bound.get(expr) or self.variable(expr)
            case ex.Neg(body):
                return self.negated(self.expression(body))
            case ex.Add(terms):
                return self.chained(self.expression(terms[0]), map(self._added, terms[1:]))
            case ex.Mul(factors):
                return self.joined("*", map(self.expression, factors))
            case ex.Div(top, bottom):
                return self.combined("/", self.expression(top), self.expression(bottom))
            case ex.Pow(base, exponent) if exponent == 2:
                return self._squared(base)
            case ex.Pow(base, exponent) if exponent.denominator == 1:
                return self.power(self.expression(base), exponent.numerator)
            case ex.Pow(base, exponent):  # (√x)ⁿ, and where roots are taken of roots (√√x)ⁿ
                return self.expression(ex.Pow(ex.Call("sqrt", base), exponent * 2))
            case ex.Call(function, axis=axis):
                along = function if axis is None else f"{function}_{axis}"
                return self.called(along, *map(self.expression, expr.arguments))
            case ex.Defined():
                return self.defined(expr)
            case ex.MatMul(left, right) | ex.Dot(left, right):
                return self.combined("@", self.expression(left), self.expression(right))
            case ex.Outer(left, right):
                return self.called("outer", self.expression(left), self.expression(right))
            case ex.Transpose(body):
                return self.transposed(self.expression(body))
            case ex.Total(body):
                return self.called("sum", self.expression(body))
            case ex.Summed(body, axis, kept):
                return self.called(f"sum_{axis}{'_kept' if kept else ''}", self.expression(body))
            case ex.Concat(parts, axis):
                return self.called(f"concat_{axis}", *map(self.expression, parts))
            case ex.Part(body, start, stop, axis):
                return self.called(f"part_{axis}", self.expression(body), self.length_of(start), self.length_of(stop))
            case ex.Padded(body, before, after, axis):
                return self.called(f"padded_{axis}", self.expression(body), *map(self.length_of, (before, after)))

    def defined(self, expr: ex.Defined) -> str:
        """A function that is made of others: its arguments, under names of their own where they are long, then its value."""
        arguments = [self.expression(argument) for argument in expr.arguments]
        names, longer = [], []
        for argument, text in zip(expr.arguments, arguments, strict=True):
            if not isinstance(argument, Var | ex.Const):
                self.temporaries += 1
                longer.append(f"q{self.temporaries} := {text}")
            names.append(text if isinstance(argument, Var | ex.Const) else f"q{self.temporaries}")
        value = self.within(expr.definition, names, expr.definition.value)
        return f"({', '.join(f'({binding})' for binding in longer)}, {value})[{len(longer)}]" if longer else value

    def within(self, definition: ex.Definition, names: Iterable[str], expr: Expr) -> str:
        """An expression in terms of a definition's arguments, for which these names stand."""
        outer, self.bound = self.bound, dict(zip(definition.of, names, strict=True))
        text = self.expression(expr)
        self.bound = outer
        return text

    def _added(self, term: Expr) -> tuple[str, str]:
        if isinstance(term, ex.Neg):
            return "-", self.expression(term.body)
        return "+", self.expression(term)

    def _squared(self, base: Expr) -> str:
        """The product x x, of something long under a name of its own."""
        inner = self.expression(base)
        if isinstance(base, Var):
            return self.combined("*", inner, inner)
        self.temporaries += 1
        return self.combined("*", f"(q{self.temporaries} := {inner})", f"q{self.temporaries}")

    def joined(self, operator: str, parts: Iterable[str]) -> str:
        """An operation of several arguments, from left to right."""
        first, *others = parts
        return self.chained(first, ((operator, part) for part in others))

    # -- how leaves and operations are written -------------------------------------------------------------------------

    @abstractmethod
    def variable(self, var: Var) -> str:
        """A variable at its step."""

    @abstractmethod
    def constant(self, value: Fraction) -> str:
        """An exact number in the number system."""

    @abstractmethod
    def size(self, name: str) -> str:
        """What a size stands for."""

    def length_of(self, length: str) -> str:
        """A sum of sizes, as a whole number."""
        parts = [
            str(times) if not name else f"{times}*{self.size(name)}" for name, times in length_terms(length).items()
        ]
        return " + ".join(parts) or "0"

    @abstractmethod
    def called(self, function: str, *arguments: str) -> str:
        """A function of the number system."""

    def combined(self, operator: str, left: str, right: str) -> str:
        """An operation of two arguments."""
        return f"({left} {operator} {right})"

    def chained(self, first: str, others: Iterable[tuple[str, str]]) -> str:
        """Operations one after the other, from left to right, in one pair of brackets: Python nests 200 at most."""
        rest = "".join(f" {operator} {part}" for operator, part in others)
        return f"({first}{rest})" if rest else first

    def negated(self, body: str) -> str:
        """−body."""
        return f"(-{body})"

    def power(self, base: str, exponent: int) -> str:
        """A whole power."""
        return f"({base} ** {exponent})"

    def transposed(self, body: str) -> str:
        """A matrix transposed."""
        return f"{body}.T"


class _EquationWriter(ExpressionWriter):
    """Writes over ``v`` (storage), ``t``, ``f`` (functions) and ``c`` (constants)."""

    def variable(self, var: Var) -> str:
        if var.at is not None:
            return f"v[{var.name!r}][{f'v[{STEPS!r}]' if var.at == ex.LAST_STEP else var.at}]"
        if var.lag is None:
            return f"v[{var.name!r}]"
        return f"v[{var.name!r}][t{-var.lag:+d}]" if var.lag else f"v[{var.name!r}][t]"

    def constant(self, value: Fraction) -> str:
        return f"c({value.numerator}, {value.denominator})"

    def size(self, name: str) -> str:
        return f"v[{size_key(name)!r}]"

    def called(self, function: str, *arguments: str) -> str:
        return f"f[{function!r}]({', '.join(arguments)})"

    def power(self, base: str, exponent: int) -> str:
        return self.called("power", base, str(exponent))

    def defined(self, expr: ex.Defined) -> str:
        """One with a rule in place of its slope is told both, for numbers that move."""
        definition = expr.definition
        if not definition.rule or definition.slopes is None:
            return super().defined(expr)
        made = (self.within(definition, ["z"], made) for made in (definition.value, *definition.slopes))
        argument, (value, slope) = self.expression(expr.arguments[0]), made
        return f"f['ruled']({argument}, lambda z: {value}, lambda z: {slope})"


@cache
def _code(expr: Expr) -> Any:
    return compile(f"lambda v, t: {_EquationWriter().expression(expr)}", "<equation>", "eval")


def compiled(expr: Expr, system: System) -> Compiled:
    """Return an expression as a function of the storage and t."""
    constant = cache(lambda top, bottom: system.exact(Fraction(top, bottom)))
    function: Compiled = eval(  # noqa: S307 - the source is made from a validated expression, never by a user
        _code(expr), {"__builtins__": {}, "f": system.functions, "c": constant}
    )
    return function


def defined(text: str, name: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of that name which a text of our own making defines; it sees ``scope``, with no other builtins."""
    scope.setdefault("__builtins__", {})
    exec(compile(text, f"<{name}>", "exec"), scope)  # noqa: S102 - made from validated expressions, never from a user's text
    function: Callable[..., Any] = scope[name]
    return function


def value_of(rule: Compiled, storage: Mapping[str, Any], where: str, node: Node) -> Number:
    """Evaluate a rule, turning what a number system says of a pole or overflow into one message that names the node."""
    where_in = node.name if node.step is None else f"{node.name} at step {node.step}"
    try:
        return rule(storage, node.step or 0)
    except UndecidedError as undecided:
        raise undecided.of(f"an argument of relu in {where_in}") from None
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise ValuesError(f"{where}{where_in} has no value with these numbers ({error})") from None
