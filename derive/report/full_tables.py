"""Full tables: what a handout prints with its middle left out, whole and as CSV, to plot or to compute with.

A file per table, a line per step or lag:

    forward.csv          every variable at every step, the values given outside 1 … T included
    backward.csv         every named adjoint, and the terms of its rule
    gradients.csv        what the uses at each step add to each gradient
    lags-….csv           per gradient the paths of each lag: their number, their sum, their share of Σ|products|

(a penalty, which has no step and no lag, in a last line of its own) and the sheets of the chapters that are told.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.graph import ONCE, Node
from derive.groups import Accounts, Group
from derive.limits import spelled
from derive.numbers import Evaluation, Number
from derive.report.chapters import chapter_named
from derive.report.exhibits.sheets import PENALTY, Cells, Line, Sheet, number_cells
from derive.report.subject import Subject


def full_tables(subject: Subject) -> dict[str, bytes]:
    """Return every table of the worked example whole, and those of the chapters told, as CSV under their names."""
    sheets = {
        "forward.csv": Sheet("t", number_cells(subject, _forward)),
        "backward.csv": Sheet("t", number_cells(subject, _backward)),
        "gradients.csv": Sheet("t", number_cells(subject, lambda example: _gradients(subject, example))),
    }
    for label, gradient in subject.derivation.single_gradients.items():
        sheets[f"lags-{label}.csv"] = Sheet("lag", _lags(subject, gradient.target))
    told = {
        name: sheet for one in subject.options.chapters for name, sheet in chapter_named(one)(subject).sheets().items()
    }
    sheets |= {name: told[name] for name in sorted(told) if told[name].cells}
    return {name: sheet.csv() for name, sheet in sheets.items()}


def _forward(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
    network = example.unrolled.graph.network
    for name in (*network.data, *network.variables):
        yield from ((name, step, value) for step, value in example.storage[name].items())


def _backward(example: Evaluation) -> Iterator[tuple[str, int, Number]]:
    for name, rule in example.recurrence.rules.items():
        for step in range(1, example.unrolled.steps + 1):
            terms = example.terms(Node(name, step))
            for place, term in enumerate(terms if len(rule.parts) > 1 else (), 1):
                if term is not None:
                    yield f"dL/d{name} term {place}", step, term
            yield f"dL/d{name}", step, example.adjoint(Node(name, step))


def _gradients(subject: Subject, example: Evaluation) -> Iterator[tuple[str, Line, Number]]:
    for label, gradient in subject.derivation.single_gradients.items():
        for step, value in example.contributions(gradient.target).items():
            yield f"dL/d{label}", PENALTY if step == ONCE else step, value


def _lags(subject: Subject, target: Node) -> Cells:
    def sums(example: Evaluation) -> Iterator[tuple[str, Line, Number]]:
        accounts = Accounts(example, target)
        groups: list[tuple[Line, Group]] = [*accounts.by_lag().items()]
        groups += [] if accounts.penalty is None else [(PENALTY, accounts.penalty)]
        for lag, group in groups:
            yield "sum", lag, group.sum
            share = accounts.share(group)
            if share is not None:
                yield "share", lag, share

    paths = subject.derivation.paths(*target)
    counts: list[tuple[Line, int]] = [*paths.by_lag().items()]
    counts += [(PENALTY, paths.penalty)] if paths.penalty else []
    return {("paths", lag): spelled(count).replace(",", "") for lag, count in counts} | dict(
        number_cells(subject, sums)
    )
