"""API: the derivation as a person uses it — the mathematics, and the handout made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from derive import derivation, notebook
from derive.network import Given, Network
from derive.notation.express import check_names

notebook.attach()


@dataclass(frozen=True)
class Derivation(derivation.Derivation):
    """A network's backpropagation through time over T steps, with its handout.

    >>> lesson = derive("elman", 3)
    >>> [str(path.nodes[-2]) for path in lesson.paths("w_y")][:1]
    ["Node(name='y', step=1)"]
    >>> [stage.kind for stage in lesson.gradients["w_h"].steps]
    ['products', 'grouped', 'factored', 'recognised']
    """

    def report(
        self,
        folder: str | Path = "output",
        *,
        formats: Sequence[str] = ("pdf", "tex", "md"),
        locale: str = "en",
        engine: str = "auto",
        values: Mapping[str, Given] | None = None,
        digits: int = 4,
        templates: Path | None = None,
        most_paths: int = 40,
        chapters: Sequence[str] = (),
        truncate: tuple[int, int] | None = None,
        full_tables: bool = False,
    ) -> tuple[Path, ...]:
        """Write the handout and return its files, pictures of the Markdown and full tables included.

        Arguments are those of ``derive report``; ``chapters`` is its ``--with``, ``truncate`` is (k2, k1). Raises a
        `DeriveError` for anything the user can put right, and `CheckFailedError` if an independent route disagrees; then
        nothing is written.
        """
        from derive.report import publish  # noqa: PLC0415 - the writers load only when asked for
        from derive.report.write import write  # noqa: PLC0415

        about = publish.subject(
            self, locale, values, digits, templates, most_paths, chapters, truncate, full_tables=full_tables
        )
        document = publish.tell(about, locale, templates)
        handout = publish.publish(document, about.file_name(locale), formats, engine, templates)
        return write({**handout.files, **publish.tables(about, locale)}, Path(folder))


def derive(network: str | Path | Network, steps: int) -> Derivation:
    """Return the derivation of backpropagation through time for a network over T steps.

    Arguments: a ready-made name (``elman``), the path of a TOML file, or a `Network`; T ≥ 1. Raises a `DeriveError` that
    names what is wrong and where.

    >>> derive("elman", 20).paths("w_h").count
    210
    """
    found = derivation.derive(network, steps)
    check_names(found.network)
    return Derivation(found.network, found.unrolled)
