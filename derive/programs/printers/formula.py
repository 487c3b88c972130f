"""Formula: a rule as a comment says it: ``dh_t = W_yᵀ dy_t + W_hᵀ da_{t+1}``, where dh is ∂L/∂h."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.equations import FUNCTIONS, NOTHING, SINGLE, Expr, Shapes, Var
from derive.equations import expression as ex
from derive.programs.printers.spelled import ATOM, POWER, PRODUCT, SIGN, SUM, Speller, Text
from derive.programs.statements import COUNTED
from derive.recurrence import ADJOINT

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Formula(Speller):
    """Spells mathematics; elementwise products of vectors and matrices are ⊙, other products have no sign."""

    product_sign = " "
    quotient_sign = "/"
    minus = "−"
    matrix_sign = " "

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        self.shapes = shapes
        self.step: int | None = None
        """The number that t is, where it is one."""

    def equation(self, name: str, expr: Expr, lag: int | None = 0) -> str:
        """name_t = expr."""
        return f"{self.spelled(Var(name, lag))} = {self.spelled(expr)}"

    def at_step(self, step: int, expr: Expr) -> str:
        """What an expression is at one step, which counts from T on if it is not positive."""
        self.step = step
        found = self.spelled(expr)
        self.step = None
        return found

    def variable(self, var: Var) -> Text:
        """A name with its step."""
        name = "counts" if var.name == COUNTED else var.name.replace(ADJOINT, "d").replace(" ", "_")
        if var.lag is None:
            return Text(name if var.at is None else f"{name}_{var.at or 'T'}")
        if self.step is not None:
            return Text(f"{name}_{_place(self.step, self.step - var.lag)}")
        step = f"{{t{-var.lag:+d}}}".replace("-", "−") if var.lag else "t"
        return Text(f"{name}_{step}")

    def sum(self, terms: tuple[Expr, ...]) -> Text:
        """With a true minus."""
        found = super().sum(terms)
        first, *others = found.parts
        lines = (
            f"−{first[1:]}" if isinstance(terms[0], ex.Neg) else first,
            *(f"−{one[1:]}" if one[0] == "-" else one for one in others),
        )
        return Text(" ".join(lines), SUM, lines)

    def product(self, factors: tuple[Expr, ...]) -> Text:
        """Numbers stand beside what they multiply, vectors and matrices are multiplied componentwise."""
        texts: list[str] = []
        for place, factor in enumerate(factors):
            text = self.text(factor).beside(SIGN if place else PRODUCT)
            sized = place and self._sized(factors[:place]) and self._sized((factor,))
            times = place and isinstance(factor, ex.Const)
            texts.append(f"{' ⊙ ' if sized else ' · ' if times else ' ' if place else ''}{text}")
        return Text("".join(texts), PRODUCT)

    def _sized(self, factors: Iterable[Expr]) -> bool:
        if self.bound:
            return False
        return any(self.shapes.shape(factor) for factor in factors)

    def power(self, base: Expr, exponent: Fraction) -> Text:
        """x², xⁿ."""
        inner = self.text(base).beside(ATOM)
        if exponent.denominator == 1:
            return Text(f"{inner}{str(exponent.numerator).translate(RAISED)}", POWER)
        return Text(f"{inner}^({exponent})", POWER)

    def number(self, value: Fraction) -> Text:
        """With a true minus."""
        found = super().number(value)
        return Text(found.text.replace("-", "−"), found.level)

    def call(self, call: ex.Call) -> Text:
        """f(a, b)."""
        match call:
            case ex.Call("pi"):
                return Text("π")
            case ex.Call("identity", body):
                return self.text(body)
            case ex.Call("components"):
                sizes = self.shapes.shape(call.argument) or (SINGLE,)
                return Text(" ".join(sizes), PRODUCT if len(sizes) > 1 else ATOM)
            case ex.Call("ones"):
                return Text("𝟏")
            case ex.Call("exp", body) if isinstance(body, ex.Var):
                return Text(f"exp({self.spelled(body)})")
            case _:
                sign = FUNCTIONS[call.function].sign
                along = () if call.axis is None else (f"axis={call.axis}",)
                return Text(f"{sign}({', '.join((*map(self.spelled, call.arguments), *along))})")

    def defined(self, expr: ex.Defined) -> Text:
        """By its name."""
        return Text(f"{expr.definition.name}({', '.join(map(self.spelled, expr.arguments))})")

    def inner_product(self, left: Expr, right: Expr) -> Text:
        """uᵀ v."""
        return Text(f"{self.text(left).beside(ATOM)}ᵀ {self.text(right).beside(SIGN)}", PRODUCT)

    def outer_product(self, left: Expr, right: Expr) -> Text:
        """U vᵀ."""
        return Text(f"{self.text(left).beside(SIGN)} {self.text(right).beside(ATOM)}ᵀ", PRODUCT)

    def transposed(self, body: Expr) -> Text:
        """Aᵀ."""
        return Text(f"{self.text(body).beside(ATOM)}ᵀ", POWER)

    def concatenated(self, parts: tuple[Expr, ...], axis: int) -> Text:
        """[x; h], side by side [x, h]."""
        return Text(f"[{('; ', ', ')[axis].join(map(self.spelled, parts))}]")

    def part(self, body: Expr, start: str, stop: str, axis: int) -> Text:
        """z[0:n], W[:, 0:n]: as the code counts."""
        return Text(f"{self.text(body).beside(ATOM)}[{':, ' * axis}{start}:{stop}]")

    def padded(self, body: Expr, before: str, after: str, axis: int) -> Text:
        """[0; v; 0]."""
        zeros = ["0" if size != NOTHING else "" for size in (before, after)]
        parts = (part for part in (zeros[0], self.spelled(body), zeros[1]) if part)
        return Text(f"[{('; ', ', ')[axis].join(parts)}]")

    def total(self, body: Expr) -> Text:
        """The sum of the components."""
        return Text(f"sum({self.spelled(body)})")

    def summed(self, body: Expr, axis: int, *, kept: bool) -> Text:  # noqa: ARG002 - told by the shape that it has
        """The sum over an axis."""
        return Text(f"sum({self.spelled(body)}, axis={axis})")


def _place(begin: int, step: int) -> str:
    """A step that is counted from 0 on, or from T on if another is."""
    if begin > 0:
        return str(step) if step >= 0 else f"{{−{-step}}}"
    return f"{{T{step:+d}}}".replace("-", "−") if step else "T"
