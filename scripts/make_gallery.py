"""Make the gallery of the documentation: whole handouts, as they are now, in both languages.

    docs/gallery/elman-T3.en.pdf      a handout
    docs/gallery/elman-T3.en.png      its first page, small
    docs/gallery/README.md            all of them, side by side

The pages are set by your TeX if it is complete, otherwise by Typst. To run: `make gallery`.
"""

import sys
from pathlib import Path

import typst

from derive import derive, load
from derive.report.engines import FONTS
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise
from derive.report.subject import Subject
from derive.report.writers.typst import typst_source

GALLERY = Path(__file__).resolve().parent.parent / "docs" / "gallery"
RESOLUTION = 48  # dots per inch of a first page
LANGUAGES = {"en": "English", "zh": "中文"}
SHOWN = (
    *((name, 3) for name in ("elman", "lstm", "gru", "elman-vector", "bidirectional", "stacked")),
    ("elman", 8),
    ("elman", 1000),
)


def handout(about: Subject, locale: str) -> dict[str, bytes]:
    """Return a handout in one language as a PDF, and its first page as PNG, by their endings."""
    told = told_otherwise(about, locale=locale)
    document = tell(told)
    made = publish(document, told.file_name, told.options)
    for failure in made.failures.values():
        raise failure
    source = typst_source(document, shell(environment(), "typst.typ", locale))
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    pages = typst.compile(source.encode(), format="png", ppi=RESOLUTION, font_paths=fonts)
    return {"pdf": made.files[f"{told.file_name}.pdf"], "png": pages[0] if isinstance(pages, list) else pages}


def index(names: list[tuple[str, int, str]]) -> str:
    """Return the page that shows all of them: a row for each network and T, a column for each language."""
    lines = ["# Gallery", "", "Whole handouts, made by `make gallery`. A picture leads to its PDF.", ""]
    lines += [f"| network | {' | '.join(LANGUAGES.values())} |", f"|{'---|' * (1 + len(LANGUAGES))}"]
    for name, steps, title in names:
        places = [f"{name}-T{steps}.{locale}" for locale in LANGUAGES]
        shown = " | ".join(f"[![{name}, T = {steps}]({place}.png)]({place}.pdf)" for place in places)
        lines.append(f"| {title}: `{name}`, T = {steps} | {shown} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make every handout, and the page that leads to them."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    titles = []
    for name, steps in SHOWN:
        about = subject(derive(name, steps), Options(formats=("pdf",)))
        for locale in LANGUAGES:
            for ending, content in handout(about, locale).items():
                (GALLERY / f"{name}-T{steps}.{locale}.{ending}").write_bytes(content)
        titles.append((name, steps, load(name).title["en"]))
        sys.stdout.write(f"{name} T = {steps}\n")
    (GALLERY / "README.md").write_text(index(titles), encoding="utf-8")


if __name__ == "__main__":
    main()
