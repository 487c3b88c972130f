"""Folding in print: the stages, the recurrence with its boundary, the gradients, the closed forms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from derive.equations import expression as ex
from derive.errors import NetworkError
from derive.graph import Arc, Node
from derive.network import suggestion
from derive.notation import general
from derive.notation.closed_form import Equation
from derive.notation.express import LAST, NUMBERS, Notation, T
from derive.notation.formula import (
    Brace,
    Colored,
    Formula,
    Line,
    Number,
    Row,
    Sign,
    Sum,
    Symbol,
    Words,
    grouped,
    inside,
    plus,
    relation,
    row,
)
from derive.notation.lines import REASON_GAP, broken
from derive.notation.measure import QUAD, width
from derive.notation.spelling import signed
from derive.recurrence import (
    ClosedForm,
    Either,
    GradientByStep,
    Rule,
    Stage,
    Start,
    Tree,
    adjoints,
    has_start,
    spine,
    stages_of,
)
from derive.report.document import Display
from derive.report.exhibits.packed import packed
from derive.report.subject import LINE, MOST_SUMMANDS, NUMBERED, Call, Subject, without_pages

ONE = Number("1")
MOST_BRACES = 3
LABEL, WORDS = 8.0, 6.0
"""What the label of a bracket takes of a line at least, and its words in any language beside a long name, in em."""
MARGIN = 7.0
"""What the left side of an equation takes of a line, in em."""
REASON = 14.0
"""So much room a reason takes beside a line, in any language."""


def main_parameter(subject: Subject) -> Node:
    """The parameter to fold in full: the one that was asked for, else of those with most paths one that multiplies a state."""
    gradients = subject.derivation.single_gradients
    wanted = subject.options.main or subject.derivation.network.main
    if wanted:
        if wanted not in gradients:
            near = suggestion(wanted, tuple(gradients))
            raise NetworkError(f"{subject.derivation.network.where}no gradient is taken by {wanted}{near}")
        return gradients[wanted].target
    if not gradients:
        raise NetworkError(
            f"{subject.derivation.network.where}there is nothing to take a gradient by, since no parameter is declared and no "
            "initial state is trainable; declare what is to be learned, or ask for the paths to a datum (derive paths) and "
            "for its derivative (Evaluation.adjoint)"
        )
    states = subject.derivation.network.states
    most = max(gradient.path_sum.count for gradient in gradients.values())
    often = [gradient.target for gradient in gradients.values() if gradient.path_sum.count == most]
    graph = subject.derivation.recurrence.graph
    by_state = [
        target
        for target in often
        if any(
            var.name in states and var.lag
            for edge in graph.above[target.name]
            for var in ex.variables(edge.partial.pull(ex.ONE))
        )
    ]
    return (by_state or often)[0]


def main_adjoint(subject: Subject) -> Node | None:
    """The adjoint to fold in full: that of a state, early enough to have later steps, late enough to be short."""
    rules = subject.derivation.rules
    states = [name for name in subject.derivation.network.states if name in rules]
    if not states:
        return None
    name = states[0]
    ahead = rules[name].ahead
    far = 2 if abs(ahead) <= 1 else abs(ahead)
    step = max(1, subject.steps - far) if ahead >= 0 else min(subject.steps, 1 + far)
    return Node(name, step)


@dataclass(frozen=True)
class ShownStage:
    """A stage of the folding as a template sees it."""

    stage: Stage

    @property
    def kind(self) -> str:
        """What was done: products, grouped, factored or recognised."""
        return self.stage.kind

    @property
    def long(self) -> bool:
        """Whether its middle is left out."""
        return len(self.stage.parts) > MOST_SUMMANDS + 1


def shown_stages(subject: Subject, target: Node) -> list[ShownStage]:
    """The stages of folding a node's path sum.

    Raises `CheckFailedError` if one is not exactly the set of all its paths.
    """
    found = stages_of(subject.derivation.recurrence, subject.derivation.unrolled, target)
    for stage in found:
        at = "" if target.step is None else f" at step {target.step}"
        what = f"a stage of folding the paths to {target.name}{at}, {stage.kind}, is not the set of all of them"
        subject.insist(what, holds=stage.holds())
    return list(map(ShownStage, found))


def show_stage(subject: Subject, shown: ShownStage) -> Display:
    """One stage as an equation, long sums with their middle left out. What stands together has lines of its own."""
    return Display(_stage_lines(subject, shown, _left(subject, shown.stage.subject)))


def folding(subject: Subject, target: Node) -> Display:
    """The stages of folding a node's path sum, one under the other, each with its reason at the end."""
    return reasoned(subject, target, shown_stages(subject, target))


def reasoned(subject: Subject, target: Node, shown: Sequence[ShownStage]) -> Display:
    """Stages of a node's path sum, one under the other, each with its reason at the end."""
    lines: list[Line] = []
    left = _left(subject, target)
    for stage in shown:
        first, *rest = _stage_lines(subject, stage, left)
        lines += [replace(first, left=None) if lines else first, *rest]
        reason = _reason(subject, stage)
        taken = width(left) + width(Sign("=")) + width(lines[-1].right) + (0.0 if lines[-1].sign else QUAD)
        if taken + max(REASON, REASON_GAP + width(reason)) <= LINE:
            lines[-1] = replace(lines[-1], reason=reason)
        else:
            lines.append(Line(None, "", Words(""), reason))
    return Display(tuple(lines))


def adjoint_folding(subject: Subject) -> tuple[Display, ...]:
    """The same for the adjoint that is folded in full, if there is one."""
    target = main_adjoint(subject)
    return () if target is None else (folding(subject, target),)


def _reason(subject: Subject, shown: ShownStage) -> Formula:
    """Why a stage is equal to the one before."""
    target = shown.stage.subject
    own = "_adjoint" if shown.kind == "grouped" and target.step is not None else ""
    if shown.kind == "products" and not subject.derivation.network.is_scalar and any(map(_is_sum, shown.stage.parts)):
        own = "_apart"
    return subject.phrase(f"fold_{shown.kind}{own}", target=subject.node(target))


def _is_sum(path: Tree) -> bool:
    """Whether a local derivative on a path is a sum, which is multiplied out in print."""
    return any(len(arc.edge.partial.chains) > 1 for arc in spine(path)[1])


def _stage_lines(subject: Subject, shown: ShownStage, left: Formula) -> tuple[Line, ...]:
    """The lines of a stage; a group that needs a brace or brackets begins a line, unless all is short."""
    found = shown.stage
    parts = [without_pages(_part(subject, found, index)) for index in range(len(found.parts))]
    if shown.long:
        parts = [*parts[: MOST_SUMMANDS - 2], Sign("⋯"), parts[-1]]
    bracketed = any(isinstance(part, _Bracketed) for part in parts)
    if not bracketed and (found.kind == "products" or width(relation(left, ("=", plus(*parts)))) < LINE):
        return broken(left, "=", plus(*parts), LINE)
    first, *others = parts
    lines = _labelled_lines(left, "=", (), first, LINE)
    for part in others:
        sign, term = signed(set_off(part))
        lines += _labelled_lines(None, "", (Sign(sign),), term, LINE - width(left) - width(Sign("=")))
    return lines


def _labelled_lines(
    left: Formula | None, sign: str, before: tuple[Sign, ...], part: Formula, limit: float
) -> tuple[Line, ...]:
    """A part in lines; where a bracket breaks its label does not say, since it is as wide as the words of a language."""
    body, label = (part.items[0], part.items[1:]) if isinstance(part, _Bracketed) else (part, ())
    names = (width(each) for each in inside(label) if isinstance(each, Symbol))
    room = max(LABEL, WORDS + max(names, default=0.0)) if label else 0.0
    *lines, last = broken(left, sign, row(*before, body), limit - room)
    return (*lines, replace(last, right=row(last.right, *label)) if label else last)


class _Bracketed(Row):
    """A group in square brackets, and what its paths have in common."""


def _left(subject: Subject, node: Node) -> Formula:
    if node.name in subject.derivation.rules and node.step is not None and node.step >= 1:
        return relation(subject.notation.adjoint(node.name, NUMBERS.step(node.step)), ("=", subject.derivative(node)))
    return subject.derivative(node)


def _part(subject: Subject, found: Stage, index: int) -> Formula:
    """A part; a group stands over a brace, or if too wide in square brackets, with what its paths have in common."""
    tree, key = found.parts[index], found.keys[index]
    numbers = _numbers(subject, found)
    if found.kind != "grouped" or not isinstance(tree, Either):
        return _numbered(subject, tree, numbers)
    shown = [_numbered(subject, part, numbers) for part in tree.parts]
    if len(shown) > MOST_SUMMANDS:
        shown = [*shown[: MOST_SUMMANDS - 2], Sign("⋯"), shown[-1]]
    body = plus(*shown)
    if width(body) < LINE - MARGIN:
        return Brace(set_off(body), _common(subject, found, key))
    return _Bracketed((grouped(body, "[]"), Words("  "), _common(subject, found, key)))


def _numbers(subject: Subject, found: Stage) -> Mapping[tuple[Arc, ...], int]:
    """The number that each path to a parameter has in the table of them, where its terms are still to be sorted."""
    if found.subject.step is not None or found.kind not in ("products", "grouped"):
        return {}
    paths = subject.derivation.paths(*found.subject)
    return {path.arcs: place for place, path in enumerate(paths, 1)}


def _numbered(subject: Subject, tree: Tree, numbers: Mapping[tuple[Arc, ...], int]) -> Formula:
    """A term with its number under it, if it has one."""
    first, arcs = spine(tree)
    number = numbers.get((first.arc, *arcs)) if isinstance(first, Start) and len(numbers) > 1 else None
    body = subject.tree(tree)
    if number is None:
        return body
    return Brace(set_off(body), Colored("muted", row(Sign("("), Number(str(number)), Sign(")"))), drawn=False)


def set_off(body: Formula) -> Formula:
    """A term as it stands behind a plus; a sum that begins with a minus is bracketed."""
    return grouped(body) if isinstance(body, Sum) and signed(body.terms[0])[0] == "−" else body


def _common(subject: Subject, found: Stage, key: Node | None) -> Formula:
    if key is None:
        return subject.phrase("brace_loss")
    word = "brace_used" if found.subject.step is None else "brace_through"
    return subject.phrase(word, node=subject.node(key))


def adjoint_definition(subject: Subject) -> Display:
    """δ_t = dL/dh_t, for every state."""
    equations = []
    for name in subject.derivation.network.states:
        if name in subject.derivation.rules:
            by = subject.node(Node(name, 0), T)
            left = subject.notation.adjoint(name, T.step(0))
            equations.append(relation(left, ("=", subject.notation.total_derivative(by))))
    return Display(tuple(packed(equations, NUMBERED)), "eq-adjoints")


def recurrence(subject: Subject) -> Display:
    """The rule of every adjoint that has a name."""
    return Display(tuple(rules(subject, subject.notation, NUMBERED)), "eq-recurrence")


def rules(subject: Subject, notation: Notation, limit: float = LINE) -> Iterator[Line]:
    """The lines of every rule, with what is collected for a variable before its rule."""
    recurrence = subject.derivation.recurrence
    for name in recurrence.order:
        if name in recurrence.rules:
            yield from rule_lines(subject, recurrence.rules[name], notation, limit).lines
        else:
            right = general.collection(notation, recurrence, name)
            yield from subject.lines(notation.adjoint(name, None), "=", right, limit)


def rule_lines(subject: Subject, rule: Rule, notation: Notation | None = None, limit: float = LINE) -> Display:
    """A rule for general t, what comes from the loss and what from another step in colour and, if short, under braces."""
    notation = notation or subject.notation
    left = notation.adjoint(rule.name, T.step(0))
    if len(rule.parts) > MOST_BRACES:
        together = _in_groups(subject, rule, notation)
        if together is not None and width(relation(left, ("=", together))) <= limit:
            return Display((Line(left, "=", together),))
    right = general.rule(notation, rule, lambda part, term: _labelled(subject, part, term, len(rule.parts)))
    return Display(subject.lines(left, "=", right, limit))


def _in_groups(subject: Subject, rule: Rule, notation: Notation) -> Formula | None:
    """A rule of many terms, those that come from one step under one brace; None if a term comes from several or has a case."""
    found: list[tuple[Tree, Formula]] = []

    def keep(part: Tree, term: Formula) -> Formula:
        found.append((part, term))
        return term

    whole = general.rule(notation, rule, keep)
    count = len(whole.terms) if isinstance(whole, Sum) else 1
    if len(found) != count or any(len(_origins(part)) != 1 for part, _ in found):
        return None
    groups = (list(group) for _, group in groupby(found, key=lambda pair: _origins(pair[0])))
    return plus(*(_under_a_brace(subject, group, count) for group in groups))


def _under_a_brace(subject: Subject, group: Sequence[tuple[Tree, Formula]], count: int) -> Formula:
    """Terms that come from one step, over a brace that says which."""
    part, term = group[0]
    if len(group) == 1:
        return _labelled(subject, part, term, min(count, MOST_BRACES))
    body = in_role(part, plus(*(set_off(term) for _, term in group)))
    (step,) = _origins(part)
    if step is None:
        return Brace(body, subject.phrase("brace_now")) if all(general.is_now(part) for part, _ in group) else body
    return _from_step(subject, body, {step})


def _origins(part: Tree) -> frozenset[int | None]:
    """From how many steps later a term of a rule for general t comes; None: from the loss alone."""
    steps = {node.step or 0 for node in adjoints(part)}
    return frozenset({None, *steps} if has_start(part) else steps)


def _labelled(subject: Subject, part: Tree, term: Formula, parts: int) -> Formula:
    """A term in the colour of where it comes from, with a brace if the rule is short enough to be read so."""
    coming = adjoints(part)
    if has_start(part) and coming:
        return term
    body = in_role(part, set_off(term) if parts > 1 else term)
    if parts > MOST_BRACES:
        return body
    if not coming:
        return Brace(body, subject.phrase("brace_now")) if general.is_now(part) else body
    if len(coming) > 1:
        return _from_step(subject, body, _origins(part))
    source = coming[0]
    word = "brace_later" if source.step else "brace_same"
    return Brace(body, subject.phrase(word, node=subject.node(source, T)))


def _from_step(subject: Subject, body: Formula, origins: Collection[int | None]) -> Formula:
    """What comes from several adjoints over a brace that says from which step, if they are of one."""
    if len(origins) > 1:
        return body
    (step,) = origins
    return Brace(body, subject.phrase("brace_step", step=T.step(step)) if step else subject.phrase("brace_within"))


def in_role(part: Tree, term: Formula, step: int = 0) -> Formula:
    """A term of a rule at a step in the colour of where it comes from: the loss, another step; from the step itself in none."""
    coming = adjoints(part)
    if not coming:
        return Colored("now", term)
    away = any(node.step != step for node in coming) and not has_start(part)
    return Colored("later", term) if away else term


def boundary(subject: Subject, notation: Notation | None = None, last: Formula = LAST) -> tuple[Formula, ...]:
    """The adjoints that lie outside 1 … T (or an earlier last step) and are 0, one formula each."""
    notation = notation or subject.notation
    found: list[Formula] = []
    for name in subject.derivation.rules:
        ahead = _reach_of(subject, name)
        for step in range(1, max(ahead, 0) + 1):
            found.append(relation(notation.adjoint(name, plus(last, Number(str(step)))), ("=", Number("0"))))
        for step in range(0, min(ahead, 0), -1):
            found.append(relation(notation.adjoint(name, NUMBERS.step(step)), ("=", Number("0"))))
    return tuple(found)


def _reach_of(subject: Subject, name: str) -> int:
    """How far beyond the last (or before the first) step the adjoint of a name is looked at by any formula for general t."""
    recurrence, notation = subject.derivation.recurrence, subject.notation
    steps: list[int] = []
    for rule in recurrence.rules.values():
        end = general.end_of(notation, tuple(general.apart(notation, rule.parts)))
        cased = {None: 0, ex.LAST_STEP: 1, 1: -1}[end]
        steps += [step - cased * (step * cased > 0) for step in _steps_of(rule.tree, name)]
    for by_step in subject.derivation.gradients_by_step.values():
        steps += _steps_of(by_step.rule.tree, name)
    for gradient in subject.derivation.single_gradients.values():
        if gradient.target.step is None:
            for part in recurrence.gradient(gradient.target.name):
                steps += _steps_of(part, name)
    for form in recurrence.closed_forms:
        steps += (step for own in form.names for part in form.sources(own) for step in _steps_of(part, name))
    return max(steps, key=abs, default=0)


def _steps_of(tree: Tree, name: str) -> list[int]:
    """At which steps after t a tree has the adjoint of a name."""
    return [node.step or 0 for node in adjoints(tree) if node.name == name]


def gradient_rules(subject: Subject) -> Display:
    """The gradients as sums over t, for general T, and those by data for general t; several short ones share a line."""
    every = [(subject.derivative(target), _gradient(subject, target)) for target in subject.by_name]
    every += [by_step(subject, gradient) for gradient in subject.derivation.gradients_by_step.values()]
    short: list[Formula] = []
    long: list[Line] = []
    for left, right in every:
        if width(left) + width(right) < LINE / 2 - MARGIN / 2:
            short.append(relation(left, ("=", right)))
        else:
            long += subject.lines(left, "=", right, NUMBERED)
    return Display((*(packed(short, NUMBERED) if short else ()), *long), "eq-gradients")


def by_step(subject: Subject, gradient: GradientByStep) -> tuple[Formula, Formula]:
    """dL/dx_t and what it is, for general t."""
    left = subject.notation.total_derivative(subject.notation.at(gradient.name, T.step(0)))
    return left, general.rule(subject.notation, gradient.rule)


def gradient_rule(subject: Subject, target: Node) -> Display:
    """One gradient as a sum over t, for general T."""
    return subject.display((subject.derivative(target), "=", _gradient(subject, target)))


def _gradient(subject: Subject, target: Node) -> Formula:
    return general.gradient(subject.notation, subject.derivation.recurrence, subject.derivation.unrolled, target)


@dataclass(frozen=True)
class ShownForm:
    """A closed form as a template sees it."""

    form: ClosedForm
    equations: tuple[Equation, ...]
    is_row: bool = False
    """Whether what is solved for together stands in a row, with the matrix behind it, since vectors are rows."""

    @property
    def names(self) -> list[str]:
        """The variables whose adjoints are solved for."""
        return list(self.form.names)

    @property
    def is_matrix(self) -> bool:
        """Whether several components are solved for together, so that transfers are a matrix."""
        return len(self.form.components) > 1

    @property
    def waits(self) -> bool:
        """Whether something waits on its way over several steps."""
        return any(component.waits for component in self.form.components)

    @property
    def letters(self) -> list[str]:
        """The letters that were needed, each once: that of the transfers, that of the sources."""
        meant = (left.letter for left, _ in self.equations[1:] if isinstance(left, Symbol))
        return list(dict.fromkeys(meant))


def shown_forms(subject: Subject) -> list[ShownForm]:
    """The closed forms there are, each with letters of its own."""
    in_rows = subject.notation.in_rows
    return [ShownForm(form, equations, in_rows) for form, equations in subject.closed_forms]


def show_closed_form(subject: Subject, form: ShownForm) -> Display:
    """δ_t as a sum over the later steps s of the source at s times the product of the transfers between; then its letters."""
    return subject.display(*((left, "=", right) for left, right in form.equations))


CALLS: Mapping[str, Call] = {
    "adjoint_definition": adjoint_definition,
    "show_stage": show_stage,
    "folding": lambda subject, label: folding(subject, subject.target(label)),
    "adjoint_folding": adjoint_folding,
    "recurrence": recurrence,
    "gradient_rules": gradient_rules,
    "show_closed_form": show_closed_form,
}
