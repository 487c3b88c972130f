"""Inferred: a variable that is not listed under ``[shapes]`` has the shape of what its equation computes.

    W = "n, d", x = "d", h = "n"     and     a = "W@x[t] + U@h[t-1]"     make a vector (n) of a

That is found where the equation reads only names whose shapes are known already. What reads itself at another step, directly or
through others, is a scalar unless it is listed: nothing else says what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from derive.equations import Expr, Shape, Shapes
from derive.equations import expression as ex
from derive.errors import ShapeError


def inferred(read: Mapping[str, Expr], shapes: Shapes) -> dict[str, Shape]:
    """Return the shapes of all variables that have one: those that are listed, in ``shapes``, and those that follow.

    ``read`` are the right-hand sides as they were read. What cannot be typed has no shape here; whoever types it says why.

    >>> from derive.equations import parse
    >>> inferred({"a": parse("W@h[t-1]"), "l": parse("a[t]@a[t]")}, Shapes({"W": ("n", "m"), "h": ("m",)}))["a"]
    ('n',)
    """
    found = dict(shapes.of)
    if not any(found.values()):
        return found
    reads = {name: {var.name for var in ex.variables(rule)} for name, rule in read.items() if name not in found}
    waiting, before = dict.fromkeys(reads), -1
    while len(waiting) != before:
        before = len(waiting)
        for name in [*waiting]:
            if reads[name].isdisjoint(waiting):
                del waiting[name]
                if shape := _shape(read[name], replace(shapes, of=found)):
                    found[name] = shape
    return found


def lacking(name: str, rule: Expr, shapes: Shapes, unlisted: Collection[str]) -> dict[str, Shape]:
    """Return a shape for one of the names that are not listed, or for all in a rule, with which it can be typed; else nothing.

    Vectors and matrices of the sizes there are are tried, the shorter first; what reads itself has the shape of its value.

    >>> from derive.equations import parse
    >>> lacking("h", parse("tanh(W@x[t] + U@h[t-1])"), Shapes({"W": ("n", "d"), "U": ("n", "n"), "x": ("d",)}), ("h",))
    {'h': ('n',)}
    """
    there = [read for read in dict.fromkeys(var.name for var in ex.variables(rule)) if read in unlisted]
    sizes = dict.fromkeys(size for shape in shapes.of.values() for size in shape)
    known = [*((size,) for size in sizes), *dict.fromkeys(shape for shape in shapes.of.values() if len(shape) > 1)]
    together = [there] if len(there) > 1 else []
    for names in (*([read] for read in there), *together):
        for shape in known:
            found = dict.fromkeys(names, shape)
            value = _value(rule, replace(shapes, of={**shapes.of, **found}))
            if value is not None and all(value) and (name not in found or value == shape):
                return found
    return {}


def _value(rule: Expr, shapes: Shapes) -> Shape | None:
    try:
        return shapes.typed(rule)[1]
    except ShapeError:
        return None


def _shape(rule: Expr, shapes: Shapes) -> Shape:
    """The shape of a right-hand side; that of a scalar if it has none that can be listed."""
    shape = _value(rule, shapes)
    return shape if shape is not None and all(shape) else ()
