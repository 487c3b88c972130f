"""JAX: the loss as a `jax.custom_vjp` over `lax.scan`, whose backward pass is ours.

A loop over the steps is a scan. What it looks at of another step of its own is carried along; what it looks at of steps that
were computed before is scanned over, moved by as many steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.equations import Shape, Var
from derive.equations import expression as ex
from derive.network import LENGTH
from derive.programs.printers.arrays import Arrays
from derive.programs.printers.halves import halves
from derive.programs.printers.layout import INDENT, WIDTH, indented, listed
from derive.programs.printers.python_file import PYTHON, file, not_checked, signature, size_lines, sizes
from derive.programs.printers.spelled import PRODUCT, Text
from derive.programs.statements import COUNTED, Accumulate, Assign, Listing, Loop, adjoint, fixed, read

CHECK = '''
def check():
    """Compare every gradient with differences of L, at random numbers."""
    jax.config.update("jax_enable_x64", True)
    keys = iter(jax.random.split(jax.random.key(0), 100))
'''


class Jax(Arrays):
    """Writes the file."""

    target = "jax"
    library = "jnp"
    words = (
        *PYTHON,
        "jax",
        "jnp",
        "loss",
        "forward",
        "backward",
        "one_step",
        "start",
        "over",
        "carry",
        "now",
        "kept",
        "dL",
        "check",
    )

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.scanned: dict[Var, str] | None = None
        """The names in a scan of what it looks at of other steps and other loops."""
        self.extent = _extent(listing)

    def file(self) -> str:
        """The whole file."""
        found = halves(self)
        timeless = [] if self.network.data else ["T"]
        opened = [*listed("", found.kept, " = kept", deep=1, bare=True)] if found.kept else []
        forward = [
            "def forward(",
            *signature(self),
            "):",
            f'{INDENT}"""Return the loss L, and what its gradients need."""',
        ]
        forward += indented([*_apart(found.forward), "", "return L, ("])
        forward += [*(f"{INDENT * 2}{name}," for name in found.kept), f"{INDENT})"]
        backward = [f"def backward({', '.join([*timeless, 'kept', 'dL'])}):"]
        backward += indented(['"""Return the gradients, one per argument; None for what is not differentiated by."""'])
        backward += indented(_apart([*opened, *found.backward, "", *self._returned()]))
        backward += ["", "", "loss.defvjp(forward, backward)"]
        fixed = "functools.partial(jax.custom_vjp, nondiff_argnums=(0,))" if timeless else "jax.custom_vjp"
        arguments = [*timeless, *map(self.names, self.listing.inputs)]
        loss = [f"@{fixed}", *listed("def loss", arguments, ":", deep=0)]
        loss += [f'{INDENT}"""Return the loss L."""', *indented(listed("return forward", arguments, "[0]", deep=1))]
        lines = [*(line for each in self.functions.values() for line in each), *forward, *backward]
        imports = ["import functools"] * bool(timeless) + ["import math"] * any("math." in line for line in lines)
        imports += [*([""] if imports else []), "import jax", "import jax.numpy as jnp"]
        if not self.rules:
            imports += ["from jax.test_util import check_grads"]
        return file(self, imports, loss, forward, backward, self._checked())

    def _returned(self) -> Iterator[str]:
        yield "return ("
        for name in self.listing.inputs:
            found = f"dL * {self.names(adjoint(name))}" if name in self.network.gradients else "None"
            yield f"{INDENT}{found},"
        yield ")"

    def _checked(self) -> Iterator[str]:
        """The gradient check at the end of the file: JAX's own."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        yield from CHECK.strip().splitlines()
        yield from indented(size_lines(self))
        yield f"{INDENT}given = {{"
        for name in self.listing.inputs:
            found = sizes(self, name)
            size = f"({', '.join(found)}{',' if len(found) == 1 else ''})"
            yield f'{INDENT * 2}"{self.names(name)}": jax.random.normal(next(keys), {size}),'
        yield f"{INDENT}}}"
        names = [f'"{self.names(name)}",' for name in self.network.gradients]
        yield from indented(["names = (", *(INDENT + name for name in names), ")", ""])
        first = "T, " if not self.network.data else ""
        yield f"{INDENT}def of(*values):"
        yield f"{INDENT * 2}moved = {{**given, **dict(zip(names, values))}}"
        yield f"{INDENT * 2}return loss({first}*moved.values())"
        yield ""
        yield f"{INDENT}values = [given[name] for name in names]"
        yield f'{INDENT}check_grads(of, values, order=1, modes=["rev"], rtol=1e-6)'
        yield f'{INDENT}print("agrees with differences of L")'

    # -- a loop over the steps -----------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> Iterator[str]:
        """A scan: what it carries, what it scans over, what it keeps."""
        own = {statement.name for statement in loop.body if isinstance(statement, Assign)}
        sums = [*dict.fromkeys(each.name for each in loop.body if isinstance(each, Accumulate))]
        looked_at = dict.fromkeys(var for each in loop.body for var in ex.variables(read(each)) if var.lag is not None)
        carried = {name: max((abs(var.lag or 0) for var in looked_at if var.name == name), default=0) for name in own}
        order = [name for name in dict.fromkeys(each.name for each in loop.body) if name in own]
        states = [(name, far) for name in order for far in range(1, carried[name] + 1)]
        sign = loop.direction
        over = [var for var in looked_at if var.name not in own]
        guarded = any(isinstance(each, Assign) and each.guarded for each in loop.body)
        begin = [self._begin(name, sign * far) for name, far in states] + [self.names(name) for name in sums]
        scanned = [self._all(var) for var in over] + (["jnp.arange(T)"] if guarded else [])
        inner = {var: self._inner(var) for var in over}
        inner |= {Var(name, sign * far): self._inner(Var(name, sign * far)) for name, far in states}
        kept = [name for name in order if name in _looked_at_after(self.listing, loop)]
        self.scanned = inner
        body = [line for statement in loop.body for line in self._step(statement)]
        self.scanned = None
        carry = [inner[Var(name, sign * far)] for name, far in states] + [self.names(name) for name in sums]
        follows = [self.names(name) if far == 1 else inner[Var(name, sign * (far - 1))] for name, far in states]
        follows += [self.names(name) for name in sums]
        now = [inner[var] for var in over] + (["t"] if guarded else [])
        yield "def one_step(carry, now):"
        yield from indented(_unpacked(carry, "carry"))
        yield from indented(_unpacked(now, "now"))
        yield from indented(body)
        after = [self.names(name) for name in kept]
        yield from indented(_two("carry", follows, "now", after))
        yield ""
        reverse = [] if loop.direction == 1 else ["reverse=True"]
        length = [] if scanned else ["length=T"]
        left = [
            _packed([*(["_"] * len(states)), *(self.names(name) for name in sums)]) if sums else "_",
            _packed(after) if after else "_",
        ]
        yield from _one("start", begin)
        yield from _one("over", scanned)
        over_what = [_short("start", begin), _short("over", scanned)]
        yield from listed(
            f"{', '.join(left)} = jax.lax.scan", ["one_step", *over_what, *length, *reverse], "", deep=self.deep
        )
        for name in kept:
            yield from self._padded(name)

    def _step(self, statement: Assign | Accumulate) -> Iterator[str]:
        """A statement of a step; in a scan a sum is carried along, and a condition is a choice."""
        name = self.names(statement.name)
        self.deep += 1
        if isinstance(statement, Accumulate):
            yield from self.said_above(
                f"{self.formula.spelled(Var(statement.name))} += {self.formula.spelled(statement.expr)}"
            )
            yield from self.assigned(name, self._added(name, self.text(statement.expr)))
        else:
            yield from self.said_above(self.formula.equation(statement.name, statement.rule))
            constant = not any(True for _ in ex.variables(statement.expr))
            value = self.text(statement.expr)
            shape = self.shapes.of.get(statement.name, ())
            if constant:
                value = Text(f"{self.zero(shape)} + {value.beside(PRODUCT)}", 0)
            yield from self.assigned(name, value)
            for term in statement.guarded:
                there = f"t + {term.reach} < T" if term.reach > 0 else f"t >= {-term.reach}"
                yield from self.assigned(
                    name, self._added(name, Text(f"jnp.where({there}, {self.spelled(term.expr)}, 0)"))
                )
        self.deep -= 1

    def _inner(self, var: Var) -> str:
        """The name in a scan of a value at another step."""
        far = abs(var.lag or 0)
        if not far:
            return self.names(var.name)
        side = "before" if (var.lag or 0) > 0 else "after"
        return self.names(f"{var.name} {side}{f' {far}' if far > 1 else ''}")

    def placed(self, name: str, rows: Iterable[tuple[int, str]]) -> Iterator[str]:
        """A value for every step that is 0 but at some; an array is not changed, but made anew."""
        spelled = self.names(name)
        yield f"{spelled} = {self.zeros(self.shapes.of.get(name, ()))}"
        for at, value in rows:
            yield f"{spelled} = {spelled}.at[{fixed(at)}].add({self.names(value)})"

    def _begin(self, name: str, lag: int) -> str:
        """What a scan carries into its first step: what is known outside 1 … T, else 0."""
        past, future = self.network.outside.get(name, ((), ()))
        known = past[::-1] if lag > 0 else future
        if abs(lag) <= len(known):
            return self.names(known[abs(lag) - 1])
        return self.zero(self.shapes.of.get(name, ()))

    def _all(self, var: Var) -> str:
        """A value at all steps, moved by some."""
        self.all_steps = True
        text = self.text(var).text
        self.all_steps = False
        return text

    def _padded(self, name: str) -> Iterator[str]:
        """A value of all steps with its rows outside 1 … T."""
        if any(self.extent.get(name, (0, 0))):
            yield f"{self.names(name)} = {self.joined(self.names(name), self.outside(name))}"

    # -- spelling ------------------------------------------------------------------------------------------------------

    def variable(self, var: Var) -> Text:
        """A value at its step; in a scan one that was handed over."""
        if self.scanned is None or var == LENGTH or var.lag is None:
            return super().variable(var)
        return Text(self.scanned.get(var) or self.names(var.name))

    def filled(self, name: str, value: Text, *, timed: bool) -> Iterator[str]:
        """The array of a value for every step, with its rows outside 1 … T."""
        if not timed:
            value = Text(f"jnp.broadcast_to({value.text}, {self._whole(name)})")
        yield from self.assigned(self.names(name), value)
        yield from self._padded(name)

    def _whole(self, name: str) -> str:
        found = self.dimensions(self.shapes.of.get(name, ()), 0)
        return found if found.startswith("(") else f"({found},)"

    def counts(self, name: str, at: str, weight: str) -> Iterator[str]:
        """What the loss of each step counts for."""
        index = f"jnp.array({at})" if at.startswith("[") else at
        more = sum(self.extent.get(COUNTED, (0, 0)))
        yield f"{name} = {self.zeros((), more)}.at[{index}].set({weight})"

    @property
    def _kind(self) -> str:
        return f"{self.names(next(iter(self.listing.inputs)))}.dtype"

    def zeros(self, shape: Shape, more: int = 0) -> str:
        """Zeros for every step."""
        return f"jnp.zeros({self.dimensions(shape, more)}, {self._kind})"

    def zero(self, shape: Shape) -> str:
        """Zeros for a step."""
        return f"jnp.zeros({self.dimensions(shape) if shape else '()'}, {self._kind})"

    def zero_like(self, name: str) -> str:
        """Zeros in the shape of an argument."""
        return f"jnp.zeros_like({self.names(name)})"

    def single(self, number: Text) -> str:
        """A number as an array of one."""
        return f"jnp.reshape({number.text}, 1)"

    def joined(self, name: str, rows: Iterable[str]) -> str:
        """Rows put after those of an array."""
        return f"jnp.concatenate([{name}, jnp.stack([{', '.join(rows)}])])"


def _extent(listing: Listing) -> dict[str, tuple[int, int]]:
    """How far each value is looked at before 1 and after T, in a scan of its own left out: that is carried along."""
    network = listing.network
    found = {name: reach for name, reach in network.reach.items() if name in network.data}

    def note(var: Var, before: int, after: int) -> None:
        one, other = found.get(var.name, (0, 0))
        found[var.name] = (max(one, before), max(other, after))

    for block in listing.blocks:
        own = {each.name for each in block.body} if isinstance(block, Loop) else set()
        for each in block.body:
            for var in ex.variables(read(each)):
                if var.lag and var.name not in own:
                    note(var, var.lag, -var.lag)
    for boundary in listing.boundaries:
        for use in boundary.uses:
            for var in ex.variables(use.expr):
                past, future = network.outside.get(var.name, ((), ()))
                note(var, len(past), len(future))
    return found


def _looked_at_after(listing: Listing, loop: Loop) -> set[str]:
    """The names that are looked at outside of a loop."""
    others = [each for block in listing.blocks if block is not loop for each in block.body]
    found = {var.name for each in others for var in ex.variables(read(each))}
    found |= {var.name for each in listing.boundaries for use in each.uses for var in ex.variables(use.expr)}
    return found | {listing.network.loss, *map(adjoint, listing.network.by)}


def _one(name: str, values: list[str]) -> Iterator[str]:
    """The line that gives several values one name; one value has its own."""
    if len(values) > 1:
        yield from listed(f"{name} = ", values, "", deep=1)


def _short(name: str, values: list[str]) -> str:
    return name if len(values) > 1 else values[0] if values else "None"


def _two(carry: str, follows: list[str], now: str, after: list[str]) -> Iterator[str]:
    """What a step returns."""
    line = f"return {_packed(follows)}, {_packed(after)}"
    if len(line) + 2 * len(INDENT) <= WIDTH:
        yield line
        return
    yield from listed(f"{carry} = ", follows, "", deep=2) if len(follows) > 1 else [f"{carry} = {_packed(follows)}"]
    yield from listed(f"{now} = ", after, "", deep=2) if len(after) > 1 else [f"{now} = {_packed(after)}"]
    yield f"return {carry}, {now}"


def _packed(names: list[str]) -> str:
    """Several values as one."""
    if not names:
        return "None"
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _unpacked(names: list[str], of: str) -> Iterator[str]:
    if names:
        yield from listed("", names, f" = {of}", deep=2, bare=True) if len(names) > 1 else [f"{names[0]} = {of}"]


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """Lines with an empty one before a function, or the comment above it."""
    given = [*lines, ""]
    for last, line, after in zip(["", *given], given, given[1:], strict=False):
        begins = line if not line.startswith("#") else after
        if begins.startswith("def ") and last and not last.startswith("#"):
            yield ""
        yield line
