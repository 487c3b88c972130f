"""Losses: what L is made of — which variables, at which steps, and what each counts for.

    L = w Σ_t l_t          w = 1, or for a mean one over the number of losses; t = 1 … T, or T alone, or some steps

Several losses are one, that of the step: L_t = l_t + m_t. L itself may be called so by its author, as Goodfellow, Bengio &
Courville (Deep Learning, 2016, chapter 10) do: L_t is the loss of a step, and L the total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from derive.equations import Expr, Var, plain
from derive.equations import expression as ex
from derive.errors import NetworkError

TOTAL = "L"
LENGTH = Var("T", None)
"""The number of steps, in an equation."""
LATEST = 100_000
"""A loss may be at a step up to this one."""
REDUCTIONS = ("sum", "mean")


def weight(reduction: str, loss_at: str | tuple[int, ...]) -> Expr:
    """What the loss of each step counts for in L: 1, or for their mean one over their number."""
    match reduction, loss_at:
        case "mean", "every":
            return ex.Div(ex.ONE, LENGTH)
        case "mean", (_, _, *_) as listed:
            return ex.Const(Fraction(1, len(listed)))
        case _:
            return ex.ONE


def joined(where: str, loss: Any, equations: Mapping[str, Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the name of the loss of a step, and the equations: with that of L_t, the sum, if there are several losses.

    Raises `NetworkError` for losses that cannot be added.
    """
    if isinstance(loss, list | tuple):
        names = tuple(map(plain, loss)) if all(isinstance(name, str) for name in loss) else ()
        if not names or len(set(names)) < len(names):
            raise NetworkError(f'{where}loss has to be a name, or a list of different names, such as ["l", "m"]')
        if len(names) > 1:
            _check_parts(where, names, equations, shapes)
            equations = {**equations, TOTAL: ex.Add(tuple(Var(name, 0) for name in names))}
        loss = TOTAL if len(names) > 1 else names[0]
    return {"loss": plain(loss), "equations": equations}


def _check_parts(where: str, names: tuple[str, ...], equations: Mapping[str, Any], shapes: Mapping[str, Any]) -> None:
    """Losses that are to be added have equations, and leave the name of their sum free."""
    for name in names:
        if name not in equations:
            raise NetworkError(f"{where}the loss {name} has no equation; known are {_said(equations)}")
        if shapes.get(name):
            raise NetworkError(f"{where}the loss {name} has to be a scalar; add its components with sum(…)")
    if TOTAL in equations:
        raise NetworkError(f"{where}the name L is taken: it means the sum of the losses of a step; choose another")


def check_losses(at: Callable[[str], str], reduction: str, loss_at: Any) -> None:
    """The losses are at steps that there are, and are added or averaged."""
    where = at("loss_at")
    if reduction not in REDUCTIONS:
        raise NetworkError(f'{at("reduction")}reduction has to be "sum" or "mean", not {reduction!r}')
    if isinstance(loss_at, str):
        if loss_at not in {"every", "last"}:
            raise NetworkError(
                f'{where}loss_at has to be "every", "last" or a list of steps such as [2, 4], '
                f"not {loss_at!r}{_meant(loss_at)}"
            )
        return
    if not loss_at or not all(type(step) is int and 1 <= step <= LATEST for step in loss_at):
        raise NetworkError(
            f"{where}loss_at has to be a list of steps, whole numbers from 1 on, such as [2, 4]; "
            '"last" is the last step, whatever T is'
        )
    if list(loss_at) != sorted(set(loss_at)):
        raise NetworkError(f"{where}loss_at names the steps {_said(loss_at)}; write each once, in order")


def _meant(loss_at: str) -> str:
    """What another word may have been meant to say."""
    if loss_at in REDUCTIONS:
        return '; the mean over the steps is reduction = "mean"' if loss_at == "mean" else "; that is what L is"
    return '; step T is "last"' if loss_at in {"T", "end", "final"} else ""


def _said(steps: Any) -> str:
    return ", ".join(map(str, steps))
