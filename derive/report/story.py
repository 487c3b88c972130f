"""Story: what a narrative template can say and call.

Values are plain facts (``T``, ``states``, ``scalar``); calls return marks for formulas, tables and pictures. Formulas come
from the derivation, never from the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from derive.equations import expression as ex
from derive.errors import NarrativeError
from derive.graph import Node, Unrolled
from derive.notation.express import NUMBERS, TOTAL_LOSS, Clock, T
from derive.notation.formula import (
    Apply,
    Big,
    Derivative,
    Formula,
    Number,
    Power,
    Sign,
    Symbol,
    Words,
    relation,
    row,
    transposed,
)
from derive.paths import PathSum
from derive.recurrence import ClosedForm, Stage
from derive.report.chapters.contents import CHAPTERS
from derive.report.document.document import Block, Display, Figure, Math, Reference, Text
from derive.report.exhibits import diagram, tables
from derive.report.exhibits import equations as model
from derive.report.exhibits import paths as routes
from derive.report.exhibits import stages as folded
from derive.report.narrative.narrative import Kept
from derive.report.subject import KEPT, Subject


@dataclass(frozen=True)
class Told:
    """A stage of folding as a template sees it."""

    stage: Stage
    kind: str
    long: bool


@dataclass(frozen=True)
class Deferred:
    """Something that is made when a template looks at it."""

    make: Callable[[], Any]

    @cached_property
    def made(self) -> Any:
        """The thing itself."""
        return self.make()

    def __getattr__(self, name: str) -> Any:
        """Look at it."""
        return getattr(self.made, name)


@dataclass(frozen=True)
class Story:
    """The context of a narrative for one subject; ``kept`` receives what its marks stand for."""

    subject: Subject
    kept: Kept = field(default_factory=Kept)

    def context(self) -> dict[str, Any]:
        """Everything a template may name."""
        chapters = {name: Deferred(partial(self._chapter, name)) for name in CHAPTERS}
        return {**self._facts(), **self._inline(), **self._blocks(), **chapters}

    def _chapter(self, name: str) -> Any:
        """What a further chapter says and calls, imported when it is told."""
        from derive.report.chapters import registry  # noqa: PLC0415 - a handout without chapters need not wait for them

        return registry.context(self.subject, self.kept)[name]

    # -- facts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, Any]:
        derivation = self.subject.derivation
        network = derivation.network
        main = folded.main_parameter(self.subject)
        adjoint = folded.main_adjoint(self.subject)
        listed = routes.listed(self.subject, main)
        hatted = [name for name in network.targets if self.subject.notation.name(name).accent == "hat"]
        return {
            "T": derivation.steps,
            "chapters": list(self.subject.options.chapters),
            "title": self._plain(self._in_language(network.title) or network.name),
            "about": self._plain(self._in_language(network.about)),
            "source": self._plain(network.source),
            "tables_folder": self.subject.tables_folder if self.subject.options.full_tables else None,
            "scalar": network.is_scalar,
            "last_only": network.loss_at == "last",
            "states": [name for name in network.states if name in derivation.recurrence.reached],
            "named": list(derivation.rules),
            "trainable": list(network.trainable_initial),
            "runs_backwards": any(after for _, after in network.reach.values()),
            "relu": any("relu" in _functions(rule) for rule in network.rules.values()),
            "hatted_target": hatted[0] if hatted else None,
            "gradients": list(derivation.gradients),
            "main": self.subject.label(main),
            "listed": listed,
            "unlisted": [label for label in derivation.gradients if label not in listed],
            "loss_is_short": model.loss_is_short(self.subject),
            "loss_size": _grouped(derivation.loss.size),
            "parameters_drawn": diagram.shows_parameters(self.subject),
            "steps_left_out": diagram.Layout(self.subject).elided,
            "main_stages": self._stages(main),
            "adjoint_stages": self._stages(adjoint),
            "adjoint_node": self._math(self._delta(adjoint)) if adjoint else "",
            "boundary": [self._math(formula) for formula in folded.boundary(self.subject)],
            "boundary_values": self._initial_values(),
            "closed_forms": [form for name in derivation.rules if (form := derivation.recurrence.closed_form(name))],
        }

    def _in_language(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.subject.options.locale) or next(iter(texts.values()), "")

    def _plain(self, text: str) -> str:
        """A user's text as it is, never as markup."""
        return self.kept.inline(Text(text)) if text else ""

    def _stages(self, target: Node | None) -> list[Told]:
        """The stages of a fold, unless there are too many paths to write it."""
        if target is None or routes.many(self.subject, target):
            return []
        stages = folded.stages(self.subject, target)
        return [Told(stage, stage.kind, len(stage.parts) > KEPT + 1) for stage in stages]

    def _delta(self, node: Node) -> Formula:
        return self.subject.notation.adjoint(node.name, NUMBERS.step(node.step or 0))

    def _initial_values(self) -> list[str]:
        values = self.subject.evaluation.values.of
        outside = [node for node in values if node.step is not None and not 1 <= node.step <= self.subject.steps]
        return [self._math(self.subject.node(node)) for node in outside]

    # -- inline ----------------------------------------------------------------------------------------------------

    def _math(self, formula: Formula) -> str:
        return self.kept.inline(Math(formula))

    def _inline(self) -> dict[str, Callable[..., Any]]:
        return {
            "math": self._letters,
            "sym": self._symbol,
            "target": lambda label: self._math(self.subject.node(self._target(label))),
            "ref": lambda label: self.kept.inline(Reference(label, label)),
            "number": lambda value: _grouped(int(value)),
            "count": self._count,
            "count_at": self._count_at,
            "many": lambda label: routes.many(self.subject, self._target(label)),
        }

    def _letters(self, text: str, number: int | None = None) -> str:
        """A letter every handout uses (L, T, t, …), or ``T=`` with a number."""
        if number is not None:
            return self._math(relation(Symbol(text.rstrip("=")), ("=", Number(str(number)))))
        return self._math(LETTERS[text] if text in LETTERS else Symbol(text))

    def _symbol(self, name: str, step: str | int | None = "t") -> str:
        """A network's own symbol: at t, ``t-1``, T, a number, or (None, or a parameter) without a step."""
        network = self.subject.derivation.network
        if name in network.parameters:
            return self._math(self.subject.node(Node(name)))
        if name not in (*network.variables, *network.data):
            target = self.subject.derivation.gradients.get(name)
            if target is None:
                raise NarrativeError(f"sym({name!r}): the network {network.name} has no such name")
            return self._math(self.subject.node(target.target))
        return self._math(self.subject.notation.at(name, None if step is None else _step(step)))

    def _target(self, label: str) -> Node:
        gradients = self.subject.derivation.gradients
        if label not in gradients:
            raise NarrativeError(f"there is no gradient for {label!r}; known are {', '.join(gradients)}")
        return gradients[label].target

    def _count(self, label: str) -> int:
        self._target(label)
        return self.subject.derivation.gradients[label].path_sum.count

    def _count_at(self, label: str, steps: int) -> int:
        """How many paths there are for another T."""
        return PathSum(Unrolled(self.subject.derivation.unrolled.graph, steps), self._target(label)).count

    # -- blocks ----------------------------------------------------------------------------------------------------

    def _blocks(self) -> dict[str, Callable[..., str]]:
        subject, table = self.subject, self.subject.word("table")

        def keep(make: Callable[..., Block], *labels: str) -> Callable[..., str]:
            return lambda *given: self.kept.block(make(subject, *given, *labels), table)

        return {
            "path_formula": lambda: self.kept.block(subject.display(bauer())),
            "equations": keep(model.equations),
            "names_table": keep(model.names, "tab-names"),
            "loss_sum": keep(model.loss_sum),
            "loss_written_out": keep(model.loss_written_out),
            "local_derivatives": keep(model.local_partials),
            "local_table": keep(model.local_maps, "tab-local"),
            "adjoint_definition": lambda: self.kept.block(self._adjoint_definition()),
            "unrolled_figure": self._unrolled_figure,
            "path_figure": self._path_figure,
            "path_table": lambda label: self.kept.block(
                routes.path_table(subject, self._target(label), f"tab-paths-{label}"), table
            ),
            "lag_table": lambda label: self.kept.block(
                routes.lag_table(subject, self._target(label), f"tab-lags-{label}"), table
            ),
            "summary_table": lambda labels: self.kept.block(
                routes.summary_table(subject, [self._target(label) for label in labels], "tab-summary"), table
            ),
            "show_stage": lambda told: self.kept.block(folded.stage(subject, told.stage)),
            "recurrence": lambda: "".join(
                self.kept.block(folded.rule_lines(subject, rule)) for rule in subject.derivation.rules.values()
            ),
            "gradient_rules": lambda: self.kept.block(folded.gradient_rules(subject)),
            "show_closed_form": self._closed_form,
            "given_values": keep(model.given_values),
            "forward_table": keep(tables.forward_table, "tab-forward"),
            "backward_table": keep(tables.backward_table, "tab-backward"),
            "gradient_values": self._gradient_values,
            "check_table": keep(tables.check_table, "tab-checks"),
        }

    def _adjoint_definition(self) -> Block:
        """δ_t = dL/dh_t, for every state."""
        equations = []
        for name in self.subject.derivation.network.states:
            if name in self.subject.derivation.rules:
                by = self.subject.node(Node(name, 0), T)
                left = self.subject.notation.adjoint(name, T.step(0))
                equations.append((left, "=", self.subject.notation.total_derivative(by)))
        return self.subject.display(*equations)

    def _unrolled_figure(self) -> str:
        caption = self.subject.sentence(
            "caption_unrolled", T=relation(Symbol("T"), ("=", Number(str(self.subject.steps))))
        )
        picture = diagram.unrolled(self.subject)
        return self.kept.block(
            Figure(picture, caption, "fig-unrolled", self.subject.word("alt_unrolled")), self.subject.word("figure")
        )

    def _path_figure(self, label: str) -> str:
        target = self._target(label)
        found = diagram.paths(self.subject, target)
        caption = self.subject.sentence(f"caption_paths_{found.counted}_counted", target=self.subject.node(target))
        figure = Figure(found.picture, caption, f"fig-paths-{label}", self.subject.word("alt_paths"))
        return self.kept.block(figure, self.subject.word("figure"))

    def _closed_form(self, form: ClosedForm) -> str:
        return self.kept.block(folded.closed_form(self.subject, form))

    def _gradient_values(self) -> str:
        """A table over the steps; for vectors a display."""
        if self.subject.derivation.network.is_scalar:
            return self.kept.block(tables.gradient_table(self.subject, "tab-gradients"), self.subject.word("table"))
        return self.kept.block(Display(tuple(model.packed(tables.gradient_values(self.subject)))))


def bauer() -> tuple[Formula | None, str, Formula]:
    """dL/du = Σ over paths Π over arrows of local partials."""
    start, end, u = Symbol("v"), Symbol("w"), Symbol("u")
    along = row(start, Sign("→"), end)
    inner = Big("Π", along, None, Derivative(start, end, "local"))
    return (
        Derivative(TOTAL_LOSS, u, "total"),
        "=",
        Big("Σ", row(TOTAL_LOSS, Sign("→"), Sign("⋯"), Sign("→"), u), None, row(Words("  "), inner)),
    )


LETTERS: dict[str, Formula] = {
    "1..T": row(Number("1"), Sign(","), Sign("…"), Sign(","), Symbol("T")),
    "∂⁺": Power(Sign("∂"), Sign("+")),
    "transposed": transposed(Symbol("A")),
    "⊙": Sign("⊙"),
    "diag": Apply("diag", (Symbol("d"),)),
    "column": row(Sign("("), Symbol("a"), Sign(","), Symbol("b"), Sign(")")),
}


def _step(step: str | int) -> Formula:
    """``t``, ``t-1``, ``T``, or a number."""
    if isinstance(step, int):
        return NUMBERS.step(step)
    letter, _, back = step.partition("-")
    ahead = letter.partition("+")
    return Clock(ahead[0].strip()).step(int(ahead[2] or 0) - int(back or 0))


def _functions(expr: ex.Expr) -> set[str]:
    own = {expr.function} if isinstance(expr, ex.Call) else set()
    return own.union(*(_functions(child) for child in ex.children(expr)))


def _grouped(count: int) -> str:
    return tables.grouped_digits(count)
