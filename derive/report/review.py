"""Review: a comparison in a reader's language, as a document, as data, and as the files of a short handout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.derivation import Derivation
from derive.network import Network
from derive.numbers import Evaluation
from derive.report.document import Document
from derive.report.narrative.languages import words
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish
from derive.report.review_document import as_data, review
from derive.report.subject import Subject
from derive.review import Audit, Comparison

BITS = 64


@dataclass(frozen=True)
class Reviewed:
    """A comparison told."""

    subject: Subject
    comparison: Comparison
    audit: Audit | None = None

    @cached_property
    def document(self) -> Document:
        """What is printed."""
        return review(self.subject, self.comparison, self.audit)

    @property
    def data(self) -> dict[str, Any]:
        """What a program reads."""
        return as_data(self.subject, self.comparison, self.audit)

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files of the handout, in every format asked for."""
        options, derivation = self.subject.options, self.subject.derivation
        handout = publish(
            self.document, f"{derivation.network.name}-T{derivation.steps}-review.{options.locale}", options
        )
        for failure in handout.failures.values():
            raise failure
        return handout.files


def reviewed(network: Network, options: Options, found: Comparison | Audit) -> Reviewed:
    """Return a comparison or an audit told in the reader's language."""
    comparison = found.comparison if isinstance(found, Audit) else found
    values = comparison.settings[0].mistakes.backward.values
    evaluation = Evaluation(comparison.unrolled, comparison.recurrence, values, options.digits, BITS)
    language = words(environment(options.templates), options.locale)
    subject = Subject(Derivation(network, comparison.unrolled), evaluation, (), language, options)
    return Reviewed(subject, comparison, found if isinstance(found, Audit) else None)
