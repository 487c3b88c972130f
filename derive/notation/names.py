r"""Names: the name of a variable, as an author writes it, becomes a symbol.

An author gives a variable a TeX name (``\hat y``, ``w_{hh}``, ``h^{(1)}``) or none; then the Python identifier speaks
for itself (``yhat`` is ŷ, ``w_hh`` has the subscript hh, ``alpha`` is α, ``h1`` has the subscript 1, ``loss`` is a
word).

The TeX understood is a small, closed grammar, so that every writer can print every name:

    name    = nucleus, then at most one _script and one ^script
    nucleus = letter | accent nucleus | \mathrm{word} | \text{word} | \mathcal{L}
    letter  = a–z | A–Z | a Greek letter, as a command or a character | \ell
    accent  = \hat | \bar | \tilde | \dot | \vec
    script  = one nucleus, digit or star | {nuclei, digits, stars and round brackets, with commas between}
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from derive.notation.formula import Accent, Formula, Number, Sign, Symbol, grouped, row
from derive.notation.letters import GREEK, LETTERS, NAMED

_TEX_ACCENTS: Final[dict[str, Accent]] = {
    r"\hat": "hat",
    r"\widehat": "hat",
    r"\bar": "bar",
    r"\overline": "bar",
    r"\tilde": "tilde",
    r"\widetilde": "tilde",
    r"\dot": "dot",
    r"\vec": "vec",
}
_TEX_LETTERS: Final = {f"\\{name}": letter for letter, name in GREEK.items()} | {r"\ell": "ℓ"}
_SCRIPT_SIGNS: Final = {"*": "∗", r"\ast": "∗", "'": "′", r"\prime": "′", "+": "+", "-": "−"}
_SUFFIXES: Final[tuple[Accent, ...]] = ("hat", "tilde", "bar", "dot", "vec")
_LONGEST_RUN: Final = 2
_SHORT_WORD: Final = "in"
_TOKEN: Final = re.compile(r"\\[A-Za-z]+|[0-9]+|\S")
_ALLOWED: Final = (
    r"a name is one letter (Latin, Greek such as \delta, or \ell) or \mathrm{word}, with an accent "
    r"(\hat, \bar, \tilde, \dot, \vec), one subscript and one superscript if need be, such as \hat y, w_{hh} or h^{(1)}"
)


def symbol_from_tex(text: str) -> Symbol:
    r"""Return the symbol a TeX name stands for.

    Raises ValueError, saying what is allowed, for anything that is not in the grammar above.

    >>> symbol_from_tex(r"\hat{y}")
    Symbol(letter='y', accent='hat', subs=(), sups=())
    """
    reader = _Reader(text, tuple(_TOKEN.findall(text)))
    try:
        symbol, end = _scripted(reader, 0)
    except RecursionError:
        raise reader.refusal("it is nested too deeply") from None
    if end < len(reader.tokens):
        raise reader.refusal(f"{reader.tokens[end]!r} is one thing too many")
    return symbol


def symbol_from_name(name: str, beside: Iterable[str] = ()) -> Symbol:
    """Return the symbol a Python identifier stands for: its first part the letter, the others subscripts.

    ``W_in`` has the indices i and n, as in PyTorch's GRU, unless it stands ``beside`` one such as ``W_out``. Raises
    ValueError if ``name`` is no identifier, or nothing but underscores.

    >>> symbol_from_name("yhat")
    Symbol(letter='y', accent='hat', subs=(), sups=())
    """
    head, *tail = [part for part in name.split("_") if part] or [""]
    if not name.isidentifier() or not head:
        raise ValueError(f"{name!r} is no name: use a letter first, then letters, digits and underscores, such as w_hh")
    stem, digits = _without_digits(head)
    letter, accent = _letter_and_accent(stem)
    words = _SHORT_WORD in tail and any(_has_word(other) for other in beside if other.partition("_")[0] == head)
    read = (Symbol(part) if words and part == _SHORT_WORD else _subscript(part) for part in tail)
    return Symbol(letter, accent, (*((Number(digits),) if digits else ()), *read))


def _has_word(name: str) -> bool:
    """Whether a subscript of a name is a word, such as out."""
    return any(
        len(part) > _LONGEST_RUN and part.isalpha() and _letter_and_accent(part) == (part, None)
        for part in name.split("_")[1:]
    )


def _without_digits(part: str) -> tuple[str, str]:
    """Split h12 into h and 12; a part of digits only has no stem."""
    stem = part.rstrip("0123456789")
    return stem, part[len(stem) :]


def _letter_and_accent(stem: str) -> tuple[str, Accent | None]:
    """Read ``yhat`` as y with a hat and ``delta`` as δ; what is neither remains a word."""
    if stem in NAMED:
        return NAMED[stem], None
    for accent in _SUFFIXES:
        bare = stem.removesuffix(accent)
        if bare != stem and (len(bare) == 1 or bare in NAMED):
            return NAMED.get(bare, bare), accent
    return stem, None


def _subscript(part: str) -> Formula:
    """One or two letters stay letters (hh, xi); three or more are a word (out), unless they name a Greek letter."""
    stem, digits = _without_digits(part)
    letter, accent = _letter_and_accent(stem)
    letters = [Symbol(letter, accent)] if len(stem) > _LONGEST_RUN else [Symbol(each) for each in stem]
    return row(*letters, *((Number(digits),) if digits else ()))


@dataclass(frozen=True, slots=True)
class _Reader:
    """A TeX name cut into tokens. Each rule below takes a position and returns what it read and the position after."""

    text: str
    tokens: tuple[str, ...]

    def at(self, position: int) -> str:
        return self.tokens[position] if position < len(self.tokens) else ""

    def expect(self, token: str, position: int) -> int:
        if self.at(position) != token:
            raise self.refusal(f"{token!r} is missing")
        return position + 1

    def refusal(self, why: str) -> ValueError:
        return ValueError(f"{self.text!r} is no name, because {why}: {_ALLOWED}")


def _scripted(reader: _Reader, start: int) -> tuple[Symbol, int]:
    """Read a name = nucleus, then at most one _script and one ^script, in either order."""
    nucleus, position = _nucleus(reader, start)
    scripts: dict[str, tuple[Formula, ...]] = {}
    while (mark := reader.at(position)) in ("_", "^", "'") and mark:
        kind = "_" if mark == "_" else "^"
        if kind in scripts:
            raise reader.refusal(f"it has two {'sub' if kind == '_' else 'super'}scripts")
        scripts[kind], position = _script(reader, position if mark == "'" else position + 1)
    return Symbol(nucleus.letter, nucleus.accent, scripts.get("_", ()), scripts.get("^", ())), position


def _nucleus(reader: _Reader, position: int) -> tuple[Symbol, int]:
    r"""Read a nucleus = letter | accent nucleus | word | \mathcal{L}."""
    here = reader.at(position)
    if here in _TEX_ACCENTS:
        inner, after = _braced_nucleus(reader, position + 1)
        if inner.accent is not None:
            raise reader.refusal("it has two accents")
        return Symbol(inner.letter, _TEX_ACCENTS[here]), after
    if here in (r"\mathrm", r"\text"):
        return _word(reader, position + 1)
    if here == r"\mathcal" and reader.tokens[position + 1 : position + 4] == ("{", "L", "}"):
        return Symbol("ℒ"), position + 4
    letter = _TEX_LETTERS.get(here, here)
    if letter in LETTERS or (len(letter) == 1 and letter.isascii() and letter.isalpha()):
        return Symbol(letter), position + 1
    raise reader.refusal(f"{here!r} is not a letter" if here else "a letter is missing")


def _braced_nucleus(reader: _Reader, position: int) -> tuple[Symbol, int]:
    if reader.at(position) != "{":
        return _nucleus(reader, position)
    inner, after = _nucleus(reader, position + 1)
    return inner, reader.expect("}", after)


def _word(reader: _Reader, position: int) -> tuple[Symbol, int]:
    r"""Read a word = letters and digits in braces; without braces \mathrm takes one letter, as in TeX."""
    if reader.at(position) != "{":
        return _nucleus(reader, position)
    end = position + 1
    while reader.at(end).isalnum():
        end += 1
    word = "".join(reader.tokens[position + 1 : end])
    if not word:
        raise reader.refusal("a word is missing")
    return Symbol(word), reader.expect("}", end)


def _script(reader: _Reader, position: int) -> tuple[tuple[Formula, ...], int]:
    """Read a script = one item | items in braces, with commas between."""
    if reader.at(position) != "{":
        item, after = _item(reader, position)
        return (item,), after
    scripts: list[Formula] = []
    while reader.at(position) in ("{", ","):
        run, position = _run(reader, position + 1, frozenset({",", "}"}))
        scripts.append(run)
    return tuple(scripts), reader.expect("}", position)


def _run(reader: _Reader, position: int, ends: frozenset[str]) -> tuple[Formula, int]:
    """Items side by side up to a comma or a closing bracket."""
    items: list[Formula] = []
    while (here := reader.at(position)) and here not in ends:
        item, position = _item(reader, position)
        items.append(item)
    if not items:
        raise reader.refusal("a script is empty")
    return row(*items), position


def _item(reader: _Reader, position: int) -> tuple[Formula, int]:
    """Read an item = nucleus | digits | sign | (items)."""
    here = reader.at(position)
    if here.isascii() and here.isdigit():
        return Number(here), position + 1
    if here in _SCRIPT_SIGNS:
        return Sign(_SCRIPT_SIGNS[here]), position + 1
    if here == "(":
        body, after = _run(reader, position + 1, frozenset({")"}))
        return grouped(body), reader.expect(")", after)
    return _nucleus(reader, position)
