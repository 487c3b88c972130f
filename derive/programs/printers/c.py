"""C: a function of C11 that needs the mathematical library alone; compile it with ``-std=c11 -lm``.

Arrays have their shape in the signature. The values of all steps begin at step 1, with those before it in front: their places
are negative. The gradient check is compiled with ``-DCHECK``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.equations import Expr, Shape, Var
from derive.equations import expression as ex
from derive.programs.printers.c_products import DEFINED, NEEDS, PRODUCTS, ROWS, TURNED
from derive.programs.printers.drawn import lowest
from derive.programs.printers.entries import Entries
from derive.programs.printers.layout import INDENT, WIDTH, indented, without_gaps
from derive.programs.printers.spelled import PRODUCT, Text
from derive.programs.printers.stored import Place
from derive.programs.statements import TOTAL, AllSteps, Listing, adjoint

WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof j0 j1 jn y0 y1 yn gamma
lgamma tgamma signgam pow cbrt floor ceil round trunc fmod hypot atan acos asin div exp2 expm1 index time abs labs rand exit
free calloc malloc memcpy memset main printf puts T L t NULL CHECK NAN INFINITY isnan isinf isfinite fmax fmin fabs size_t
EXIT_FAILURE EXIT_SUCCESS
"""
OF_VECTORS = {
    "softmax": """\
// Writes e^z over its sum to p, for n numbers.
static void softmax(int n, const double z[n], double p[n])
{
    double top = z[0], sum = 0.0;
    for (int i = 1; i < n; i++) {
        top = fmax(top, z[i]);
    }
    for (int i = 0; i < n; i++) {
        sum += p[i] = exp(z[i] - top);
    }
    for (int i = 0; i < n; i++) {
        p[i] /= sum;
    }
}""",
    "logsumexp": """\
// Returns the logarithm of the sum of e^z, for n numbers.
static double logsumexp(int n, const double z[n])
{
    double top = z[0], sum = 0.0;
    for (int i = 1; i < n; i++) {
        top = fmax(top, z[i]);
    }
    for (int i = 0; i < n; i++) {
        sum += exp(z[i] - top);
    }
    return top + log(sum);
}""",
}
ANY = "4.0 * (double)seed / 2147483647.0 - 2.0"
FILL = """\
static void fill(double *values, size_t count)
{
    static long long seed = 1;
    for (size_t i = 0; i < count; i++) {
        seed = 16807 * seed % 2147483647;
        values[i] = 4.0 * (double)seed / 2147483647.0 - 2.0;
    }
}

// Whether a gradient agrees with differences of L.
static int agrees(const char *name, double *values, const double *gradient, size_t count)
{
    double found[count], apart = 0.0, largest = 1.0;
    loss();
    memcpy(found, gradient, sizeof found);
    for (size_t i = 0; i < count; i++) {
        const double value = values[i];
        values[i] = value + 1e-5;
        const double above = loss();
        values[i] = value - 1e-5;
        const double expected = (above - loss()) / 2e-5;
        values[i] = value;
        const double error = fabs(found[i] - expected);
        apart = isnan(error) || error > apart ? error : apart;
        largest = fmax(largest, fabs(expected));
    }
    const int right = apart / largest < 1e-6;
    printf("%s: %s with differences of L (%.0e)\\n", name, right ? "agrees" : "DISAGREES", apart / largest);
    return right;
}
"""
NO_CHECK = """\
int main(void)
{{
    puts("A rule stands in place of a slope: {rules}.");
    puts("Differences of L do not show these gradients.");
}}"""


class C(Entries):
    """Writes the file."""

    target = "c"
    starts_at_zero = False
    makes_vectors = False
    words = (*WORDS.split(), *DEFINED, "loss_and_gradients", "loss", "fill", "agrees", "wrong")
    end = ";"
    outside_rows = "Steps outside 1 … T that are looked at have rows as well: index -1 is step 0."
    run = "To check the gradients: cc -std=c11 -DCHECK this_file.c -lm && ./a.out"

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.made_here: list[str] = []
        self.turned: dict[str, str] = {}
        """The matrices whose columns are looked at, and what they are called as rows."""
        self.outputs = {adjoint(name) for name in self.network.gradients}
        self.shifted = [name for name in self.network.data if any(listing.extent.get(name, (0, 0)))]

    def file(self) -> str:
        """The whole file."""
        self.made_here += self.shifted
        passes = [
            *self.forward(),
            "",
            "// Backwards: dL/d…, from the loss of each step to all it is made of.",
            *self.backward(),
        ]
        body = [
            "if (T < 1) {",
            f"{INDENT}return NAN;",
            "}",
            *self._turned(),
            *self._rooms(),
            *self._no_room(),
            *self._outside(),
            *map(self._copied, self.shifted),
            *without_gaps(passes),
            "",
            *self._freed(),
            "return L;",
        ]
        text = "\n".join(body)
        idle = [name for name in self._parameters() if not re.search(rf"\b{name}\b", text)]
        body = [*(f"(void){name};" for name in idle), *body]
        function = [*self.head(), "{", *indented(body), "}"]
        lines = [
            *map(self.comment, self.about()),
            "",
            "#include <math.h>",
            "#include <stdlib.h>",
            "#include <string.h>",
            "",
        ]
        for definition in self.functions.values():
            lines += [*definition, ""]
        return "\n".join(line.rstrip() for line in [*lines, *function, "", *self.checked()]) + "\n"

    # -- the signature -------------------------------------------------------------------------------------------------

    def _parameters(self) -> list[str]:
        """The names of the arguments that are only read."""
        sizes = (self.names(f"size {size}") for size in self.every_size)
        return ["T", *sizes, *map(self._given, self.listing.inputs)]

    def _given(self, name: str) -> str:
        """How an argument is called; data to which values outside 1 … T are joined is copied."""
        return self.names(f"{name} given") if name in self.shifted else self.names(name)

    def _declaration(self, name: str, of: str, *, data: bool) -> str:
        shape = self.network.shape(of)
        return f"{name}{'[T]' if data else ''}{self._brackets(shape)}"

    def _brackets(self, shape: Shape) -> str:
        return "".join(f"[{self.size(size)}]" for size in shape)

    def head(self) -> Iterator[str]:
        """The signature."""
        yield "// Returns the loss L, and writes its gradients: dh is dL/dh. All sizes are at least 1."
        yield "// Returns NAN, and writes nothing, if T < 1 or there is no memory."
        yield "double loss_and_gradients("
        integers = ["T", *(self.names(f"size {size}") for size in self.every_size)]
        arguments = [", ".join(f"int {name}" for name in integers)]
        for name in self.listing.inputs:
            data = name in self.network.data
            arguments.append(
                f"const double {self._declaration(self._given(name), self.listing.labels.get(name, name), data=data)}"
            )
        for name in self.network.gradients:
            data, owner = name in self.network.data, self.listing.labels.get(name, name)
            star = "" if data or self.network.shape(owner) else "*"
            arguments.append(f"double {star}{self._declaration(self.names(adjoint(name)), owner, data=data)}")
        yield from indented([f"{argument}," for argument in arguments[:-1]])
        yield f"{INDENT}{arguments[-1]})"

    # -- arrays --------------------------------------------------------------------------------------------------------

    def allocated(self, name: str) -> Iterator[str]:
        """Nothing yet: room for the values of all steps is made at the beginning, where there may be none."""
        if name not in self.outputs:
            self.made_here.append(name)
        return iter(())

    def _pointer(self, pointer: str, name: str) -> str:
        """A pointer to the values of a name, one step after the other, as a declaration has it."""
        shape = self.of.get(name, ())
        return f"double (*{pointer}){self._brackets(shape)}" if shape else f"double *{pointer}"

    def _room(self, name: str) -> str:
        """What points to the room of a value: its name, or where steps before the first lie in front, one of its own."""
        return self.names(f"{name} room" if self.listing.extent.get(name, (0, 0))[0] else name)

    def _rooms(self) -> Iterator[str]:
        """Room for the values of all steps, zeros."""
        for name in self.made_here:
            more = sum(self.listing.extent.get(name, (0, 0)))
            self.has_rows_outside |= bool(more)
            room, steps = self._room(name), f"(size_t)T + {more}" if more else "T"
            yield f"{self._pointer(room, name)} = calloc({steps}, sizeof *{room});"

    def _no_room(self) -> Iterator[str]:
        """What is done where there is no memory."""
        missing = [f"!{room}" for room in (*self.turned.values(), *map(self._room, self.made_here))]
        if not missing:
            return
        first, *others = _packed(missing)
        yield f"if ({first}" if others else f"if ({first}) {{"
        yield from (f"{INDENT}|| {line}" for line in others[:-1])
        yield from (f"{INDENT}|| {line}) {{" for line in others[-1:])
        yield from indented(self._freed() if len(missing) > 1 else ())
        yield from (f"{INDENT}return NAN;", "}")

    def _outside(self) -> Iterator[str]:
        """The values outside 1 … T, in their places."""
        for name in self.made_here:
            spelled, shape = self.names(name), self.of.get(name, ())
            if before := self.listing.extent.get(name, (0, 0))[0]:
                yield f"{self._pointer(spelled, name)} = {self._room(name)} + {before};"
            past, future = self.network.outside.get(name, ((), ()))
            for place, label in enumerate(reversed(past), 1):
                yield self._copy(f"{spelled}[-{place}]", self.names(label), shape)
            for place, label in enumerate(future):
                yield self._copy(f"{spelled}[{f'T + {place}' if place else 'T'}]", self.names(label), shape)

    def _copy(self, there: str, value: str, shape: Shape) -> str:
        return f"memcpy({there}, {value}, sizeof {there});" if shape else f"{there} = {value};"

    def _copied(self, name: str) -> str:
        """Data beside what is looked at outside 1 … T."""
        return f"memcpy({self.names(name)}, {self._given(name)}, T * sizeof *{self.names(name)});"

    def _freed(self) -> Iterator[str]:
        return (f"free({room});" for room in (*self.turned.values(), *map(self._room, self.made_here)))

    def declared(self, name: str) -> Iterable[str]:
        """The array of a value of one step."""
        shape = self.of.get(name, ())
        if shape:
            yield f"double {self.names(name)}{self._brackets(shape)};"

    def cleared(self, name: str) -> Iterator[str]:
        """Zero."""
        shape, spelled = self.of.get(name, ()), self.names(name)
        if name not in self.outputs:
            yield from self.declared(name) if shape else [f"double {spelled} = 0.0;"]
            if not shape:
                return
        first = self.size(shape[0]) if shape else ""
        first = f"({first})" if " + " in first else first
        yield f"memset({spelled}, 0, {first} * sizeof *{spelled});" if shape else f"*{spelled} = 0.0;"

    def makes(self, name: str) -> bool:
        """Whether a gradient is a name that the function makes; else it is written where the caller wants it."""
        return name not in self.outputs

    def scalar(self, name: str) -> str:
        """A number without a step; a gradient is written where the caller wants it."""
        return f"*{self.names(name)}" if name in self.outputs else self.names(name)

    # -- products ------------------------------------------------------------------------------------------------------

    def by_rows(self, expr: Expr) -> bool:
        """Whether a product is added row by row: of a matrix without a step, and a vector that has a name."""
        match expr:
            case ex.MatMul(Var() as matrix, Var() as vector):
                return self._has_columns(matrix) and self.rank(vector) == 1
            case _:
                return super().by_rows(expr)

    def row_by_row(self, place: Place, term: Expr) -> Iterable[str]:
        """A product that is added row by row."""
        match term:
            case ex.MatMul(ex.Transpose(Var(name, None, None)), Var() as vector) if self.rank(vector) == 1:
                rows = f"{self.names(name)}[0]"
            case ex.MatMul(Var(name) as matrix, Var() as vector) if (
                self._has_columns(matrix) and self.rank(vector) == 1
            ):
                rows = self.turned.setdefault(name, self.names(f"{name} columns"))
                self._use(TURNED)
            case _:
                return super().row_by_row(place, term)
        self._use(ROWS)
        sizes = (self.size(self.of[vector.name][0]), self.size(self.of[place.name][0]))
        sums = self._whole(Var(place.name, place.lag))
        return [f"{ROWS}({', '.join((*sizes, sums, self._whole(vector), rows))});"]

    def _has_columns(self, matrix: Var) -> bool:
        """Whether a matrix is given, and the same at every step."""
        return matrix.name in self.network.timeless and self.rank(matrix) == 2

    def loops(self, blocks: Iterable[object]) -> Iterator[str]:
        """The lines of some loops, and of what is added up for all steps after them."""
        for block in blocks:
            if not isinstance(block, AllSteps):
                yield from super().loops([block])
                continue
            for statement in block.body:
                name, expr = statement.name, statement.expr
                yield ""
                yield from self.said_above(f"{self.formula.spelled(Var(name))} += Σ_t {self.formula.spelled(expr)}")
                yield self._added_up(name, *(child for child in ex.children(expr) if isinstance(child, Var)))

    def _added_up(self, name: str, left: Var, right: Var) -> str:
        """The product of two vectors, added up over the steps."""
        self._use(PRODUCTS)
        sizes = ("T", *map(self.size, self.of[name]))
        places = (f"{self.names(var.name)}[{-(var.lag or 0)}]" for var in (left, right))
        return f"{PRODUCTS}({', '.join((*sizes, f'{self.names(name)}[0]', *places))});"

    def _turned(self) -> Iterator[str]:
        """The columns of matrices."""
        for name, spelled in self.turned.items():
            sizes = map(self.size, self.of[name])
            yield f"double *{spelled} = {TURNED}({', '.join((*sizes, f'{self.names(name)}[0]'))});"

    def _use(self, function: str) -> None:
        """Define a function of products, and what it calls."""
        for name in NEEDS[function]:
            self.functions[name] = tuple(DEFINED[name].splitlines())

    # -- spelling ------------------------------------------------------------------------------------------------------

    def whole(self, value: int) -> str:
        """A whole number, so that no quotient is one of integers."""
        return f"{value}.0"

    def length(self) -> Text:
        """T, to calculate with."""
        return Text("(double)T")

    def power(self, base: Expr, exponent: Fraction) -> Text:
        """A power; a square as a product."""
        if exponent == 2 and isinstance(base, Var):
            return Text(f"{self.text(base).text} * {self.text(base).text}", PRODUCT)
        if exponent == 2:
            name = self.names("function square")
            self.functions[name] = tuple(self.documented("z²", self.definition(name, ("z",), ["return z * z;"])))
            return Text(f"{name}({self.spelled(base)})")
        if exponent.denominator != 1:
            return super().power(base, exponent)
        return Text(f"pow({self.spelled(base)}, {self.whole(exponent.numerator)})")

    def assigned(self, name: str, value: Text, sign: str = "=") -> Iterator[str]:
        """An assignment; a long one has an operand on each line."""
        first, *lines = super().assigned(name, value, sign)
        if not lines:
            yield first
            return
        yield f"{name} {sign} {value.parts[0]}"
        yield from (f"{INDENT}{part}" for part in value.parts[1:-1])
        yield f"{INDENT}{value.parts[-1]}{self.end}"

    def made(self, name: str, *, changed: bool) -> str:
        """A name that is made here."""
        return f"double {name}" if changed else f"const double {name}"

    def comment(self, text: str) -> str:
        """A comment."""
        return f"// {text}"

    def block(self, head: str, body: Iterable[str]) -> Iterator[str]:
        """Lines that belong to a head."""
        yield f"{head} {{"
        yield from indented(body)
        yield "}"

    def over(self, letter: str, size: str) -> str:
        """The head of a loop over an index."""
        return f"for (int {letter} = 0; {letter} < {size}; {letter}++)"

    def over_steps(self, direction: int) -> str:
        """The head of a loop over the steps."""
        return "for (int t = 0; t < T; t++)" if direction == 1 else "for (int t = T - 1; t >= 0; t--)"

    def condition(self, condition: str) -> str:
        """The head of what is done where something holds."""
        return f"if ({condition})"

    def total_loss(self) -> Iterator[str]:
        """The lines that add up the losses."""
        some = self.total_of_some()
        if some is not None:
            yield from self.assigned("const double L", self.total_weight(some))
            return
        if not self.listing.loss_added:
            yield from self.cleared(TOTAL)
            yield from self.block(self.over_steps(1), [f"L += {self.names(self.network.loss)}[t];"])
        yield from self.made_whole(self.total_weight(Text("L")))

    def function(self, name: str) -> str:
        """The name by which a function is called."""
        if name in OF_VECTORS:
            self.functions[name] = tuple(OF_VECTORS[name].splitlines())
            return name
        return super().function(name)

    def of_vector(self, target: str, function: str, argument: str, size: str) -> Iterator[str]:
        """A function of a vector, which writes its value."""
        yield f"{self.function(function)}({self.size(size)}, {argument}, {target});"

    def of_whole(self, function: str, argument: str, size: str) -> Text:
        """A function of a vector."""
        return Text(f"{function}({self.size(size)}, {argument})")

    def definition(self, name: str, letters: tuple[str, ...], body: Iterable[str]) -> Iterator[str]:
        """The lines that define a function."""
        yield f"static double {name}({', '.join(f'double {letter}' for letter in letters)})"
        yield "{"
        yield from indented(body)
        yield "}"

    def returned(self, value: str) -> Iterable[str]:
        """The body of a function that returns a value."""
        yield f"return {value};"

    # -- the check -----------------------------------------------------------------------------------------------------

    def checked(self) -> Iterator[str]:
        """The gradient check at the end of the file."""
        yield "#ifdef CHECK"
        yield "#include <stdio.h>"
        yield ""
        yield from NO_CHECK.format(rules=", ".join(self.rules)).splitlines() if self.rules else self._compared()
        yield "#endif"

    def _compared(self) -> Iterator[str]:
        network, names = self.network, self.names
        yield "enum { T = 5 };"
        yield from (
            f"enum {{ {names(f'size {size}')} = {2 + place % 3} }};" for place, size in enumerate(self.every_size)
        )
        owners = {name: self.listing.labels.get(name, name) for name in self.listing.inputs}
        for name, owner in owners.items():
            yield f"static double {self._declaration(self._given(name), owner, data=name in network.data)};"
        for name in network.gradients:
            yield f"static double {self._declaration(names(adjoint(name)), owners[name], data=name in network.data)};"
        yield ""
        arguments = self._parameters()
        for name in network.gradients:
            scalar = name not in network.data and not network.shape(owners[name])
            arguments.append(f"{'&' if scalar else ''}{names(adjoint(name))}")
        yield "static double loss(void)"
        yield "{"
        yield f"{INDENT}return loss_and_gradients({', '.join(arguments)});"
        yield "}"
        yield ""
        low = lowest(self.network)
        draw = ANY if low is None else f"{f'{low}.0 + ' * bool(low)}(double)seed / 2147483647.0"
        yield from FILL.replace(ANY, draw).splitlines()
        yield ""
        yield "int main(void)"
        yield "{"
        for name in owners:
            given = self._given(name)
            yield f"{INDENT}fill((double *)&{given}, sizeof {given} / sizeof(double));"
        yield f"{INDENT}int wrong = 0;"
        for name in network.gradients:
            given, found = self._given(name), names(adjoint(name))
            count = f"sizeof {given} / sizeof(double)"
            yield f'{INDENT}wrong += !agrees("{names(name)}", (double *)&{given}, (double *)&{found}, {count});'
        yield f"{INDENT}return wrong ? EXIT_FAILURE : EXIT_SUCCESS;"
        yield "}"


def _packed(conditions: Iterable[str]) -> list[str]:
    """Conditions of which one has to hold, some to a line."""
    lines: list[str] = []
    for each in conditions:
        if lines and len(lines[-1]) + len(each) < WIDTH:
            lines[-1] += f" || {each}"
        else:
            lines.append(each)
    return lines
