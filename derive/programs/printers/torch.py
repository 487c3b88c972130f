"""PyTorch: the loss as a `torch.autograd.Function`, whose backward pass is ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.equations import Expr, Shape
from derive.equations import expression as ex
from derive.programs.functions import IN_CODE, MATH
from derive.programs.printers.arrays import Arrays
from derive.programs.printers.drawn import lowest
from derive.programs.printers.halves import halves
from derive.programs.printers.layout import INDENT, indented, listed
from derive.programs.printers.python_file import PYTHON, file, given_back, not_checked, signature, size_lines, sizes
from derive.programs.printers.spelled import ATOM, Text
from derive.programs.statements import Listing

CHECK = '''
def check():
    """Compare every gradient with differences of L, at random numbers."""
    torch.manual_seed(0)
'''


class Torch(Arrays):
    """Writes the file."""

    target = "torch"
    library = "torch"
    alone = "()"
    words = (*PYTHON, "torch", "Loss", "loss", "ctx", "dL", "check", "once_differentiable", "given")

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.deep = 2

    def file(self) -> str:
        """The whole file."""
        found = halves(self)
        forward = [*found.forward, "", *listed("ctx.save_for_backward", found.kept, "", deep=2), "return L"]
        opened = [*listed("", found.kept, " = ctx.saved_tensors", deep=2, bare=True)] if found.kept else []
        if not self.network.data:
            forward.insert(0, "ctx.T = T")
            opened.append("T = ctx.T")
        backward = [*opened, *found.backward, "", *self._returned()]
        loss = ["class Loss(torch.autograd.Function):"]
        loss += indented(['"""The loss L; its gradients are computed as the rules say, not recorded."""', ""])
        loss += indented(["@staticmethod", "def forward(", *signature(self, "ctx"), "):"])
        loss += indented(indented(forward))
        loss += ["", *indented(["@staticmethod", "@once_differentiable", "def backward(ctx, dL):"])]
        loss += indented(indented(backward))
        uses_math = any("math." in line for lines in (*self.functions.values(), loss) for line in lines)
        imports = [*(["import math", ""] if uses_math else []), "import torch"]
        imports.append("from torch.autograd.function import once_differentiable")
        return file(self, imports, loss, self._applied(), self._checked())

    def _applied(self) -> Iterator[str]:
        """The function that is called, with the names of its arguments."""
        arguments = [*([] if self.network.data else ["T"]), *map(self.names, self.listing.inputs)]
        yield from listed("def loss", arguments, ":", deep=0)
        yield f'{INDENT}"""Return the loss L, with the gradients of Loss.backward; there are no others."""'
        yield from indented(listed("return Loss.apply", arguments, "", deep=1))

    def _returned(self) -> Iterator[str]:
        """A gradient per argument; None for what is not differentiated by."""
        yield "return ("
        if not self.network.data:
            yield f"{INDENT}None,  # T"
        yield from indented(given_back(self))
        yield ")"

    def _checked(self) -> Iterator[str]:
        """The gradient check at the end of the file: PyTorch's own."""
        if self.rules:
            yield from not_checked(self.rules)
            return
        low = lowest(self.network)
        yield from CHECK.strip().splitlines()
        yield from indented(size_lines(self))
        yield f"{INDENT}given = ["
        if not self.network.data:
            yield f"{INDENT * 2}T,"
        for name in self.listing.inputs:
            size = f"({', '.join(sizes(self, name))}{',' if len(sizes(self, name)) == 1 else ''})"
            wanted = ", requires_grad=True" if name in self.network.gradients else ""
            draw = f"torch.{'randn' if low is None else 'rand'}({size}, dtype=torch.float64{wanted})"
            yield f"{INDENT * 2}{_moved(draw, low, wanted)},"
        yield f"{INDENT}]"
        yield f"{INDENT}torch.autograd.gradcheck(loss, given)  # raises where they disagree"
        yield f'{INDENT}print("agrees with differences of L")'

    # -- spelling ------------------------------------------------------------------------------------------------------

    @property
    def _like(self) -> str:
        """An argument whose kind of numbers the others have."""
        return self.names(next(iter(self.listing.inputs)))

    def zeros(self, shape: Shape, more: int = 0) -> str:
        """Zeros for every step."""
        return f"{self._like}.new_zeros({self.dimensions(shape, more)})"

    def zero(self, shape: Shape) -> str:
        """Zeros for a step."""
        return f"{self._like}.new_zeros({self.dimensions(shape)})" if shape else "0.0"

    def zero_like(self, name: str) -> str:
        """Zeros in the shape of an argument."""
        return f"torch.zeros_like({self.names(name)})"

    def joined(self, name: str, rows: Iterable[str]) -> str:
        """Rows put after those of an array."""
        return f"torch.cat([{name}, torch.stack([{', '.join(rows)}])])"

    def piece(self, part: Expr, *, timed: bool) -> str:
        """Something that is joined to others; a number that no variable is in is made a tensor."""
        if any(True for _ in ex.variables(part)):
            return super().piece(part, timed=timed)
        return f"{self._like}.new_full(({'T, ' if timed else ''}1{'' if timed else ','}), {self.spelled(part)})"

    def single(self, number: Text) -> str:
        """A number as a tensor of one."""
        return f"{number.beside(ATOM)}[None]"

    def padded(self, body: Expr, before: str, after: str, axis: int) -> Text:
        """A part with zeros before and after it; PyTorch counts axes from the last one."""
        around = [*(["0"] * 2 * (self.rank(body) - 1 - axis)), self.size(before), self.size(after)]
        return Text(f"torch.nn.functional.pad({self.spelled(body)}, ({', '.join(around)}))")

    def call(self, call: ex.Call) -> Text:
        """A function; one of numbers alone is Python's."""
        row = IN_CODE.get(call.function)
        if row and row.python in MATH and call.function != "pi" and not any(True for _ in ex.variables(call)):
            return Text(f"math.{row.python}({self.spelled(call.argument)})")
        return super().call(call)


def _moved(draw: str, low: int | None, wanted: str) -> str:
    """Random numbers from 0 to 1 as such from another number on; what is differentiated by stays a tensor of its own."""
    if not low:
        return draw
    return f"({low} + {draw.replace(wanted, '')}).requires_grad_()" if wanted else f"{low} + {draw}"
