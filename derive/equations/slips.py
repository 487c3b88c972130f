"""Slips: a formula that nearly is one, and what would be right.

What is here looks at a text that could not be read, or at a call of something that is no function, and returns the sentence
that a message ends with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from derive.equations.functions import NAMES

# Possessive (++, *+): what a name or a number has taken is not tried again in part, or 2,000 digits would take seconds.
_NUMBER = r"\d++(?:\.\d*+)?"
_OPERAND = rf"(?:[A-Za-z_]\w*+(?:\[[^\[\]]*\])?|{_NUMBER}|\([^()]*\))"
_SIDE_BY_SIDE = re.compile(
    rf"(?P<left>{_OPERAND})\s+(?P<right>{_OPERAND})|(?<![\w.])(?P<number>{_NUMBER})"
    r"(?P<name>(?![eE][+-]?\d)[A-Za-z_]\w*(?:\[[^\[\]]*\])?)"
    rf"|(?P<step>[A-Za-z_]\w*\[[^\[\]]*\]|\([^()]*\))(?P<next>{_OPERAND})"
)
_OPERATOR = r"(?:\*\*|[*/@+-])"
_NO_LEFT = re.compile(r"(?:^|\()\s*(?P<operator>\*\*|[*/@])")
_NO_RIGHT = re.compile(rf"(?P<operator>{_OPERATOR})\s*(?:\)|$)")
_TWO = re.compile(r"(?P<operator>[*/@+-]\s*[/@]|[/@]\s*\*|\*\s+\*|\*\*\s*\*)")
_STEP = re.compile(r"t\s*(?:[+-]\s*\d+)?")
_LETTERS = re.compile(r"[A-Za-z_]\w*")
_RUNNING = re.compile(r"\bfor\b.*\bin\b")
"""A sum over an index, as Python writes it."""
_CASE = re.compile(r"\bif\b.*\belse\b")
"""A choice of two, as Python writes it."""
MOST_LISTED = 12
"""So many functions are named in a message."""
_OTHER_WORDS = {
    "ln": "log",
    "sigma": "sigmoid",
    "logistic": "sigmoid",
    "sig": "sigmoid",
    "expit": "sigmoid",
    "th": "tanh",
    "heaviside": "step",
    "ReLU": "relu",
    "Abs": "abs",
    "sgn": "sign",
    "max": "maximum",
    "min": "minimum",
    "clamp": "clip",
    "swish": "silu",
    "hardtanh": "hard_tanh",
    "hardsigmoid": "hard_sigmoid",
    "detach": "stop_gradient",
    "no_grad": "stop_gradient",
    "sg": "stop_gradient",
    "concatenate": "concat",
    "cat": "concat",
}
"""What functions are called elsewhere."""
_OTHER_FORMS = {
    "dot": "the product of a matrix or vector and a vector is written W@x",
    "matmul": "the product of a matrix or vector and a vector is written W@x",
    "hstack": "what is joined is written concat(x[t], h[t-1]), matrices side by side concat(X[t], H[t-1], axis=1)",
    "vstack": "what is joined is written concat(x[t], h[t-1])",
    "split": "a part of a vector is written as in NumPy: z[t][0:n], z[t][n:2*n]",
    "chunk": "a part of a vector is written as in NumPy: z[t][0:n], z[t][n:2*n]",
    "transpose": "a transpose is written W.T",
    "pow": "a power is written x**2",
    "power": "a power is written x**2",
    "square": "a square is written x**2",
    "norm": "a squared norm is written sum(x**2)",
    "frac": "a quotient is written a/b",
    "attention": "attention over all steps is not possible now; linear attention is: see the ready-made linear-attention",
    "embedding": "to look up an embedding is to multiply by a one-hot input: write E@x[t]",
    "argmax": "to choose one has no derivative; give what is chosen as an input",
    "cumsum": "a sum over the past is a state: s = s[t-1] + h[t]",
    "diag": "a diagonal matrix times a vector is written componentwise: d*x",
    "einsum": "products are written W@x, W.T@x, u*v by components, and outer(u, v)",
    "inv": "there are no inverses of matrices; that of a number is written 1/x",
    "mod": "of a remainder the number of whole turns is an input, such as k[t]: write x - k[t]*m",
    "fmod": "of a remainder the number of whole turns is an input, such as k[t]: write x - k[t]*m",
    "remainder": "of a remainder the number of whole turns is an input, such as k[t]: write x - k[t]*m",
    "floor": "what is constant but for its jumps has no derivative; give its values as an input",
    "ceil": "what is constant but for its jumps has no derivative; give its values as an input",
    "round": "what is constant but for its jumps has no derivative; give its values as an input",
    "where": "a case is written with step(z), which is 1 where z > 0 and else 0: step(z)*a + (1 - step(z))*b",
    "dropout": "a mask is an input: write m[t]*h[t]",
    "var": "a variance is written mean((x - mean(x))**2), with broadcast = true",
    "std": "it is the root of the variance, which is written mean((x - mean(x))**2), with broadcast = true",
    "layernorm": "it is written (x - mean(x))/sqrt(mean((x - mean(x))**2) + 0.00001), with broadcast = true",
    "rmsnorm": "it is written x/sqrt(mean(x**2) + 0.00001), with broadcast = true",
    "sinh": "it is written (exp(x) - exp(-x))/2",
    "cosh": "it is written (exp(x) + exp(-x))/2",
    "expm1": "it is written exp(x) - 1",
    "log1p": "it is written log(1 + x)",
    "logit": "it is written log(x) - log(1 - x)",
    "logaddexp": "it is written log(exp(a) + exp(b))",
    "mish": "it is written x*tanh(softplus(x))",
    "relu6": "it is written clip(x, 0, 6)",
    "range": "an equation has one index, t; a sum over the past is a state: s = s[t-1] + h[t]",
}
"""What is no function here, and how it is written."""


def advice(text: str, reason: str) -> str:
    """Return what is wrong with a text that is no formula, given what the reader of Python says of it.

    >>> advice("v h[t]", "invalid syntax")
    '“v h[t]” is two things side by side; a product is written *: v*h[t]'
    """
    if "[]" in text.replace(" ", ""):
        return "the step is missing in “[]”; write h[t] or h[t-1]"
    if "closed" in reason or "unmatched" in reason or "does not match" in reason:
        return f"{reason}; count the brackets"
    if _RUNNING.search(text):
        return "an index that runs beside t is not possible now; a sum over the past is a state: s = s[t-1] + h[t]"
    if _CASE.search(text):
        return _OTHER_FORMS["where"]
    if found := _SIDE_BY_SIDE.search(text):
        left, right = (part for part in found.groups() if part is not None)
        if left in NAMES:
            return f"“{found[0]}”: the argument of a function stands in brackets: {left}({right.strip('()')})"
        return f"“{found[0]}” is two things side by side; a product is written *: {left}*{right}"
    if found := _TWO.search(text):
        return f"“{found['operator']}”: something is missing between two signs"
    if found := _NO_RIGHT.search(text):
        return f"something is missing after “{found['operator']}”"
    if found := _NO_LEFT.search(text):
        return f"something is missing before “{found['operator']}”"
    return reason


def no_step(step: str) -> str:
    """Return what is wrong with what stands in the brackets of a step, and is no distance from t.

    >>> no_step("t, s")
    'the step “[t, s]” is two; two time axes, as an encoder and a decoder have them, are not possible now'
    """
    place, letters = f"the step “[{step}]”", set(_LETTERS.findall(step))
    if "," in step and len(letters) > 1:
        return f"{place} is two; two time axes, as an encoder and a decoder have them, are not possible now"
    if "[" in step or "(" in step:
        return (
            f"{place} is itself looked up, which is not possible now; give what it finds as an input, "
            "or multiply by a one-hot input, E@x[t]"
        )
    if letters and not letters & {"t", "T"}:
        return (
            f"{place} runs beside t, which is not possible now, and so neither is attention over all steps; "
            "a sum over the past is a state: s = s[t-1] + h[t]"
        )
    return f"{place} has to be t, t-1, t-2, … (or t+1 for a state that runs backwards)"


def no_function(name: str, argument: str, known: Sequence[str] = NAMES) -> str:
    """Return what is wrong with a call of something that is none of the ``known`` functions, given what is in its brackets.

    >>> no_function("h", "t-1")
    'a step is written in square brackets: h[t-1]'
    >>> no_function("tnah", "x[t]").partition(";")[0]
    'unknown function tnah (did you mean tanh?)'
    """
    if _STEP.fullmatch(argument):
        return f"a step is written in square brackets: {name}[{argument}]"
    form = _OTHER_FORMS.get(name) or _OTHER_FORMS.get(name.lower().replace("_", ""))
    if form:
        return f"there is no function {name}; {form}"
    word = _OTHER_WORDS.get(name)
    near = [word] if word in known else get_close_matches(name, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else f" (a product is written *: {name}*({argument}))"
    return (
        f"unknown function {name}{hint}; known: {', '.join(known[:MOST_LISTED])}, … (docs/writing-a-network.md has all)"
    )
