"""JavaScript: a function of numbers and arrays of arrays, for a browser or Node.

Values before the first step stand in a place −1 of their array, which is a property like any other, and in no loop over it.
The file is as Prettier leaves it: in 80 columns, with brackets where a product meets a quotient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.equations import Expr, Shape, Var
from derive.programs.printers.drawn import lowest
from derive.programs.printers.entries import Entries
from derive.programs.printers.layout import indented, without_gaps
from derive.programs.printers.spelled import PRODUCT, SIGN, Text
from derive.programs.statements import TOTAL, adjoint

WORDS = """
arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for
function if implements import in instanceof interface let new null package private protected public return static super switch
this throw true try typeof undefined var void while with yield Math Array T L t zeros
"""
INDENT = "  "
WIDTH = 80
ZEROS = """\
function zeros(size, ...sizes) {
  return Array.from({ length: size }, () =>
    sizes.length ? zeros(...sizes) : 0,
  );
}"""
ANY = "(4 * seed) / 2147483647 - 2"
CHECK = """\
// Compares every gradient with differences of L, at random numbers.
function check() {
  const walk = (holder, key, visit) => {
    const value = holder[key];
    if (Array.isArray(value)) value.forEach((_, i) => walk(value, i, visit));
    else visit(holder, key);
  };
  let seed = 1;
  const numbers = (...sizes) => {
    const [size, ...inner] = sizes;
    if (size) return Array.from({ length: size }, () => numbers(...inner));
    seed = (16807 * seed) % 2147483647;
    return (4 * seed) / 2147483647 - 2;
  };
  const T = 5;"""
COMPARED = """\
  const loss = () => lossAndGradients(...Object.values(given)).L;
  const { gradients } = lossAndGradients(...Object.values(given));
  const wrong = [];
  for (const [name, gradient] of Object.entries(gradients)) {
    const flat = [gradient].flat(Infinity);
    let [apart, largest] = [0, 1];
    walk(given, name, (holder, key) => {
      const value = holder[key];
      const [above, below] = [1e-5, -1e-5].map((by) => {
        holder[key] = value + by;
        return loss();
      });
      holder[key] = value;
      const expected = (above - below) / 2e-5;
      apart = Math.max(apart, Math.abs(flat.shift() - expected));
      largest = Math.max(largest, Math.abs(expected));
    });
    apart /= largest;
    const agrees = apart < 1e-6 ? "agrees" : "DISAGREES";
    const about = apart.toExponential(0);
    console.log(`${name}: ${agrees} with differences of L (${about})`);
    if (agrees !== "agrees") wrong.push(name);
  }
  if (wrong.length) throw new Error(`wrong gradients: ${wrong.join(", ")}`);
}"""
NO_CHECK = """\
// Says why there is nothing to compare the gradients with.
function check() {{
  console.log("A rule stands in place of a slope: {rules}.");
  console.log("Differences of L do not show these gradients.");
}}"""
MAIN = """\
if (typeof module !== "undefined") {
  module.exports = { lossAndGradients };
  if (require.main === module) check();
}"""


class JavaScript(Entries):
    """Writes the file."""

    target = "javascript"
    whole_quotient = " / "
    tight_powers = False
    words = (*WORDS.split(), "lossAndGradients", "walk", "seed", "numbers", "check", "given", "loss", "wrong")
    end = ";"
    one_size = ""
    outside_rows = (
        "Steps outside 1 … T that are looked at have rows as well: index -1, a property of the array, is step 0."
    )
    run = "Run by Node, this file checks its gradients; in a page it defines lossAndGradients."
    indent = INDENT

    def file(self) -> str:
        """The whole file."""
        passes = [
            *self.forward(),
            "",
            "// Backwards: dL/d…, from the loss of each step to all it is made of.",
            *self.backward(),
        ]
        body = [*self.size_lines(), *self.data(), *without_gaps(passes), "", *self.result()]
        function = [*self.head(), *indented(body, INDENT), "}"]
        checked = [*self.checked()]
        lines = [*map(self.comment, self.about()), "", '"use strict";', ""]
        for definition in self.functions.values():
            lines += [*definition, ""]
        return "\n".join(line.rstrip() for line in [*lines, *function, "", *checked, "", *MAIN.splitlines()]) + "\n"

    def head(self) -> Iterator[str]:
        """The signature."""
        yield "// Returns { L, gradients }: the loss L, and its gradients by the names of the arguments."
        yield "function lossAndGradients("
        if not self.network.data:
            yield f"{INDENT}T, // the number of steps"
        for name in self.listing.inputs:
            yield f"{INDENT}{self.names(name)}, // {self.said(name)}"
        yield ") {"

    def size_lines(self) -> Iterator[str]:
        """Where T and the sizes come from: from what is given."""
        if self.network.data:
            yield f"const T = {self.names(self.network.data[0])}.length;"
        for size, line in self.told_by(lambda name, place: f"{self.names(name)}{'[0]' * place}.length"):
            yield f"const {self.names(f'size {size}')} = {line};"

    def data(self) -> Iterator[str]:
        """The data with what is looked at outside 1 … T."""
        for name in self.network.data:
            if any(self.listing.extent.get(name, (0, 0))):
                yield f"{self.names(name)} = [...{self.names(name)}];"
                yield from self._outside(name)

    def _outside(self, name: str) -> Iterator[str]:
        """The values outside 1 … T."""
        before, after = self.listing.extent.get(name, (0, 0))
        self.has_rows_outside |= bool(before or after)
        past, future = self.network.outside.get(name, ((), ()))
        zero = self.zero(self.of.get(name, ()))
        for place in range(1, before + 1):
            value = self.names(past[-place]) if place <= len(past) else zero
            yield f"{self.names(name)}[-{place}] = {value};"
        for place in range(after):
            value = self.names(future[place]) if place < len(future) else zero
            yield f"{self.names(name)}[{f'T + {place}' if place else 'T'}] = {value};"

    def result(self) -> Iterator[str]:
        """What is returned."""
        yield "return {"
        yield f"{INDENT}L,"
        yield f"{INDENT}gradients: {{"
        for name in self.network.gradients:
            yield f"{INDENT * 2}{self.names(name)}: {self.names(adjoint(name))},"
        yield f"{INDENT}}},"
        yield "};"

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        if self.rules:
            yield from NO_CHECK.format(rules=", ".join(self.rules)).splitlines()
            return
        low = lowest(self.network)
        draw = ANY if low is None else f"seed / 2147483647{f' + {low}' * bool(low)}"
        yield from CHECK.replace(ANY, draw).splitlines()
        for place, size in enumerate(self.every_size):
            yield f"{INDENT}const {self.names(f'size {size}')} = {2 + place % 3};"
        yield f"{INDENT}const given = {{"
        if not self.network.data:
            yield f"{INDENT * 2}T,"
        for name in self.listing.inputs:
            shape = self.network.shape(self.listing.labels.get(name, name))
            sizes = ["T"] if name in self.network.data else []
            sizes += map(self.size, shape)
            yield f"{INDENT * 2}{self.names(name)}: numbers({', '.join(sizes)}),"
        yield f"{INDENT}}};"
        yield from COMPARED.splitlines()

    # -- layout --------------------------------------------------------------------------------------------------------

    def assigned(self, name: str, value: Text, sign: str = "=") -> Iterator[str]:
        """An assignment; if it is long its value stands below, in one line or an operand to a line, operators at the ends."""
        line, room = f"{name} {sign} {value.text};", WIDTH - self.deep * len(INDENT)
        if len(line) <= room or len(value.parts) < 2:
            yield line
            return
        yield f"{name} {sign}"
        if len(value.text) + len(INDENT) < room:
            yield f"{INDENT}{value.text};"
            return
        first, *others = value.parts
        operands = [first, *(other.split(" ", 1)[1] for other in others)]
        operators = [f" {other.split(' ', 1)[0]}" for other in others]
        yield from (f"{INDENT}{operand}{after}" for operand, after in zip(operands, [*operators, ";"], strict=True))

    # -- spelling ------------------------------------------------------------------------------------------------------

    def product(self, factors: tuple[Expr, ...]) -> Text:
        """The factors, a quotient among them in brackets."""
        first, *others = factors
        rest = [self.text(factor).beside(SIGN) for factor in others]
        return self._chain(self.text(first), self.product_sign, rest)

    def quotient(self, top: Expr, bottom: Expr) -> Text:
        """Top / bottom, a product above in brackets."""
        return self._chain(self.text(top), self.quotient_sign, [self.text(bottom).beside(SIGN)])

    def times(self, one: Text, other: Text) -> Text:
        """A product of two texts."""
        return self._chain(one, self.product_sign, [other.beside(SIGN)])

    def _chain(self, first: Text, sign: str, others: list[str]) -> Text:
        """Operands with one operator between them; what has the other one at its top is in brackets."""
        other = self.quotient_sign if sign == self.product_sign else self.product_sign
        mixed = first.level == PRODUCT and other in _outside_brackets(first.text)
        begin = f"({first.text})" if mixed else first.beside(PRODUCT)
        before = first.parts if first.level == PRODUCT and first.parts and not mixed else (begin,)
        parts = (*before, *(f"{sign.strip()} {operand}" for operand in others))
        return Text(sign.join([begin, *others]), PRODUCT, parts)

    def power(self, base: Expr, exponent: Fraction) -> Text:
        """A power; the square of a name as a product."""
        if exponent == 2 and isinstance(base, Var) and base not in self.bound:
            return Text(f"{self.text(base).text} * {self.text(base).text}", PRODUCT)
        return super().power(base, exponent)

    def made(self, name: str, *, changed: bool) -> str:
        """A name that is made here."""
        return f"{'let' if changed else 'const'} {name}"

    def zero(self, shape: Shape, *before: str) -> str:
        """Zeros of one step, or of all of them."""
        sizes = [*before, *map(self.size, shape)]
        if not sizes:
            return "0"
        self.functions["zeros"] = tuple(ZEROS.splitlines())
        return f"zeros({', '.join(sizes)})"

    def comment(self, text: str) -> str:
        """A comment."""
        return f"// {text}"

    def block(self, head: str, body: Iterable[str]) -> Iterator[str]:
        """Lines that belong to a head."""
        yield f"{head} {{"
        yield from indented(body, INDENT)
        yield "}"

    def over(self, letter: str, size: str) -> str:
        """The head of a loop over an index."""
        return f"for (let {letter} = 0; {letter} < {size}; {letter}++)"

    def over_steps(self, direction: int) -> str:
        """The head of a loop over the steps."""
        return "for (let t = 0; t < T; t++)" if direction == 1 else "for (let t = T - 1; t >= 0; t--)"

    def condition(self, condition: str) -> str:
        """The head of what is done where something holds."""
        return f"if ({condition})"

    def allocated(self, name: str) -> Iterator[str]:
        """The array of a value for every step."""
        yield f"const {self.names(name)} = {self.zero(self.of.get(name, ()), 'T')};"
        yield from self._outside(name)

    def declared(self, name: str) -> Iterable[str]:
        """The array of a value of one step."""
        shape = self.of.get(name, ())
        if shape:
            yield f"const {self.names(name)} = {self.zero(shape)};"

    def cleared(self, name: str) -> Iterator[str]:
        """Zero."""
        shape = self.of.get(name, ())
        yield f"{'const' if shape else 'let'} {self.names(name)} = {self.zero(shape)};"

    def total_loss(self) -> Iterator[str]:
        """The lines that add up the losses."""
        some = self.total_of_some()
        if some is not None:
            yield from self.assigned("const L", self.total_weight(some))
            return
        if not self.listing.loss_added:
            yield from self.cleared(TOTAL)
            yield from self.block(self.over_steps(1), [f"L += {self.names(self.network.loss)}[t];"])
        yield from self.made_whole(self.total_weight(Text("L")))

    def of_vector(self, target: str, function: str, argument: str, size: str) -> Iterator[str]:
        """A function of a vector."""
        yield f"{target} = {self.of_whole(self.function(function), argument, size).text};"

    def of_whole(self, function: str, argument: str, size: str) -> Text:  # noqa: ARG002 - an array knows its size
        """A function of a vector."""
        return Text(f"{function}({argument})")

    def definition(self, name: str, letters: tuple[str, ...], body: Iterable[str]) -> Iterator[str]:
        """The lines that define a function."""
        yield f"function {name}({', '.join(letters)}) {{"
        yield from indented(body, INDENT)
        yield "}"

    def returned(self, value: str) -> Iterable[str]:
        """The body of a function that returns a value."""
        yield f"return {value};"


def _outside_brackets(text: str) -> str:
    """What of a text stands in no brackets."""
    found, depth = [], 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        found += [sign] if not depth else []
    return "".join(found)
