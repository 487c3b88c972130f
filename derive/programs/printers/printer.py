"""Printer: what all languages have in common: names, sizes, functions, and what a file says of itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from derive.characters import visible
from derive.equations import FUNCTIONS, SINGLE, Expr, Var, is_sum, length_terms, written
from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.network import Network
from derive.programs.functions import IN_CODE, SAYS
from derive.programs.printers.formula import Formula
from derive.programs.printers.layout import broken
from derive.programs.printers.names import Names
from derive.programs.printers.spelled import ATOM, PRODUCT, SUM, Speller, Text
from derive.programs.statements import Boundary, Listing, adjoint
from derive.version import VERSION


class Printer(Speller):
    """Spells a listing in a language."""

    target: ClassVar[str]
    whole_quotient: ClassVar[str] = " // "
    """What stands between two whole numbers of which the second divides the first."""
    words: ClassVar[tuple[str, ...]]
    """Words of the language and of the file, which name nothing of the network."""
    one_size: ClassVar[str] = ","
    """What stands behind a single size."""
    alone: ClassVar[str] = "a number"
    """What an argument without components is."""
    outside_rows: ClassVar[str]
    """Where what stands before step 1 and after step T is found."""
    run: ClassVar[str]
    """How the gradient check is run."""

    def __init__(self, listing: Listing, names: type[Names] = Names) -> None:
        super().__init__()
        self.listing = listing
        self.network = listing.network
        self.shapes = listing.shapes
        self.formula = Formula(listing.shapes)
        own = (*listing.inputs, *self.network.variables, *(f"function {name}" for name in self.network.functions))
        self.names = names((*self.words, *IN_CODE), own)
        self.functions: dict[str, tuple[str, ...]] = {}
        """The functions that the file defines, line by line."""
        self.sizes: dict[str, None] = {}
        """The sizes that the code asks for."""
        self.has_rows_outside = False
        """Whether some array has rows outside 1 … T."""

    @abstractmethod
    def file(self) -> str:
        """The whole file."""

    # -- what a file says of itself ------------------------------------------------------------------------------------

    def about(self) -> Iterator[str]:
        """What the file computes: the equations, and what names mean; asked for once the file has all its names."""
        network = self.network
        name = title(network)
        yield name if name.endswith((".", "!", "?")) else f"{name}."
        yield ""
        yield "The loss and its gradients, by backpropagation through time:"
        yield ""
        for name, rule in network.rules.items():
            yield from (f"    {line}" for line in broken(self.formula.equation(name, rule)))
        penalty = network.penalty_term
        once = "" if penalty is None else f" + {self.formula.text(penalty).beside(SUM)}"
        yield f"    {total(network)}{once}"
        yield from self._made_of_others()
        yield ""
        yield "dh is dL/dh, for any name h. Step t of the equations is row t - 1 here: t counts from 0."
        if self.has_rows_outside:
            yield self.outside_rows
        yield from self._endings()
        yield ""
        if not self.rules:
            yield self.run
        yield f"Written by derive {VERSION}."

    def _made_of_others(self) -> Iterator[str]:
        """The network's own functions, and the slopes that stand in place of theirs."""
        found = {call.definition.name: call.definition for rule in self.network.written for call in _calls(rule)}
        if not found:
            return
        yield "where"
        for definition in found.values():
            letters = [var.name for var in definition.of]
            line = f"    {definition.name}({', '.join(letters)}) = {self._of_letters(definition.value, definition)}"
            slopes = zip(letters, definition.slopes or (), strict=False) if definition.rule else ()
            rules = (
                f"{self._of_letters(slope, definition)} in place of its slope by {letter}" for letter, slope in slopes
            )
            yield "".join([line, *(f", with {rule}" for rule in rules)])

    def _of_letters(self, expr: Expr, definition: ex.Definition) -> str:
        """What a definition is made of, in its own letters."""
        return self.formula.within({var: var.name for var in definition.of}, lambda: self.formula.text(expr)).text

    def _endings(self) -> Iterator[str]:
        """What names that were made here mean, which begin with a d and are not dL/d…."""
        own = (name for name in self.names.found if not name.startswith(("size ", "function ")))
        ends = {name.rstrip("0123456789").strip().rpartition(" ")[2] for name in own if " " in name}
        if early := [f"_{end}" for end in ("given", "slope", "divisor", "weight") if end in ends]:
            yield f"Names in {', '.join(early)} are no derivatives of L, but parts of rules that wait for no other step."
        if "part" in ends:
            yield "Names in _part are parts of formulas."
        if "t" in ends:
            yield "Names in _t are values of the step, held while it lasts."

    def added(self, name: str, expr: Expr) -> tuple[str, str, Expr]:
        """The formula that adds something to a sum, the sign for it, and what it is; what has a minus is taken away."""
        sign, part = ("-", expr.body) if isinstance(expr, ex.Neg) else ("+", expr)
        minus = self.formula.minus if sign == "-" else sign
        return f"{self.formula.spelled(Var(name))} {minus}= {self.formula.spelled(part)}", f"{sign}=", part

    def said_above(self, formula: str) -> Iterator[str]:
        """The comment that says a formula."""
        return map(self.comment, broken(formula))

    def said_of(self, boundary: Boundary) -> Iterator[str]:
        """The comment that says the gradient by a value outside 1 … T: what comes from the steps that look at it."""
        uses = sorted(boundary.uses, key=lambda use: use.least)
        terms = (self.formula.at_step(use.first, use.expr) for use in uses)
        some = ", of the steps that there are" if any(use.least > 1 for use in uses) else ""
        yield from self.said_above(f"{self.names(adjoint(boundary.label))} = {' + '.join(terms) or '0'}{some}")

    def comment(self, text: str) -> str:
        """A comment."""
        return f"# {text}"

    def said(self, name: str) -> str:
        """The shape of an argument, its sizes as the code calls them; of a value outside 1 … T, whose it is."""
        owner = self.listing.labels.get(name, name)
        sizes = ["T"] * (name in self.network.data)
        sizes += [self.called(size) for size in self.network.shape(owner)]
        shape = f"({', '.join(sizes)}{self.one_size if len(sizes) == 1 else ''})" if sizes else self.alone
        return shape if owner == name else f"{shape}, {owner} at step {self._step_of(name, owner)}"

    def _step_of(self, label: str, owner: str) -> str:
        """The step of a value outside 1 … T."""
        past, future = self.network.outside[owner]
        return str(1 + past.index(label) - len(past)) if label in past else f"T + {1 + future.index(label)}"

    @property
    def rules(self) -> tuple[str, ...]:
        """The functions that have a rule in place of their slope, so that differences of L do not show it."""
        found = (call for rule in self.network.written for call in _calls(rule))
        return tuple(dict.fromkeys(call.definition.name for call in found if call.definition.rule))

    # -- sizes -------------------------------------------------------------------------------------------------------

    @property
    def every_size(self) -> tuple[str, ...]:
        """The names of all sizes."""
        sizes = dict.fromkeys(size for shape in self.network.shapes.values() for size in shape)
        return tuple(dict.fromkeys(name for size in sizes for name in length_terms(size) if name))

    def size(self, name: str) -> str:
        """A size that the code asks for, by its name in the code; a sum of sizes by their names."""
        one = not is_sum(name) and name != SINGLE
        self.sizes |= dict.fromkeys([name] if one else [each for each in length_terms(name) if each])
        return self.called(name)

    def called(self, size: str) -> str:
        """What a size is called in the code."""
        if not is_sum(size) and size != SINGLE:
            return self.names(f"size {size}")
        terms = ((times, self.called(each) if each else "") for each, times in length_terms(size).items())
        return (
            " + ".join(f"{times} * {each}" if each and times > 1 else each or str(times) for times, each in terms)
            or "0"
        )

    def told_by(self, extent: Callable[[str, int], str]) -> Iterator[tuple[str, str]]:
        """The sizes that the code asks for, each with what tells it: how long an argument is, which ``extent`` spells."""
        lines: dict[str, str] = {}
        while waiting := [size for size in self.sizes if size not in lines]:
            lines |= {size: self._told(size, extent) for size in waiting}
        yield from reversed(lines.items())  # what another one is told by was asked for later

    def _told(self, size: str, extent: Callable[[str, int], str]) -> str:
        """A size by an argument that has it, or that has a sum in which it is."""
        network, listing = self.network, self.listing
        owners = {name: name for name in (*network.timeless, *network.data)} | dict(listing.labels)
        found = [
            (length_terms(whole), place + (name in network.data), name)
            for name in listing.inputs
            for place, whole in enumerate(network.shape(owners[name]))
            if size in length_terms(whole)
        ]
        if not found:
            raise NetworkError(f"{network.where}nothing that is given to the code tells the size {size}")
        counted, place, name = min(found, key=lambda each: (len(each[0]), each[0][size]))
        others = {other: times for other, times in counted.items() if other != size}
        rest = extent(name, place)
        if others:
            less = self.size(written(others))
            rest = f"{rest} - {f'({less})' if ' + ' in less else less}"
        if counted[size] == 1:
            return rest
        return f"{f'({rest})' if others else rest}{self.whole_quotient}{counted[size]}"

    def rank(self, expr: Expr) -> int:
        """How many axes a value has at one step."""
        return len(self.shapes.shape(expr))

    # -- functions -----------------------------------------------------------------------------------------------------

    def call(self, call: ex.Call) -> Text:
        """A function: the language's own, or one that the file defines."""
        match call.function:
            case "identity":
                return self.text(call.argument)
            case "pi":
                return Text(getattr(IN_CODE["pi"], self.target))
            case "ones":
                return self.ones(call.argument)
            case "components":
                sizes = [self.size(size) for size in self.shapes.shape(call.argument)] or ["1"]
                return Text(self.product_sign.join(sizes), PRODUCT if len(sizes) > 1 else ATOM)
            case "sum":
                return self.total(call.argument)
            case name if call.axis is not None:
                return self.along(name, call.argument, call.axis)
            case name:
                return self.applied(self.function(name), call.arguments)

    def applied(self, function: str, arguments: tuple[Expr, ...]) -> Text:
        """A function of some arguments."""
        return Text(f"{function}({', '.join(self.operand(argument, arguments).text for argument in arguments)})")

    def function(self, name: str) -> str:
        """The name by which a function is called, defined in the file if need be."""
        row = IN_CODE.get(name)
        spelled: str = getattr(row, self.target) if row else ""
        if not spelled:
            raise NetworkError(f"{self.network.where}{name} cannot be written for the target {self.target}")
        if "return" not in spelled:
            return spelled
        if name not in self.functions:
            letters = ("a", "b", "c")[: FUNCTIONS[name].arity] if FUNCTIONS[name].arity > 1 else ("z",)
            self.functions[name] = tuple(
                self.documented(SAYS[name], self.definition(name, letters, spelled.split("\n")))
            )
        return name

    def defined(self, expr: ex.Defined) -> Text:
        """A function that is made of others: one of numbers is defined in the file, one of vectors written out."""
        definition = expr.definition
        if definition.name == "stop_gradient":
            return self.text(expr.arguments[0])
        if not is_elementwise(definition.value):
            return self.text(expr.value)
        name = self.names(f"function {definition.name}")
        if name not in self.functions:
            letters = Names(self.words, (var.name for var in definition.of))
            bound = {var: letters(var.name) for var in definition.of}
            value = self.within(bound, lambda: self.text(definition.value))
            says = self._of_letters(definition.value, definition)
            lines = self.definition(name, tuple(bound.values()), self.returned(value.text))
            self.functions[name] = tuple(self.documented(says, lines))
        return self.applied(name, expr.arguments)

    @abstractmethod
    def definition(self, name: str, letters: tuple[str, ...], body: Iterable[str]) -> Iterator[str]:
        """The lines that define a function."""

    def documented(self, says: str, lines: Iterable[str]) -> Iterator[str]:
        """The lines of a function with what it returns, in a comment above it."""
        yield self.comment(f"Returns {says}.")
        yield from lines

    @abstractmethod
    def returned(self, value: str) -> Iterable[str]:
        """The body of a function that returns a value."""

    @abstractmethod
    def along(self, function: str, matrix: Expr, axis: int) -> Text:
        """A function of a whole vector, of each column (axis 0) or row (axis 1) of a matrix."""

    @abstractmethod
    def ones(self, like: Expr) -> Text:
        """Ones in the shape of something."""


def is_elementwise(expr: Expr) -> bool:
    """Whether an expression is made of operations on single numbers."""
    match expr:
        case ex.MatMul() | ex.Dot() | ex.Outer() | ex.Transpose() | ex.Total() | ex.Summed():
            return False
        case ex.Concat() | ex.Part() | ex.Padded():
            return False
        case ex.Call(function) if FUNCTIONS[function].acts != "elementwise":
            return False
        case _:
            return all(map(is_elementwise, ex.children(expr)))


def _calls(expr: Expr) -> Iterator[ex.Defined]:
    for child in ex.children(expr):
        yield from _calls(child)
    if isinstance(expr, ex.Defined):
        yield expr
        yield from _calls(expr.definition.value)


def title(network: Network) -> str:
    """What the network is called, in characters that end no comment and no text."""
    given = " ".join(visible(network.title.get("en", "") or network.name).split())
    return given.translate({ord('"'): "'", ord("\\"): "/"}).replace("*/", "* /")


def total(network: Network) -> str:
    """L, in terms of the losses of the steps."""
    loss = network.loss
    match network.loss_at:
        case "every":
            whole = f"Σ_t {loss}_t"
        case "last":
            whole = f"{loss}_T"
        case steps:
            whole = " + ".join(f"{loss}_{step}" for step in steps)
    if network.reduction == "sum" or network.loss_at == "last":
        return f"L = {whole}"
    count = "T" if network.loss_at == "every" else str(len(network.loss_at))
    return f"L = ({whole})/{count}"
