"""Review: a comparison in a reader's language, as a document, as data, and as the files of a short handout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive.derivation import Derivation
from derive.report.document import Document
from derive.report.narrative.languages import words
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish
from derive.report.review_document import as_data, review
from derive.report.subject import Subject
from derive.review import Comparison


@dataclass(frozen=True)
class Reviewed:
    """A comparison told."""

    subject: Subject
    comparison: Comparison

    @cached_property
    def document(self) -> Document:
        """What is printed."""
        return review(self.subject, self.comparison)

    @property
    def data(self) -> dict[str, Any]:
        """What a program reads."""
        return as_data(self.subject, self.comparison)

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


def reviewed(derivation: Derivation, options: Options, comparison: Comparison) -> Reviewed:
    """Return a comparison told in the reader's language."""
    evaluation = derivation.evaluate(options.values, options.digits)
    language = words(environment(options.templates), options.locale)
    return Reviewed(Subject(derivation, evaluation, (), language, options), comparison)
