"""Value: the number of a formula, for a reader who knows what its letters stand for.

A formula is read as it stands on the page, not as it was built. It is spelled out from left to right (`spelled`) as a
writer prints it, and read with the precedence of mathematics: brackets count where they are printed and nowhere else, an
exponent belongs to what stands right before it, Σ takes in the product behind it, and − and + end a product. So a bracket
that is lacking, or a sign, changes the value. Braces and colours say nothing; words say nothing either, with what follows
them up to the next term: they are a remark.

    a sum      = [−] product, then + or − and a product …
    a product  = factors side by side, or with · or × between, or all with ⊙ between; Σ and Π end it, with their body
    a factor   = a number, symbol, fraction, root, function, derivative, matrix, or something in brackets; its exponents

Names are resolved through the printed symbol alone, with its steps as numbers: what prints alike is alike.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final, Protocol, TypeAlias

from derive.notation import linear
from derive.notation.formula import (
    Apply,
    Big,
    Cases,
    Derivative,
    Formula,
    Fraction,
    Group,
    Matrix,
    Minus,
    Number,
    Part,
    Power,
    Root,
    Sign,
    Sum,
    Symbol,
    Transposed,
    Words,
    number,
)
from derive.notation.items import Items, spelled, split
from derive.notation.letters import CLOSING, OPENING, RELATIONS
from derive.notation.linear import ZERO, Ones, Unit, UnreadableError, Value

Bound: TypeAlias = Mapping[Symbol, int]
"""What the letters of steps stand for: t, s, j, T."""
Meaning: TypeAlias = Callable[[Bound], Value]
"""What has been read, still without its steps."""
ONES: Final = Symbol("𝟏")
_ANY_SIZE: Final[Mapping[Symbol, Value]] = {ONES: Ones(), Symbol("I"): Unit(), Symbol("π"): math.pi}
_PAIRS: Final = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "|": "|", "‖": "‖"}
_ENDS: Final = frozenset({"+", "−", ",", "|", "‖", *CLOSING, *RELATIONS})
"""A product ends before one of these."""
_HOLDS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "≤": lambda left, right: left <= right,
    "≥": lambda left, right: left >= right,
}


class Known(Protocol):
    """What a reader knows: what a symbol stands for, its steps numbers, and derivatives of one by another.

    ``ones`` is how long 𝟏 is where nothing beside it says so; 0 if that is not known.
    """

    @property
    def ones(self) -> int:
        """The size of 𝟏."""

    @property
    def in_rows(self) -> bool:
        """Whether vectors are rows."""

    @property
    def axis(self) -> int | None:
        """Along which axis of a matrix functions of a whole vector go, if there are such."""

    def size(self, symbol: Symbol) -> Value | None:
        """What a symbol is as the name of a size."""

    def symbol(self, symbol: Symbol) -> Value | None:
        """The value of a symbol, None for one that is not known."""

    def derivative(self, of: Symbol, by: Symbol, kind: str) -> Value:
        """The derivative of one symbol by another."""

    def function(self, name: str) -> Callable[..., Value] | None:
        """A function made of others, by its printed name; with a ′ behind it, its derivative."""


@dataclass(frozen=True)
class _Sizes:
    """What a reader knows of the sizes alone, whatever else their letters stand for."""

    known: Known
    ones: int = 0
    in_rows: bool = False
    axis: int | None = None

    def size(self, symbol: Symbol) -> Value | None:
        """The number that a size is."""
        return self.known.size(symbol)

    symbol = size

    def derivative(self, of: Symbol, by: Symbol, kind: str) -> Value:
        """None is a size."""
        raise UnreadableError(f"the {kind} derivative of {of} by {by} is no size")

    def function(self, name: str) -> Callable[..., Value] | None:  # noqa: ARG002 - none is known
        """None is a size."""
        return None


def value(formula: Formula, known: Known, bound: Bound) -> Value:
    """Return the number, column, row or matrix of a formula.

    Raises `UnreadableError` for what cannot be read.

    >>> from derive.notation.formula import plus, times
    >>> class Two:
    ...     ones, in_rows, axis = 0, False, None
    ...     def symbol(self, symbol):
    ...         return 2.0
    ...     def function(self, name):
    ...         return None
    >>> value(times(Number("3"), plus(Symbol("a"), Number("1"))), Two(), {})
    9.0
    """
    return meaning(tuple(spelled(formula)), known)(bound)


def settled(symbol: Symbol, known: Known) -> Callable[[Bound], Symbol]:
    """A symbol with each of its steps as a number: h_{t−1} at t = 3 is h_2, and δ_t^(m_t) is δ_3^(5)."""
    subs = [_script(script, known) for script in symbol.subs]
    sups = [_script(script, known) if isinstance(script, Group) else (script, None) for script in symbol.sups]
    if all(step is None for _, step in (*subs, *sups)):
        return lambda _: symbol

    def found(bound: Bound) -> Symbol:
        here, above = ([_settled(*script, bound) for script in scripts] for scripts in (subs, sups))
        return Symbol(symbol.letter, symbol.accent, tuple(here), tuple(above))

    return found


def _script(script: Formula, known: Known) -> tuple[Formula, Meaning | None]:
    """A script, and what it means if it can be a step; one in brackets is the end of a truncated sequence."""
    match script:
        case Group(body):
            return script, _script(body, known)[1]
        case Sum() | Minus() | Symbol():
            return script, meaning(tuple(spelled(script)), known)
        case _:
            return script, None


def _settled(script: Formula, step: Meaning | None, bound: Bound) -> Formula:
    """A script as a number, if it is one."""
    if step is None:
        return script
    try:
        found = step(bound)
    except UnreadableError:
        return script
    if not isinstance(found, int | float) or found != round(found):
        return script
    return Group(number(round(found)), script.brackets) if isinstance(script, Group) else number(round(found))


def meaning(items: Items, known: Known) -> Meaning:
    """Read a whole expression."""
    reader = _Reader(items, known)
    found = reader.total()
    if reader.here is not None:
        raise UnreadableError(f"{reader.here} is one thing too many")
    return found


@dataclass
class _Reader:
    """Reads items from left to right; ``place`` is how far it has come."""

    items: Items
    known: Known
    place: int = 0

    @property
    def here(self) -> Formula | None:
        """What comes next."""
        return self.items[self.place] if self.place < len(self.items) else None

    @property
    def sign(self) -> str:
        """The sign that comes next, if it is one."""
        here = self.here
        return here.text if isinstance(here, Sign) else ""

    def take(self, sign: str) -> bool:
        """Go past a sign if it comes next."""
        found = self.sign == sign
        self.place += found
        return found

    # -- sums and products ---------------------------------------------------------------------------------------------

    def total(self) -> Meaning:
        """Read a sum."""
        found = self.signed()
        while self.sign in {"+", "−"}:
            found = _both(linear.added, found, self.signed())
        return found

    def signed(self) -> Meaning:
        """Read a product with the sign in front of it."""
        negative = self.take("−")
        if not negative:
            self.take("+")
        product = self.product()
        return (lambda bound: linear.scaled(-1.0, product(bound))) if negative else product

    def product(self) -> Meaning:
        """Read factors, up to the end of the term."""
        found: list[Meaning] = []
        signs: set[str] = set()
        digits = False
        while not self._ended():
            sign = self.sign if self.sign in {"·", "×", "⊙"} else ""
            self.place += bool(sign)
            if not sign and digits and isinstance(self.here, Number):
                raise UnreadableError("two numbers side by side")
            if found:
                signs.add("⊙" if sign == "⊙" else "")
            elif sign:
                raise UnreadableError(f"a product begins with {sign}")
            digits = isinstance(self.here, Number)
            found.append(self.factor())
        if not found or len(signs) > 1:
            raise UnreadableError("a factor is missing" if not found else "⊙ among other products, without brackets")
        if len(found) == 1:
            return found[0]
        if signs == {"⊙"}:
            return lambda bound: linear.all_componentwise([factor(bound) for factor in found])
        return lambda bound: linear.multiplied([factor(bound) for factor in found], self.known.ones)

    def _ended(self) -> bool:
        """Whether a product ends here; a remark behind it is passed over."""
        here = self.here
        if isinstance(here, Words):
            depth = 0
            while self.here is not None and (depth or self.sign not in _ENDS):
                depth += (self.sign in OPENING) - (self.sign in CLOSING)
                self.place += 1
            here = self.here
        return here is None or (isinstance(here, Sign) and here.text in _ENDS and not self._opens())

    def _opens(self) -> bool:
        """Whether | or ‖ opens something here: nothing that it could close is open."""
        return self.sign in {"|", "‖"} and self.sign not in self._open

    @property
    def _open(self) -> list[str]:
        found: list[str] = []
        for item in self.items[: self.place]:
            text = item.text if isinstance(item, Sign) else ""
            if text in _PAIRS.values() and found and _PAIRS[found[-1]] == text:
                found.pop()
            elif text in _PAIRS:
                found.append(text)
        return found

    # -- factors -------------------------------------------------------------------------------------------------------

    def factor(self) -> Meaning:
        """Read a factor with what is raised behind it."""
        item = self.here
        if isinstance(item, Big):
            self.place += 1
            return self.over(item)
        found = self.atom()
        raised = isinstance(item, Fraction | Derivative | Cases) or (
            isinstance(item, Number) and item.exponent is not None
        )
        raised |= isinstance(item, Symbol) and bool(item.sups)
        while isinstance(self.here, Part):
            found = self.part(found, self.here)
            self.place += 1
        while isinstance(self.here, Power | Transposed):
            if raised:
                raise UnreadableError("something raised upon something raised, or upon what has no brackets")
            found, raised = self.power(item, found, self.here), True
            self.place += 1
        return found

    def part(self, found: Meaning, part: Part) -> Meaning:
        """What a part of a factor is: the components from one to another, of a matrix in both directions."""
        ranges = [self._range(place) for place in part.places]
        return lambda bound: linear.part(found(bound), ranges)

    def _range(self, place: Formula) -> tuple[int, int] | None:
        """The first and the last component of a range of sizes; None for all."""
        if place == Sign(":"):
            return None
        known = _Sizes(self.known)
        ends = [meaning(items, known)({}) for _, items in split(tuple(spelled(place)), frozenset(":"))]
        return _whole(ends[0]), _whole(ends[-1])

    def power(self, base: Formula | None, found: Meaning, raised: Power | Transposed) -> Meaning:
        """What a factor is with an exponent, or transposed."""
        if isinstance(raised, Transposed):
            return lambda bound: linear.transposed(found(bound))
        spelled_out = tuple(spelled(raised.exponent))
        if spelled_out[:1] == (Sign("⊙"),):
            elementwise = meaning(spelled_out[1:], self.known)
            return lambda bound: linear.each(lambda entry: float(entry ** elementwise(bound)), found(bound))
        exponent = meaning(spelled_out, self.known)
        if base == Symbol("e"):
            if self.known.symbol(Symbol("e")) is not None:
                raise UnreadableError("e is a name of the network and the base of the exponential function")
            return lambda bound: linear.each(math.exp, exponent(bound))
        return lambda bound: linear.raised(found(bound), exponent(bound))

    def atom(self) -> Meaning:
        """Read what no product takes apart."""
        item = self.here
        self.place += 1
        match item:
            case Number(text, exponent):
                digits = float(text.replace("\u202f", "")) * 10.0 ** (exponent or 0)
                return lambda _: digits or ZERO
            case Symbol() if item in _ANY_SIZE and self.known.symbol(item) is None:
                constant = _ANY_SIZE[item]
                return lambda _: constant
            case Symbol("𝟎" | "I" as letter, None, (size,), ()) if (count := self.size(item, size)) is not None:
                return lambda _: linear.Nothing(count) if letter == "𝟎" else linear.unit(count)
            case Symbol(letter=name) if self.sign == "(" and self._is_function(item):
                return self.called(name)
            case Symbol():
                return self.named(item)
            case Sign(text) if text in _PAIRS:
                return self.enclosed(text)
            case Fraction(top, bottom):
                return _both(linear.quotient, self._of(top), self._of(bottom))
            case Root(body):
                inner = self._of(body)
                return lambda bound: linear.each(math.sqrt, inner(bound))
            case Apply(name, arguments):
                return self.applied(name, list(map(self._of, arguments)))
            case Derivative(Apply(name, (argument,)), Symbol(), "total"):
                return self.applied(f"{name}′", [self._of(argument)])
            case Derivative(Symbol() as of, Symbol() as by, kind):
                over, under = (self._as_known(symbol) for symbol in (of, by))
                return lambda bound: self.known.derivative(over(bound), under(bound), kind)
            case Matrix(rows):
                entries = [list(map(self._of, row)) for row in rows]
                return lambda bound: linear.matrix([[entry(bound) for entry in row] for row in entries])
            case Cases(rows):
                return self.cases(rows)
        raise UnreadableError(f"{item} has no value")

    def size(self, symbol: Symbol, subscript: Formula) -> int | None:
        """The size that the subscript of I or 𝟎 is; None if it is a step, and the symbol a name of the network."""
        if self.known.symbol(symbol) is not None:
            return None
        try:
            return _whole(meaning(tuple(spelled(subscript)), _Sizes(self.known))({}))
        except UnreadableError:
            return None

    def _as_known(self, symbol: Symbol) -> Callable[[Bound], Symbol]:
        """A symbol with its steps as numbers, unless it is known as it is: the q of b_q may be a size."""
        return settled(symbol, self.known) if self.known.symbol(symbol) is None else lambda _: symbol

    def _of(self, formula: Formula) -> Meaning:
        return meaning(tuple(spelled(formula)), self.known)

    def _is_function(self, symbol: Symbol) -> bool:
        if symbol.subs or symbol.sups or self.known.symbol(symbol) is not None:
            return False
        return symbol.letter in {*linear.COMPONENTWISE, *linear.WHOLE} or self.known.function(symbol.letter) is not None

    def called(self, name: str) -> Meaning:
        """Read the arguments of a function whose call was broken over lines."""
        self.place += 1
        return self.applied(name, self.listed(")"))

    def applied(self, name: str, arguments: list[Meaning]) -> Meaning:
        """A function of what has been read: one that every reader knows, or one that is made of others."""
        if name in linear.ALONG and self.known.axis is not None:
            return lambda bound: self._along(name, [argument(bound) for argument in arguments])
        if name in linear.COMPONENTWISE or name in linear.WHOLE:
            return lambda bound: linear.applied(name, [argument(bound) for argument in arguments])
        function = self.known.function(name)
        if function is None:
            raise UnreadableError(f"there is no function {name}")
        return lambda bound: function(*(argument(bound) for argument in arguments))

    def _along(self, name: str, arguments: list[Value]) -> Value:
        """A function of a whole vector, of a matrix along the axis of the network."""
        axis, in_rows = self.known.axis, self.known.in_rows
        if axis is None or len(arguments) != 1 or linear.is_upright(arguments[0], in_rows=in_rows):
            return linear.applied(name, arguments)
        return linear.along(name, arguments[0], axis)

    def named(self, symbol: Symbol) -> Meaning:
        """Read a symbol: a letter of a step, or a name."""
        at = settled(symbol, self.known)

        def found(bound: Bound) -> Value:
            if symbol in bound:
                return bound[symbol]
            here = at(bound)
            value = self.known.symbol(here)
            as_it_is = self.known.symbol(symbol) if here != symbol else None
            if value is None and as_it_is is None:
                raise UnreadableError(f"nobody knows {symbol}")
            if value is not None and as_it_is is not None:
                raise UnreadableError(f"two things print as {symbol}")
            return as_it_is if value is None else value

        return found

    def listed(self, closing: str) -> list[Meaning]:
        """Read expressions with commas between, up to a closing bracket."""
        found = [self.total()]
        while self.take(","):
            found.append(self.total())
        if not self.take(closing):
            raise UnreadableError(f"{closing} is missing before {self.here}")
        return found

    def enclosed(self, opening: str) -> Meaning:
        """Read what stands in brackets: a value, a column (a, b), a norm, a whole part, or [z > 0], which is 1 or 0."""
        if opening == "[":
            first = self.total()
            if self.sign in _HOLDS:
                return self.holding(first)
            if self.take("∈") and self.take("{"):
                steps = self.listed("}")
                if not self.take("]"):
                    raise UnreadableError("] is missing")
                return lambda bound: float(any(first(bound) == step(bound) for step in steps))
            if not self.take("]"):
                raise UnreadableError("] is missing")
            return first
        entries = self.listed(_PAIRS[opening])
        if len(entries) > 1:
            in_rows = self.known.in_rows
            return lambda bound: linear.listed([entry(bound) for entry in entries], in_rows=in_rows)
        (inner,) = entries
        match opening:
            case "|":
                return lambda bound: linear.each(abs, inner(bound))
            case "‖":
                return lambda bound: linear.norm(inner(bound))
            case "⌊":
                return lambda bound: math.floor(inner(bound))
        return inner

    def holding(self, first: Meaning) -> Meaning:
        """Read what an expression is compared with: [z > 0], [a ≤ z ≤ b]; 1 where all of it holds."""
        sides, signs = [first], []
        while self.sign in _HOLDS:
            signs.append(_HOLDS[self.sign])
            self.place += 1
            sides.append(self.total())
        if not self.take("]"):
            raise UnreadableError(f"] is missing before {self.here}")

        def hold(*values: float) -> float:
            return float(all(sign(*pair) for sign, pair in zip(signs, itertools.pairwise(values), strict=True)))

        return lambda bound: linear.each(hold, *(side(bound) for side in sides))

    def over(self, big: Big) -> Meaning:
        """Read Σ or Π from its lower limit to its upper one, with the product behind it; an empty one is 0 or 1."""
        limits = split(tuple(spelled(big.lower)), frozenset("="))
        if big.upper is None or len(limits) != 2 or len(limits[0][1]) != 1:
            raise UnreadableError(f"{big.operator} has no range")
        letter = limits[0][1][0]
        first, last, body = meaning(limits[1][1], self.known), self._of(big.upper), self.signed()
        sums = big.operator == "Σ"
        if not isinstance(letter, Symbol):
            raise UnreadableError(f"{big.operator} over {letter}")

        def found(bound: Bound) -> Value:
            steps = range(_whole(first(bound)), _whole(last(bound)) + 1)
            values = [body({**bound, letter: step}) for step in steps]
            return reduce(linear.added, values, ZERO) if sums else linear.multiplied([1.0, *values], self.known.ones)

        return found

    def cases(self, rows: tuple[tuple[Formula, Formula], ...]) -> Meaning:
        """Read the one case whose condition holds."""
        found = [(self._of(body), condition(tuple(spelled(when)), self.known)) for body, when in rows]

        def chosen(bound: Bound) -> Value:
            values = [body for body, holds in found if holds(bound)]
            if len(values) != 1:
                raise UnreadableError(f"{len(values)} cases hold")
            return values[0](bound)

        return chosen


def condition(items: Items, known: Known) -> Callable[[Bound], bool]:
    """Read a condition on steps, such as t < T."""
    (_, left), *others = split(items, frozenset(RELATIONS))
    if len(others) != 1 or others[0][0] not in _HOLDS:
        raise UnreadableError(f"{items} is no condition")
    sign, right = others[0]
    one, other, holds = meaning(left, known), meaning(right, known), _HOLDS[sign]
    return lambda bound: holds(one(bound), other(bound))


def _whole(number: Value) -> int:
    if not isinstance(number, int | float) or number != round(number):
        raise UnreadableError(f"{number} is no step")
    return round(number)


def _both(join: Callable[[Value, Value], Value], first: Meaning, second: Meaning) -> Meaning:
    return lambda bound: join(first(bound), second(bound))
