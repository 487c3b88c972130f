"""Inferred: a variable that is not listed under ``[shapes]`` has the shape of what its equation computes.

    W = "n, d", x = "d", h = "n"     and     a = "W@x[t] + U@h[t-1]"     make a vector (n) of a

That is found where the equation reads only names whose shapes are known already. What reads itself at another step, directly or
through others, is a scalar unless it is listed: nothing else says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def _shape(rule: Expr, shapes: Shapes) -> Shape:
    """The shape of a right-hand side; that of a scalar if it has none that can be listed."""
    try:
        shape = shapes.typed(rule)[1]
    except ShapeError:
        return ()
    return shape if all(shape) else ()
