"""Network: what a user declares — the forward equations for a general step t, and what their names are.

One equation per named variable; a variable's right-hand side may use parameters (``w_h``), inputs and targets at any
step (``x[t]``), and variables at this step, at earlier ones (``h[t-1]``: h is a state) or, for a state that runs
backwards, at later ones. A `Network` that exists is sound: names known, shapes fitting, no circular definition, states
begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from derive.equations import (
    NAMES,
    PI,
    Definition,
    Expr,
    Shape,
    Shapes,
    Var,
    bounded,
    equation,
    is_sympy,
    parse,
    plain,
    shape_in_words,
)
from derive.equations import expression as ex
from derive.errors import EquationError, LimitError, NetworkError, ShapeError, StepsError, ValuesError
from derive.limits import DEFAULT, Limits
from derive.network import losses
from derive.network.file_name import check_file_name
from derive.network.functions import Used, functions_used, own_functions
from derive.network.inferred import inferred, lacking
from derive.network.lines import line_of
from derive.network.losses import LENGTH
from derive.network.order import OrderError, sweeps, turns
from derive.network.sizes import MOST_SIZES, sizes
from derive.shown import Shown

if TYPE_CHECKING:
    import sympy

Given: TypeAlias = "int | Decimal | Fraction | str | list[Any] | tuple[Any, ...] | Mapping[str, Any]"
"""A value as a user gives it: an exact number, lists of them, or ``{"cycle": [...]}``."""

Said: TypeAlias = "str | Mapping[str, str]"
"""What a name means: a text, or one per language."""

LISTS = ("parameters", "constants", "inputs", "targets", "distributions", "trainable_initial", "by", "adjoints")
"""The fields that are lists of names."""
NAMED = ("equations", "initial", "shapes", "tex", "says", "values")
"""The fields that are tables with a line per name."""
MOST_QUOTED = 100
"""A message quotes so much of an equation."""
SHOWN = 20
"""A message shows so much of a name that is too long."""
STEPPED = re.compile(r"(.+)_(t|\d+)")
"""A name that reads like another one at a step: h_t, x_1."""
RESERVED = {"L": "the total loss", "T": "the number of steps", "t": "the step"}


@dataclass(frozen=True, repr=False)
class Network(Shown):
    """The forward equations of a recurrent network, for a general step t.

    Arguments: ``equations`` maps each variable to its right-hand side, in the order of computation within a step;
    ``parameters`` are learned, ``constants`` known; ``inputs`` and ``targets`` name the rest, ``distributions`` those of them
    that add up to 1; ``loss`` is the variable that is added over all steps (``loss_at="last"``: taken at step T only),
    ``penalty`` a term of L that counts once. ``initial`` gives the value of each state before its first step,
    ``trainable_initial`` the states whose initial value is a parameter; ``by`` names data and initial values (``h_0``) that
    gradients are taken by as well. ``shapes`` holds size names, ("n", "d") or as in a file "n, d" (absent: scalar). ``tex`` are
    the names in print, ``says`` is what the table of symbols says of a name, a text or one per language; ``main`` is the
    gradient that is told in full. ``values`` are the worked example: a number for every step, or a list.
    ``limits`` bound what is asked of the network, its own size and everything later; ``lines`` are those of the keys in a file,
    ``text`` is all of it.

    Raises `NetworkError`, `EquationError`, `ShapeError` or `ValuesError`, each naming the place.

    >>> net = Network(
    ...     name="decay", equations={"h": "w*h[t-1] + x[t]", "l": "h[t]**2/2"},
    ...     parameters=("w",), inputs=("x",), loss="l", initial={"h": 0},
    ... )
    >>> net.states
    ('h',)
    """

    name: str
    equations: Mapping[str, str | Expr | sympy.Expr]
    parameters: tuple[str, ...]
    loss: str
    constants: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    loss_at: Literal["every", "last"] | tuple[int, ...] = "every"
    reduction: Literal["sum", "mean"] = "sum"
    penalty: str | Expr | sympy.Expr = ""
    initial: Mapping[str, Given] = field(default_factory=dict)
    trainable_initial: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    broadcast: bool = False
    functions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    adjoints: tuple[str, ...] = ()
    tex: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, Said] = field(default_factory=dict)
    values: Mapping[str, Given] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    main: str = ""
    origin: str = ""
    limits: Limits = field(default=DEFAULT, compare=False, repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check the declaration, then replace each equation's text by its typed expression."""
        _check_types(self)
        object.__setattr__(self, "shapes", {name: _sizes(self, name, shape) for name, shape in self.shapes.items()})
        _check_size(self)
        for key in LISTS:
            object.__setattr__(self, key, tuple(map(plain, getattr(self, key))))
        for key in NAMED:
            object.__setattr__(self, key, _plainly(self, key))
        for key, value in losses.joined(self.at("loss"), self.loss, self.equations, self.shapes).items():
            object.__setattr__(self, key, value)
        if isinstance(self.loss_at, list):
            object.__setattr__(self, "loss_at", tuple(self.loss_at))
        object.__setattr__(self, "main", plain(self.main))
        _check_names(self)
        _check_tables(self)
        _check_says(self)
        read = {name: self._read(self._equation(name), text) for name, text in self.equations.items()}
        object.__setattr__(self, "shapes", inferred(read, self._shapes))
        typed = {name: self._typed_equation(name, rule) for name, rule in read.items()}
        object.__setattr__(self, "equations", typed)
        given = not isinstance(self.penalty, str) or self.penalty.strip()
        object.__setattr__(self, "penalty", self._parsed_penalty() if given else "")
        self.limits.hold("references", sum(len(set(ex.variables(rule))) for rule in self.written), self.where)
        _check_references(self)
        _check_loss(self)
        _check_order(self)
        _check_initial(self)
        _check_values(self)
        _check_axes(self)
        _check_distributions(self)
        _check_by(self)
        _check_main(self)

    def _equation(self, name: str) -> str:
        """How messages begin that are about an equation."""
        return f"{self.at('equations', name)}equation {name}"

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self.shapes, self.broadcast, (*self.constants, LENGTH.name))

    def _typed_equation(self, name: str, rule: Expr) -> Expr:
        """Type one equation; errors name it."""
        place, text = self._equation(name), self.equations[name]
        typed, shape = self._typed(place, text, rule, name)
        declared = self.shapes.get(name, ())
        if shape != declared and (shape or any(True for _ in ex.variables(typed))):
            told = (
                f"is declared as a {shape_in_words(declared)}" if declared else f"has no shape; {_listed(name, shape)}"
            )
            raise ShapeError(f"{place} = {_quoted(text)}: its value is a {shape_in_words(shape)}, but {name} {told}")
        return typed

    def _parsed_penalty(self) -> Expr:
        """Parse and type the term of L that counts once."""
        place = f"{self.at('penalty')}penalty"
        typed, shape = self._typed(place, self.penalty, self._read(place, self.penalty))
        if shape:
            raise ShapeError(
                f"{place} = {_quoted(self.penalty)}: it has to be a scalar, not a {shape_in_words(shape)}; "
                "add its components with sum(…)"
            )
        return typed

    def _read(self, place: str, text: str | Expr | sympy.Expr) -> Expr:
        """Read a right-hand side; errors begin with its place."""
        try:
            expr = _read(text, self.definitions, self.limits)
            if "pi" not in (*self.variables, *self.timeless, *self.data):
                expr = ex.substitute(expr, {Var("pi"): PI})
            self.limits.hold("lag", max((abs(var.lag) for var in ex.variables(expr) if var.lag), default=0))
        except (EquationError, LimitError, ShapeError) as error:
            raise type(error)(f"{place} = {_quoted(text)}: {error}") from None
        return expr

    def _typed(self, place: str, text: str | Expr | sympy.Expr, read: Expr, name: str = "") -> tuple[Expr, Shape]:
        """Type a right-hand side, that of ``name`` if it is an equation's; errors begin with its place and text."""
        try:
            return self._shapes.typed(read)
        except (EquationError, LimitError, ShapeError) as error:
            told = self._unlisted(name, read) if isinstance(error, ShapeError) else ""
            raise type(error)(f"{place} = {_quoted(text)}: {error}{told}") from None

    def _unlisted(self, name: str, read: Expr) -> str:
        """What to list so that a right-hand side can be typed, if that is all it lacks: what is not listed is a scalar."""
        stated = (*self.initial, *self.data, *self.parameters, *self.constants)
        found = lacking(name, read, self._shapes, [each for each in stated if each not in self.shapes])
        lines = " and ".join(f'{each} = "{", ".join(shape)}"' for each, shape in found.items())
        what = "is a scalar, because it has no shape" if len(found) == 1 else "are scalars, because they have no shape"
        return f"; {' and '.join(found)} {what}: write {lines} under [shapes]" if found else ""

    @property
    def where(self) -> str:
        """How messages begin: the file or name of the network."""
        return f"{self.origin or self.name}: "

    def at(self, key: str, name: str = "") -> str:
        """How messages begin that are about a line of the file: that of a name in the table ``key``, or of the key."""
        return f"{self.where}{line_of(self.lines, key, name)}"

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """The functions of this network's own, by name; one may use those before it.

        Raises `EquationError` for what is wrong in one.
        """
        return own_functions(self.functions, (*RESERVED, "pi"), partial(self.at, "functions"))

    @cached_property
    def functions_used(self) -> tuple[Used, ...]:
        """The functions made of others that the equations call, each after those it is made of."""
        taken = {*self.timeless, *(size for shape in self.shapes.values() for size in shape)}
        return functions_used(self.written, Shapes(self.shapes, broadcast=True), taken, (*self.variables, *self.data))

    @property
    def rules(self) -> Mapping[str, Expr]:
        """Each variable's right-hand side as an expression."""
        return self.equations  # type: ignore[return-value]  # texts were replaced in __post_init__

    @property
    def penalty_term(self) -> Expr | None:
        """The term of L that counts once, a function of parameters and constants; None if there is none."""
        return self.penalty or None  # type: ignore[return-value]  # as above

    @property
    def written(self) -> tuple[Expr, ...]:
        """All right-hand sides: those of the equations, and the penalty."""
        return tuple(self.rules.values()) if self.penalty_term is None else (*self.rules.values(), self.penalty_term)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names with an equation, in the author's order."""
        return tuple(self.equations)

    @property
    def timeless(self) -> tuple[str, ...]:
        """What has no step, and a value: parameters and constants."""
        return (*self.parameters, *self.constants)

    @property
    def data(self) -> tuple[str, ...]:
        """Inputs and targets."""
        return (*self.inputs, *self.targets)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Variables used at another step than their own."""
        used = {var.name for rule in self.rules.values() for var in ex.variables(rule) if var.lag}
        return tuple(name for name in self.variables if name in used)

    @cached_property
    def reach(self) -> Mapping[str, tuple[int, int]]:
        """Per name, how many steps before 1 and after T it is looked at: (2, 0) if h[t-2] appears."""
        found: dict[str, tuple[int, int]] = {}
        for rule in self.rules.values():
            for var in ex.variables(rule):
                if var.lag:
                    before, after = found.get(var.name, (0, 0))
                    found[var.name] = (max(before, var.lag), max(after, -var.lag))
        return found

    @cached_property
    def outside(self) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Per name looked at outside 1 … T, the labels of its values before and after: ``(("h_-1", "h_0"), ())`` for h[t-2]."""
        return {
            name: (
                tuple(outside_label(name, step) for step in range(1 - before, 1)),
                tuple(outside_label(name, step) for step in range(1, after + 1)),
            )
            for name, (before, after) in self.reach.items()
        }

    @cached_property
    def far_ends(self) -> Mapping[str, str]:
        """The values outside 1 … T that no line under [initial] gives, by their label, with the variable each belongs to.

        A variable that is looked at on both sides has two ends. [initial] gives the one at which it begins: the past, or for
        what runs backwards the future.
        """
        both = {name: ends for name, ends in self.outside.items() if name in self.equations and all(ends)}
        turn = turns(self.rules) if both else {}
        return {
            label: name for name, (before, after) in both.items() for label in (before if turn[name] < 0 else after)
        }

    @property
    def gradients(self) -> tuple[str, ...]:
        """What gradients are taken by: parameters, initial values by their labels (``h_0``), and data, at every step."""
        return (*self.parameters, *self.initial_targets, *(name for name in self.by if name in self.data))

    @cached_property
    def initial_targets(self) -> Mapping[str, tuple[str, int]]:
        """The initial values that gradients are taken by, by their labels: whose they are, and the step, T + 1 as 1."""
        found: dict[str, tuple[str, int]] = {}
        for name, (before, after) in self.reach.items():
            steps = (*range(0, -before, -1), *range(1, after + 1))
            found |= {label: (name, step) for step in steps if (label := outside_label(name, step))}
        wanted = [label for name in self.trainable_initial for label, (own, _) in found.items() if own == name]
        return {label: found[label] for label in dict.fromkeys((*wanted, *self.by)) if label in found}

    def shape(self, name: str) -> Shape:
        """The shape of a name; () is a scalar."""
        return self.shapes.get(ex.anchor(name)[0], ())

    @cached_property
    def uses_length(self) -> bool:
        """Whether an equation, or what a loss counts for, uses T, the number of steps."""
        rules = (*self.written, self.loss_weight)
        return any(var == LENGTH for rule in rules for var in ex.variables(rule))

    @property
    def loss_weight(self) -> Expr:
        """What the loss of each step counts for in L: 1, or for their mean one over their number."""
        return losses.weight(self.reduction, self.loss_at)

    def is_known(self, var: Var) -> bool:
        """Whether a variable of an equation is a constant, T, or a datum of one step, by which nothing is differentiated."""
        return var == LENGTH or var.name in self.constants or (var.lag is None and var.name in self.fixed)

    @cached_property
    def fixed(self) -> Mapping[str, frozenset[int]]:
        """Per datum that equations read at one step for all t, at which: 0 stands for T."""
        found: dict[str, set[int]] = {}
        for var in self._at_one_step:
            if var.name in self.data:
                found.setdefault(var.name, set()).add(var.at or 0)
        return {name: frozenset(steps) for name, steps in found.items()}

    @cached_property
    def anchored(self) -> tuple[str, ...]:
        """The variables that equations read at one step for all t, by what they are called then: ``g[1]``, ``h[T]``."""
        found = (ex.anchored(var.name, var.at or 0) for var in self._at_one_step if var.name in self.equations)
        return tuple(dict.fromkeys(found))

    @property
    def _at_one_step(self) -> Iterator[Var]:
        return (var for rule in self.rules.values() for var in ex.variables(rule) if var.at is not None)

    @property
    def longest_step(self) -> int:
        """The largest step, the same for all t, at which an equation reads something; 0 if there is none but T."""
        return max((var.at or 0 for var in self._at_one_step), default=0)

    @property
    def is_scalar(self) -> bool:
        """Whether every name is a scalar."""
        return not any(self.shapes.values())

    @cached_property
    def in_rows(self) -> bool:
        """Whether vectors are rows: they are written left of matrices (or repeated as rows), and never right of one."""
        shapes = Shapes(self.shapes, broadcast=True)
        sides = {side for rule in self.written for side in shapes.beside(rule)}
        return "left" in sides and "right" not in sides

    @cached_property
    def axis(self) -> int | None:
        """Along which axis functions of a whole vector go where they are given a matrix: 1 of each row, 0 of each column."""
        return next((axis for rule in self.written for axis in _axes(rule)), None)

    def check_length(self, steps: int) -> None:
        """Raise `StepsError` if T ends before the last loss of a list."""
        last = 0 if isinstance(self.loss_at, str) else self.loss_at[-1]
        if last > steps:
            raise StepsError(
                f"{self.at('loss_at')}loss_at names step {last}, so T has to be at least {last}, not {steps}"
            )
        if self.longest_step > steps:
            needed = f"so T has to be at least {self.longest_step}, not {steps}"
            reads = (
                name
                for name, rule in self.rules.items()
                if any(var.at == self.longest_step for var in ex.variables(rule))
            )
            where = self.at("equations", next(reads, ""))
            raise StepsError(f"{where}an equation reads step {self.longest_step}, {needed}")

    def with_values(self, values: Mapping[str, Given]) -> Network:
        """Return the same network with another worked example."""
        return replace(self, values=values)


def outside_label(name: str, step: int) -> str:
    """The name under which a value outside 1 … T is given; steps greater than 0 count from T on: ``h_0``, ``h_T+1``."""
    return f"{name}_{step}" if step <= 0 else f"{name}_T+{step}"


def suggestion(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """“; did you mean …?” for a name that nearly is a known one, else which are known."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known) or 'none'}"


def _read(text: str | Expr | sympy.Expr, own: Mapping[str, Definition], limits: Limits) -> Expr:
    """An equation's right-hand side, however it was given."""
    if isinstance(text, str):
        return parse(text, own, limits)
    return bounded(text if isinstance(text, Expr) else equation(text))


def _listed(name: str, shape: Shape) -> str:
    """What to write so that a variable has a shape."""
    if not all(shape):
        return "it has to be a column, or a scalar"
    return f'write {name} = "{", ".join(shape)}" under [shapes]'


def _quoted(text: str | Expr | sympy.Expr) -> str:
    if not (isinstance(text, str) or is_sympy(text)):
        return "…"
    quoted = str(text)
    return f'"{quoted}"' if len(quoted) <= MOST_QUOTED else f'"{quoted[:MOST_QUOTED]}…"'


def _check_types(network: Network) -> None:
    """What Python lets through but no TOML file would: a text in place of a list, an equation that is no text."""
    for key in LISTS:
        names = getattr(network, key)
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise NetworkError(f'{network.at(key)}{key} has to be a list of names, such as ("w_x", "w_h")')
    for name, rule in network.equations.items():
        if not (isinstance(rule, str | Expr) or is_sympy(rule)):
            raise NetworkError(
                f"{network.at('equations', name)}equation {name} has to be a text, not {type(rule).__name__}"
            )
    if not (isinstance(network.penalty, str | Expr) or is_sympy(network.penalty)):
        raise NetworkError(f"{network.at('penalty')}penalty has to be a text, not {type(network.penalty).__name__}")
    if not network.equations:
        raise NetworkError(f"{network.where}no equations; write at least a state and a loss under [equations]")
    check_file_name(network.at("name") if network.origin else "", network.name)


def _sizes(network: Network, name: str, shape: Any) -> Shape:
    """One line of the shapes, whether written as a text or as a tuple."""
    return sizes(shape, f"{network.at('shapes', name)}[shapes] {name}")


def _check_size(network: Network) -> None:
    """No more of anything than the limits allow, before anything is done with it."""
    hold, where = network.limits.hold, network.where
    hold("equations", len(network.equations) + len(network.functions), where)
    hold("names", sum(len(getattr(network, key)) for key in LISTS), where)
    listed = (name for key in LISTS for name in getattr(network, key))
    keys = (str(name) for key in NAMED for name in getattr(network, key))
    for name in (*listed, *keys, *network.tex.values(), *(size for shape in network.shapes.values() for size in shape)):
        hold("name", len(name), f"{where}“{name[:SHOWN]}…”: ")
    texts = {"source": network.source, "title": network.title, "about": network.about, "says": network.says}
    for place, text in _texts(texts):
        hold("text", len(text), f"{where}{place}: ")
    for place, text in _texts({"functions": network.functions}):
        hold("equation", len(text), f"{where}{place}: ")


def _texts(table: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table of texts, or of tables of texts, with its place: about.en."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", str(value)


def _check_names(network: Network) -> None:
    """Names are identifiers, none is reserved, none is declared twice, none could be read as another at a step."""
    kinds: dict[str, str] = {}
    groups = {
        "an equation": network.variables,
        "a parameter": network.parameters,
        "a constant": network.constants,
        "an input": network.inputs,
        "a target": network.targets,
    }
    for kind, name in ((kind, name) for kind, names in groups.items() for name in names):
        if not (name.isidentifier() and name.isascii()):
            raise NetworkError(
                f"{_declared(network, kind, name)}the name {name!r} has to be made of letters, digits and _{_unnamed(name)}"
            )
        free = {network.loss} & {losses.TOTAL}
        if name in RESERVED.keys() - free or name in NAMES or name in network.functions:
            meaning = RESERVED.get(name, "a function")
            raise NetworkError(
                f"{_declared(network, kind, name)}the name {name} is taken: it means {meaning}; choose another"
            )
        if name in kinds:
            twice = "twice" if kinds[name] == kind else f"both as {kinds[name]} and as {kind}"
            raise NetworkError(f"{_declared(network, kind, name)}{name} is declared {twice}; keep one")
        kinds[name] = kind
    timed = {*network.variables, *network.data}
    for name, kind in kinds.items():
        at_step = STEPPED.fullmatch(name)
        if at_step and at_step[1] in timed:
            raise NetworkError(
                f"{_declared(network, kind, name)}the name {name} is taken: "
                f"it is {at_step[1]} at step {at_step[2]}; choose another"
            )


def _declared(network: Network, kind: str, name: str) -> str:
    """How a message begins that is about the declaration of a name: with its line."""
    lists = {"a parameter": "parameters", "a constant": "constants", "an input": "inputs", "a target": "targets"}
    return network.at(lists[kind]) if kind in lists else network.at("equations", name)


def _plainly(network: Network, key: str) -> dict[str, Any]:
    """A table with its names as they are read: that of ω is omega's."""
    table: dict[str, Any] = {}
    for name, value in getattr(network, key).items():
        if plain(str(name)) in table:
            raise NetworkError(
                f"{network.at(key, plain(str(name)))}[{key}] has {plain(str(name))} twice, once as a letter; keep one"
            )
        table[plain(str(name))] = value
    return table


def _unnamed(name: str) -> str:
    """What would be a name, where it nearly is one."""
    if name[:1].isdigit():
        return ", and begin with a letter"
    near = re.sub(r"\W+", "_", re.sub(r"\[.*\]|\(.*\)", "", name), flags=re.ASCII).strip("_")
    return f", such as {near}; how it is printed is said under [tex]" if near.isidentifier() else ""


def _check_tables(network: Network) -> None:
    """Tables and lists name what is declared."""
    declared = (*network.variables, *network.timeless, *network.data)
    for key, table in {
        "shapes": network.shapes,
        "tex": network.tex,
        "initial": network.initial,
        "says": network.says,
    }.items():
        for name in table:
            begun = STEPPED.fullmatch(name)
            if key == "initial" and begun and begun[1] in network.equations:
                raise NetworkError(
                    f"{network.at(key, name)}[initial] names {name}; a state stands there by its name alone: "
                    f"write {begun[1]} = 0"
                )
            if name not in declared and not (key == "tex" and name in RESERVED):
                raise NetworkError(
                    f"{network.at(key, name)}[{key}] names {name}, which is unknown{suggestion(name, declared)}"
                )
    for key in ("adjoints", "trainable_initial"):
        for name in getattr(network, key):
            if name not in network.equations:
                near = suggestion(name, network.variables)
                raise NetworkError(f"{network.at(key)}{key} names {name}, which has no equation{near}")
    if len(set(network.trainable_initial)) < len(network.trainable_initial):
        raise NetworkError(f"{network.at('trainable_initial')}trainable_initial names a state twice; keep one")
    for name, shape in network.shapes.items():
        if len(shape) > MOST_SIZES:
            raise ShapeError(
                f"{network.at('shapes', name)}{name} is declared with {len(shape)} sizes; a matrix has two"
            )


def _references(network: Network) -> Iterator[tuple[str, Var]]:
    for name, rule in network.rules.items():
        for var in ex.variables(rule):
            yield name, var


def _check_references(network: Network) -> None:
    """Every name in an equation is known and has a step exactly if it has time; every parameter is used."""
    timed = (*network.variables, *network.data)
    used = {var.name for var in _in_penalty(network)}
    for name, var in _references(network):
        place = f"{network.at('equations', name)}equation {name}: "
        if var == LENGTH:
            continue
        if var.name in RESERVED and not (var.name == network.loss and var.lag is not None):
            raise EquationError(f"{place}{var.name} means {RESERVED[var.name]}, which is no quantity of an equation")
        if var.name in network.timeless and (var.lag is not None or var.at is not None):
            what = "a parameter" if var.name in network.parameters else "a constant"
            raise EquationError(f"{place}{var.name} is {what} and has no step; write {var.name}")
        if var.at is not None and var.name in timed:
            _check_fixed(network, var)
        elif var.name in timed and var.lag is None:
            known = (
                ", or declare it under constants if it is the same at every step" if var.name in network.data else ""
            )
            raise EquationError(f"{place}{var.name} needs a step; write {var.name}[t] or {var.name}[t-1]{known}")
        if var.name not in timed and var.name not in network.timeless:
            raise EquationError(f"{place}unknown name {var.name}{_meant(network, var)}")
        used.add(var.name)
    for key in ("parameters", "constants", "inputs", "targets"):
        for name in getattr(network, key):
            if name not in used:
                raise NetworkError(f"{network.at(key)}{name} is declared, but no equation uses it")


def _check_fixed(network: Network, var: Var) -> None:
    """No gradient is taken by data that have one step for all t."""
    if var.name in network.by:
        read = f"{ex.anchored(var.name, var.at or 0)} is one step for all t, by which no gradient is taken"
        copy = f"{var.name}_copy"
        instead = f'{copy} = "{var.name}[t]", and read {ex.anchored(copy, var.at or 0)}'
        raise NetworkError(f"{network.at('by')}by names {var.name}, but {read}; give it an equation, {instead}")


def _in_penalty(network: Network) -> Iterator[Var]:
    """The variables of the penalty, which has no step: parameters, constants and T."""
    for var in () if network.penalty_term is None else ex.variables(network.penalty_term):
        if var.name in (*network.variables, *network.data) or (var.lag is not None and var.name in network.timeless):
            what = "is one at each step" if var.name not in network.timeless else "has no step"
            raise EquationError(
                f"{network.at('penalty')}penalty: {var.name} {what}, and a penalty counts once, for parameters and "
                "constants without a step; what counts at every step belongs to the loss"
            )
        if var.name not in network.timeless and var != LENGTH:
            raise EquationError(f"{network.at('penalty')}penalty: unknown name {var.name}{_meant(network, var)}")
        yield var


def _meant(network: Network, var: Var) -> str:
    """What an unknown name in an equation may have been meant to be."""
    timed = (*network.variables, *network.data)
    at_step = STEPPED.fullmatch(var.name)
    if at_step and at_step[1] in timed:
        return f"; a step is written in square brackets: {at_step[1]}[t] or {at_step[1]}[t-1]"
    if var.name in NAMES or var.name in network.functions:
        return f"; it is a function, whose argument stands in brackets: {var.name}(…)"
    known = timed if var.lag is not None else network.timeless
    where = "declare it under parameters, constants, inputs or targets, or give it an equation"
    return f"{suggestion(var.name, known)} ({where})"


def _check_loss(network: Network) -> None:
    if network.loss not in network.equations:
        raise NetworkError(
            f"{network.at('loss')}the loss {network.loss} has no equation{suggestion(network.loss, network.variables)}"
        )
    if network.shape(network.loss):
        raise ShapeError(
            f"{network.at('shapes', network.loss)}the loss {network.loss} has to be a scalar, "
            f"not a {shape_in_words(network.shape(network.loss))}; add its components with sum(…)"
        )
    losses.check_losses(network.at, network.reduction, network.loss_at)


def _check_initial(network: Network) -> None:
    """Whatever is looked at outside 1 … T has an initial value, and nothing else has."""
    for name, (before, after) in network.reach.items():
        if name not in network.initial:
            step = f"{name}[t-{before}]" if before else f"{name}[t+{after}]"
            first = f"{name}_{1 - before}" if before else f"{name}_(T+{after})"
            looking = next(head for head, var in _references(network) if var.name == name and var.lag)
            raise NetworkError(
                f"{network.at('equations', looking)}{step} looks at {first}, but {name} has no initial value; "
                f"write {name} = 0 under [initial]"
            )
    for name in (*network.initial, *network.trainable_initial):
        if name not in network.reach:
            raise NetworkError(
                f"{network.at('initial', name)}{name} has an initial value, "
                f"but no equation looks at {name}[t-1]; leave it out"
            )


def _check_values(network: Network) -> None:
    """The worked example names parameters, data and initial values, such as h_0, only."""
    initial = [label for before, _ in network.outside.values() for label in reversed(before)]
    initial += [label for _, after in network.outside.values() for label in after]
    known = (*network.timeless, *network.data, *initial)
    for name in network.values:
        if name not in known:
            raise ValuesError(
                f"{network.at('values', name)}[values] names {name}, which is unknown{suggestion(name, known)}"
            )


def _check_says(network: Network) -> None:
    """What the table of symbols is to say is a text, or a text per language."""
    for name, said in network.says.items():
        texts: tuple[Any, ...] = tuple(said.values()) if isinstance(said, Mapping) else (said,)
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise NetworkError(
                f"{network.at('says', name)}[says] {name} has to be a text, or a text per language, "
                'such as { en = "membrane potential", zh = "膜电位" }'
            )


def _check_distributions(network: Network) -> None:
    """What is a distribution is a vector of the data: its components add up to 1."""
    for name in network.distributions:
        if name not in network.data:
            near = suggestion(name, network.data)
            raise NetworkError(
                f"{network.at('distributions')}distributions names {name}, which is no input or target{near}"
            )
        if len(network.shape(name)) == 1 or (network.shape(name) and network.axis is not None):
            continue
        remedy = "; of a matrix they are its rows or its columns, as a softmax or cross_entropy along an axis says"
        raise ShapeError(
            f"{network.at('distributions')}distributions names {name}, a {shape_in_words(network.shape(name))}; "
            f"a distribution is a vector, whose components add up to 1{remedy if network.shape(name) else ''}"
        )
    if len(set(network.distributions)) < len(network.distributions):
        raise NetworkError(f"{network.at('distributions')}distributions names something twice; keep one")


def _check_axes(network: Network) -> None:
    """Functions of rows and functions of columns print alike, so a network has one kind of them."""
    for name, rule in network.rules.items():
        if any(axis != network.axis for axis in _axes(rule)):
            raise ShapeError(
                f"{network.at('equations', name)}equation {name}: functions go along axis {1 - (network.axis or 0)} here, "
                f"and along axis {network.axis} elsewhere; in print they look alike, so keep to one axis: "
                "softmax(A[t].T, axis=1).T is that of each column"
            )


def _axes(expr: Expr) -> Iterator[int]:
    """The axes of the functions of whole vectors that go along one."""
    parts = ex.inside(expr, defined=True)
    return (part.axis for part in parts if isinstance(part, ex.Call) and part.axis is not None)


def _check_by(network: Network) -> None:
    """What else gradients are taken by is data, or an initial value."""
    labels = [label for sides in network.outside.values() for side in sides for label in side]
    for name in network.by:
        if name in network.data or name in labels:
            continue
        if name in network.constants:
            remedy = "is a constant; declare it under parameters"
        elif name in network.parameters:
            remedy = "is a parameter, and has its gradient; leave it out"
        elif name in network.equations:
            remedy = "has an equation: its derivative is its adjoint; list it under adjoints"
        else:
            remedy = f"is no input, target or initial value{suggestion(name, (*network.data, *labels))}"
        raise NetworkError(f"{network.at('by')}by names {name}, which {remedy}")
    if len(set(network.by)) < len(network.by):
        raise NetworkError(f"{network.at('by')}by names something twice; keep one")


def _check_main(network: Network) -> None:
    """What is told in full is something that a gradient is taken by."""
    if network.main and network.main not in network.gradients:
        near = suggestion(network.main, network.gradients)
        raise NetworkError(f"{network.at('main')}main names {network.main}, by which no gradient is taken{near}")


def _check_order(network: Network) -> None:
    """The variables can be computed: no circle within a step, no state that runs in both directions."""
    try:
        sweeps(network.rules)
    except OrderError as error:
        raise NetworkError(f"{network.at('equations', error.name)}{error}") from None
