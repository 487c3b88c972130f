"""Writer: what makes the files of a format, and what it is given to make them from.

A writer is a module with a function ``write``, from a `Job` to `Written`. `derive.report.formats` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from derive.report.document import Document, Pieces
from derive.report.engines import LARGE
from derive.report.narrative.languages import typesetting
from derive.report.narrative.sandbox import Sandbox
from derive.report.narrative.shells import is_own, shell

if TYPE_CHECKING:
    from derive.report.document import Live

Files: TypeAlias = Mapping[str, bytes]
Pages = TypeVar("Pages")


@dataclass(frozen=True)
class Job:
    """A document to be written as files of a ``name``, by an engine if it takes one; ``beside`` runs what takes long.

    ``markdown`` is the dialect of Markdown, ``paper`` that of a PDF; ``live`` finds what a page answers from, if it does.
    ``pieces`` has what was made of the same blocks before.
    """

    document: Document
    name: str
    engine: str
    templates: Sandbox
    beside: Executor
    markdown: str = "github"
    paper: str = "a4"
    live: Callable[[], Live | None] = lambda: None
    pieces: Pieces = field(default_factory=Pieces)

    def looks(self, name: str) -> str:
        """Return a shell for the language of the document."""
        return shell(self.templates, name, self.document.language, self.paper)

    def by_typst(self, make: Callable[..., Pages], source: str, *, image: bool = False) -> Callable[[], Pages]:
        """Return what waits for what Typst makes of a source, which begins at once.

        Where templates are a stranger's, or an ``image`` is, it begins when it is asked for, in a process that a signal
        can end; so it does where the source is large, after what else there was to do in the memory that there is.
        """
        if image or is_own(self.templates):
            return partial(make, source, apart=True)
        if len(source) > LARGE:
            return partial(make, source)
        return self.beside.submit(make, source).result

    def set(self, key: str) -> str:
        """Return what the typesetting of the document's language says of something."""
        return typesetting(self.templates, self.document.language)[key]


@dataclass(frozen=True)
class Written:
    """What returns the files, and may wait for them; the engine that makes them, if one does; what to do if it fails.

    ``files`` raises `EngineError` if it does.
    """

    files: Callable[[], Files]
    engine: str | None = None
    otherwise: Callable[[], Written] | None = None


Writer: TypeAlias = Callable[[Job], Written]
