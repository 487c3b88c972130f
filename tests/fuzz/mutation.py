"""Mutation: a text becomes another one, by cutting, doubling, swapping and putting in what has made trouble somewhere."""

from __future__ import annotations

import random
import re

NASTY = (
    "\x00", "\x07", "\x1b[31m", "\x1b]8;;http://a\x07", "\r", "\n", "\t", "\x7f", "\x85", "\x9b31m", "\u200b",
    "\u200e", "\u202e", "\u2028", "\u2029", "\ufeff", "\ue000", "\ue0000\ue001", "\ufffe", "\U0010ffff", "\u0301",
    "\ud800", "\udce9", "θ", "ω", "ŷ", "λ", "𝐱", "ﬁ", "ß", "İ", "梯", "鳜", "𠀀", "🙂", "∞", "½", "²", "٣", "−", "·", "×",
    "⊙", "ᵀ", "’", "“", "\xa0", "'", '"', "'''", '"""', "`", "```", "\\", "\\\\", "\\x00", "\\input{/etc/passwd}",
    "\\write18{id}", "$", "$$", "%", "&", "#", "_", "__", "^", "^^M", "~", "{", "}", "{{", "}}", "{%", "%}", "{#",
    "(", ")", "[", "]", "<", ">", "<script>", "//", "/*", "*/", "!", "?", ";", ":", "=", "==", ":=", "->", "@", ",",
    ".", "..", "...", "../", "/", "-", "--", "+", "**", "*", "|", "||", "0", "-0", "1", "-1", "2", "10", "1000",
    "100000", "2147483648", "9" * 30, "9" * 5000, "1e3", "1e-3", "1e400", "1e999999999", "0x10", "0b1", "1_0", "0.1",
    ".5", "5.", "1/3", "1/0", "nan", "inf", "-inf", "1j", "True", "None", "true", "1979-05-27", "lambda", "is", "in",
    "import", "__import__", "__class__", "t", "T", "L", "l", "h", "x", "h[t]", "h[t-1]", "x[t]", "[t+1]",
)  # fmt: skip
"""Pieces that mean something to some reader on the way: terminals, TeX, Typst, Markdown, TOML, Jinja, Python, shells."""
WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
MOST = 20_000
"""An input is no longer than this, but for what the limits are about."""


def mutated(rng: random.Random, text: str, other: str, pieces: tuple[str, ...] = NASTY) -> str:
    """A text changed one to five times; ``other`` lends parts, ``pieces`` are put in."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        text = rng.choice(CHANGES)(rng, text, other, pieces)
    return text[:MOST]


def _span(rng: random.Random, text: str) -> tuple[int, int]:
    """Some part of a text, mostly a short one."""
    start = rng.randint(0, len(text))
    return start, min(len(text), start + rng.choice((0, 1, 1, 2, 4, 8, 16, 64)))


def _cut(rng: random.Random, text: str, _: str, __: tuple[str, ...]) -> str:
    start, end = _span(rng, text)
    return text[:start] + text[end:]


def _doubled(rng: random.Random, text: str, _: str, __: tuple[str, ...]) -> str:
    start, end = _span(rng, text)
    return text[:end] + text[start:end] * rng.choice((1, 1, 2, 5, 40)) + text[end:]


def _put_in(rng: random.Random, text: str, _: str, pieces: tuple[str, ...]) -> str:
    start, end = _span(rng, text)
    return text[:start] + rng.choice(pieces) + text[rng.choice((start, end)) :]


def _character(rng: random.Random, text: str, _: str, __: tuple[str, ...]) -> str:
    start = rng.randint(0, len(text))
    return text[:start] + chr(rng.choice((rng.randint(0, 127), rng.randint(0, 0x2FFF)))) + text[start + 1 :]


def _words_swapped(rng: random.Random, text: str, _: str, __: tuple[str, ...]) -> str:
    words = WORD.findall(text)
    if len(words) > 1:
        first, second = rng.randrange(len(words)), rng.randrange(len(words))
        words[first], words[second] = words[second], words[first]
    return "".join(words)


def _word_replaced(rng: random.Random, text: str, other: str, pieces: tuple[str, ...]) -> str:
    words, theirs = WORD.findall(text), WORD.findall(other)
    if words:
        words[rng.randrange(len(words))] = rng.choice(rng.choice((theirs, pieces)) or pieces)
    return "".join(words)


def _crossed(rng: random.Random, text: str, other: str, _: tuple[str, ...]) -> str:
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _line_moved(rng: random.Random, text: str, other: str, _: tuple[str, ...]) -> str:
    lines, theirs = text.split("\n"), other.split("\n")
    line = lines.pop(rng.randrange(len(lines))) if rng.random() < 0.5 else rng.choice(theirs)
    lines.insert(rng.randint(0, len(lines)), line)
    return "\n".join(lines)


CHANGES = (
    _cut,
    _doubled,
    _put_in,
    _put_in,
    _character,
    _words_swapped,
    _word_replaced,
    _word_replaced,
    _crossed,
    _line_moved,
)
