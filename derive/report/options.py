"""Options: what a handout is to be, as one value — made once, from the command line or from the keywords of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.errors import DeriveError
from derive.network import Given
from derive.report.formats import FORMATS, USUAL

ENGINES = ("auto", "latex", "typst")
ZOOMS = ("auto", "equations", "states")
MARKDOWN = ("github", "pandoc")
PAPERS = ("a4", "letter")


@dataclass(frozen=True)
class Options:
    """What a handout is to be.

    Arguments: the ``locale`` (the language), the ``formats`` and the ``engine`` that makes the PDF; ``values`` of the worked
    example, over those of the network, and how many ``digits`` are printed; a folder of the reader's own ``templates``; up to
    how many paths are listed, ``most_paths``; further ``chapters``, and for that of truncation ``truncate``, which is (k2, k1);
    whether ``full_tables`` go into files beside the handout; the ``main`` gradient, which is told in full; whether
    paths are told by ``equations`` or by ``states``, the ``zoom`` (``auto``: by equations while they are few); the dialect of
    the ``markdown``; the ``paper``, and a file with what stands above the title, the ``heading``; whether the story is told
    ``brief``, on two pages, without chapters. Raises `DeriveError` for a format, an engine, a zoom, a dialect or a paper that
    there is not, and for what is wrong with the heading.

    >>> Options(formats=["md"]).formats
    ('md',)
    """

    locale: str = "en"
    formats: Sequence[str] = USUAL
    engine: str = "auto"
    values: Mapping[str, Given] = field(default_factory=dict)
    digits: int = 4
    templates: Path | None = None
    most_paths: int = 40
    chapters: Sequence[str] = ()
    truncate: tuple[int, int] | None = None
    full_tables: bool = False
    main: str = ""
    zoom: str = "auto"
    markdown: str = "github"
    paper: str = "a4"
    heading: Path | None = None
    brief: bool = False

    def __post_init__(self) -> None:
        """Keep sequences as tuples, and refuse what is not known before any work is done."""
        object.__setattr__(self, "formats", tuple(self.formats))
        object.__setattr__(self, "chapters", tuple(self.chapters))
        object.__setattr__(self, "values", dict(self.values or {}))
        unknown = [wanted for wanted in self.formats if wanted not in FORMATS]
        if unknown or not self.formats:
            raise DeriveError(f"there is no format {', '.join(unknown) or 'given'}; known are {', '.join(FORMATS)}")
        if self.zoom not in ZOOMS:
            raise DeriveError(f"there is no zoom {self.zoom}; known are {', '.join(ZOOMS)}")
        if self.markdown not in MARKDOWN:
            raise DeriveError(f"there is no markdown for {self.markdown}; known are {', '.join(MARKDOWN)}")
        if self.paper not in PAPERS:
            raise DeriveError(f"there is no paper {self.paper}; known are {', '.join(PAPERS)}")
        if self.heading is not None:
            from derive.report.heading import read_heading  # noqa: PLC0415 - loaded where there is one

            read_heading(self.heading)
        if self.brief and (self.chapters or self.truncate):
            raise DeriveError("brief: on its two pages there is no room for chapters; ask for them without it")
        if self.engine not in ENGINES:
            raise DeriveError(f"there is no engine {self.engine}; known are {', '.join(ENGINES)}")
