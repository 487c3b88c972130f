r"""Characters: what people type, or copy from a book, that an equation writes otherwise.

A letter that has a name is read by it: ω is ``omega``, α_1 ``alpha_1``, ŷ ``yhat``, and x from a formula that was copied, 𝑥,
is x. Signs are not guessed at: × between vectors, or a full-width bracket that slipped in, is answered by what to write.
"""

from __future__ import annotations

import re
import unicodedata

_GREEK = re.compile(r"GREEK (?:(SMALL|CAPITAL) LETTER (?:FINAL )?|LUNATE )?(\w+)(?: SYMBOL)?")
_ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u20d7": "vec"}
_LETTERS = re.compile(r"(?:[^\W\d_][\u0300-\u036f\u20d7]*)+")
"""Letters in a row, with their accents."""
_ALLOWED = re.compile(r"[A-Za-z0-9_ +\-*/@().,\[\]]")
_LONGEST_ADVICE = 80
"""A corrected equation is shown if it has no more characters."""

_POWER, _PRODUCT, _MINUS = "a power is written **", "a product is written *", "minus is written -"
_BRACKETS, _LEAVE_OUT = "use round brackets", "leave it out"
_STEP = "a step is written in square brackets, such as h[t-1], and an index with _, such as w_1"
_REMEDIES: dict[str, tuple[str, str | None]] = {
    "=": ("write the right-hand side only", None),
    "^": (_POWER, "**"),
    "²": (_POWER, "**2"),
    "³": (_POWER, "**3"),
    **dict.fromkeys("\u2212\u2013\u2014", (_MINUS, "-")),
    **dict.fromkeys("×·⋅∙•∗", (_PRODUCT, "*")),
    **dict.fromkeys("⊙∘", ("an elementwise product is written *", "*")),
    **dict.fromkeys("÷∕", ("a quotient is written /", "/")),
    "{": (_BRACKETS, "("),
    "}": (_BRACKETS, ")"),
    "【": ("square brackets are written [ and ]", "["),
    "】": ("square brackets are written [ and ]", "]"),
    "\\": ("functions and Greek letters are written without a backslash", ""),
    "$": (_LEAVE_OUT, ""),
    ";": (_LEAVE_OUT, ""),
    "'": ("a transpose is written .T, and a name has letters, digits and _ only", None),
    "ᵀ": ("a transpose is written .T", ".T"),
    **dict.fromkeys("<>≤≥", ("a condition is written with step(z), which is 1 where z > 0 and else 0", None)),
    **dict.fromkeys("|‖∥", ("a squared norm is written sum(z**2)", None)),
    **dict.fromkeys("₀₁₂₃₄₅₆₇₈₉₊₋ₜᵢⱼₖₙ", (_STEP, None)),
    "√": ("a root is written sqrt(z)", None),
    **dict.fromkeys("∑Σ", ("the sum of a vector's components is written sum(z)", None)),
    ":": ("an equation sees one step at a time, and vectors whole; attention over all steps is not possible now", None),
    "%": ("a number is written as a decimal, 0.5; of a remainder the number of turns is an input: x - k[t]*m", None),
}
"""What to write instead of a character that people do write, and the text that may simply take its place."""
_TEX = (
    (re.compile(r"_\{\s*(t\s*(?:[+-]\s*\d+)?)\s*\}"), r"[\1]"),
    (re.compile(r"_\{\s*(\w+)\s*\}"), r"_\1"),
    (re.compile(r"\s*\\(?:cdot|times|odot|ast|circ)(?![A-Za-z])\s*"), "*"),
    (re.compile(r"\\(hat|bar|tilde|dot|vec)\s*\{?\s*([A-Za-z]+)\s*\}?"), r"\2\1"),
    (re.compile(r"\\(?:left|right)(?![A-Za-z])"), ""),
    (re.compile(r"\^\s*\{?\s*(?:\\top|T)(?!\w)\s*\}?\s*@?\s*(?=[\w(])"), ".T@"),
    (re.compile(r"\^\s*\{?\s*(?:\\top|T)(?!\w)\s*\}?"), ".T"),
)
"""TeX that people write, and what it is here."""


_RANGE = re.compile(r"\[[^\[\]]*\]")
"""A part of a vector, [0:n], may stand between square brackets."""
_ARGUMENT = re.compile(r"\b(?:axis|dim|keepdims?)\s*=(?!=)")


def plain(text: str) -> str:
    """Return a text in which each letter that has a name is written by it.

    A Greek letter, or one with an accent, that stands beside another letter remains: ωh may be a product or one name.

    >>> plain("ω*h[t-1] + α_1*ŷ[t]")
    'omega*h[t-1] + alpha_1*yhat[t]'
    """
    if text.isascii():
        return text
    letters = "".join(map(_upright, text))
    return unicodedata.normalize("NFC", _LETTERS.sub(_named, unicodedata.normalize("NFD", letters)))


def _upright(character: str) -> str:
    """A letter of a mathematical typeface, or the micro sign, as the plain letter."""
    kind = unicodedata.decomposition(character)
    return unicodedata.normalize("NFKC", character) if kind.startswith(("<font>", "<compat> 03")) else character


def _named(letters: re.Match[str]) -> str:
    """The name of a single letter, such as thetahat; several letters as they are."""
    base, accents = letters[0][0], letters[0][1:]
    if not set(accents) <= _ACCENTS.keys() or (base.isascii() and not accents):
        return letters[0]
    name = base if base.isascii() else _greek(base)
    return letters[0] if name is None else name + "".join(_ACCENTS[accent] for accent in accents)


def _greek(letter: str) -> str | None:
    """The name of a Greek letter: ω is omega, Δ is Delta; None for any other."""
    found = _GREEK.fullmatch(unicodedata.name(letter, ""))
    if found is None:
        return None
    name = found[2].lower().replace("lamda", "lambda")
    return name.capitalize() if found[1] == "CAPITAL" else name


def refusal(text: str) -> str | None:
    """Say what is wrong with the first character that no equation has, and what to write; None if there is none.

    >>> refusal("w×h[t-1]")
    '“×” is not allowed; a product is written *: w*h[t-1]'
    """
    bare = _ARGUMENT.sub("axis", _RANGE.sub(lambda found: found[0].replace(":", " "), text))
    character = next((each for each in bare if not _ALLOWED.match(each)), None)
    if character is None:
        return None
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    corrected = _corrected(text)
    advice = f": {corrected}" if corrected and len(corrected) <= _LONGEST_ADVICE else ""
    return f"“{shown}” is not allowed; {_remedy(character, text)}{advice}"


def _remedy(character: str, text: str) -> str:
    """What to write instead of a character."""
    if character == "{" and _TEX[0][0].search(text):
        return "a step is written in square brackets"
    if character == "^" and _TEX[-1][0].search(text):
        return "a transpose is written .T"
    if character in _REMEDIES:
        return _REMEDIES[character][0]
    if half := _half_width(character):
        return f"it is a full-width character; write {half}"
    if name := _greek(character):
        return f"beside another letter it is written out: {name}, as in {name}*h[t] or {name}_1"
    if not character.isprintable():
        return "it cannot be seen; delete it"
    return "an equation is made of names (a-z, A-Z, 0-9, _), numbers, + - * / ** @ and brackets"


def _half_width(character: str) -> str | None:
    """The ASCII character that a full-width one, such as （, stands for."""
    half = unicodedata.normalize("NFKC", character)
    return half if half.isascii() and unicodedata.east_asian_width(character) == "F" else None


def _corrected(text: str) -> str | None:
    """The equation with all that may simply be replaced; None if it has other characters that no equation has."""
    for found, instead in _TEX:
        text = found.sub(instead, text)
    for character in {each for each in text if not _ALLOWED.match(each)}:
        ours = _replacement(character)
        if ours is None:
            return None
        text = text.replace(character, ours)
    return text if text and all(map(_ALLOWED.match, text)) else None


def _replacement(character: str) -> str | None:
    """What may simply take the place of a character, full-width ones included."""
    half = _half_width(character) or character
    return _REMEDIES[half][1] if half in _REMEDIES else half if half != character else None
