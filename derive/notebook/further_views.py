"""Further views: letters and words, what chapters are about, programs, and parts of values, which say what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import islice

from derive.checks import Verification
from derive.graph import Node, Unrolled
from derive.groups import Ranked, Transfer
from derive.notation.express import T
from derive.notebook.views import shows, subject_of
from derive.numbers import Exact, Values
from derive.paths import Letter, Place, StateWord
from derive.programs import Program, SharedGraph, code
from derive.recurrence import ForwardRecurrence, Truncation
from derive.report.chapters import forward, groups, lags, truncation
from derive.report.document import Block, CodeBlock
from derive.report.exhibits import tables, words
from derive.report.subject import Subject
from derive.report.writers.fragment import Fragment
from derive.shown import Seen, view

LONGEST = 70
"""So many characters of a part are shown."""


def letter_blocks(letter: Letter) -> Iterator[Block]:
    """The letter for general t, and what it makes of an adjoint."""
    states = letter.states
    subject = subject_of(states.unrolled)
    yield subject.display((None, "", words.letter_symbol(subject, Place(letter, 0), states.letters, T)))
    yield words.letters_table(subject, states.target, "tab-letters", only=(letter,))


def word_blocks(word: StateWord) -> Iterator[Block]:
    """Its letters side by side, and what each makes of an adjoint."""
    states = word.states
    subject = subject_of(states.unrolled)
    yield subject.display((None, "", words.word_formula(subject, word, states.letters)))
    only = tuple(dict.fromkeys(letter for letter, _ in word.places))
    yield words.letters_table(subject, states.target, "tab-letters", only=only)


def ranked_blocks(ranked: Ranked) -> Iterator[Block]:
    """A path with what it adds."""
    subject = subject_of(ranked.evaluation.unrolled, ranked.evaluation)
    yield groups.ranked_table(subject, ranked.path.nodes[-1], (ranked,), "tab-largest")


def truncation_blocks(found: Truncation) -> Iterator[Block]:
    """The truncated recurrence, and how many paths are kept and dropped."""
    subject = subject_of(found.unrolled)
    yield truncation.rules(subject)
    yield truncation.counts(subject, found, "tab-kept")


def forward_blocks(found: ForwardRecurrence) -> Iterator[Block]:
    """What the sensitivities are, their rules, and the gradient by them."""
    subject = subject_of(Unrolled(found.graph, 1))
    yield from (make(subject, found) for make in (forward.definition, forward.rules, forward.gradient))


def transfer_blocks(transfer: Transfer) -> Iterator[Block]:
    """What is handed from step to step, and its Jacobian."""
    subject = subject_of(transfer.evaluation.unrolled, transfer.evaluation)
    found = lags.Lags(subject, _main(subject))
    yield lags.state(found)
    yield lags.entries(found)


def verification_blocks(verification: Verification) -> Iterator[Block]:
    """Each route, and how far it lies from the recurrence."""
    evaluation = verification.evaluation
    yield tables.check_table(subject_of(evaluation.unrolled, evaluation, verification.checks()))


def program_blocks(program: Program) -> Iterator[Block]:
    """The textbook loop that computes the same."""
    yield CodeBlock(code(program.recurrence, "numpy", plain=True))


def shared_blocks(shared: SharedGraph) -> Iterator[Block]:
    """Its first nodes, each by its operation and the numbers of its arguments."""
    lines = (f"{place:>4}  {' '.join(map(str, node))}" for place, node in enumerate(shared.nodes))
    yield CodeBlock("\n".join((f"{len(shared.nodes)} nodes, {shared.operations} operations", *islice(lines, 12))))


def values_blocks(values: Values) -> Iterator[Block]:
    """Every value by its name."""
    named = (
        (node.name if node.step is None else f"{node.name}[{node.step}]", value) for node, value in values.of.items()
    )
    yield CodeBlock("\n".join(f"{name} = {_written(value)}" for name, value in named))


def _written(value: Exact) -> str:
    """A number, or a list of them, as it is written in a file."""
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, tuple) else str(value)


@view.register
def held(value: Seen) -> Fragment | None:
    """What a part of a value holds, name by name; None if that is not said."""
    if not is_dataclass(value):
        return None
    names = (field.name for field in fields(value) if not field.name.startswith("_"))
    lines = (f"    {name}: {_short(getattr(value, name))}" for name in names)
    return Fragment((CodeBlock("\n".join((type(value).__name__, *lines))),), dict)


def _short(value: object) -> str:
    """The beginning of what a value says of itself; of several how many there are."""
    if isinstance(value, tuple | list | dict):
        return f"{len(value)} of {type(next(iter(value))).__name__}" if value else "none"
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _main(subject: Subject) -> Node:
    return next(iter(subject.derivation.single_gradients.values())).target


shows(Letter, letter_blocks)
shows(StateWord, word_blocks)
shows(Ranked, ranked_blocks)
shows(Truncation, truncation_blocks)
shows(ForwardRecurrence, forward_blocks)
shows(Transfer, transfer_blocks)
shows(Values, values_blocks)
shows(Verification, verification_blocks)
shows(Program, program_blocks)
shows(SharedGraph, shared_blocks)
