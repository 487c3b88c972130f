"""Networks just within the limits, one for each limit and for several at once, as TOML; and the commands that tell them.

Their sizes follow from the limits: where one is raised, they grow. Numbers are small, so that nothing overflows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from benchmarks.child import Taken
from derive.limits import DEFAULT


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case str():
            return f"'{value}'"
        case list() | tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
        case _:
            return str(value)


def network(equations: Mapping[str, str], values: Mapping[str, Any], **keys: Any) -> str:
    """A network whose data are x and y; what else has a value and is no initial state is a parameter, the loss is l."""
    parameters = [
        name for name in values if name not in {"x", "y"} and not name.rpartition("_")[2].lstrip("-").isdigit()
    ]
    data = [name for name in ("x", "y") if name in values]
    head = {"parameters": parameters, "inputs": data, "loss": "l", **keys}
    lines = [f"{key} = {toml(value)}" for key, value in head.items() if not isinstance(value, dict)]
    tables = {"equations": equations, "values": values}
    tables |= {key: value for key, value in head.items() if isinstance(value, dict)}
    for table, content in tables.items():
        lines += [f"[{table}]", *(f"{key} = {toml(value)}" for key, value in content.items())]
    return "\n".join(lines) + "\n"


def drawn(*shape: int, seed: int = 0) -> Any:
    """Numbers between −0.5 and 0.5 with two decimals, none of them 0, as an array of that shape; another seed, others."""
    numbers = ((place * 37 % 50 + 1) / 100 * (-1) ** place for place in itertools.count(seed))

    def array(sizes: Sequence[int]) -> Any:
        return [array(sizes[1:]) for _ in range(sizes[0])] if sizes else next(numbers)

    return array(shape)


def per_step(*shape: int) -> dict[str, Any]:
    """Data that repeat after three steps."""
    return {"cycle": drawn(3, *shape)}


# -- scalar networks -----------------------------------------------------------------------------------------------------


def _states(count: int, seen: Callable[[int], Iterable[int]]) -> str:
    """So many states, each the tanh of some at the step before."""
    equations = {
        f"h{place}": f"tanh(0.3*x[t] + {' + '.join(f'h{other}[t-1]/{count}' for other in seen(place))})"
        for place in range(count)
    }
    equations = {"h0": equations.pop("h0").replace("0.3*", "w*"), **equations}
    equations["l"] = "(" + " + ".join(f"h{place}[t]" for place in range(count)) + " - y[t])**2/2"
    initial = {f"h{place}": 0 for place in range(count)}
    return network(equations, {"w": 0.5, "x": per_step(), "y": per_step()}, initial=initial)


def every_other() -> str:
    """As many states as there may be if each looks at all at the step before."""
    return _states(count := isqrt(DEFAULT.references) - 1, lambda _: range(count))


def neighbours(count: int = 30) -> str:
    """Thirty states in a ring, each of which looks at as many of the next ones as there may be references."""
    each = (DEFAULT.references - 2 * count - 2) // count
    return _states(count, lambda place: sorted((place + step) % count for step in range(each)))


def triangle() -> str:
    """Each state looks at all before it in the same step: within a step there are 2ⁿ paths."""
    count = isqrt(2 * DEFAULT.references) - 2
    equations = {"h0": f"tanh(w*x[t] + h{count - 1}[t-1]/2)"}
    for place in range(1, count):
        equations[f"h{place}"] = f"tanh(({' + '.join(f'h{other}[t]' for other in range(place))})/{place})"
    equations["l"] = f"(h{count - 1}[t] - y[t])**2/2"
    return network(equations, {"w": 0.5, "x": per_step(), "y": per_step()}, initial={f"h{count - 1}": 0})


def weights() -> str:
    """States that see one another by a weight each, as many as there may be names."""
    count = isqrt(DEFAULT.names - 3)
    names = {(row, column): f"w{row}_n{column}" for row in range(count) for column in range(count)}
    numbers = drawn(count, count)
    equations = {
        f"h{row}": "tanh(x[t] + " + " + ".join(f"{names[row, column]}*h{column}[t-1]" for column in range(count)) + ")"
        for row in range(count)
    }
    equations["l"] = "(" + " + ".join(f"h{place}[t]" for place in range(count)) + " - y[t])**2/2"
    values = {name: numbers[row][column] for (row, column), name in names.items()}
    initial = {f"h{place}": 0 for place in range(count)}
    return network(equations, values | {"x": per_step(), "y": per_step()}, initial=initial)


def chained() -> str:
    """As many equations as there may be, each put into the next."""
    length = DEFAULT.equations
    last = f"a{length - 2}"
    equations = {"a0": f"tanh(w*x[t] + v*{last}[t-1])"}
    equations |= {f"a{place}": f"sin(a{place - 1}[t])" for place in range(1, length - 1)} | {"l": f"{last}[t]**2"}
    return network(equations, {"w": 0.5, "v": 0.5, "x": 1}, initial={last: 0})


def squared() -> str:
    """As many equations as there may be, each the square of the one before: written out, a product of 2ⁿ factors."""
    length = DEFAULT.equations
    equations = {"a0": "w*x[t]"} | {f"a{place}": f"a{place - 1}[t]*a{place - 1}[t]" for place in range(1, length - 1)}
    return network(equations | {"l": f"a{length - 2}[t]"}, {"w": "1/2", "x": 1})


def coupled(count: int = 0) -> str:
    """As many states as there may be equations, each read by the next and reading itself, with a weight of its own."""
    count = count or DEFAULT.equations - 1
    equations = {
        f"h{place}": f"tanh(w{place}*h{place}[t-1] + {f'h{place - 1}[t-1]' if place else 'x[t]'}/2)"
        for place in range(count)
    }
    equations["l"] = f"(h{count - 1}[t] - y[t])**2/2"
    values = {f"w{place}": number for place, number in enumerate(drawn(count))}
    return network(equations, values | {"x": 1, "y": 0}, initial={f"h{place}": 0 for place in range(count)})


def losses() -> str:
    """Half as many losses as there may be equations, of as many outputs."""
    count = (DEFAULT.equations - 1) // 2
    equations = {"h": "tanh(w*x[t] + u*h[t-1])"}
    equations |= {f"o{place}": f"v{place}*h[t]" for place in range(count)}
    equations |= {f"l{place}": f"(o{place}[t] - y[t])**2/2" for place in range(count)}
    values = {"w": 0.5, "u": 0.5} | {f"v{place}": number for place, number in enumerate(drawn(count))}
    loss = [f"l{place}" for place in range(count)]
    return network(equations, values | {"x": per_step(), "y": per_step()}, loss=loss, initial={"h": 0})


def functions(deep: int = 7) -> str:
    """Functions of one's own, each made of the one before, which stands in it twice, as many as the grammar allows."""
    own = {"f0": {"of": "z", "value": "tanh(z)"}}
    for place in range(1, deep):
        own[f"f{place}"] = {"of": "z", "value": f"f{place - 1}(z)*f{place - 1}(z/2) + z"}
    equations = {"h": f"f{deep - 1}(w*x[t] + u*h[t-1])", "l": "(h[t] - y[t])**2/2"}
    values = {"w": 0.5, "u": 0.01, "x": per_step(), "y": per_step()}
    return network(equations, values, functions=own, initial={"h": 0})


def lag() -> str:
    """A state that looks at itself at every step back that there may be."""
    most = min(DEFAULT.lag, (DEFAULT.equation - 40) // 12)
    past = " + ".join(f"h[t-{back}]/{back + 9}" for back in range(1, most + 1))
    values = {"w": 0.5, "x": per_step(), "y": per_step()}
    return network({"h": f"tanh(w*x[t] + ({past})/9)", "l": "(h[t] - y[t])**2/2"}, values, initial={"h": 0})


def far() -> str:
    """A state that looks as far back as it may, whose initial values are all learned, and derivatives by all data."""
    keys = {"initial": {"h": 0.1}, "trainable_initial": ["h"], "by": ["x", "y"]}
    values = {"w": 0.5, "x": per_step(), "y": per_step()}
    return network({"h": f"tanh(w*x[t] + h[t-{DEFAULT.lag}]/2)", "l": "(h[t] - y[t])**2/2"}, values, **keys)


def ways() -> str:
    """Half of the states run forwards, half backwards, and outputs look at both."""
    count = DEFAULT.equations // 3
    equations: dict[str, str] = {}
    for place in range(count):
        equations[f"f{place}"] = f"tanh(w{place}*f{place}[t-1] + {f'f{place - 1}[t]' if place else 'x[t]'})"
        equations[f"b{place}"] = f"tanh(v{place}*b{place}[t+1] + {f'b{place - 1}[t]' if place else 'x[t]'})"
    equations |= {f"o{place}": f"f{place}[t]*b{place}[t]" for place in range(count)}
    equations["l"] = "(" + " + ".join(f"o{place}[t]" for place in range(count)) + " - y[t])**2/2"
    values = {f"{name}{place}": number for name in "wv" for place, number in enumerate(drawn(count, seed=ord(name)))}
    initial = {f"{name}{place}": 0 for name in "fb" for place in range(count)}
    return network(equations, values | {"x": per_step(), "y": per_step()}, initial=initial)


def product() -> str:
    """An equation as long as there may be, a product of a hundred weights, each of which is seen by a state."""
    count = 100
    factors = "*".join(f"w{place}" for place in range(count))
    values = {f"w{place}": 1 + number / 10 for place, number in enumerate(drawn(count))}
    values = {name: round(number, 3) for name, number in values.items()}
    equations = {"h": f"tanh({factors}*x[t] + h[t-1])", "l": "(h[t] - y[t])**2/2"}
    return network(equations, values | {"x": per_step(), "y": per_step()}, initial={"h": 0})


def long_sum() -> str:
    """An equation as long as there may be: a sum of products of functions of one state."""
    terms = [f"sin({place}*h[t-1])*cos(w*x[t])" for place in range(1, (DEFAULT.equation - 20) // 28)]
    equations = {"h": f"tanh(({' + '.join(terms)})/9)", "l": "(h[t] - y[t])**2/2"}
    return network(equations, {"w": 0.5, "x": per_step(), "y": per_step()}, initial={"h": 0})


def nested() -> str:
    """Functions within one another, as deep as the grammar allows."""
    inner = "w*x[t] + u*h[t-1]"
    for _ in range(28):
        inner = f"sin({inner})"
    values = {"w": 0.5, "u": 0.5, "x": per_step(), "y": per_step()}
    return network({"h": inner, "l": "(h[t] - y[t])**2/2"}, values, initial={"h": 0})


def power() -> str:
    """A sum to the highest power, of the highest power."""
    equations = {"h": "tanh((w*x[t] + u*h[t-1])**100)", "a": "(h[t] + v)**100", "l": "(a[t]**100 - y[t])**2/2"}
    values = {"w": 0.5, "u": 0.5, "v": 0.5, "x": per_step(), "y": per_step()}
    return network(equations, values, initial={"h": 0})


# -- vectors -------------------------------------------------------------------------------------------------------------


def elman(n: int, d: int = 0, m: int = 0) -> str:
    """Elman's network with n units, d inputs and m outputs (n where nothing else is said)."""
    d, m = d or n, m or n
    equations = {"h": "tanh(W@x[t] + U@h[t-1] + b)", "o": "V@h[t] + c", "l": "sum((o[t] - y[t])**2)/2"}
    shapes = {"W": "n, d", "U": "n, n", "b": "n", "V": "m, n", "c": "m", "x": "d", "h": "n", "o": "m", "y": "m"}
    values = {"W": drawn(n, d), "U": drawn(n, n, seed=1), "b": drawn(n), "V": drawn(m, n), "c": drawn(m)}
    return network(equations, values | {"x": per_step(d), "y": per_step(m)}, shapes=shapes, initial={"h": 0})


def matrices(n: int) -> str:
    """A state that is an n × n matrix, multiplied from both sides."""
    equations = {"S": "tanh(A@S[t-1]@B + x[t])", "l": "sum((S[t] - y[t])**2)/2"}
    shapes = dict.fromkeys(("A", "B", "S", "x", "y"), "n, n")
    values = {"A": drawn(n, n), "B": drawn(n, n, seed=1), "x": per_step(n, n), "y": per_step(n, n)}
    return network(equations, values, shapes=shapes, initial={"S": 0})


def penalty(n: int) -> str:
    """A penalty of large matrices, beside a network that does little with them."""
    equations = {"h": "tanh(W@x[t] + U@h[t-1])", "l": "sum((h[t] - y[t])**2)/2"}
    shapes = {"W": "n, n", "U": "n, n", "x": "n", "h": "n", "y": "n"}
    values = {"W": drawn(n, n), "U": drawn(n, n, seed=1), "x": per_step(n), "y": per_step(n)}
    return network(
        equations, values, shapes=shapes, initial={"h": 0}, penalty="(sum(W**2) + sum(U**2))/200 + sum(W@U)/100"
    )


def joined(count: int) -> str:
    """Vectors joined from many, and taken apart again."""
    equations = {f"p{place}": f"tanh(z[t][{_part(place)}])" for place in range(count)}
    inside = ", ".join(f"p{place}[t-1]" for place in range(count))
    equations = {"z": f"W@concat(x[t], {inside})", **equations}
    equations["l"] = " + ".join(f"sum((p{place}[t] - y[t])**2)" for place in range(count))
    shapes = {"W": f"{count}n, {count}n+n", "z": f"{count}n", "x": "n", "y": "n"}
    shapes |= {f"p{place}": "n" for place in range(count)}
    values = {"W": drawn(2 * count, 2 * count + 2), "x": per_step(2), "y": per_step(2)}
    return network(equations, values, shapes=shapes, initial={f"p{place}": 0 for place in range(count)})


def slices(count: int) -> str:
    """One equation of many parts of one vector."""
    parts = " + ".join(f"z[t][{_part(place)}]" for place in range(count))
    equations = {"z": "W@h[t-1]", "h": f"tanh({parts} + x[t])", "l": "sum((h[t] - y[t])**2)/2"}
    shapes = {"z": f"{count}n", "W": f"{count}n, n", "h": "n", "x": "n", "y": "n"}
    values = {"W": drawn(2 * count, 2), "x": per_step(2), "y": per_step(2)}
    return network(equations, values, shapes=shapes, initial={"h": 0})


def _part(place: int) -> str:
    """The part of n entries at a place, counted in parts."""
    return f"{f'{place}*n' if place > 1 else 'n' if place else ''}:{f'{place + 1}*n' if place else 'n'}"


def layers(count: int, n: int = 2) -> str:
    """Layers of vectors, each a state that reads the one below, as many as there may be equations."""
    equations = {
        f"h{place}": f"tanh(W{place}@{f'h{place - 1}[t]' if place else 'x[t]'} + h{place}[t-1])"
        for place in range(count)
    }
    equations["l"] = f"sum((h{count - 1}[t] - y[t])**2)/2"
    shapes = {f"W{place}": "n, n" for place in range(count)} | {f"h{place}": "n" for place in range(count)}
    values = {f"W{place}": drawn(n, n, seed=place) for place in range(count)}
    initial = {f"h{place}": 0 for place in range(count)}
    return network(
        equations, values | {"x": per_step(n), "y": per_step(n)}, shapes=shapes | {"x": "n", "y": "n"}, initial=initial
    )


# -- what is done with them ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A command on a network: what it is, its text (None: a ready-made one), the words of the command, the exit code it has."""

    what: str
    text: Callable[[], str] | None
    words: tuple[str, ...]
    code: int = 0

    def __str__(self) -> str:
        """How it is called."""
        return f"{self.what}: {self.shown}"

    @property
    def shown(self) -> str:
        """The command as it is told, without the name of the file."""
        return " ".join(word for word in self.words if word not in {"-n", FILE})

    def prepare(self, folder: Path) -> None:
        """Write the file that the command reads."""
        if self.text:
            (folder / FILE).write_text(self.text(), encoding="utf-8")


MOST_SECONDS, MOST_MEGABYTES = 60, 1_000


def fault(case: Case, found: Taken) -> str:
    """Return what is wrong with what a case took, or nothing."""
    if found.code != case.code:
        return f"exit code {found.code}: {found.said[-400:]}"
    if found.seconds > MOST_SECONDS or found.megabytes > MOST_MEGABYTES:
        return f"too much: {found.seconds:.0f} s, {found.megabytes:.0f} MB"
    return ""


FILE = "large.toml"
NETWORKS: dict[str, Callable[[], str]] = {
    "21 states, each looks at all": every_other,
    "30 states, each looks at 14": neighbours,
    "2²⁷ paths within a step": triangle,
    "196 weights": weights,
    "100 equations in a row": chained,
    "100 squares of one another": squared,
    "99 states": coupled,
    "49 losses": losses,
    "functions made of functions": functions,
    "28 functions within one another": nested,
    "all lags up to 100": lag,
    "lag 100, derivatives by all data": far,
    "66 states in both directions": ways,
    "a product of 100 weights": product,
    "an equation of 2,000 characters": long_sum,
    "powers of 100": power,
    "30 units": lambda: elman(30),
    "64 units": lambda: elman(64),
    "a state of 10 × 10": lambda: matrices(10),
    "a penalty of 50 × 50": lambda: penalty(50),
    "24 vectors joined": lambda: joined(24),
    "20 parts of a vector": lambda: slices(20),
    "99 layers": lambda: layers(99),
}
ELMAN = {
    "T": (f"show -T {DEFAULT.work // 9}", f"paths w_h -T {DEFAULT.work // 9}", f"report -T {DEFAULT.work // 9}"),
    "T, every table whole": (f"report -T {DEFAULT.work // 180} --full-tables --format md",),
    "T with all chapters": (f"report -T {DEFAULT.work // 180} --with all",),
    "T at 30 digits": (f"report -T {DEFAULT.work // 36} --digits {DEFAULT.digits}",),
    "paths listed": (f"report -T 99 --max-paths {DEFAULT.paths}",),
}
LOOKED_AT = {"bidirectional": 16, "seq-bidirectional-lstm": 51, "stacked": 14, "lstm-scalar": 34}
"""Ready-made networks told over as many steps as they may be, each with how many numbers its equations look at in one."""
CASES: tuple[Case, ...] = (
    *(Case(what, text, ("report", "-T", "3", "--with", "all", "-n", FILE)) for what, text in NETWORKS.items()),
    *(Case(what, None, tuple(words.split())) for what, every in ELMAN.items() for words in every),
    *(
        Case(f"{name}, T", None, ("report", "-n", name, "-T", str(DEFAULT.work // numbers)))
        for name, numbers in LOOKED_AT.items()
    ),
    *(
        Case(f"code of {what}", text, ("code", "--target", target, "-n", FILE))
        for what, text in (("100 equations", coupled), ("99 layers", lambda: layers(99)))
        for target in ("numpy", "torch", "jax", "python", "c", "javascript")
    ),
    Case("a mistake sought, 99 states", coupled, ("compare", "--gradient", "w0=0.123", "-T", "3", "-n", FILE), 1),
    Case("a mistake sought, T", None, ("compare", "--gradient", "w_h=0.123", "-T", str(DEFAULT.work // 9 // 100)), 1),
)
