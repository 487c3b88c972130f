"""Story: what a narrative template can say and call.

Values are plain facts (``T``, ``states``, ``scalar``); calls return marks for formulas, tables and pictures. Formulas come
from the derivation, never from the template. All of it is handed over by `derive.report.narrative.offered`: a template,
which may come from a stranger, gets hold of nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from derive.equations import FUNCTIONS
from derive.equations import expression as ex
from derive.errors import NarrativeError
from derive.graph import Embed, Flip, LinearMap, Matrix, Node, Right, Select, Unrolled
from derive.notation import general, sides
from derive.notation.express import NUMBERS, ONES, Clock, unit, zeros
from derive.notation.formula import (
    Apply,
    Colored,
    Formula,
    Number,
    Part,
    Power,
    Role,
    Sign,
    Symbol,
    grouped,
    power,
    relation,
    row,
    transposed,
)
from derive.numbers import generic_steps
from derive.paths import PathSum
from derive.recurrence import ADJOINT, ClosedForm, Gradient, GradientByStep
from derive.report.chapters import CHAPTERS, LazyChapter, offered_names
from derive.report.document import Block, Figure, Math, Reference, Table, Text
from derive.report.exhibits import CALLS, diagram, equations, paths, stages, words, worked_steps
from derive.report.exhibits.cells import grouped_digits
from derive.report.exhibits.conventions import conventions
from derive.report.narrative.narrative import Marks
from derive.report.narrative.offered import Offered, OfferedCall, handed, told_apart
from derive.report.subject import LINE, Call, Subject

SEEN_OF_A_STAGE = ("kind", "long")
SEEN_OF_A_FORM = ("names", "is_matrix", "is_row", "waits", "letters")
TAKE_THINGS = ("show_stage", "show_closed_form")
"""Calls that are given what was offered."""
MOST_STEPS = 1_000
"""For so many steps, and no more, a template may have paths counted;"""
MOST_COUNTED = 50
"""and so often."""

LONGEST_LETTER = 20
"""So long may be what a template calls a letter."""


@dataclass(frozen=True)
class Story:
    """The context of a narrative for one subject; ``marks`` receives what its marks stand for."""

    subject: Subject
    marks: Marks = field(default_factory=Marks)
    counted: dict[tuple[str, int], int] = field(default_factory=dict)

    def context(self) -> dict[str, Any]:
        """Everything a template may name, as it is handed to it."""
        chapters = {
            name: Offered(LazyChapter(name, self.subject, self.marks), partial(offered_names, name))
            for name in CHAPTERS
        }
        known = {**self._in_common(), **self._of_example(), **self._inline(), **self._blocks(), **chapters}
        return {
            name: OfferedCall(value, takes_things=True) if name in TAKE_THINGS else handed(value)
            for name, value in known.items()
        }

    def _in_common(self) -> dict[str, Any]:
        """The facts that are the same for all examples, found once; their marks are the first there are."""

        def found() -> tuple[dict[str, Any], tuple[Any, ...]]:
            alone = Story(self.subject)
            return alone._facts(), tuple(alone.marks.things)

        facts, things = self.subject.kept("facts", found)
        self.marks.things.extend(things)
        return facts

    # -- facts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, Any]:
        derivation = self.subject.derivation
        network = derivation.network
        main = stages.main_parameter(self.subject)
        adjoint = stages.main_adjoint(self.subject)
        locally = equations.added_up(
            self.subject, (edge.partial.pull(ex.ONE) for edge in derivation.graph.below[network.loss])
        )
        later = equations.added_up(self.subject, (rule.expression for rule in derivation.rules.values()))
        made_of_others = [used.definition for used in network.functions_used]
        by_states = words.by_states(self.subject, main)
        told = [self.subject.label(main)] if by_states else paths.listed(self.subject, main)
        functions = set[str]().union(*map(_functions, network.written))
        links = [
            link
            for edge in (*derivation.graph.edges, *derivation.graph.penalty_edges)
            for chain in edge.partial.chains
            for link in chain
        ]
        forms = stages.shown_forms(self.subject)
        jumps, kinks = map(equations.kinks, equations.written(self.subject))
        hatted = [name for name in network.targets if self.subject.notation.name(name).accent == "hat"]
        return {
            "T": derivation.steps,
            "chapters": list(self.subject.options.chapters),
            "title": self._plain(self.subject.in_language(network.title) or network.name),
            "about": self._plain(self.subject.in_language(network.about)),
            "source": self._plain(network.source),
            "tables_folder": self.subject.tables_folder if self.subject.options.full_tables else None,
            "scalar": network.is_scalar,
            "generic_steps": generic_steps(derivation.graph),
            "last_only": network.loss_at == "last",
            "some_steps": isinstance(network.loss_at, tuple),
            "mean": network.loss_weight != ex.ONE,
            "loss_weight": self._math(self.subject.formula(network.loss_weight)),
            "penalty": "" if network.penalty_term is None else self._math(self.subject.formula(network.penalty_term)),
            "penalized": [label for label, found in derivation.single_gradients.items() if found.path_sum.penalty],
            "states": [name for name in network.states if name in derivation.recurrence.reached],
            "named": list(derivation.rules),
            "trainable": list(network.trainable_initial),
            "runs_backwards": any(after for _, after in network.reach.values()),
            "in_rows": network.in_rows,
            "matrix_variables": any(len(network.shape(name)) > 1 for name in (*network.variables, *network.data)),
            "joined": any(map(_joins, network.rules.values())),
            "parts": any(map(_takes_part, links)),
            "zeros": any(isinstance(link, Embed | Select) for link in links),
            "matrices": any(len(network.shape(name)) > 1 for name in network.parameters),
            "slope_by_value": any(map(_slope_by_value, functions)),
            "quantity": self._math(self.subject.of_paths[-1]),
            "conventions": sorted(conventions(self.subject)),
            "relu": "[]" in kinks | jumps,
            "jumps": sorted(jumps),
            "sign": "sgn" in kinks | jumps,
            "kinks": sorted(kinks),
            "functions": bool(made_of_others),
            "stopped": any(definition.name == STOPPED for definition in made_of_others),
            "added_up": locally,
            "distributions": list(network.distributions),
            "along": ("column", "row")[network.axis] if network.axis is not None else "",
            "adjoint_letter": self.subject.notation.adjoint_letter,
            "flipped": any(isinstance(link, Flip) for link in links),
            "learned": list(network.parameters),
            "constants": list(network.constants),
            "matrix_data": [name for name in network.data if len(network.shape(name)) > 1],
            "added_up_later": [name for name in later if name not in locally],
            "ruled": [
                self._math(Symbol(definition.sign))
                for definition in made_of_others
                if definition.rule and definition.name != STOPPED
            ],
            "hatted_target": hatted[0] if hatted else None,
            "gradients": list(derivation.single_gradients),
            "crossed": [
                label for label, found in derivation.single_gradients.items() if self._is_crossed(found.target)
            ],
            "adjoints_used": any(map(_uses_adjoints, derivation.gradients.values())),
            "comes_back": bool(derivation.recurrence.circles),
            "by_name": bool(self.subject.by_name),
            "by_step": list(derivation.gradients_by_step),
            "main": self.subject.label(main),
            "by_states": by_states,
            "many_equations": equations.are_many(self.subject),
            "word_count": grouped_digits(derivation.states(*main).count) if by_states else "",
            "words_single": by_states and words.are_single(self.subject, main),
            "letters_used": sorted(words.kinds(self.subject, main)) if by_states else [],
            "words_folded": by_states and words.words_are_folded(self.subject, main),
            "words_listed": by_states and words.words_are_listed(self.subject, main),
            "listed": [] if by_states else told,
            "unlisted": [label for label in derivation.single_gradients if label not in told],
            "loss_is_short": equations.loss_is_short(self.subject),
            "loss_begins": equations.loss_begins(self.subject),
            "loss_size": grouped_digits(derivation.loss.size),
            **self._drawn(),
            "main_stages": self._stages(main),
            "adjoint_stages": self._stages(adjoint),
            "adjoint_node": self._math(self._delta(adjoint)) if adjoint else "",
            "gradient_by_hand": worked_steps.has_gradient(self.subject),
            "anchored": [
                self._math(self.subject.notation.node(Node(name))) for name in derivation.recurrence.collected
            ],
            "collected": [
                self._math(self.subject.notation.adjoint(name, None)) for name in derivation.recurrence.collected
            ],
            "conditions": general.conditions(self.subject.notation, derivation.recurrence),
            "boundary": [self._math(formula) for formula in stages.boundary(self.subject)],
            "closed_forms": [Offered(form, lambda: SEEN_OF_A_FORM) for form in forms],
            "all_solved": len(forms) == len(derivation.recurrence.circles),
            "follow": [name for name in derivation.rules if not any(name in form.names for form in forms)],
            **self._of_closed_forms(forms),
        }

    def _of_example(self) -> dict[str, Any]:
        """The facts of this example."""
        return {
            "checks_passed": sum(check.passed is True for check in self.subject.checks),
            "by_hand": worked_steps.by_hand(self.subject),
            "most_entries": worked_steps.most_entries(self.subject),
            "about_equal": worked_steps.is_about(self.subject),
            "finer_factors": worked_steps.has_finer_factors(self.subject),
            "boundary_values": self._initial_values(),
        }

    def _of_closed_forms(self, forms: Sequence[stages.ShownForm]) -> dict[str, Any]:
        """Whether the order of factors in closed forms matters, and what is said of those that there are not."""
        notation, derivation = self.subject.notation, self.subject.derivation
        where = [sides.side(notation, form.form) for form in forms]
        recurrence = derivation.recurrence
        left_out = [form for form in recurrence.closed_forms if form not in [shown.form for shown in forms]]
        alone = {sides.by_itself(notation, form) for form in left_out}
        unsolved: list[ClosedForm | None] = [None] * (len(recurrence.circles) - len(recurrence.closed_forms))
        unsolved += [None if form in self.subject.overlong else form for form in left_out]
        return {
            "order_matters": not all(sides.commutes(notation, form.form) for form in forms),
            "first_nearest": bool(where) and "right" not in where,
            "on_both_sides": "both" in where,
            "as_it_is": bool(forms) and all(sides.hands_on_as_it_is(notation, form.form) for form in forms),
            "by_itself": alone.pop() if len(alone) == 1 and not forms else "",
            "obstacle": "" if forms else sides.obstacle(notation, unsolved),
        }

    def _drawn(self) -> dict[str, Any]:
        """What the pictures of the graph show."""
        cell, unrolled = diagram.cell(self.subject), diagram.unrolled(self.subject)
        first = cell or unrolled
        return {
            "cell_drawn": cell is not None,
            "cell_beside": cell is not None and unrolled is not None and diagram.is_beside(cell, unrolled),
            "graph_drawn": unrolled.zoom if unrolled else None,
            "parameters_drawn": first is not None and first.parameters,
            "steps_left_out": unrolled is not None and unrolled.elided,
        }

    def _is_crossed(self, target: Node) -> bool:
        """Whether paths to what a gradient is taken by lead from step to step."""
        outside = target.step is not None and not 1 <= target.step <= self.subject.steps
        return outside or target.name in self.subject.derivation.unrolled.graph.crossed

    def _plain(self, text: str) -> str:
        """A user's text as it is, never as markup."""
        return self.marks.inline(Text(text)) if text else ""

    def _stages(self, target: Node | None) -> list[Offered]:
        """The stages of a fold, unless there are too many paths to write it."""
        if target is None or paths.many(self.subject, target):
            return []
        return [Offered(stage, lambda: SEEN_OF_A_STAGE) for stage in stages.shown_stages(self.subject, target)]

    def _delta(self, node: Node) -> Formula:
        return self.subject.notation.adjoint(node.name, NUMBERS.step(node.step or 0))

    def _initial_values(self) -> list[str]:
        values = self.subject.evaluation.values.of
        outside = [node for node in values if node.step is not None and not 1 <= node.step <= self.subject.steps]
        return [self._math(self.subject.node(node)) for node in outside]

    # -- inline ----------------------------------------------------------------------------------------------------

    def _math(self, formula: Formula) -> str:
        return self.marks.inline(Math(formula))

    def _inline(self) -> dict[str, Callable[..., Any]]:
        return {
            "math": self._letters,
            "sum_of": self._sum_of,
            "sym": self._symbol,
            "target": lambda label: self._math(self.subject.node(self.subject.target(label))),
            "ref": self._reference,
            "number": lambda value: grouped_digits(int(value)),
            "letter": self._letter_of_words,
            "coloured": self._coloured,
            "beside": lambda *parts: self.marks.beside(parts, LINE),
            "count": self._count,
            "count_at": self._count_at,
            "many": lambda label: paths.many(self.subject, self.subject.target(label)),
        }

    def _letters(self, text: str, number: int | None = None) -> str:
        """A letter every handout uses (L, T, t, …), or ``T=`` with a number."""
        if text not in LETTERS and not (text.removesuffix("=").isalpha() and len(text) <= LONGEST_LETTER):
            raise NarrativeError(
                f"math: {text[:LONGEST_LETTER]!r} is no letter, such as k, nor one of {', '.join(LETTERS)}"
            )
        if number is not None and type(number) is not int:
            raise NarrativeError("math: a letter with a number is written as math('T=', 3), with a whole number")
        if number is not None:
            return self._math(relation(Symbol(text.rstrip("=")), ("=", Number(str(number)))))
        return self._math(LETTERS[text] if text in LETTERS else Symbol(text))

    def _reference(self, label: str) -> str:
        """A reference to a figure, table or equation; whether there is one is seen at the end."""
        if not isinstance(label, str):
            raise NarrativeError("ref: a figure, table or equation is named by its label, such as 'tab-checks'")
        return self.marks.inline(Reference(label, label))

    def _letter_of_words(self, kind: str) -> str:
        """What the letters of a kind are called: e, D, J or U."""
        if kind not in self.subject.letters_of_words:
            raise NarrativeError(f"letter: one of {', '.join(self.subject.letters_of_words)}, not {kind!r}")
        return self._math(Symbol(self.subject.letters_of_words[kind]))

    def _coloured(self, role: str) -> str:
        """What a colour says, in it: now, later or parameter."""
        if role not in COLOURS:
            raise NarrativeError(f"coloured: one of {', '.join(COLOURS)}, not {role!r}")
        return self._math(Colored(COLOURS[role], self.subject.phrase(f"colour_{role}")))

    def _symbol(self, name: str, step: str | int | None = "t") -> str:
        """A network's own symbol: at t, ``t-1``, T, a number, or (None, or a parameter) without a step."""
        network = self.subject.derivation.network
        if name in network.timeless:
            return self._math(self.subject.node(Node(name)))
        if name not in (*network.variables, *network.data):
            target = self.subject.derivation.single_gradients.get(name)
            if target is None:
                raise NarrativeError(f"sym({name!r}): the network {network.name} has no such name")
            return self._math(self.subject.node(target.target))
        return self._math(self.subject.notation.at(name, None if step is None else _step(step)))

    def _count(self, label: str) -> int:
        return self.subject.derivation.paths(*self.subject.target(label)).count

    def _sum_of(self, name: str) -> str:
        """The sum of the components of a vector at t."""
        network = self.subject.derivation.network
        if name not in (*network.variables, *network.data) or not network.shape(name):
            raise NarrativeError(f"sum_of: there is no vector {name} whose components could be added up")
        whole = ex.Var(name, 0)
        matrix = len(network.shape(name)) > 1 and network.axis is not None
        total = ex.Summed(whole, network.axis or 0, kept=True) if matrix else ex.Total(whole)
        return self._math(self.subject.formula(total, Clock("t")))

    def _count_at(self, label: str, steps: int) -> int:
        """How many paths there are for another T."""
        if not 1 <= steps <= MOST_STEPS:
            raise NarrativeError(f"count_at: the number of steps has to be from 1 to {MOST_STEPS:,}, not {steps}")
        if (label, steps) not in self.counted:
            if len(self.counted) >= MOST_COUNTED:
                raise NarrativeError(f"count_at: a template may ask for {MOST_COUNTED} counts, not for more")
            seen = Unrolled(self.subject.derivation.unrolled.graph, steps)
            self.counted[label, steps] = PathSum(seen, self.subject.target(label)).count
        return self.counted[label, steps]

    # -- blocks ----------------------------------------------------------------------------------------------------

    def _blocks(self) -> dict[str, Callable[..., str]]:
        return {name: partial(self._block, call) for name, call in CALLS.items()}

    def _block(self, call: Call, *given: Any) -> str:
        """The marks of what an exhibit makes."""
        # What is given is kept beside what is made, so that none but itself has its identity.
        made, _ = self.subject.kept((call, told_apart(given)), lambda: (call(self.subject, *given), given))
        blocks = made if isinstance(made, tuple) else (made,)
        if self.subject.options.brief:
            return "".join(self.marks.block(_uncaptioned(block)) for block in blocks)
        return "".join(self.marks.block(block, self.subject.title_word(block)) for block in blocks)


def _uncaptioned(block: Block) -> Block:
    return replace(block, caption=()) if isinstance(block, Figure | Table) else block


COLOURS: dict[str, Role] = {"now": "now", "later": "later", "parameter": "parameter"}
_FROM_TO = row(Symbol("i"), Sign(":"), Symbol("k"))
LETTERS: dict[str, Formula] = {
    "1..T": row(Number("1"), Sign(","), Sign("…"), Sign(","), Symbol("T")),
    "∂⁺": Power(Sign("∂"), Sign("+")),
    "transposed": transposed(Symbol("A")),
    "⊙": Sign("⊙"),
    "≈": Sign("≈"),
    "diag": Apply("diag", (Symbol("d"),)),
    "ones": ONES,
    "hadamard": power(Symbol("A"), row(Sign("⊙"), Number("2"))),
    "norm": grouped(Symbol("A"), "‖‖"),
    "part": Part(grouped(Symbol("v"), "[]"), (_FROM_TO,)),
    "rows": Part(Symbol("A"), (_FROM_TO, Sign(":"))),
    "columns": Part(Symbol("A"), (Sign(":"), _FROM_TO)),
    "zeros": zeros("n"),
    "unit": unit("n"),
    "sg": Symbol("sg"),
    "column": row(Sign("("), Symbol("a"), Sign(","), Symbol("b"), Sign(")")),
}


STOPPED = "stop_gradient"


def _uses_adjoints(gradient: Gradient | GradientByStep) -> bool:
    """Whether a gradient is written with the named adjoint of some variable."""
    rule = gradient.expression if isinstance(gradient, GradientByStep) else gradient.summand
    return any(var.name.startswith(ADJOINT) for var in ex.variables(rule))


def _step(step: str | int) -> Formula:
    """``t``, ``t-1``, ``T``, or a number."""
    if type(step) is int:
        return NUMBERS.step(step)
    if type(step) is not str:
        raise NarrativeError(f"a step is written as t, t-1, T or a number, not {step!r}")
    letter, _, back = step.partition("-")
    ahead = letter.partition("+")
    if not ahead[0].strip().isalpha():
        raise NarrativeError(f"a step is written as t, t-1, T or a number, not {step!r}")
    return Clock(ahead[0].strip()).step(int(ahead[2] or 0) - int(back or 0))


def _joins(expr: ex.Expr) -> bool:
    """Whether an expression joins vectors or matrices."""
    return isinstance(expr, ex.Concat) or any(map(_joins, ex.children(expr)))


def _takes_part(link: LinearMap) -> bool:
    """Whether a part of a vector or matrix is in a linear map, and so in print."""
    match link:
        case (
            Select()
            | Embed()
            | Matrix(ex.Part() | ex.Transpose(ex.Part()))
            | Right(ex.Part() | ex.Transpose(ex.Part()))
        ):
            return True
        case _:
            return False


def _functions(expr: ex.Expr) -> set[str]:
    if isinstance(expr, ex.Defined):
        return _functions(expr.value).union(*map(_functions, expr.slopes or ()))
    own = {expr.function} if isinstance(expr, ex.Call) else set()
    return own.union(*(_functions(child) for child in ex.children(expr)))


def _slope_by_value(function: str) -> bool:
    """Whether the derivative of a function is written through its value, tanh' = 1 − tanh², and is not just that, as of exp."""
    slope, value = FUNCTIONS[function].slope, ex.Var("value", 0)
    found = None if slope is None else slope(ex.Var("argument", 0), value)
    return found is not None and found != value and value in ex.variables(found)
