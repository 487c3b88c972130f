"""Subject: what a handout is about — a derivation, its worked example and checks, and how to print them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from string import ascii_lowercase, ascii_uppercase
from typing import Any, TypeAlias, TypeVar

from derive.checks import Check
from derive.derivation import Derivation
from derive.equations import Expr
from derive.equations import expression as ex
from derive.errors import CheckFailedError, NarrativeError
from derive.graph import Node
from derive.notation.closed_form import Equation, closed_form
from derive.notation.express import LAST, NUMBERS, TOTAL_LOSS, Clock, Notation
from derive.notation.formula import Formula, Line, Matrix, Minus, Number, Row, Sign, Symbol, Words, negated, row
from derive.notation.formula import Fraction as Quotient
from derive.notation.jacobians import tree_formula
from derive.notation.letters import GREEK
from derive.notation.lines import broken, width
from derive.notation.sides import side
from derive.notation.transfers import Letters
from derive.numbers import Decimal, Decimals, Evaluation, Exact, Printed, Ratio, exact_decimal
from derive.recurrence import ClosedForm, Tree, collected_at
from derive.report.alike import Common, Looks
from derive.report.document import Block, Column, Display, Figure, Inline, Math, Table, Text
from derive.report.options import Options

LINE = 48.0
"""How wide a displayed formula may be, in em."""
NUMBERED = 45.0
"""How wide one with a number beside it may be."""
PAGES = 4_000.0
"""A formula that is wider, in em, would take pages."""
WIDEST, IN_A_CELL = 39.0, 11.0
"""The numbers of a vector or matrix may be so wide, behind their name or in a cell of a table."""
ENTRIES = (12, 8, 6, 4, 3)
"""So many entries of a vector, or rows and columns of a matrix, are printed: the first of these numbers that fits."""
Placed = TypeVar("Placed")
Kept = TypeVar("Kept")
"""Numbers in print: one, or those of a vector, or of a matrix row by row."""
ALWAYS: dict[str, Formula] = {"L": TOTAL_LOSS, "T": LAST}
"""What every phrase may name."""
INDICES = "dektδILT"
"""Letters that have a meaning of their own in every handout."""
FRESH = {
    "start": "vpr",
    "end of an arrow": "wqs",
    "quantity": "uraz",
    "origin": "srmn",
    "between": "jikl",
    "transfer": "FGHKMPQRABCDE",
    "behind": "GHKMPQRABCDEF",
    "source": "gqpvbudekm",
    "state": "zsuv",
    "sensitivity": "psqr",
    "end": "mqrvu",
    "passes": "κcbw",
    "jacobian": "FJAM",
    "contribution": "CDG",
}
"""What a handout needs a letter for, with the letters to try first: of any path, of closed forms, then of chapters."""
OF_WORDS = {"e": (*"eεqbu", *GREEK), "D": (*"DBEA", *GREEK), "J": (*"JKHM", *GREEK), "U": (*"UPQV", *GREEK)}
"""What the letters of words may be called."""
OF_PATHS = ("start", "end of an arrow", "quantity")
OF_FORMS = ("origin", "between", "transfer", "source", "behind")
MOST_EQUATIONS = 12
"""A closed form has so many equations, entries of its matrix among them; an LSTM needs five."""
MOST_SUMMANDS = 5
"""A sum over more paths than this is printed with its middle left out."""


@dataclass(frozen=True)
class Subject:
    """A derivation with its example, its checks, and the words of one language."""

    derivation: Derivation
    example: Evaluation
    compared: tuple[Check, ...]
    words: Mapping[str, str]
    options: Options = field(default_factory=Options)
    common: Common = field(default_factory=Common, compare=False)
    looks: Looks = field(default_factory=Looks, init=False, compare=False)

    @property
    def evaluation(self) -> Evaluation:
        """The worked example. What looks at it is of this handout alone."""
        self.looks.times += 1
        return self.example

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks. What looks at them is of this handout alone."""
        self.looks.times += 1
        return self.compared

    def kept(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What one exhibit or handout finds that another asks for too, so that it is looked for once."""
        return self.looks.kept(self.common, key, make)

    @property
    def notation(self) -> Notation:
        """The names in print."""
        return self.kept(
            Notation, lambda: Notation(self.derivation.network, self.derivation.recurrence.named, steps=self.steps)
        )

    @property
    def steps(self) -> int:
        """T."""
        return self.derivation.steps

    def label(self, target: Node) -> str:
        """The name of a gradient: that of its parameter, or of an initial state with its step, ``h_0``."""
        return next(label for label, gradient in self.derivation.single_gradients.items() if gradient.target == target)

    def target(self, label: str) -> Node:
        """What a gradient is taken by, by its name.

        Raises `NarrativeError` if there is no such gradient.
        """
        gradients = self.derivation.single_gradients
        if label not in gradients:
            raise NarrativeError(f"there is no gradient for {label!r}; known are {', '.join(gradients)}")
        return gradients[label].target

    @property
    def targets(self) -> tuple[Node, ...]:
        """What is told of one by one: parameters and initial values, or where there are none the data of the first step."""
        return tuple(gradient.target for gradient in self.derivation.single_gradients.values())

    @property
    def by_name(self) -> tuple[Node, ...]:
        """The parameters and initial values that gradients are taken by."""
        return tuple(target for target in self.targets if target.step is None or not 1 <= target.step <= self.steps)

    @property
    def file_name(self) -> str:
        """What the files of the handout are called, without an ending."""
        return f"{self.derivation.network.name}-T{self.steps}{'-brief' * self.options.brief}.{self.options.locale}"

    @property
    def tables_folder(self) -> str:
        """The folder of the full tables, beside the handout."""
        return f"{self.file_name}.tables"

    def insist(self, what: str, *, holds: bool) -> None:
        """Raise `CheckFailedError` unless what is about to be told holds."""
        if not holds:
            raise CheckFailedError(f"{self.derivation.network.where}{what}; nothing was written")

    # -- words -----------------------------------------------------------------------------------------------------

    def word(self, key: str) -> str:
        """A word or phrase in the reader's language."""
        return self.words[key]

    def phrase(self, key: str, **formulas: Formula) -> Formula:
        """A phrase with formulas in its places: ``through {node}``."""
        known = ALWAYS | formulas
        parts = _split(self.word(key))
        return row(*(_placed(known, key, part) if part[:1] == "{" else Words(part) for part in parts))

    def sentence(self, key: str, **formulas: Formula | str | tuple[Inline, ...]) -> tuple[Inline, ...]:
        """The same as running text, in which a place may also hold text of its own."""
        found: list[Inline] = []
        known: dict[str, Formula | str | tuple[Inline, ...]] = {**ALWAYS, **formulas}
        for part in _split(self.word(key)):
            match _placed(known, key, part) if part[:1] == "{" else part:
                case str(text):
                    found.append(Text(text))
                case tuple(inner):
                    found.extend(inner)
                case formula:
                    found.append(Math(formula))
        return tuple(found)

    def in_language(self, texts: Mapping[str, str]) -> str:
        """A text that a network has in several languages, in the reader's, else in the first there is."""
        return texts.get(self.options.locale) or next(iter(texts.values()), "")

    def title_word(self, block: Block) -> str:
        """What stands before the number of a block, “Figure” or “Table”; nothing if it has no number."""
        match block:
            case Figure():
                return self.word("figure")
            case Table():
                return self.word("table")
            case _:
                return ""

    def column(self, key: str, *, share: int = 0, right: bool = False) -> Column:
        """A column of a table, headed by a word."""
        return Column(self.sentence(key), "right" if right else "left", share)

    # -- formulas --------------------------------------------------------------------------------------------------

    def formula(self, expr: Expr, clock: Clock = NUMBERS) -> Formula:
        """An expression in print."""
        return self.notation.formula(expr, clock)

    def tree(self, tree: Tree, clock: Clock = NUMBERS, keep: int = MOST_SUMMANDS) -> Formula:
        """A path sum in print, the middle of long sums left out; for vectors as products of transposed Jacobians."""
        return tree_formula(self.notation, tree, clock, keep)

    def node(self, node: Node, clock: Clock = NUMBERS) -> Formula:
        """A node in print."""
        return self.notation.node(node, clock)

    def fresh(self, what: str) -> Symbol:
        """A letter for something that a chapter defines: one that stands for nothing else, in the network or the handout."""
        return Symbol(self._fresh[what])

    @property
    def passes(self) -> tuple[Symbol, Symbol]:
        """What says how often a truncated pass is made and how far it goes: k₁ and k₂, unless these are a k of the network."""
        network = self.derivation.network
        taken = any(self.notation.name(name).letter == "k" for name in (*network.variables, *network.data))
        letter = self.fresh("passes").letter if taken else "k"
        return Symbol(letter, subs=(Number("1"),)), Symbol(letter, subs=(Number("2"),))

    @property
    def of_paths(self) -> tuple[Symbol, Symbol, Symbol]:
        """The ends of any arrow, and any quantity: v, w and u, unless something in the network is called so."""
        found = self._letters(*OF_PATHS)
        start, end, quantity = (Symbol(found[what]) for what in OF_PATHS)
        return start, end, quantity

    @property
    def _fresh(self) -> dict[str, str]:
        wanted = (what for what in FRESH if what not in (*OF_PATHS, *OF_FORMS))
        return self.kept("letters", lambda: self._letters(*wanted, taken=self._of_forms))

    @cached_property
    def letters_of_words(self) -> dict[str, str]:
        """What the letters of words are called: e, D, J and U, unless the network has something of that name."""
        network = self.derivation.network
        used = {self.notation.name(name).letter for name in (*network.variables, *network.data, *network.timeless)}
        used.add(self.notation.adjoint_letter)
        return {kind: next(letter for letter in tried if letter not in used) for kind, tried in OF_WORDS.items()}

    def _letters(self, *wanted: str, taken: Iterable[str] = ()) -> dict[str, str]:
        """A letter for each of some things, all different, and none of those taken or of the network's."""
        network = self.derivation.network
        names = (*network.variables, *network.data, *network.timeless)
        used = {self.notation.name(name).letter for name in names} | {*INDICES, *taken}
        used |= {self.notation.adjoint_letter, *(size for shape in network.shapes.values() for size in shape)}
        found: dict[str, str] = {}
        for what in wanted:
            others = ascii_lowercase if FRESH[what].islower() else ascii_uppercase
            more = (letter * times for times in itertools.count(2) for letter in others)  # of many closed forms
            tried = itertools.chain(FRESH[what], others, GREEK, more)
            found[what] = next(letter for letter in tried if letter not in used)
            used.add(found[what])
        return found

    @property
    def closed_forms(self) -> tuple[tuple[ClosedForm, tuple[Equation, ...]], ...]:
        """The closed forms there are in print, each with letters of its own.

        One of more equations than a reader takes in at a glance is left out. A state that runs backwards has none if only the
        last step has a loss, and nothing reads it at one step for all t: only the adjoint of that last step is not 0. Nor has
        one that is handed on by more than matrices on one side of it.
        """
        return tuple((form, lines) for form, lines in self._all_closed_forms if len(lines) <= MOST_EQUATIONS)

    @property
    def overlong(self) -> tuple[ClosedForm, ...]:
        """The closed forms that are left out because they would show nothing: each is a page of equations."""
        return tuple(form for form, lines in self._all_closed_forms if len(lines) > MOST_EQUATIONS)

    @property
    def _all_closed_forms(self) -> tuple[tuple[ClosedForm, tuple[Equation, ...]], ...]:
        return self.kept(ClosedForm, self._closed_forms)

    def _closed_forms(self) -> tuple[tuple[ClosedForm, tuple[Equation, ...]], ...]:
        found: list[tuple[ClosedForm, tuple[Equation, ...]]] = []
        last_only = self.derivation.network.loss_at == "last"
        for form in self.derivation.recurrence.closed_forms:
            read = any(collected_at(term) for name in form.names for term in form.sources(name))
            if not (last_only and form.direction == -1 and not read) and side(self.notation, form) is not None:
                steps = self._letters("origin", "between")
                own = self._letters("transfer", "source", "behind", taken=(*steps.values(), *_meant(found)))
                found.append((form, closed_form(self.notation, form, Letters(**steps, **own), LINE)))
        return tuple(found)

    @property
    def _of_forms(self) -> tuple[str, ...]:
        """The letters that the closed forms needed."""
        return (*self._letters("origin", "between").values(), *_meant(self.closed_forms))

    def listed(self, symbols: Iterable[Formula]) -> tuple[Inline, ...]:
        """Symbols with commas between, so that a line may break there."""
        found: list[Inline] = []
        for symbol in symbols:
            found += [Text(self.word("comma")), Math(symbol)] if found else [Math(symbol)]
        return tuple(found)

    def derivative(self, target: Node) -> Formula:
        """dL/d(target) in print."""
        return self.notation.total_derivative(self.node(target))

    def slashed(self, target: Node, of: Formula = TOTAL_LOSS, clock: Clock = NUMBERS) -> Formula:
        """dL/d(target), or the derivative of something else, in one line, for tables."""
        return row(Words("d"), of, Sign("/"), Words("d"), self.node(target, clock))

    def number(self, value: Any, widest: float = WIDEST) -> Formula:
        """A computed value in print: a number, a column of them written flat, or a matrix; of large ones the ends."""
        return self.printed(self.evaluation.show(value), widest)

    def printed(self, shown: Printed, widest: float = WIDEST) -> Formula:
        """What an evaluation shows of a value, as a formula."""
        return _fitting(shown, digits, widest)

    def given(self, value: Exact, widest: float = WIDEST) -> Formula:
        """A value that was given, as it was given; of long vectors and large matrices the ends."""
        return _fitting(value, self._given, widest)

    def _given(self, value: Fraction) -> Formula:
        if isinstance(value, Ratio):
            quotient = Quotient(Number(str(abs(value.top))), Number(str(abs(value.bottom))), small=True)
            return negated(quotient) if value.top * value.bottom < 0 else quotient
        exact = exact_decimal(value)
        return digits(exact) if exact else self.formula(ex.Const(value))

    def lines(self, left: Formula | None, sign: str, right: Formula, limit: float = LINE) -> tuple[Line, ...]:
        """A displayed equation, broken to fit."""
        return broken(left, sign, right, limit)

    def display(self, *equations: tuple[Formula | None, str, Formula], label: str | None = None) -> Display:
        """Displayed equations, aligned at their signs, each broken to fit; with a label, there is room for a number."""
        limit = LINE if label is None else NUMBERED
        return Display(tuple(line for equation in equations for line in self.lines(*equation, limit)), label)


def without_pages(formula: Formula) -> Formula:
    """A formula, or dots in place of one that would take pages: three factors of twenty summands each, multiplied out."""
    return formula if width(formula) <= PAGES else Sign("⋯")


Call: TypeAlias = Callable[..., Block | tuple[Block, ...]]
"""What a narrative may call: a function from a subject, and what the template gives, to blocks."""


def _meant(forms: Iterable[tuple[ClosedForm, tuple[Equation, ...]]]) -> Iterator[str]:
    """The letters that closed forms say the meaning of."""
    for _, (_, *meanings) in forms:
        yield from (left.letter for left, _ in meanings if isinstance(left, Symbol))


def _placed(known: Mapping[str, Placed], key: str, part: str) -> Placed:
    """What stands in a place of a word, ``{node}``; raise `NarrativeError` for a place that there is not."""
    if part[1:-1] not in known:
        places = ", ".join(f"{{{name}}}" for name in known)
        raise NarrativeError(f"words.toml: {key} has no place {part}; it has {places}")
    return known[part[1:-1]]


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"(\{\w+\})", text) if part]


def _fitting(value: Any, printed: Callable[[Any], Formula], widest: float) -> Formula:
    """Numbers as a formula that is no wider, if so few of its entries can be shown that it is not."""
    formulas = (_set(value, printed, most) for most in ENTRIES)
    return next((formula for formula in formulas if width(formula) <= widest), _set(value, printed, ENTRIES[-1]))


def _set(value: Any, printed: Callable[[Any], Formula], most: int) -> Formula:
    """A number, a vector written flat or a matrix, with at most so many entries in a row and in a column.

    Only these are printed: a matrix may have ten thousand.
    """
    if not isinstance(value, tuple | Decimals):
        return printed(value)
    if not isinstance(value[0], tuple | Decimals):
        return _flat(_ends(value, most, printed, Sign("⋯")))
    dots = (Sign("⋮"),) * min(len(value[0]), most)
    rows = _ends(value, most, lambda row: tuple(_ends(row, most, printed, Sign("⋯"))), dots)
    return Matrix(tuple(rows))


def _ends(items: Any, most: int, made: Callable[[Any], Any], left_out: Any) -> list[Any]:
    """What is made of each item; of more than ``most`` the first ones and the last, and what stands for those left out."""
    if len(items) <= most:
        return list(map(made, items))
    return [*(made(items[place]) for place in range(most - 2)), left_out, made(items[-1])]


def _flat(entries: Iterable[Formula]) -> Formula:
    """A vector in one line: (0.5, −1)."""
    items: list[Formula] = [Sign("(")]
    for place, entry in enumerate(entries):
        items += [Sign(","), entry] if place else [entry]
    return Row((*items, Sign(")")))


def digits(value: Decimal) -> Formula:
    """Printed digits as a formula."""
    number = Number(value.digits, value.exponent)
    return Minus(number) if value.negative else number
