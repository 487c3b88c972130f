"""JAX: the loss as a `jax.custom_vjp` over `lax.scan`, whose backward pass is ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.equations import Shape
from derive.programs.printers.drawn import lowest
from derive.programs.printers.halves import halves
from derive.programs.printers.layout import INDENT, indented, listed
from derive.programs.printers.python_file import PYTHON, file, given_back, not_checked, signature, size_lines, sizes
from derive.programs.printers.scan import Scan
from derive.programs.printers.spelled import Text
from derive.programs.statements import COUNTED, fixed

CHECK = '''
def check():
    """Compare every gradient with differences of L, at random numbers."""
    jax.config.update("jax_enable_x64", True)
'''


class Jax(Scan):
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
        "end",
        "dL",
        "check",
    )

    def file(self) -> str:
        """The whole file."""
        found = halves(self)
        timeless = [] if self.network.data else ["T"]
        opened = [*listed("", found.kept, " = kept", deep=1, bare=True)] if found.kept else []
        forward = [
            "def forward(",
            *signature(self),
            "):",
        ]
        says = '"""Return the loss L, and what its gradients need."""'
        forward += indented([*_apart([says, *found.forward]), "", "return L, ("])
        forward += [*(f"{INDENT * 2}{name}," for name in found.kept), f"{INDENT})"]
        backward = [f"def backward({', '.join([*timeless, 'kept', 'dL'])}):"]
        backward += indented(['"""Return the gradients, one per argument; None for what is not differentiated by."""'])
        backward += indented(_apart([*opened, *found.backward, "", *self._returned()]))
        backward += ["", "", "loss.defvjp(forward, backward)"]
        fixed = "functools.partial(jax.custom_vjp, nondiff_argnums=(0,))" if timeless else "jax.custom_vjp"
        arguments = [*timeless, *map(self.names, self.listing.inputs)]
        loss = [f"@{fixed}", *listed("def loss", arguments, ":", deep=0)]
        others = "; by other arguments they are 0" if len(arguments) > len(self.network.gradients) else ""
        loss += [f'{INDENT}"""Return the loss L, with the gradients of `backward`{others}."""']
        loss += indented(listed("return forward", arguments, "[0]", deep=1))
        lines = [*(line for each in self.functions.values() for line in each), *forward, *backward]
        imports = ["import functools"] * bool(timeless) + ["import math"] * any("math." in line for line in lines)
        imports += [*([""] if imports else []), "import jax", "import jax.numpy as jnp"]
        if not self.rules:
            imports += ["from jax.test_util import check_grads"]
        return file(self, imports, loss, forward, backward, self._checked())

    def _returned(self) -> Iterator[str]:
        yield "return ("
        yield from indented(given_back(self))
        yield ")"

    def _checked(self) -> Iterator[str]:
        """The gradient check at the end of the file: JAX's own."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        low = lowest(self.network)
        yield from CHECK.strip().splitlines()
        yield f"{INDENT}keys = iter(jax.random.split(jax.random.key(0), {len(self.listing.inputs)}))"
        yield from indented(size_lines(self))
        yield f"{INDENT}given = {{"
        for name in self.listing.inputs:
            found = sizes(self, name)
            size = f"({', '.join(found)}{',' if len(found) == 1 else ''})"
            draw = "normal" if low is None else "uniform"
            ends = f", minval={low}, maxval={low + 1}" if low else ""
            yield f'{INDENT * 2}"{self.names(name)}": jax.random.{draw}(next(keys), {size}{ends}),'
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

    # -- spelling ------------------------------------------------------------------------------------------------------

    def placed(self, name: str, rows: Iterable[tuple[int, str]]) -> Iterator[str]:
        """A value for every step that is 0 but at some; an array is not changed, but made anew."""
        spelled = self.names(name)
        yield f"{spelled} = {self.zeros(self.shapes.of.get(name, ()))}"
        for at, value in rows:
            yield f"{spelled} = {spelled}.at[{fixed(at)}].add({self.names(value)})"

    def filled(self, name: str, value: Text, *, timed: bool) -> Iterator[str]:
        """The array of a value for every step, with its rows outside 1 … T."""
        if not timed:
            value = Text(f"jnp.broadcast_to({value.text}, {self._whole(name)})")
        yield from self.assigned(self.names(name), value)
        yield from self.padded_rows(name)

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


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """Lines with an empty one before a function, or the comment above it."""
    given = [*lines, ""]
    for last, line, after in zip(["", *given], given, given[1:], strict=False):
        begins = line if not line.startswith("#") else after
        if begins.startswith("def ") and last and not last.startswith("#"):
            yield ""
        yield line
