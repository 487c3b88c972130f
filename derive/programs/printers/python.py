"""Python: a function of numbers and lists that needs nothing but Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.equations import Expr, Shape, Var
from derive.programs.functions import MATH
from derive.programs.printers.drawn import lowest
from derive.programs.printers.entries import Entries
from derive.programs.printers.layout import INDENT, indented, without_gaps
from derive.programs.printers.printer import total
from derive.programs.printers.python_file import (
    BACKWARDS,
    OUTSIDE,
    PYTHON,
    RUN,
    documented,
    file,
    not_checked,
    returned,
    says,
    signature,
    size_lines,
    sizes,
)
from derive.programs.printers.spelled import PRODUCT, Text

WORD = re.compile(r"\w+")

CHECK = """
def places(value):
    \"""Return the places of all numbers in lists of lists.\"""
    if not isinstance(value, list):
        return [()]
    return [(i, *rest) for i, entry in enumerate(value) for rest in places(entry)]


def at(value, place):
    \"""Return the number at a place.\"""
    return at(value[place[0]], place[1:]) if place else value


def moved(value, place, by):
    \"""Return lists of lists with the number at a place moved.\"""
    if not place:
        return value + by
    first, *rest = place
    return [moved(v, rest, by) if i == first else v for i, v in enumerate(value)]


def difference(given, name, place, step=1e-5):
    \"""Return how L changes with one number: a central difference.\"""
    above = loss_and_gradients(**{**given, name: moved(given[name], place, step)})[0]
    below = loss_and_gradients(**{**given, name: moved(given[name], place, -step)})[0]
    return (above - below) / (2 * step)


def numbers(*sizes):
    \"""Return random numbers, as lists of lists of these sizes.\"""
    if not sizes:
        return random.gauss(0, 1)
    return [numbers(*sizes[1:]) for _ in range(sizes[0])]


def check():
    \"""Compare every gradient with differences of L, at random numbers.\"""
    random.seed(0)
"""
COMPARED = """
    _, gradients = loss_and_gradients(**given)
    wrong = []
    for name, gradient in gradients.items():
        found = {place: at(gradient, place) for place in places(given[name])}
        expected = {place: difference(given, name, place) for place in found}
        largest = max(1, *map(abs, expected.values()))
        apart = [abs(found[place] - expected[place]) / largest for place in found]
        if all(each < 1e-6 for each in apart):
            print(f"{name}: agrees with differences of L ({max(apart):.0e})")
        else:
            print(f"{name}: DISAGREES with differences of L ({max(apart):.0e})")
            wrong.append(name)
    if wrong:
        raise AssertionError(f"wrong gradients: {', '.join(wrong)}")
"""


def _imported(text: Iterable[str]) -> Iterator[str]:
    """The line that imports what some lines call."""
    code = (line.partition("#")[0] for line in text if not line.lstrip().startswith('"""'))
    called = {word for line in code for word in WORD.findall(line)}
    if names := sorted(called.intersection(MATH)):
        yield f"from math import {', '.join(names)}"


class Python(Entries):
    """Writes the file."""

    target = "python"
    words = (
        *PYTHON,
        *MATH,
        "max",
        "min",
        "abs",
        "sum",
        "random",
        "given",
        "check",
        "places",
        "at",
        "moved",
        "difference",
        "numbers",
        "zeros",
    )
    end = ""
    outside_rows = OUTSIDE
    run = RUN

    def file(self) -> str:
        """The whole file."""
        passes = [*self.forward(), "", BACKWARDS, *self.backward()]
        data = [*self.data()]
        body = [*self.size_lines(), *data, *without_gaps(passes), "", *returned(self)]
        function = ["def loss_and_gradients(", *signature(self), "):", *indented([says(self), *body])]
        text = [*function, *(line for lines in self.functions.values() for line in lines)]
        imports = [*([] if self.rules else ["import random"]), *_imported(text)]
        return file(self, imports, function, self.checked())

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        low = lowest(self.network)
        draw = "random.gauss(0, 1)" if low is None else f"random.uniform({low}, {low + 1})"
        yield from CHECK.strip().replace("random.gauss(0, 1)", draw).splitlines()
        yield from indented(size_lines(self))
        yield f"{INDENT}given = {{"
        if not self.network.data:
            yield f'{INDENT * 2}"T": T,'
        for name in self.listing.inputs:
            yield f'{INDENT * 2}"{self.names(name)}": numbers({", ".join(sizes(self, name))}),'
        yield f"{INDENT}}}"
        yield from COMPARED.strip("\n").splitlines()

    def size_lines(self) -> Iterator[str]:
        """Where T and the sizes come from: from what is given."""
        if self.network.data:
            yield f"T = len({self.names(self.network.data[0])})"
        for size, line in self.told_by(lambda name, place: f"len({self.names(name)}{'[0]' * place})"):
            yield f"{self.names(f'size {size}')} = {line}"

    def data(self) -> Iterator[str]:
        """The data with what is looked at outside 1 … T."""
        for name in self.network.data:
            before, after = self.listing.extent.get(name, (0, 0))
            if before or after:
                self.has_rows_outside = True
                yield f"{self.names(name)} = [{', '.join([f'*{self.names(name)}', *self._outside(name)])}]"

    def _outside(self, name: str) -> list[str]:
        """What stands after the steps 1 … T: later steps, then earlier ones, which an index −1 looks at."""
        before, after = self.listing.extent.get(name, (0, 0))
        past, future = self.network.outside.get(name, ((), ()))
        zero = self.zero(self.of.get(name, ()))
        return [
            *map(self.names, future),
            *[zero] * (after - len(future)),
            *[zero] * (before - len(past)),
            *map(self.names, past),
        ]

    def beyond(self, var: Var) -> str:
        """What the first step that a loop comes to looks at, next to 1 … T; 0 where only guarded lines look at it."""
        outside = self._outside(var.name) or [self.zero(self.of.get(var.name, ()))]
        return outside[-1 if var.lag == 1 else 0]

    # -- spelling ------------------------------------------------------------------------------------------------------

    def power(self, base: Expr, exponent: Fraction) -> Text:
        """A power; the square of a name as a product, which is quicker."""
        if exponent == 2 and isinstance(base, Var) and base not in self.bound:
            return Text(f"{self.text(base).text} * {self.text(base).text}", PRODUCT)
        return super().power(base, exponent)

    def whole(self, value: int) -> str:
        """A whole number as a float, which Python need not convert where it meets another."""
        return repr(float(value)) if int(float(value)) == value else str(value)

    def zero(self, shape: Shape) -> str:
        """Zeros of one step."""
        if not shape:
            return "0.0"
        return f"{self.zeros()}({', '.join(map(self.size, shape))})"

    def zeros(self) -> str:
        """The function that makes zeros."""
        self.functions["zeros"] = (
            "def zeros(size, *sizes):",
            f'{INDENT}"""Return zeros, as lists of lists of these sizes."""',
            f"{INDENT}return [zeros(*sizes) if sizes else 0.0 for _ in range(size)]",
        )
        return "zeros"

    def block(self, head: str, body: Iterable[str]) -> Iterator[str]:
        """Lines that belong to a head."""
        yield f"{head}:"
        yield from indented(body)

    def over(self, letter: str, size: str) -> str:
        """The head of a loop over an index."""
        return f"for {letter} in range({size})"

    def over_steps(self, direction: int) -> str:
        """The head of a loop over the steps."""
        return f"for t in {'range(T)' if direction == 1 else 'reversed(range(T))'}"

    def condition(self, condition: str) -> str:
        """The head of what is done where something holds."""
        return f"if {condition}"

    def allocated(self, name: str) -> Iterator[str]:
        """The list of a value for every step."""
        shape, rows = self.of.get(name, ()), self._outside(name)
        self.has_rows_outside |= bool(rows)
        zero = self.zero(shape)
        if not shape and all(row == zero for row in rows):
            yield f"{self.names(name)} = [{zero}] * {f'(T + {len(rows)})' if rows else 'T'}"
            return
        steps = f"{self.zeros()}(T, {', '.join(map(self.size, shape))})" if shape else f"[{zero}] * T"
        behind = f" + [{', '.join(rows)}]" if rows else ""
        whole = f"[*{', '.join([steps, *rows])}]" if rows and shape else steps + behind
        yield f"{self.names(name)} = {whole}"

    def declared(self, name: str) -> Iterable[str]:
        """The list of a value of one step."""
        shape = self.of.get(name, ())
        if shape:
            yield f"{self.names(name)} = {self.zero(shape)}"

    def cleared(self, name: str) -> Iterator[str]:
        """Zero."""
        yield f"{self.names(name)} = {self.zero(self.of.get(name, ()))}"

    def total_loss(self) -> Iterator[str]:
        """The line that adds up the losses."""
        if self.listing.loss_added:
            yield from self._added_up()
            return
        loss = self.names(self.network.loss)
        padded = any(self.listing.extent.get(self.network.loss, (0, 0)))
        whole = Text(f"sum({loss}[:T])" if padded else f"sum({loss})")
        yield from self.assigned("L", self.total_weight(self.total_of_some() or whole))

    def _added_up(self) -> Iterator[str]:
        """The line that L still needs, where the losses are added up by now."""
        factor = self.listing.loss_factor
        whole = self.total_weight(self.scaled(Text("L"), factor))
        if whole.text == "L":
            return
        if factor != 1:
            each = self.formula.spelled(Var(self.network.loss, 0))
            yield self.comment(f"{total(self.network)}, with the {factor} of every {each}")
        yield from self.made_whole(whole)

    def of_vector(self, target: str, function: str, argument: str, size: str) -> Iterator[str]:
        """A function of a vector."""
        yield f"{target} = {self.of_whole(self.function(function), argument, size).text}"

    def of_whole(self, function: str, argument: str, size: str) -> Text:  # noqa: ARG002 - a list knows its size
        """A function of a vector."""
        return Text(f"{function}({argument})")

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
