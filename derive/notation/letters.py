r"""Letters, signs and accents: each Unicode character a formula may hold, beside its TeX command.

Typst and a terminal print the Unicode characters themselves; TeX needs commands. Capital Greek letters that look like
Latin ones have no TeX command and no place here. Where TeX knows two shapes (ε and ϵ, φ and ϕ), the shape a
mathematician writes by hand (``\varepsilon``, ``\varphi``) is the one a plain name such as ``epsilon`` stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from derive.notation.formula import Accent

GREEK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "α": "alpha",
        "β": "beta",
        "γ": "gamma",
        "δ": "delta",
        "ε": "varepsilon",
        "ϵ": "epsilon",
        "ζ": "zeta",
        "η": "eta",
        "θ": "theta",
        "ϑ": "vartheta",
        "ι": "iota",
        "κ": "kappa",
        "λ": "lambda",
        "μ": "mu",
        "ν": "nu",
        "ξ": "xi",
        "π": "pi",
        "ρ": "rho",
        "ϱ": "varrho",
        "σ": "sigma",
        "ς": "varsigma",
        "τ": "tau",
        "υ": "upsilon",
        "φ": "varphi",
        "ϕ": "phi",
        "χ": "chi",
        "ψ": "psi",
        "ω": "omega",
        "Γ": "Gamma",
        "Δ": "Delta",
        "Θ": "Theta",
        "Λ": "Lambda",
        "Ξ": "Xi",
        "Π": "Pi",
        "Σ": "Sigma",
        "Υ": "Upsilon",
        "Φ": "Phi",
        "Ψ": "Psi",
        "Ω": "Omega",
    }
)
"""Greek letter → name of its TeX command."""

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {**{letter: f"\\{name}" for letter, name in GREEK.items()}, "ℓ": r"\ell", "ℒ": r"\mathcal{L}", "∇": r"\nabla"}
)
"""Letter → TeX, for every single letter that is not printed as itself."""

BOLD: Final[Mapping[str, str]] = MappingProxyType({"𝟏": "1", "𝟎": "0"})
"""Bold digit → the digit: 𝟏 is a vector of ones."""

NAMED: Final[Mapping[str, str]] = MappingProxyType(
    {name: letter for letter, name in GREEK.items()} | {"epsilon": "ε", "phi": "φ", "ell": "ℓ"}
)
"""English name of a letter, as in a Python identifier → letter."""

ACCENTS: Final[Mapping[Accent, str]] = MappingProxyType(
    {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
)
"""Accent → combining character."""

RELATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "=": "=",
        "≠": r"\ne",
        "≈": r"\approx",
        "≡": r"\equiv",
        "∼": r"\sim",
        "∝": r"\propto",
        "<": "<",
        ">": ">",
        "≤": r"\le",
        "≥": r"\ge",
        "≪": r"\ll",
        "≫": r"\gg",
        "∈": r"\in",
        "∉": r"\notin",
        "⊂": r"\subset",
        "⊆": r"\subseteq",
        "→": r"\to",
        "←": r"\gets",
        "↦": r"\mapsto",
        "⇒": r"\Rightarrow",
        "⇔": r"\Leftrightarrow",
        "≔": r"\mathrel{:=}",
        ":=": r"\mathrel{:=}",
    }
)
"""Signs of relation: a chain may break before one."""

OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "+": "+",
        "−": "-",
        "-": "-",
        "±": r"\pm",
        "·": r"\cdot",
        "×": r"\times",
        "⊙": r"\odot",
        "⊗": r"\otimes",
        "∘": r"\circ",
        "∗": "*",
        "*": "*",
        "∩": r"\cap",
        "∪": r"\cup",
    }
)
"""Signs of operation."""

FUNCTIONS: Final = frozenset(
    {"arccos", "arcsin", "arctan", "cos", "cosh", "cot", "coth", "det", "dim", "exp", "ln", "log", "max", "min", "sin"}
    | {"sinh", "sup", "tan", "tanh"}
)
"""Functions whose name is a command of that name, in TeX as in Typst."""

OPENING: Final[Mapping[str, str]] = MappingProxyType({"(": "(", "[": "[", "{": r"\{", "⟨": r"\langle", "⌊": r"\lfloor"})
CLOSING: Final[Mapping[str, str]] = MappingProxyType({")": ")", "]": "]", "}": r"\}", "⟩": r"\rangle", "⌋": r"\rfloor"})

SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **RELATIONS,
        **OPERATIONS,
        **OPENING,
        **CLOSING,
        ",": ",",
        ";": ";",
        ":": ":",
        ".": ".",
        "!": "!",
        "?": "?",
        "/": "/",
        "|": "|",
        "‖": r"\|",
        "…": r"\ldots",
        "⋯": r"\cdots",
        "⋮": r"\vdots",
        "⋱": r"\ddots",
        "∂": r"\partial",
        "∇": r"\nabla",
        "∞": r"\infty",
        "∅": r"\emptyset",
        "∀": r"\forall",
        "∃": r"\exists",
        "⊤": r"\top",
        "⊥": r"\bot",
        "′": r"\prime",
        "✓": r"\checkmark",
        "Σ": r"\sum",
        "∑": r"\sum",
        "Π": r"\prod",
        "∏": r"\prod",
    }
)
"""Every text a `Sign` may have → TeX."""


def known_sign(text: str) -> str:
    """Return the TeX of a sign; refuse what is not one."""
    try:
        return SIGNS[text]
    except KeyError:
        raise ValueError(
            f"{text!r} is not a sign; prose is Words, a letter is Symbol, signs are {' '.join(SIGNS)}"
        ) from None
