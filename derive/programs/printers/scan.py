"""Scan: a loop over the steps as `lax.scan`.

What it looks at of another step of its own is carried along; what it looks at of steps that were computed before is scanned
over, moved by as many steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.equations import Var
from derive.equations import expression as ex
from derive.network import LENGTH
from derive.programs.printers.arrays import Arrays
from derive.programs.printers.layout import INDENT, WIDTH, indented, listed
from derive.programs.printers.spelled import PRODUCT, Text
from derive.programs.statements import Accumulate, Assign, Listing, Loop, adjoint, read


class Scan(Arrays):
    """Spells loops as scans."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.scanned: dict[Var, str] | None = None
        """The names in a scan of what it looks at of other steps and other loops."""
        self.anchored: set[str] = set()
        """What the scan that is being written looks at, by its name, at one step for all t."""
        self.extent = _extent(listing)
        self.scans = 0
        """How many scans a function has by now."""

    def forward(self) -> Iterator[str]:
        """The lines of the forward pass, a function whose scans are counted."""
        self.scans = 0
        return super().forward()

    def backward(self) -> Iterator[str]:
        """The lines of the backward pass, another one."""
        self.scans = 0
        return super().backward()

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
        self.anchored = {var.name for each in loop.body for var in ex.variables(read(each)) if var.at is not None}
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
        self.scans += 1
        one_step = "one_step" if self.scans == 1 else self.names(f"function one step {self.scans}")
        yield f"def {one_step}({_handed(carry, 'carry')}, {_handed(now, 'now')}):"
        yield from indented(_unpacked(carry, "carry"))
        yield from indented(_unpacked(now, "now"))
        yield from indented(body)
        after = [self.names(name) for name in kept]
        yield from indented(_two("carry", follows, "now", after))
        yield ""
        reverse = [] if loop.direction == 1 else ["reverse=True"]
        length = [] if scanned else ["length=T"]
        ends = [*(["_"] * len(states)), *(self.names(name) for name in sums)] if sums else ["_"]
        whole = len(", ".join(ends)) < WIDTH // 2
        left = [_packed(ends) if whole else "end", _packed(after) if after else "_"]
        yield from _one("start", begin)
        yield from _one("over", scanned)
        over_what = [_short("start", begin), _short("over", scanned)]
        yield from listed(
            f"{', '.join(left)} = jax.lax.scan", [one_step, *over_what, *length, *reverse], "", deep=self.deep
        )
        if not whole:
            yield from listed("", ends[len(states) :], f" = end[{len(states)}:]", deep=self.deep, bare=True)
        for name in kept:
            yield from self.padded_rows(name)

    def _step(self, statement: Assign | Accumulate) -> Iterator[str]:
        """A statement of a step; in a scan a sum is carried along, and a condition is a choice."""
        name = self.names(statement.name)
        self.deep += 1
        if isinstance(statement, Accumulate):
            said, sign, added = self.added(statement.name, statement.expr)
            yield from self.said_above(said)
            yield from self.assigned(name, self._added(name, self.text(added), sign[0]))
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
            return self.names(f"{var.name} now" if var.name in self.anchored else var.name)
        side = "before" if (var.lag or 0) > 0 else "after"
        return self.names(f"{var.name} {side}{f' {far}' if far > 1 else ''}")

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

    def padded_rows(self, name: str) -> Iterator[str]:
        """A value of all steps with its rows outside 1 … T."""
        if not any(self.extent.get(name, (0, 0))):
            return
        rows, room = self.outside(name), WIDTH - self.deep * len(INDENT)
        line = f"{self.names(name)} = {self.joined(self.names(name), rows)}"
        if len(line) <= room:
            yield line
            return
        outside = self.names(f"{name} outside")
        listing = f"{outside} = [{', '.join(rows)}]"
        yield from [listing] if len(listing) <= room else [f"{outside} = [", *(f"{INDENT}{row}," for row in rows), "]"]
        yield f"{self.names(name)} = jnp.concatenate([{self.names(name)}, jnp.stack({outside})])"

    def variable(self, var: Var) -> Text:
        """A value at its step; in a scan one that was handed over."""
        if self.scanned is None or var == LENGTH or var.lag is None:
            return super().variable(var)
        return Text(self.scanned.get(var) or self.names(var.name))


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
    yield from listed(f"{carry} = ", follows, "", deep=2) if len(follows) > 1 else ()
    yield from listed(f"{now} = ", after, "", deep=2) if len(after) > 1 else ()
    yield f"return {_short(carry, follows)}, {_short(now, after)}"


def _packed(names: list[str]) -> str:
    """Several values as one."""
    if not names:
        return "None"
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _handed(names: list[str], of: str) -> str:
    """The name of what a step is handed: of one value its own."""
    return names[0] if len(names) == 1 else of


def _unpacked(names: list[str], of: str) -> Iterator[str]:
    if len(names) > 1:
        yield from listed("", names, f" = {of}", deep=2, bare=True)
