"""Make the site of the project out of what is there: guides, API reference, gallery, pages that answer.

    output/site/index.html    the README, with all the rest beside it
    output/site/live/         web pages of handouts, as `derive report --format html` writes them
    output/site/api/          the docstrings, room by room

The pages of the repository keep their places, so that a link between them holds here as it does there. Then every link, picture
and anchor of what came out is followed, and nothing may come from elsewhere: the site works offline. To run: `make docs`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

from derive import derive, load
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "docs",
    "benchmarks/RESULTS.md",
    "benchmarks/growth.svg",
    "tests/fuzz/RECORD.md",
    "tests/review/RECORD.md",
    "templates",
    "LICENSE",
    "CITATION.cff",
)
"""What the site is made of besides the Markdown files at the top."""

LANGUAGES = {"en": "English", "zh": "中文"}
LIVE = (*((name, 3) for name in ("elman", "lstm", "gru", "elman-vector", "bidirectional", "stacked")), ("elman", 8))
ROOMS = (
    "derive", "equations", "network", "graph", "paths", "recurrence", "numbers", "costs", "groups", "programs", "checks",
    "review", "report.options", "testing", "limits", "errors",
)  # fmt: skip
"""The package's face, then its rooms in the order of the way through the house; of the report, what it can be asked for."""


def assemble(tree: Path) -> None:
    """Put the pages of the repository into a tree of their own; README.md is its index."""
    for place in (*PAGES, *(page.name for page in ROOT.glob("*.md"))):
        here, there = ROOT / place, tree / place
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(here, there) if here.is_dir() else shutil.copy(here, there)
    for licence in (ROOT / "derive").rglob("*.txt"):
        (there := tree / licence.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(licence, there)
    for page in tree.rglob("*.md"):
        page.write_text(
            re.sub(r"(\]\((?:\.\./)*)README\.md", r"\1index.md", page.read_text(encoding="utf-8")), encoding="utf-8"
        )
    contents = (tree / "docs/site/contents.md").read_text(encoding="utf-8")
    (tree / "index.md").write_text((tree / "README.md").read_text(encoding="utf-8") + contents, encoding="utf-8")
    (tree / "README.md").unlink()
    (tree / "docs/site/contents.md").unlink()


def live(tree: Path) -> None:
    """Write the pages that answer, and the page that leads to them."""
    lines = [
        "# Pages to try",
        "",
        "Move T or a value; pick a path. Each is one file, made by `derive report --format html`.",
    ]
    lines += ["", f"| network | {' | '.join(LANGUAGES.values())} |", f"|{'---|' * (1 + len(LANGUAGES))}"]
    (tree / "extra" / "live").mkdir(parents=True)
    for name, steps in LIVE:
        about = subject(derive(name, steps), Options(formats=("html",)))
        shown = []
        for locale, language in LANGUAGES.items():
            told = told_otherwise(about, locale=locale)
            for file, content in publish(tell(told), told.file_name, told.options).files.items():
                (tree / "extra" / "live" / file).write_bytes(content)
                shown.append(f'<a href="live/{file}" lang="{locale}">{language}</a>')
        lines.append(f"| {load(name).title['en']}: `{name}`, T = {steps} | {' | '.join(shown)} |")
    (tree / "live.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def reference(tree: Path) -> None:
    """Write a page for each room, which Sphinx fills with its docstrings."""
    (tree / "api").mkdir()
    lines = ["# Python API", ""]
    for room in ROOMS:
        name = room if room == "derive" else f"derive.{room}"
        module = import_module(name)
        # A room's face hands out what its modules define; that of the package, what stands under its room already.
        options = ["", ":imported-members:"][hasattr(module, "__all__")], ["", ":no-index:"][room == "derive"]
        told = "\n".join([f".. automodule:: {name}", *(f"   {option}" for option in options if option)])
        page = f"# {name}\n\n```{{eval-rst}}\n{told}\n```\n"
        (tree / "api" / f"{room}.md").write_text(page, encoding="utf-8")
        rule = (module.__doc__ or "").strip().splitlines()[0]
        lines.append(f"- [`{name}`]({room}.md): {rule.partition(': ')[2] or rule}")
    lines += ["", "```{toctree}", ":hidden:", "", *ROOMS, "```"]
    (tree / "api" / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass
class Page(HTMLParser):
    """What a page refers to, what it fetches, and the anchors it has."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down what a tag refers to."""
        given = {name: value for name, value in attrs if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        match tag:
            case "a":
                self.links += [given["href"]] if "href" in given else []
            case "link" | "script" | "img" | "iframe" | "source" | "object":
                self.fetched += [given[name] for name in ("href", "src", "data") if name in given]


def read(path: Path) -> Page:
    """Read a page of the site."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken(site: Path) -> Iterator[str]:
    """Yield what is wrong with the links of a site: what leads nowhere, and what is fetched from elsewhere."""
    pages = {path.resolve(): read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        for link in (*page.links, *page.fetched):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.fetched and parts.scheme != "data":
                    yield f"{where}: {link} is fetched from elsewhere"
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{where}: {link} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{where}: {link} leads to no anchor"


def main() -> int:
    """Make the site in the folder that is named, output/site if none is; return 1 if a link is broken."""
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "output" / "site"
    with tempfile.TemporaryDirectory(prefix="derive-site-") as folder:
        tree = Path(folder)
        assemble(tree)
        live(tree)
        reference(tree)
        shutil.rmtree(site, ignore_errors=True)
        options = ["-W", "--keep-going", "-q", "-d", str(tree / ".doctrees"), "-D", f"html_extra_path={tree}/extra"]
        command = [sys.executable, "-m", "sphinx", "-c", str(ROOT / "docs" / "site"), *options, str(tree), str(site)]
        made = subprocess.run(command, check=False)  # noqa: S603 - no input in it
    if made.returncode:
        return 1
    wrong = list(broken(site))
    sys.stdout.write("\n".join(wrong or [str(site / "index.html")]) + "\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
