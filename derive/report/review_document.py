"""Review document: a comparison told in a reader's language: what agrees, what explains the rest, how it has to be.

The same document is printed in the terminal and written as a short handout; `as_data` gives it to programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.equations import Expr
from derive.equations import expression as ex
from derive.graph import TOTAL
from derive.notation.express import ELLIPSIS, LAST, NUMBERS, Clock, Notation, T
from derive.notation.formula import (
    Big,
    Derivative,
    Formula,
    Number,
    Sign,
    Sum,
    Symbol,
    Words,
    grouped,
    number,
    relation,
    row,
)
from derive.notation.text import text
from derive.paths import Path
from derive.report.document import (
    Block,
    CodeText,
    Display,
    Document,
    Heading,
    Inline,
    Math,
    Paragraph,
    Table,
    Text,
    plain,
)
from derive.report.exhibits.cells import grouped_digits
from derive.report.subject import Subject
from derive.review import (
    LAMBDA,
    Adjoint,
    Audit,
    Change,
    Comparison,
    Differs,
    Explanation,
    Faded,
    Mistake,
    Nearest,
    Outcome,
    Paths,
    Rule,
    Slip,
    ahead,
    at_end,
    statement,
)

ONE, DOTS = Number("1"), Sign("⋯")
MOST_LISTED, MOST_SAME = 6, 2
MOST_COUNTED = 3_000
"""Of more paths it is not said which are missing."""
SIGNIFICANT = 6


def review(subject: Subject, comparison: Comparison, found: Audit | None = None) -> Document:
    """Return a comparison as a document; of an audit also how often the function was run, its loss, and what differs first."""
    network = subject.derivation.network
    here = relation(Symbol("T"), ("=", Number(str(subject.steps))))
    title = subject.sentence("review_title")
    about = subject.sentence("paths_about", network=network.name, here=here)
    blocks: list[Block] = [] if found is None else [*_audited(subject, found)]
    blocks.append(_verdicts(subject, comparison))
    if comparison.agrees:
        blocks.append(Paragraph(subject.sentence("review_agrees")))
    for explanation in comparison.explanations:
        blocks += _explained(subject, comparison, explanation)
    for nearest in comparison.nearest:
        blocks += _nearest(subject, comparison, nearest)
    return Document(subject.options.locale, title, about, tuple(blocks))


def _audited(subject: Subject, found: Audit) -> Iterator[Block]:
    """How often the function was run, whether its loss is right, and the first intermediate that differs."""
    steps = ", ".join(map(str, sorted(found.steps)))
    yield Paragraph(subject.sentence("audit_tried", tried=grouped_digits(found.tried), steps=steps))
    if found.loss is not None:
        came, right = map(_number, found.loss)
        yield Paragraph(subject.sentence("audit_loss", came=came, right=right))
    if found.first is not None:
        yield Paragraph(_first(subject, found.first))


def _first(subject: Subject, first: Differs) -> tuple[Inline, ...]:
    """Which intermediate differs first."""
    node = subject.notation.at(first.variable, number(first.step))
    key = "audit_first_adjoint" if first.adjoint else "audit_first_value"
    key = "audit_left" if first.left else key
    here = _in_one_line(node) if first.adjoint else node
    return subject.sentence(key, here=here, called=first.called, came=_number(first.came), right=_number(first.right))


def as_data(subject: Subject, comparison: Comparison, found: Audit | None = None) -> dict[str, Any]:
    """Return a comparison as plain data: lists, texts and numbers; of an audit also the loss and what differs first."""
    return {
        **({} if found is None else _audit_data(subject, found)),
        "network": subject.derivation.network.name,
        "steps": subject.steps,
        "agrees": comparison.agrees if found is None else found.agrees,
        "tried": len(comparison.candidates),
        "gradients": {
            verdict.name: {
                "agrees": verdict.agrees,
                "digits": verdict.digits,
                "right": np.asarray(verdict.right, dtype=float).tolist(),
                "came": verdict.came.entries.tolist(),
            }
            for verdict in comparison.verdicts
        },
        "explanations": [_data(subject, comparison, found) for found in comparison.explanations],
        "unexplained": [
            {
                "gradient": nearest.name,
                "nearest": nearest.mistake and nearest.mistake.kind,
                "sentence": plain(_sentence(subject, nearest.mistake)) if nearest.mistake else None,
                "distance": nearest.distance,
            }
            for nearest in comparison.nearest
        ],
    }


def _audit_data(subject: Subject, found: Audit) -> dict[str, Any]:
    first = found.first
    return {
        "tried_at": {"steps": sorted(found.steps), "values": found.tried},
        "loss": None if found.loss is None else {"came": found.loss[0], "right": found.loss[1]},
        "first": first
        and {
            "variable": first.variable,
            "step": first.step,
            "adjoint": first.adjoint,
            "called": first.called,
            "came": np.asarray(first.came).tolist(),
            "right": np.asarray(first.right).tolist(),
            "sentence": plain(_first(subject, first)),
        },
    }


def _data(subject: Subject, comparison: Comparison, found: Explanation) -> dict[str, Any]:
    return {
        "gradients": list(found.names),
        "whole": found.whole,
        "chance": found.chance,
        "by_chance": found.by_chance,
        "confirmed": found.confirmed,
        "mistakes": [_mistake_data(subject, comparison, found, mistake) for mistake in found.mistakes],
        "the_same": [plain(_sentence(subject, mistake)) for mistake in found.same],
        "others": [plain(_sentence(subject, mistake)) for mistake in found.others],
        "unseen": [plain(_sentence(subject, mistake)) for mistake in found.unseen],
    }


def _mistake_data(subject: Subject, comparison: Comparison, found: Explanation, mistake: Mistake) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": mistake.kind, "sentence": plain(_sentence(subject, mistake))}
    if isinstance(mistake, Rule):
        left, right, was = _formulas(subject, mistake.change)
        data |= {"formula": text(left), "as_it_was": text(was), "as_it_has_to_be": text(right)}
    touched = _touched(subject, comparison, found.names[0], mistake)
    if touched is not None:
        count, paths = touched
        data |= {
            "paths": {"to": found.names[0], "of": count, "touched": [text(_path(subject, path)) for path in paths]}
        }
    return data


# -- parts ---------------------------------------------------------------------------------------------------------------


def _verdicts(subject: Subject, comparison: Comparison) -> Table:
    """Every gradient: what came, what is right, and to how many digits they agree."""
    columns = (
        subject.column("gradient"),
        subject.column("review_came", share=2),
        subject.column("review_right", share=2),
        subject.column("review_digits", right=True),
    )
    rows = tuple(
        (
            (Math(_slashed(subject, verdict.name)),),
            (Text(_number(verdict.came.entries)),),
            (Text(_number(verdict.right)),),
            (Text(str(verdict.digits)),),
        )
        for verdict in comparison.verdicts
    )
    return Table(columns, rows, subject.sentence("caption_review"), "tab-review")


def _explained(subject: Subject, comparison: Comparison, found: Explanation) -> Iterator[Block]:
    """The sentence, the formula as it was and as it has to be, the paths that are missing, and how certain that is."""
    key = "review_one" if len(found.names) == 1 else "review_several"
    yield Heading(2, subject.sentence(key, names=_names(subject, found.names)), f"sec-{'-'.join(found.names)}")
    for place, mistake in enumerate(found.mistakes):
        if place:
            yield Paragraph(subject.sentence("review_besides"))
        yield Paragraph(_sentence(subject, mistake))
        if isinstance(mistake, Rule):
            left, right, was = _formulas(subject, mistake.change)
            yield Paragraph(subject.sentence("review_as_it_was"))
            yield subject.display((left, "=", was))
            yield Paragraph(subject.sentence("review_as_it_has_to_be"))
            yield subject.display((left, "=", right))
            yield from _distribution(subject, mistake.change)
        touched = _touched(subject, comparison, found.names[0], mistake)
        if touched is not None and touched[1]:
            yield from _missing(subject, found.names[0], mistake, *touched)
    if found.same:
        yield Paragraph((*subject.sentence("review_same"), *_either(subject, found.same[:MOST_SAME])))
    if found.others:
        yield Paragraph((*subject.sentence("review_others"), *_either(subject, found.others[:MOST_SAME])))
        yield Paragraph(subject.sentence("review_further"))
    if found.unseen:
        yield Paragraph((*subject.sentence("review_unseen"), *_either(subject, found.unseen[:MOST_SAME])))
        yield Paragraph(subject.sentence("review_other_names"))
    if found.by_chance:
        yield Paragraph(subject.sentence("review_chance"))


def _distribution(subject: Subject, change: Change) -> Iterator[Block]:
    """If what is missing is 1 for data that the network did not say to add up to 1: what to write."""
    match change.slip:
        case Slip("factor", was=ex.Total(ex.Var(name, lag))) if (
            name in subject.derivation.network.data and lag is not None
        ):
            line = (CodeText(f'distributions = ["{name}"]'),)
            yield Paragraph(
                subject.sentence("review_distribution", what=subject.notation.at(name, Symbol("t")), line=line)
            )
        case _:
            pass


def _either(subject: Subject, mistakes: tuple[Mistake, ...]) -> Iterator[Inline]:
    for place, mistake in enumerate(mistakes):
        if place:
            yield from subject.sentence("review_or")
        yield from _sentence(subject, mistake)


def _missing(subject: Subject, label: str, mistake: Mistake, count: int, paths: list[Path]) -> Iterator[Block]:
    """Which paths are missing, or have a wrong product."""
    gone = isinstance(mistake, Paths) or mistake.kind in {"lost", "overwritten", "no_penalty"}
    formula = _by(subject, label)
    key = "review_missing" if gone else "review_wrong"
    yield Paragraph(
        subject.sentence(key, found=grouped_digits(len(paths)), count=grouped_digits(count), target=formula)
    )
    lines = [line for path in paths[:MOST_LISTED] for line in subject.lines(None, "", _path(subject, path))]
    more = [Sign("⋯")] if len(paths) > MOST_LISTED else []
    yield Display((*lines, *(line for sign in more for line in subject.lines(None, "", sign))))


def _nearest(subject: Subject, comparison: Comparison, found: Nearest) -> Iterator[Block]:
    target = _names(subject, (found.name,))
    yield Heading(2, subject.sentence("review_nothing", names=target), f"sec-{found.name}")
    tried = grouped_digits(len(comparison.candidates))
    if found.mistake is None:
        yield Paragraph(subject.sentence("review_nearest_right", tried=tried, distance=f"{found.distance:.2g}"))
    else:
        yield Paragraph(subject.sentence("review_nearest", tried=tried, distance=f"{found.distance:.2g}"))
        yield Paragraph(_sentence(subject, found.mistake))


# -- words ---------------------------------------------------------------------------------------------------------------


def _sentence(subject: Subject, mistake: Mistake) -> tuple[Inline, ...]:
    """What the mistake is."""
    match mistake:
        case Paths(kind, number, name):
            key = f"mistake_{kind}" + ("_0" if kind == "lag_at_most" and number == 0 else "")
            back = _handed_back(subject)
            key += "_alone" if key == "mistake_lag_at_most_0" and back is None else ""
            key += "_last" if kind == "without_uses" and not number else ""
            node = subject.notation.at(name, Symbol("t")) if name else Symbol("t")
            last = kind in {"one_use", "without_use"} and not number
            step = str(subject.steps if last else number)
            return subject.sentence(key, number=step, node=node, back=back or Symbol("t"), last=str(subject.steps))
        case Outcome(kind, names, by):
            one, *others = (_slashed(subject, name) for name in names) if names else (Symbol("L"),)
            by = f"{float(by):.{SIGNIFICANT}g}" if kind.startswith("clipped") else by
            return subject.sentence(f"mistake_{kind}", by=by, one=one, other=others[0] if others else one)
        case Adjoint("no_penalty"):
            return subject.sentence("mistake_no_penalty")
        case Adjoint("left_out", faults=faults):
            return _left_out(subject, [fault for fault in faults if isinstance(fault, Faded)])
        case Adjoint(kind, name, by):
            delta = _all_named(subject).adjoint(name, Symbol("t"))
            where = subject.sentence("review_in_rule", here=delta)
            return (*where, *subject.sentence(f"mistake_{kind}", by=by))
        case Rule(change):
            return _of_rule(subject, change)


def _left_out(subject: Subject, faults: Sequence[Faded]) -> tuple[Inline, ...]:
    """What a loop computes that never comes to the first steps, or the last ones; the adjoint of a loss is 1."""
    notation, loss = _all_named(subject), subject.derivation.network.loss
    adjoints = [notation.adjoint(fault.name, Symbol("t")) for fault in faults if fault.name != loss]
    steps = _listed([number(step) for step in faults[0].steps(subject.steps)])
    return subject.sentence("mistake_left_out", number=steps, names=_listed(adjoints))


def _of_rule(subject: Subject, change: Change) -> tuple[Inline, ...]:
    recurrence = subject.derivation.recurrence
    away = ahead(recurrence, change)
    if change.end is None:
        return _told(subject, change, T, T if change.statement is None else Clock("t", away))
    step, *_ = at_end(recurrence, subject.derivation.unrolled, change)
    told = _told(subject, change, Clock(None, step), Clock(None, step + away))
    return (*told, *subject.sentence("review_elsewhere_right"))


def _told(subject: Subject, change: Change, clock: Clock, at_head: Clock) -> tuple[Inline, ...]:
    """A fault in words: one clock counts steps from its statement, the other from the head of its edge."""
    notation, slip, edge = _notation(subject, change), change.slip, change.edge
    here: Formula
    if change.statement is None:
        tail = notation.at(edge.tail, None if edge.lag is None else at_head.step(-edge.lag))
        here = Derivative(notation.at(edge.head, at_head.step(0)), tail, "local")
        place = "review_in_partial"
    elif change.statement in subject.derivation.recurrence.rules:
        here, place = notation.adjoint(change.statement, clock.step(0)), "review_in_rule"
    else:
        here, place = _slashed(subject, change.statement), "review_in_gradient"
    where = subject.sentence(place, here=here)
    if slip is None:
        return (*where, *subject.sentence("mistake_shift", by=f"{change.shift:+d}".replace("-", "−")))
    formulas = {k: notation.formula(_seen(expr), at_head) for k, expr in (("was", slip.was), ("now", slip.now)) if expr}
    if slip.kind == "lost":
        formulas["was"] = notation.at(edge.head, at_head.step(0))
        alone = "" if change.statement != edge.tail else "_term"
        return (*where, *subject.sentence(f"mistake_lost{alone}", **formulas))
    form = "_wrapped" if slip.wrapped else "_padded" if slip.padded else ""
    form = "_whole" if slip.was is None and slip.kind == "sign" else form
    form = "_adjoint" if slip.kind == "factor" and slip.was == LAMBDA else form
    told = subject.sentence(f"mistake_{slip.kind}{form}", **{"was": Symbol("x"), "now": Symbol("x"), **formulas})
    return (*where, *told, *(subject.sentence("review_beyond") if slip.beyond else ()))


def _seen(expr: Expr) -> Expr:
    return ex.substitute(expr, {LAMBDA: ex.Var(ELLIPSIS)})


def _handed_back(subject: Subject) -> Formula | None:
    """The state through which most comes back from the next step, in print; None for a network that hands nothing back."""
    graph = subject.derivation.graph
    edges = [edge for edge in graph.edges if edge.lag and edge.head in graph.reached and edge.tail in graph.below]
    if not edges:
        return None
    lag = min((edge.lag or 0 for edge in edges), key=abs)
    return subject.notation.at(edges[0].tail, T.step(lag))


def _notation(subject: Subject, change: Change) -> Notation:
    """Edge by edge every variable has an adjoint, and its name stands on it."""
    return subject.notation if change.statement is not None else _all_named(subject)


def _all_named(subject: Subject) -> Notation:
    """Names in print where every variable has an adjoint of its own."""
    return replace(subject.notation, named=subject.derivation.network.variables, always_upper=True)


def _formulas(subject: Subject, change: Change) -> tuple[Formula, Formula, Formula]:
    """The left side of the statement, its right side as it has to be, and as it was; of a fault at an end of time, there."""
    notation, derivation = _notation(subject, change), subject.derivation
    recurrence, network, edge = derivation.recurrence, derivation.network, change.edge
    name = change.statement or edge.tail
    if change.end is None:
        clock, here = T, T.step(-(edge.lag or 0) if change.statement is None else 0)
        right, was = statement(recurrence, change)
    else:
        clock = NUMBERS
        step, right, was = at_end(recurrence, derivation.unrolled, change)
        here = number(step)
    if name in network.variables:
        left: Formula = notation.adjoint(name, here)
    else:
        left = notation.total_derivative(notation.at(name, here if name in network.data else None))
    every = change.end is None and name in network.parameters
    alone = change.statement is not None or len(derivation.graph.above[name]) == 1
    whole = alone and (every or name not in network.parameters)
    sides = []
    for expr in (right, was):
        body = notation.formula(expr if whole else ex.add(expr, ex.Var(ELLIPSIS)), clock)
        sides.append(Big("Σ", relation(Symbol("t"), ("=", ONE)), LAST, _grouped(body)) if every else body)
    return left, sides[0], sides[1]


def _grouped(body: Formula) -> Formula:
    return grouped(body) if isinstance(body, Sum) else body


# -- paths ---------------------------------------------------------------------------------------------------------------


def _touched(subject: Subject, comparison: Comparison, label: str, mistake: Mistake) -> tuple[int, list[Path]] | None:
    """How many paths there are to what a gradient is taken by, and those that a mistake touches; None if they are too many."""
    if isinstance(mistake, Outcome):
        return None
    nodes = comparison.settings[0].mistakes.backward.labels[label]
    sums = [subject.derivation.paths(*node) for node in nodes]
    count = sum(found.count for found in sums)
    if count > MOST_COUNTED:
        return None
    touches = comparison.settings[0].mistakes.touches
    return count, [path for found in sums for path in found if touches(mistake, path)]


def _path(subject: Subject, path: Path) -> Formula:
    """A path by its nodes: L → l₂ → h₂ → w."""
    parts: list[Formula] = []
    for place, node in enumerate(path.nodes):
        parts += [Sign("→")] if place else []
        parts.append(Symbol("L") if node == TOTAL else subject.node(node))
    return row(*parts)


def _by(subject: Subject, label: str) -> Formula:
    """What a gradient is taken by, in print; data at step t."""
    if label in subject.derivation.network.data:
        return subject.notation.at(label, Symbol("t"))
    return subject.node(subject.target(label))


def _slashed(subject: Subject, label: str) -> Formula:
    """A gradient in one line: dL/dw."""
    return _in_one_line(_by(subject, label))


def _in_one_line(by: Formula) -> Formula:
    return row(Words("d"), Symbol("L"), Sign("/"), Words("d"), by)


def _names(subject: Subject, names: tuple[str, ...]) -> Formula:
    return _listed([_slashed(subject, name) for name in names])


def _listed(formulas: Sequence[Formula]) -> Formula:
    parts: list[Formula] = []
    for place, formula in enumerate(formulas):
        parts += [Sign(","), formula] if place else [formula]
    return row(*parts)


def _number(value: Any) -> str:
    """Numbers as text, to six digits; of many the first ones."""
    values = np.asarray(value, dtype=float)
    shown = [f"{entry:.{SIGNIFICANT}g}".replace("-", "−") for entry in values.ravel()[:SIGNIFICANT]]
    if values.ndim == 0:
        return shown[0]
    return f"({', '.join(shown)}{', …' if values.size > SIGNIFICANT else ''})"
