"""Document → a Jupyter notebook: text as Markdown cells, tables as what cells of code make, formulas as MathJax sets them.

A table is the output of its cell, kept as it was when the notebook was written; whoever runs the cells gets the same. The
network is in the first of them, so that it runs wherever `derive` is installed. Pictures are in the text, as SVG. Outputs are
Markdown: of a notebook that nobody has run yet Jupyter shows no other markup with formulas in it.

The format is nbformat 4.5. Cells are numbered, so that the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from derive.report.document import Block, Document, Figure, Heading, Letterhead, Session, Strong, Table, Text
from derive.report.engines import typst_svgs
from derive.report.writers.fragment import Fragment, flat, image, unnumbered
from derive.report.writers.markdown import in_markdown, line_in_markdown
from derive.report.writers.typst_pictures import pictures_source
from derive.report.writers.writer import Files, Job, Written

_METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write(job: Job) -> Written:
    """Return the notebook, whose pictures are made while other formats are written."""
    figures = {block.label: block.picture for block in flat(job.document.blocks) if isinstance(block, Figure)}
    made = (
        job.by_typst(typst_svgs, pictures_source(list(figures.values()), job.looks("typst.typ"))) if figures else tuple
    )

    def all_files() -> Files:
        pictures = dict(zip(figures, made(), strict=True))
        return {f"{job.name}.ipynb": notebook(job.document, pictures).encode()}

    return Written(all_files)


def notebook(document: Document, pictures: Mapping[str, str]) -> str:
    """Return a document as a notebook; ``pictures`` gives each figure's SVG by the figure's label."""
    cells = _Cells({label: image(svg.encode(), "svg+xml") for label, svg in pictures.items()}, document.session)
    cells.title(document)
    for block in document.flat:
        cells.block(block)
    whole = {"cells": list(cells.finished()), "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


@dataclass
class _Cells:
    """The cells of a notebook as they come, and the text that is to be in the next one."""

    images: Mapping[str, str]
    session: Session | None
    cells: list[dict[str, Any]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    run: int = 0

    def title(self, document: Document) -> None:
        """What stands above the text, then what sets up all that follows."""
        if document.letterhead is not None:
            self.text.extend(_letterhead(document.letterhead))
        self.text.append(f"# {line_in_markdown(document.title)}")
        self.text.append(line_in_markdown(document.subtitle))
        if self.session is not None:
            self.text.append(line_in_markdown((Text(self.session.about),)))
            self._code(self.session.setup)

    def block(self, block: Block) -> None:
        """One block: a section begins a cell, and a table that code makes is what its cell says."""
        code = None if self.session is None else self.session.made_by(block)
        if self.session is not None and code is not None:
            if isinstance(block, Table):
                number = tuple(inline for inline in block.caption[:1] if isinstance(inline, Strong))
                self.text.append(f'<a id="{escape(block.label)}"></a>{line_in_markdown(number)}')
            self._code(code, Fragment((unnumbered(self.session.made(block)),), dict))
            return
        if isinstance(block, Heading):
            self._end()
        self.text.append(in_markdown((block,), self.images))

    def finished(self) -> Iterator[Mapping[str, Any]]:
        """Every cell, with its number for a name."""
        self._end()
        for number, cell in enumerate(self.cells, start=1):
            yield {"id": f"cell-{number:03}", **cell}

    def _end(self) -> None:
        """Make a cell of the text so far."""
        if self.text:
            self.cells.append({"cell_type": "markdown", "metadata": {}, "source": _lines("\n\n".join(self.text))})
            self.text.clear()

    def _code(self, source: str, shown: Fragment | None = None) -> None:
        """A cell of code, with what it shows."""
        self._end()
        self.run += 1
        output = {
            "data": {"text/markdown": _lines(shown.markdown), "text/plain": _lines(shown.text)} if shown else {},
            "execution_count": self.run,
            "metadata": {},
            "output_type": "execute_result",
        }
        self.cells.append(
            {
                "cell_type": "code",
                "execution_count": self.run,
                "metadata": {},
                "outputs": [output] if shown else [],
                "source": _lines(source),
            }
        )


def _letterhead(head: Letterhead) -> Iterator[str]:
    """What stands above the title: the logo, then a line of texts."""
    if head.logo is not None:
        kind = {"svg": "svg+xml", "jpg": "jpeg"}.get(head.logo.kind, head.logo.kind)
        yield f'<img src="{image(head.logo.content, kind)}" alt="">'
    if texts := (*head.left, *head.right):
        yield line_in_markdown((Text(" · ".join(texts)),))


def _lines(text: str) -> list[str]:
    """A text as notebooks keep it: its lines with their ends."""
    return text.splitlines(keepends=True) if "\r" not in text else [text]
