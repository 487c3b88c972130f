"""Planting: faults put into the backward pass of NumPy code that is right, one at a time, by changing its syntax tree.

The code is the emitted one (the textbook loop), which has a line per rule. Each kind of fault is a slip that a person makes in
writing such a line; where in the code it can be made is found by walking the tree. A fault that changes no gradient is none.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from derive.derivation import Derivation, derive
from derive.programs import code
from derive.review.audit import case_of
from derive.review.calling import call
from derive.review.came import all_came
from derive.review.compare import Comparison, Setting
from derive.review.draws import draws
from derive.review.mistakes import Mistakes

FUNCTION = "loss_and_gradients"
STEPS, LONGER, ELSEWHERE = 4, 7, 5
APART = 1e-6


@dataclass(frozen=True)
class Fault:
    """A fault: its kind, what became of what, and the program that has it, which is made when it is asked for."""

    kind: str
    line: str
    program: Callable[[], ast.Module]


def source(lesson: Derivation) -> ast.Module:
    """The textbook loop of a network, as a syntax tree."""
    return ast.parse(code(lesson.recurrence, "numpy", plain=True))


def faults(program: ast.Module) -> Iterator[Fault]:
    """Every fault of every kind that the backward pass has room for."""
    function = _function(program)
    begin = next(at for at, line in enumerate(function.body) if _assigns(line, "L")) + 1
    for at, statement in enumerate(function.body[begin:], begin):
        for path, node in _places(statement):
            for kind, changed in _slips(node, function):
                line = f"{ast.unparse(node)}  →  {ast.unparse(changed)}" if isinstance(node, ast.expr) else kind
                yield Fault(kind, line, partial(_with, program, at, path, changed))


Path = tuple[tuple[str, int | None], ...]


def _function(program: ast.Module) -> ast.FunctionDef:
    return next(node for node in program.body if isinstance(node, ast.FunctionDef) and node.name == FUNCTION)


def _assigns(line: ast.stmt, name: str) -> bool:
    return isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name) and line.targets[0].id == name


def _places(node: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.AST]]:
    yield path, node
    for field, value in ast.iter_fields(node):
        if field == "slice":  # t − 1 is no mathematics
            continue
        if isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            yield from _places(value, (*path, (field, None)))
        elif isinstance(value, list):
            for at, child in enumerate(value):
                if isinstance(child, ast.AST):
                    yield from _places(child, (*path, (field, at)))


def _with(program: ast.Module, at: int, path: Path, changed: ast.AST) -> ast.Module:
    """The program with another node in a place of one of its statements."""
    new = copy.deepcopy(program)
    body = _function(new).body
    if not path:
        body[at] = changed  # type: ignore[call-overload]
        return ast.fix_missing_locations(new)
    parent: Any = body[at]
    for field, index in path[:-1]:
        parent = getattr(parent, field) if index is None else getattr(parent, field)[index]
    field, index = path[-1]
    if index is None:
        setattr(parent, field, copy.deepcopy(changed))
    else:
        getattr(parent, field)[index] = copy.deepcopy(changed)
    return ast.fix_missing_locations(new)


def _slips(node: ast.AST, function: ast.FunctionDef) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield from (("term lost", left), ("term lost", right))
            yield "sign", ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left, ast.Sub(), right):
            yield from (("term lost", left), ("sign", ast.BinOp(left, ast.Add(), right)))
        case ast.BinOp(left, ast.Mult(), right):
            yield from (("factor lost", left), ("factor lost", right))
            yield from _other_order(left, right)
        case ast.BinOp(base, ast.Pow(), ast.Constant()):
            yield "power lost", base
        case ast.BinOp(ast.Attribute(value, "T"), ast.MatMult(), right):
            yield "not transposed", ast.BinOp(value, ast.MatMult(), right)
            yield from _inner_order(node.left, right)
        case ast.Call(ast.Attribute(ast.Name("np"), "outer"), [left, right]):
            yield "outer turned", ast.Call(node.func, [right, left], [])
        case ast.Subscript(ast.Name(name), index) if isinstance(node.ctx, ast.Load):
            yield from (("index", ast.Subscript(node.value, other, ast.Load())) for other in _other_steps(index))
            yield from _other_names(node, name, function)
            if ast.unparse(index) == "t - 1" and _keeps_initial(name, function):
                last = ast.parse(f"{name}[t - 1 if t else T - 1]", mode="eval").body
                yield "last for initial", last
        case ast.AugAssign(ast.Name(name), ast.Add(), value):
            yield "assigned", ast.Assign([ast.Name(name, ast.Store())], value)
            yield from (
                (f"term lost at {kind}", ast.AugAssign(node.target, ast.Add(), _only(value, when)))
                for kind, when in ENDS.items()
            )
        case ast.Assign(targets, ast.BinOp(left, ast.Add(), right)):
            for kind, when in ENDS.items():
                for some, others in ((left, right), (right, left)):
                    yield f"term lost at {kind}", ast.Assign(targets, ast.BinOp(_only(some, when), ast.Add(), others))
        case ast.For(iter=ast.Call()):
            yield from _other_loops(node)
        case ast.Return(ast.Tuple([loss, ast.Dict(keys, values)])):
            yield from _handed_over(loss, keys, values)
    if isinstance(node, ast.Assign | ast.AugAssign) and not isinstance(node.value, ast.Call):
        for kind, factor in (("doubled", 2.0), ("halved", 0.5), ("sign", -1.0)):
            changed = copy.deepcopy(node)
            changed.value = ast.BinOp(ast.Constant(factor), ast.Mult(), node.value)
            yield kind, changed


ENDS = {"step 1": "t > 0", "step T": "t < T - 1"}
"""When a statement is right that is wrong at one end of time."""


def _only(value: ast.expr, when: str) -> ast.expr:
    """A term that is 0 at an end of time."""
    return ast.BinOp(ast.parse(f"({when})", mode="eval").body, ast.Mult(), value)


def _keeps_initial(name: str, function: ast.FunctionDef) -> bool:
    """Whether an array has a row for its value before step 1."""
    return any(isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == f"{name}[-1]" for line in function.body)


def _other_steps(index: ast.expr) -> Iterator[ast.expr]:
    """T ± 1 for t, and t for t ± 1."""
    t = ast.Name("t", ast.Load())
    match index:
        case ast.Name("t"):
            yield ast.BinOp(t, ast.Sub(), ast.Constant(1))
            yield ast.BinOp(t, ast.Add(), ast.Constant(1))
        case ast.BinOp(ast.Name("t"), _, ast.Constant(1)):
            yield t


def _other_names(node: ast.Subscript, name: str, function: ast.FunctionDef) -> Iterator[tuple[str, ast.AST]]:
    """The slope at the value of the function once more, another array kept by step, the value for the adjoint."""
    kept = [
        line.targets[0].id
        for line in function.body
        if isinstance(line, ast.Assign)
        and isinstance(line.targets[0], ast.Name)
        and ast.unparse(line.value).startswith("np.zeros((T")
    ]
    if name not in kept:
        return
    for other in kept:
        if other == name:
            continue
        if not name.startswith("d") and not other.startswith("d"):
            yield "another name", ast.Subscript(ast.Name(other, ast.Load()), node.slice, ast.Load())
        if name == f"d{other}":
            yield "value for adjoint", ast.Subscript(ast.Name(other, ast.Load()), node.slice, ast.Load())
    for line in ast.walk(function):
        match line:
            case ast.Assign([ast.Subscript(ast.Name(target))], ast.Call(called, [_])) if target == name:
                yield "slope at value", ast.Call(called, [node], [])


def _other_order(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    """R ⊙ (A d) for A (r ⊙ d)."""
    if isinstance(right, ast.BinOp) and isinstance(right.op, ast.MatMult):
        yield "order", ast.BinOp(right.left, ast.MatMult(), ast.BinOp(left, ast.Mult(), right.right))


def _inner_order(matrix: ast.expr, right: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
        yield "order", ast.BinOp(right.left, ast.Mult(), ast.BinOp(matrix, ast.MatMult(), right.right))


def _other_loops(loop: ast.For) -> Iterator[tuple[str, ast.AST]]:
    """Nothing is handed back, only the last loss counts, a step is left out."""
    alone = copy.deepcopy(loop)
    for place in ast.walk(alone):
        for field, value in ast.iter_fields(place):
            if isinstance(value, ast.expr) and _is_later(value):
                setattr(place, field, _nothing(value))
    yield "truncated", alone
    text = ast.unparse(loop.iter)
    for kind, range_of in (
        ("first step left out", "range(1, T)"),
        ("last step left out", "range(T - 1)"),
        ("two steps left out", "range(2, T)"),
        ("two steps left out", "range(T - 2)"),
    ):
        if "range(T)" in text:
            changed = copy.deepcopy(loop)
            changed.iter = ast.parse(text.replace("range(T)", range_of), mode="eval").body
            yield kind, changed


def _is_later(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Subscript) and ast.unparse(value.slice) == "t + 1" and ast.unparse(value).startswith("d")
    )


def _nothing(value: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(0.0), ast.Mult(), value)


def _handed_over(loss: ast.expr, keys: list[Any], values: list[ast.expr]) -> Iterator[tuple[str, ast.AST]]:
    def returned(changed: list[ast.expr]) -> ast.Return:
        return ast.Return(ast.Tuple([loss, ast.Dict(keys, changed)], ast.Load()))

    def times(text: str, value: ast.expr) -> ast.expr:
        return ast.parse(f"({ast.unparse(value)}) * ({text})", mode="eval").body

    for kind, text in (("mean", "1 / T"), ("doubled", "2"), ("halved", "0.5"), ("sign", "-1")):
        yield kind, returned([times(text, value) for value in values])
        for at, value in enumerate(values):
            yield kind, returned([*values[:at], times(text, value), *values[at + 1 :]])
    for one in range(len(values)):
        for other in range(one + 1, len(values)):
            swapped = list(values)
            swapped[one], swapped[other] = values[other], values[one]
            yield "swapped", returned(swapped)
            yield "instead", returned([*values[:one], values[other], *values[one + 1 :]])


# -- running ----------------------------------------------------------------------------------------------------------------


class Garden:
    """A network at fixed values: what its code gives with a fault, and what is said of it."""

    def __init__(self, name: str) -> None:
        self.lesson = derive(name, STEPS)
        self.program = source(self.lesson)
        network, recurrence = self.lesson.network, self.lesson.recurrence
        here, elsewhere = draws(network, STEPS, seed=1), draws(network, ELSEWHERE, seed=2)
        longer = draws(network, LONGER, seed=3)
        drawn = (next(here), next(here), next(longer), next(elsewhere))
        self.cases = [case_of(network, values) for values in drawn]
        unrolled = [derive(name, values.steps).unrolled for values in drawn]
        self.mistakes = [Mistakes.at(recurrence, graph, values) for graph, values in zip(unrolled, drawn, strict=True)]
        self.candidates = self.mistakes[0].all

    def returned(self, program: ast.Module) -> list[dict[str, Any]] | None:
        """The gradients of a program at each of the values; None if it cannot be run."""
        scope: dict[str, Any] = {"__name__": "planted"}
        try:
            exec(compile(program, "<planted>", "exec"), scope)  # noqa: S102 - our own code
            with np.errstate(all="ignore"):
                found = [dict(call(scope[FUNCTION], case).gradients) for case in self.cases]
        except Exception:  # noqa: BLE001 - a fault may leave no program
            return None
        shapes = all(
            np.shape(gradients[name]) == np.shape(mistakes.right[name]) and np.all(np.isfinite(gradients[name]))
            for gradients, mistakes in zip(found, self.mistakes, strict=True)
            for name in gradients
        )
        return found if shapes else None

    def is_right(self, found: list[dict[str, Any]]) -> bool:
        """Whether gradients are right."""
        return all(
            near(gradients[name], mistakes.right[name])
            for gradients, mistakes in zip(found, self.mistakes, strict=True)
            for name in gradients
        )

    def said(self, found: list[dict[str, Any]]) -> Comparison:
        """What is said of gradients at all values but the last."""
        settings = tuple(
            Setting(mistakes, all_came(gradients))
            for mistakes, gradients in zip(self.mistakes[:-1], found[:-1], strict=True)
        )
        return Comparison(self.lesson.recurrence, self.lesson.unrolled, settings)

    def is_named(self, found: list[dict[str, Any]]) -> bool:
        """Whether everything that differs is explained, by mistakes that give the same at other values and another T."""
        said = self.said(found)
        if said.agrees or said.unexplained:
            return False
        return all(
            near(found[-1][name], self.mistakes[-1].gradient(name, *explanation.mistakes))
            for explanation in said.explanations
            for name in explanation.names
        )


def near(one: Any, other: Any) -> bool:
    """Whether two gradients are the same to rounding."""
    if one is None or other is None:
        return False
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    return first.shape == second.shape and bool(
        np.max(np.abs(first - second), initial=0) <= APART * max(1e-9, float(np.max(np.abs(second), initial=0)))
    )


def planted(garden: Garden, each: int, seed: int = 0) -> Iterator[tuple[Fault, list[dict[str, Any]]]]:
    """Up to so many faults of each kind that change a gradient, drawn at random, with what the code then gives."""
    by_kind: dict[str, list[Fault]] = {}
    for fault in faults(garden.program):
        by_kind.setdefault(fault.kind, []).append(fault)
    for kind in sorted(by_kind):
        ours = by_kind[kind]
        random.Random(f"{seed} {kind}").shuffle(ours)  # noqa: S311 - a sample
        taken = 0
        for fault in ours:
            found = garden.returned(fault.program())
            if found is not None and not garden.is_right(found):
                taken += 1
                yield fault, found
            if taken == each:
                break


# -- right variants -----------------------------------------------------------------------------------------------------------


class _Commuted(ast.NodeTransformer):
    """Exchanges the sides of sums and elementwise products at random: the same mathematics, other roundings."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a sample

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult) and self.random.random() < 0.5:
            return ast.BinOp(node.right, node.op, node.left)
        return node


def right_variant(program: ast.Module, seed: int) -> ast.Module:
    """The same program, written otherwise."""
    return ast.fix_missing_locations(_Commuted(seed).visit(copy.deepcopy(program)))
