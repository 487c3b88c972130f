"""Reading: what tests see in a document — its skeleton, its sections, its formulas and its running text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from derive.notation.formula import Row, Words
from derive.notation.text import text
from derive.report.document import (
    Beside,
    Block,
    Callout,
    CodeText,
    Display,
    Document,
    Drawn,
    Figure,
    Heading,
    Items,
    Math,
    Paragraph,
    Reference,
    Shaded,
    Table,
    Text,
)
from derive.report.narrative.folders import languages, searched

LANGUAGES = languages(searched())
TRANSLATIONS = tuple(language for language in LANGUAGES if language != "en")
"""The languages that are held against English, which is written first."""

STATELESS = """
parameters = ["w", "v", "idle"]
inputs = ["x"]
targets = ["goal"]
loss = "l"
[equations]
h = "relu(w*x[t])"
y = "v*h[t]"
aside = "idle*x[t]"
l = "(y[t] - goal[t])**2/2"
[values]
w = 1
v = 2
idle = 3
x = 1
goal = 0
"""


PEOPLE = "Bauer Bengio Carrasco Elman Forcada Gers Goodfellow Graves Hinton Jordan Lin Mikolov Mohamed Paliwal Pascanu "
PEOPLE += "Schuster Werbos"
THINGS = "BPTT GRU Keras LSTM NARX PyTorch ReLU softmax"
NAMES = frozenset(f"{PEOPLE} {THINGS}".split())


HAN = "\u3400-\u9fff"


FORMULA = "\ufffc"
"""Stands for a formula in running text."""


def walk(thing: Any) -> Iterator[Any]:
    """Every node of a document tree, formulas included, in reading order."""
    if isinstance(thing, tuple):
        for part in thing:
            yield from walk(part)
    elif is_dataclass(thing):
        yield thing
        for each in fields(thing):
            yield from walk(getattr(thing, each.name))


def atoms(thing: Any) -> Iterator[Any]:
    """What formulas are made of, without the words in them, which differ from language to language."""
    if isinstance(thing, Words):
        return
    if isinstance(thing, tuple):
        for part in thing:
            yield from atoms(part)
    elif is_dataclass(thing):
        if not isinstance(thing, Row):
            yield type(thing).__name__
        for each in fields(thing):
            yield from atoms(getattr(thing, each.name))
    elif thing is not None:
        yield thing


def formulas(thing: Any) -> list[tuple[Any, ...]]:
    """The inline formulas in a part of a document, without their words."""
    return [tuple(atoms(node.formula)) for node in walk(thing) if isinstance(node, Math)]


def skeleton(block: Block) -> Any:
    """What has to be the same in both languages: kinds, labels, sizes, formulas."""
    match block:
        case Heading(level, _, label):
            return ("heading", level, label)
        case Items(items, numbered):
            return ("items", numbered, [[skeleton(part) for part in item] for item in items])
        case Callout(blocks):
            return ("callout", [skeleton(part) for part in blocks])
        case Display(lines, label):
            return ("display", label, tuple(atoms(lines)))
        case Table(columns, rows, _, label, rules):
            shape = [column.align for column in columns]  # words of a language take room of their own
            cells = [[formulas(cell) for cell in row] for row in rows]
            return ("table", label, rules, shape, cells)
        case Figure(picture, _, label, _):
            return ("figure", label, picture)
        case Beside(columns):
            return ("beside", [[skeleton(part) for part in column] for column in columns])
        case _:
            return type(block).__name__


def sections(document: Document) -> list[list[Block]]:
    """The blocks of each section."""
    found: list[list[Block]] = [[]]
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 1:
            found.append([])
        found[-1].append(block)
    return found


def running(inlines: tuple[Any, ...]) -> str:
    """Text as it is read, each formula and each picture one character."""
    found = ""
    for inline in inlines:
        match inline:
            case Math() | Drawn():
                found += FORMULA
            case Text(text) | CodeText(text) | Reference(text):
                found += text
            case _:
                found += running(inline.inlines)
    return found


def lines_of(document: Document) -> Iterator[str]:
    """Every text of a document: title, headings, paragraphs, captions, cells, descriptions."""
    yield running(document.title)
    yield running(document.subtitle)
    for node in walk(document.blocks):
        match node:
            case Heading(_, inlines, _) | Paragraph(inlines):
                yield running(inlines)
            case Table(columns, rows, caption, _, _):
                yield from (running(column.header) for column in columns)
                yield from (running(cell) for row in rows for cell in row)
                yield running(caption)
            case Figure(_, caption, _, alt):
                yield from (running(caption), alt)
            case Words(text) if text.strip():
                yield text
            case _:
                pass


def plainly(inline: Any) -> str:
    """An inline as plain text, non-breaking spaces as spaces."""
    if isinstance(inline, Shaded):
        return "".join(map(plainly, inline.inlines))
    return (text(inline.formula) if isinstance(inline, Math) else str(inline.text)).replace("\u00a0", " ")


def number(cell: str) -> float:
    """A printed number, with a power of ten if there is one."""
    digits, _, power = cell.replace("−", "-").replace(" ", "").replace("·", "×").partition("×10")
    superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(digits) * 10.0 ** int(power.translate(superscripts).strip("^") or 0)


def cells(table: Table) -> list[list[str]]:
    """The rows of a table as plain text."""
    return [["".join(map(plainly, cell)) for cell in row] for row in table.rows]
