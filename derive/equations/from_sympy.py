"""Symbolic: an equation built in SymPy becomes an `Expr`.

A symbol is a parameter; a variable at a step is a function of t, ``h(t - 1)``, or a sequence, ``h[t - 1]`` of an
``IndexedBase``. SymPy has sorted the terms already, so they
come in the order in which SymPy prints them; a person who cares for the order writes the equation as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from derive.equations.characters import plain
from derive.equations.expression import LAST_STEP, Expr, Var
from derive.errors import EquationError

if TYPE_CHECKING:
    import sympy
    from sympy.core.function import AppliedUndef

TIME = "t"


def is_sympy(given: Any) -> TypeGuard[sympy.Basic]:
    """Return whether something comes from SymPy."""
    import sympy  # noqa: PLC0415 - loaded where it is used

    return isinstance(given, sympy.Basic)


def equation(given: sympy.Expr) -> Expr:
    """Return the right-hand side that a SymPy expression says; raise `EquationError` for what no equation can say.

    >>> from sympy import Function, Symbol, tanh
    >>> t, w, h, x = Symbol("t"), Symbol("w"), Function("h"), Function("x")
    >>> equation(tanh(w * h(t - 1) + x(t))).function
    'tanh'
    """
    import sympy  # noqa: PLC0415 - loaded where it is used
    from sympy.core.function import AppliedUndef  # noqa: PLC0415 - as above

    from derive.equations.algebra import from_sympy  # noqa: PLC0415 - as above

    printed = str(given)
    steps = sorted(given.atoms(AppliedUndef, sympy.Indexed), key=lambda found: (printed.find(str(found)), str(found)))
    stand_ins = {found: sympy.Dummy(str(found), real=True) for found in steps}
    bare = given.xreplace(stand_ins)
    names = sorted(
        bare.free_symbols - set(stand_ins.values()), key=lambda found: (printed.find(str(found)), str(found))
    )
    if any(name.name == TIME for name in names):
        raise EquationError("the step t may only stand in brackets, as in h(t - 1)")
    back: dict[sympy.Symbol, Expr] = {stand_ins[found]: _variable(found) for found in steps}
    back |= {name: Var(plain(name.name)) for name in names}
    try:
        return from_sympy(bare, back, decimals=bool(given.atoms(sympy.Float)))
    except NotImplementedError as error:
        raise EquationError(f"not allowed in an equation: {error}") from None


def _variable(found: AppliedUndef | sympy.Indexed) -> Var:
    """``h(t − 1)`` and ``h[t − 1]`` are h at lag 1."""
    import sympy  # noqa: PLC0415 - loaded where it is used

    name, places = (found.base, found.indices) if isinstance(found, sympy.Indexed) else (found.func, found.args)
    if len(places) != 1:
        raise EquationError(f"{found} has to be a function of the step alone, such as {name}(t - 1)")
    time = sympy.Symbol(TIME)
    at = places[0].xreplace({here: time for here in places[0].atoms(sympy.Symbol, sympy.Idx) if here.name == TIME})
    lag = time - at
    if at == sympy.Symbol("T") or (at.is_Integer and at >= 1):
        return Var(plain(str(name)), None, int(at) if at.is_Integer else LAST_STEP)
    if not lag.is_Integer:
        raise EquationError(f"the step in {found} has to be t, t - 1, t - 2 and so on")
    return Var(plain(str(name)), int(lag))
