"""Functions: those of a user's own, and those made of others that a network's equations call.

    [functions]  swish = { of = "z", value = "z*sigmoid(z)" }                                the derivative follows
                 spike = { of = "z", value = "step(z)", slope = "1/(1 + abs(z))**2" }        a rule in place of the derivative

A function may use those before it, and knows its own argument only. A ``slope`` is a rule: a surrogate gradient (Neftci,
Mostafa & Zenke, Surrogate gradient learning in spiking neural networks, IEEE Signal Processing Magazine 36, 2019).
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from derive.equations import NAMES, Composite, Definition, Expr, Shape, Shapes, defined
from derive.equations import expression as ex
from derive.errors import EquationError, NetworkError, ShapeError

KEYS = ("of", "value", "slope")
LETTERS = "zvuqprsabcdefghijklm"
"""What an argument may be called whose own name means something else: the first that is free."""
LIKE_THIS = 'write { of = "z", value = "z/(1 + abs(z))" }'


def own_functions(
    table: Mapping[str, Any], reserved: Collection[str], at: Callable[[str], str]
) -> dict[str, Definition]:
    """Return the functions that a table defines; ``reserved`` are names that mean something else, ``at`` says where one stands.

    Raises `NetworkError` or `EquationError`, each naming the place.

    >>> spike = {"of": "z", "value": "step(z)", "slope": "1/(1 + abs(z))**2"}
    >>> own_functions({"spike": spike}, (), "own.toml: {}: ".format)["spike"].rule
    True
    """
    found: dict[str, Definition] = {}
    for name, told in table.items():
        place = f"{at(name)}[functions] {name}"
        _check(name, told, reserved, place)
        slopes = (told["slope"],) if "slope" in told else None
        made = Composite(name, name.replace("_", ""), (told["of"],), told["value"], slopes, rule=slopes is not None)
        try:
            found[name] = defined(made, found)
        except EquationError as error:
            raise EquationError(f"{place}: {error}") from None
    return found


def _check(name: str, told: Any, reserved: Collection[str], place: str) -> None:
    """A function has a name of its own, an argument and a value, and no key that we do not know."""
    if not _is_name(name):
        raise NetworkError(f"{place}: the name has to be made of letters, digits and _")
    if name in NAMES or name in reserved:
        raise NetworkError(f"{place}: the name {name} is taken; choose another")
    if not isinstance(told, Mapping) or not all(isinstance(text, str) for text in told.values()):
        raise NetworkError(f"{place} has to be a table of texts; {LIKE_THIS}")
    unknown = [key for key in told if key not in KEYS]
    if unknown:
        raise NetworkError(f"{place}: unknown key {unknown[0]}; known are {', '.join(KEYS)}")
    missing = [key for key in KEYS[:2] if key not in told]
    if missing:
        raise NetworkError(f"{place}: {missing[0]} is missing; {LIKE_THIS}")
    if not _is_name(told["of"]) or told["of"] in reserved:
        raise NetworkError(f'{place}: of has to be one name for the argument, such as "z", not "{told["of"]}"')


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii() and bool(text.strip("_")) and not keyword.iskeyword(text)


@dataclass(frozen=True, slots=True)
class Used:
    """A function that is made of others, with the shapes of its arguments where it is told: numbers, if these are enough."""

    definition: Definition
    shapes: Mapping[str, Shape]


def functions_used(
    rules: Iterable[Expr], shapes: Shapes, taken: Collection[str] = (), others: Collection[str] = ()
) -> tuple[Used, ...]:
    """Return the functions made of others that some equations call, each after those it is made of.

    No argument is called as something in ``taken``, which stands beside it without a step: a parameter, a constant or a size.
    One that would be has the first letter that is nothing else's, not in ``others`` either.
    """
    found: dict[str, Used] = {}
    for rule in rules:
        for call in _calls(rule):
            _note(call, shapes, found)
    known = {*taken, *others, *(name for used in found.values() for name in used.shapes)}
    unused = (letter for letter in LETTERS if letter not in known)
    return tuple(_named_apart(used, taken, unused) for used in found.values())


def _named_apart(used: Used, taken: Collection[str], unused: Iterator[str]) -> Used:
    """The same function with other letters for arguments whose letter is taken."""
    return _renamed(used, {name: next(unused, name) if name in taken else name for name in used.shapes})


def _note(call: ex.Defined, shapes: Shapes, found: dict[str, Used]) -> None:
    definition = call.definition
    given = [shapes.typed(argument)[1] for argument in call.arguments]
    names = [var.name for var in definition.of]
    try:
        inside: dict[str, Shape] = dict.fromkeys(names, ())
        Shapes(inside).typed(definition.value)
    except ShapeError:
        inside = dict(zip(names, given, strict=True))
    for part in (definition.value, *(definition.slopes or ())):
        for inner in _calls(part):
            _note(inner, Shapes(inside, broadcast=True), found)
    if definition.name not in found:
        taken = {name: shape for used in found.values() for name, shape in used.shapes.items()}
        found[definition.name] = _of_one_shape(Used(definition, inside), taken)


def _of_one_shape(used: Used, taken: Mapping[str, Shape]) -> Used:
    """The same function with other letters for arguments whose letter stands for something of another shape already."""
    names: dict[str, str] = {}
    for name, shape in used.shapes.items():
        names[name] = name
        while taken.get(names[name], shape) != shape:
            names[name] += "1"
    return _renamed(used, names)


def _renamed(used: Used, names: Mapping[str, str]) -> Used:
    """The same function with its arguments called otherwise."""
    if all(name == other for name, other in names.items()):
        return used
    definition, letters = used.definition, {ex.Var(name): ex.Var(other) for name, other in names.items()}
    slopes = definition.slopes and tuple(ex.substitute(slope, letters) for slope in definition.slopes)
    of = tuple(ex.Var(names[var.name]) for var in definition.of)
    changed = replace(definition, of=of, value=ex.substitute(definition.value, letters), slopes=slopes)
    return Used(changed, {names[name]: shape for name, shape in used.shapes.items()})


def _calls(expr: Expr) -> Iterator[ex.Defined]:
    for child in ex.children(expr):
        yield from _calls(child)
    if isinstance(expr, ex.Defined):
        yield expr
