"""Algebra: expressions to SymPy and back.

SymPy collects, cancels and decides identities; what it returns is put back into a teacher's order: terms and factors come
as their symbols first appear in the equation they come from, numbers and positive terms first, brackets last. Vectors
appear in SymPy as symbols for one component each, which is all that elementwise mathematics needs. Where an expression is
only put in order (`tidy`, `cancelled`), each function of something is one symbol too: a slope such as 1 − h² is a
polynomial in the function's value, and nothing about tanh has to be known to write it well.

All of SymPy is loaded with this module, so it is imported where an expression goes to SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

import sympy

from derive.equations import expression as ex
from derive.equations.decimals import ends
from derive.equations.differentiate import is_atom
from derive.equations.expression import Expr, Var
from derive.equations.functions import FUNCTIONS, PI
from derive.equations.sympy_functions import IN_SYMPY, unknown_to_sympy

NO_NAMES: Mapping[Expr, Expr] = MappingProxyType({})
NO_LEAVES: Mapping[Expr, sympy.Expr] = MappingProxyType({})
SYMPYS: Mapping[str, str] = MappingProxyType({"Abs": "abs", "Max": "maximum", "Min": "minimum"})
"""SymPy's functions that have another name here."""
LITERAL = (ex.Var, ex.Const, ex.Neg, ex.Add, ex.Mul, ex.Div, ex.Pow)
"""What a sum of names is made of."""
LARGEST_CANCELLED = 24
"""Up to so many operations, sums are multiplied out to see whether a quotient cancels: the work grows exponentially."""


@lru_cache(maxsize=100_000)
def symbol(var: Var) -> sympy.Symbol:
    """The SymPy symbol of a variable: ``w_h``, ``h_t``, ``h_{t-1}``."""
    if var.lag is None:
        at = "" if var.at is None else f"_{var.at or 'T'}"
        return sympy.Symbol(f"{var.name}{at}", real=True)
    step = "t" if var.lag == 0 else f"{{t{-var.lag:+d}}}"
    return sympy.Symbol(f"{var.name}_{step}", real=True)


@lru_cache(maxsize=100_000)
def step_symbol(name: str, step: int | None) -> sympy.Symbol:
    """The SymPy symbol of a variable at a given step: ``h_3``."""
    return sympy.Symbol(name if step is None else f"{name}_{step}", real=True)


def to_sympy(expr: Expr, leaf: Callable[[Expr], sympy.Expr | None] = NO_LEAVES.get) -> sympy.Expr:
    """Return an elementwise expression in SymPy; ``leaf`` may give the symbol that stands for a whole subexpression."""
    found = leaf(expr)
    if found is not None:
        return found
    match expr:
        case ex.Const(value):
            return sympy.Rational(value.numerator, value.denominator)
        case ex.Var():
            return symbol(expr)
        case ex.Neg(body):
            return -to_sympy(body, leaf)
        case ex.Add(terms):
            return sympy.Add(*(to_sympy(term, leaf) for term in terms))
        case ex.Mul(factors):
            return sympy.Mul(*(to_sympy(factor, leaf) for factor in factors))
        case ex.Div(top, bottom):
            return to_sympy(top, leaf) / to_sympy(bottom, leaf)
        case ex.Pow(base, exponent):
            return to_sympy(base, leaf) ** sympy.Rational(exponent.numerator, exponent.denominator)
        case ex.Call(function):
            if function not in IN_SYMPY:
                raise AssertionError(f"{function} is not elementwise")
            return IN_SYMPY[function](*(to_sympy(argument, leaf) for argument in expr.arguments))
        case ex.Defined(definition, arguments):
            made = in_sympy(definition)
            return made(*(to_sympy(argument, leaf) for argument in arguments))
        case ex.MatMul() | ex.Dot() | ex.Outer() | ex.Transpose() | ex.Total() | ex.Summed():
            raise AssertionError(f"{type(expr).__name__} is not elementwise")
        case ex.Concat() | ex.Part() | ex.Padded():
            raise AssertionError(f"{type(expr).__name__} is not elementwise")


@lru_cache(maxsize=1_000)
def in_sympy(definition: ex.Definition) -> Callable[..., sympy.Expr]:
    """Return a function that is made of others as these; one with a rule in place of its slope, as a function of its own."""

    def made(expr: Expr) -> Callable[..., sympy.Expr]:
        def apply(*arguments: sympy.Expr) -> sympy.Expr:
            known: dict[Expr, sympy.Expr] = dict(zip(definition.of, arguments, strict=False))
            return to_sympy(expr, known.get)

        return apply

    if not definition.rule:
        return made(definition.value)
    return unknown_to_sympy(definition.name, *map(made, definition.slopes or ()), value=made(definition.value))


def tidy(expr: Expr, names: Mapping[Expr, Expr] = NO_NAMES) -> Expr:
    """Return an elementwise expression collected and shortened, its symbols in the order in which it has them.

    ``names`` are expressions, each with the variable that is printed in its place: tanh(a) is h.

    >>> half, y = ex.Const(Fraction(1, 2)), Var("y", 0)
    >>> tidy(ex.Mul((half, ex.Const(Fraction(2)), y))) == y
    True
    """
    if isinstance(expr, Var) or (isinstance(expr, ex.Const) and expr.value >= 0):
        return names.get(expr, expr)  # as most slopes are: nothing to put in order
    leaves = _Leaves(names)
    leaves.meet(expr)
    leaves.keep_denominators(expr)
    found, decimals = _shortened(to_sympy(expr, leaves.symbol)), ex.has_decimals(expr)
    return from_sympy(_spread(found) if decimals else found, leaves.back, decimals=decimals)


def cancelled(product: Expr) -> Expr | None:
    """Return a product whose quotients cancel, without them: (−ŷ/p) p is −ŷ; None if some quotient remains."""
    return _cancelled(product, ex.has_decimals(product))


@lru_cache(maxsize=10_000)
def _cancelled(product: Expr, decimals: bool) -> Expr | None:  # noqa: FBT001 - part of the key
    leaves = _Leaves(NO_NAMES)
    leaves.meet(product)
    found = to_sympy(product, leaves.symbol)  # where equal factors cancel by themselves
    if sympy.count_ops(found) <= LARGEST_CANCELLED:
        found = sympy.cancel(found)
    if not sympy.fraction(found)[1].is_Number:
        return None
    found = _shortened(found)
    return from_sympy(_spread(found) if decimals else found, leaves.back, decimals=decimals)


def _shortened(found: sympy.Expr) -> sympy.Expr:
    """Common factors taken out of the terms; a sum of products of sums multiplied out if it gets shorter by that."""
    found = sympy.factor_terms(found, sign=False)
    if not (
        found.is_Add and any(term.is_Mul and any(factor.has(sympy.Add) for factor in term.args) for term in found.args)
    ):
        return found
    return min(found, sympy.expand(found), key=sympy.count_ops)


def _spread(found: sympy.Expr) -> sympy.Expr:
    """A fraction before a sum multiplied into its terms: among decimals h − 0.3 is better than 1/10 (10 h − 3)."""

    def is_before_sum(part: sympy.Expr) -> bool:
        return (
            part.is_Mul
            and part.args[0].is_Rational
            and not part.args[0].is_Integer
            and any(a.is_Add for a in part.args)
        )

    def multiplied(part: sympy.Expr) -> sympy.Expr:
        number, *others = part.args
        place = next(place for place, factor in enumerate(others) if factor.is_Add)
        others[place] = sympy.Add(*(number * term for term in others[place].args))
        return sympy.Mul(*others)

    return found.replace(is_before_sum, multiplied)


class _Leaves:
    """Symbols for what an elementwise expression does not look into, in order of appearance, and the way back."""

    def __init__(self, names: Mapping[Expr, Expr]) -> None:
        self.names = names
        self.back: dict[sympy.Expr, Expr] = {}
        self.known: dict[Expr, sympy.Symbol] = {}

    def symbol(self, expr: Expr) -> sympy.Symbol | None:
        """The symbol of a variable, function or product; None for what is made of others."""
        if not (isinstance(expr, ex.Call | ex.Defined) or is_atom(expr)):
            return None
        named = self.names.get(expr, expr)
        if named not in self.known:
            found = symbol(named) if isinstance(named, Var) else sympy.Symbol(f"_{len(self.known)}", real=True)
            self.known[named] = found
            self.back[found] = named
        return self.known[named]

    def meet(self, expr: Expr) -> None:
        """Give symbols to all that an expression is made of, from left to right, so that they come in this order."""
        if self.symbol(expr) is None or isinstance(expr, ex.Call | ex.Defined):
            for child in ex.children(expr):
                self.meet(child)

    def keep_denominators(self, expr: Expr) -> None:
        """Note the sums of names below a line, which a derivative has as they were written: they stay so wherever they are."""
        for child in ex.children(expr):
            self.keep_denominators(child)
        if isinstance(expr, ex.Div):
            for total in _sums_of_names(expr.bottom):
                found = to_sympy(total, self.symbol)
                if found.is_Add:
                    self.back.setdefault(found, total)


def _sums_of_names(expr: Expr) -> Iterator[Expr]:
    """The sums in an expression, if it is made of names and numbers alone."""
    if isinstance(expr, ex.Add) and all(isinstance(part, LITERAL) for part in ex.inside(expr)):
        yield expr
    for child in ex.children(expr):
        yield from _sums_of_names(child)


def from_sympy(expression: sympy.Expr, back: Mapping[sympy.Expr, Expr], *, decimals: bool = False) -> Expr:
    """Return a SymPy expression in a teacher's order; ``back`` maps symbols to expressions, in order of appearance.

    With ``decimals`` numbers are decimals where they end: 2 · 0.3 is 0.6, not 3/5.
    """
    rank = {known: place for place, known in enumerate(back)}
    return _Reader(back, rank, decimals).read(expression)


class _Reader:
    """Reads SymPy expressions back; ``rank`` says which symbol comes first."""

    def __init__(
        self,
        back: Mapping[sympy.Expr, Expr],
        rank: Mapping[sympy.Expr, int],
        decimals: bool,  # noqa: FBT001 - a private class
    ) -> None:
        self.back = back
        self.rank = rank
        self.decimals = decimals

    def read(self, given: sympy.Expr) -> Expr:
        """Translate one SymPy expression."""
        if given in self.back:
            return self.back[given]
        if given.is_Rational:
            value = Fraction(int(given.p), int(given.q))
            constant = ex.Const(abs(value), decimal=self._is_decimal(value))
            return ex.Neg(constant) if value < 0 else constant
        if given.is_Add:
            return self._sum(given)
        if given.is_Mul:
            return self._product(given)
        if given.is_Pow or isinstance(given, sympy.exp):
            return self._power(given)
        if given is sympy.pi:
            return PI
        name = SYMPYS.get(type(given).__name__, type(given).__name__)
        if name in FUNCTIONS and FUNCTIONS[name].arity <= len(given.args):
            return self._call(name, *map(self.read, given.args))
        raise NotImplementedError(f"no equation can say {given}")

    def _call(self, name: str, first: Expr, *others: Expr) -> Expr:
        """A function; of more arguments than it takes, which SymPy's Max has, one after the other."""
        arity = FUNCTIONS[name].arity
        call = ex.Call(name, first, others[: arity - 1])
        return self._call(name, call, *others[arity - 1 :]) if len(others) >= arity else call

    def _is_decimal(self, value: Fraction) -> bool:
        return self.decimals and value.denominator != 1 and ends(value)

    def _place(self, given: sympy.Expr) -> int:
        """Where an expression's first symbol appears; numbers come before all."""
        places = [self.rank[known] for known in given.free_symbols if known in self.rank]
        return min(places, default=-1)

    def _sum(self, given: sympy.Expr) -> Expr:
        ordered = sorted(given.args, key=lambda term: (self._place(term), term.sort_key()))
        read = [self.read(term) for term in ordered]
        first = next((term for term in read if not isinstance(term, ex.Neg)), read[0])
        return ex.Add((first, *(term for term in read if term is not first)))

    def _product(self, given: sympy.Expr) -> Expr:
        number, rest = given.as_coeff_Mul()
        tops: list[sympy.Expr] = []
        bottoms: list[sympy.Expr] = []
        for factor in rest.args if rest.is_Mul else (rest,):
            below = factor.is_Pow and factor.exp.is_Rational and factor.exp < 0
            (bottoms if below else tops).append(1 / factor if below else factor)
        numerator, denominator = abs(number).p, abs(number).q
        key = lambda factor: (bool(factor.is_Add), self._place(factor), factor.sort_key())  # noqa: E731
        over = [self.read(factor) for factor in sorted(tops, key=key)]
        under = [self.read(factor) for factor in sorted(bottoms, key=key)]
        if self._is_decimal(Fraction(int(numerator), int(denominator))):
            over.insert(0, ex.Const(Fraction(int(numerator), int(denominator)), decimal=True))
            numerator = denominator = 1
        if numerator != 1:
            over.insert(0, ex.Const(Fraction(int(numerator))))
        if denominator != 1:
            under.insert(0, ex.Const(Fraction(int(denominator))))
        result = ex.Div(ex.mul(*over), ex.mul(*under)) if under else ex.mul(*over)
        return ex.Neg(result) if number < 0 else result

    def _power(self, given: sympy.Expr) -> Expr:
        if isinstance(given, sympy.exp):
            return ex.Call("exp", self.read(given.args[0]))
        base, exponent = given.base, given.exp
        if not exponent.is_Rational:
            raise NotImplementedError(f"no equation can say {given}")
        if exponent < 0:
            return ex.Div(ex.ONE, self.read(base**-exponent))
        if exponent == sympy.Rational(1, 2):
            return ex.Call("sqrt", self.read(base))
        return ex.Pow(self.read(base), Fraction(int(exponent.p), int(exponent.q)))
