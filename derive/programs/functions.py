"""Functions as each language has them: a row per function of `derive.equations`, by its name.

A text is the language's own function, ``np.tanh``, in Python one that is imported by its name; one with ``return`` in it is the
body of a function that the file defines, in terms of z, or of a, b, c; one with ``{z}`` stands in place of the call. Kinks are
as in `derive.equations.functions`.
A language that has no entry cannot compute the function, and says so; C's functions of vectors are with its printer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A function in each language."""

    numpy: str
    python: str
    torch: str
    jax: str
    c: str
    javascript: str


def _same(name: str, **others: str) -> Row:
    """A function that all call by one name, in their own library."""
    found = {
        "numpy": f"np.{name}",
        "python": name,
        "torch": f"torch.{name}",
        "jax": f"jnp.{name}",
        "c": name,
        "javascript": f"Math.{name}",
    }
    return Row(**found | others)


MATH = ("cos", "erf", "exp", "log", "log1p", "pi", "sin", "sqrt", "tanh")
"""What Python has in its module `math`."""

ERF = """\
// 2/√π e^(−z²) Σ 2ⁿ z²ⁿ⁺¹ / (1 · 3 ⋯ (2n + 1)), and ±1 far out
if (Math.abs(z) > 6) return Math.sign(z);
let [term, total] = [z, z];
for (let n = 1; Math.abs(term) > Math.abs(total) * 1e-17; n++) {
  term *= (2 * z * z) / (2 * n + 1);
  total += term;
}
return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total;"""

SAYS: Mapping[str, str] = {
    "sigmoid": "1/(1 + e^−z), where nothing overflows",
    "relu": "the larger of z and 0",
    "softplus": "log(1 + e^z), where nothing overflows",
    "erf": "2/√π times the integral of e^(−s²) from 0 to z",
    "sign": "1, 0 or −1, as z is",
    "step": "1 where z > 0, else 0",
    "maximum": "the larger of two",
    "minimum": "the smaller of two",
    "clip": "a, or the bound b or c that it passes",
    "within": "1 where a is from b to c, else 0",
    "hard_tanh": "z, or −1 or 1 where it passes them",
    "hard_sigmoid": "z/6 + 1/2, or 0 or 1 where it passes them",
    "softmax": "e^z over its sum, along the last axis",
    "logsumexp": "the logarithm of the sum of e^z, along the last axis",
}
"""What a function that a file defines says of itself."""
IN_CODE: Mapping[str, Row] = {
    "tanh": _same("tanh"),
    "exp": _same("exp"),
    "log": _same("log"),
    "sin": _same("sin"),
    "cos": _same("cos"),
    "sqrt": _same("sqrt"),
    "abs": _same("abs", python="abs", c="fabs"),
    "sigmoid": Row(
        numpy="e = np.exp(-np.abs(z))\nreturn np.where(z >= 0, 1, e) / (1 + e)",
        python="return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))",
        torch="torch.sigmoid",
        jax="jax.nn.sigmoid",
        c="return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));",
        javascript="return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));",
    ),
    "relu": Row(
        numpy="return np.maximum(z, 0)",
        python="return z if z > 0 else 0.0",
        torch="torch.relu",
        jax="return jnp.maximum(z, 0)",
        c="return z > 0 ? z : 0;",
        javascript="return z > 0 ? z : 0;",
    ),
    "softplus": Row(
        numpy="return np.logaddexp(z, 0)",
        python="return max(z, 0.0) + log1p(exp(-abs(z)))",
        torch="return torch.logaddexp(z, torch.zeros_like(z))",
        jax="jax.nn.softplus",
        c="return fmax(z, 0) + log1p(exp(-fabs(z)));",
        javascript="return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));",
    ),
    "erf": Row(
        numpy="return np.vectorize(math.erf, otypes=[float])(z)",
        python="erf",
        torch="torch.erf",
        jax="jax.lax.erf",
        c="erf",
        javascript=ERF,
    ),
    "sign": Row(
        numpy="np.sign",
        python="return (z > 0) - (z < 0)",
        torch="torch.sign",
        jax="jnp.sign",
        c="return (z > 0) - (z < 0);",
        javascript="Math.sign",
    ),
    "step": Row(
        numpy="return np.where(z > 0, 1.0, 0.0)",
        python="return 1.0 if z > 0 else 0.0",
        torch="return (z > 0).to(z.dtype)",
        jax="return jnp.where(z > 0, 1.0, 0.0)",
        c="return z > 0 ? 1 : 0;",
        javascript="return z > 0 ? 1 : 0;",
    ),
    "maximum": Row("np.maximum", "max", "return torch.where(a > b, a, b)", "jnp.maximum", "fmax", "Math.max"),
    "minimum": Row("np.minimum", "min", "return torch.where(a < b, a, b)", "jnp.minimum", "fmin", "Math.min"),
    "clip": Row(
        numpy="return np.minimum(np.maximum(a, b), c)",
        python="return min(max(a, b), c)",
        torch="return torch.where(a < b, b, torch.where(a > c, c, a))",
        jax="return jnp.minimum(jnp.maximum(a, b), c)",
        c="return fmin(fmax(a, b), c);",
        javascript="return Math.min(Math.max(a, b), c);",
    ),
    "within": Row(
        numpy="return np.where((b <= a) & (a <= c), 1.0, 0.0)",
        python="return 1.0 if b <= a <= c else 0.0",
        torch="return ((b <= a) & (a <= c)).to(a.dtype)",
        jax="return jnp.where((b <= a) & (a <= c), 1.0, 0.0)",
        c="return b <= a && a <= c ? 1 : 0;",
        javascript="return b <= a && a <= c ? 1 : 0;",
    ),
    "hard_tanh": Row(
        numpy="return np.clip(z, -1, 1)",
        python="return min(max(z, -1.0), 1.0)",
        torch="return torch.clamp(z, -1, 1)",
        jax="return jnp.clip(z, -1, 1)",
        c="return fmin(fmax(z, -1), 1);",
        javascript="return Math.min(Math.max(z, -1), 1);",
    ),
    "hard_sigmoid": Row(
        numpy="return np.clip(z / 6 + 0.5, 0, 1)",
        python="return min(max(z / 6 + 0.5, 0.0), 1.0)",
        torch="return torch.clamp(z / 6 + 0.5, 0, 1)",
        jax="return jnp.clip(z / 6 + 0.5, 0, 1)",
        c="return fmin(fmax(z / 6 + 0.5, 0), 1);",
        javascript="return Math.min(Math.max(z / 6 + 0.5, 0), 1);",
    ),
    "pi": Row("np.pi", "pi", "math.pi", "jnp.pi", "3.141592653589793", "Math.PI"),
    "softmax": Row(
        numpy="e = np.exp(z - z.max(-1, keepdims=True))\nreturn e / e.sum(-1, keepdims=True)",
        python="top = max(z)\ne = [exp(v - top) for v in z]\nwhole = sum(e)\nreturn [v / whole for v in e]",
        torch="return torch.softmax(z, -1)",
        jax="return jax.nn.softmax(z, -1)",
        c="",
        javascript="const top = z.reduce((a, b) => Math.max(a, b));\nconst e = z.map((v) => Math.exp(v - top));\n"
        "const sum = e.reduce((a, b) => a + b, 0);\nreturn e.map((v) => v / sum);",
    ),
    "logsumexp": Row(
        numpy="top = z.max(-1)\nreturn top + np.log(np.exp(z - top[..., None]).sum(-1))",
        python="top = max(z)\nreturn top + log(sum(exp(v - top) for v in z))",
        torch="return torch.logsumexp(z, -1)",
        jax="return jax.nn.logsumexp(z, -1)",
        c="",
        javascript="const top = z.reduce((a, b) => Math.max(a, b));\n"
        "return top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0));",
    ),
}
"""Every function by its name; what has no row (identity, ones, sum, components) is spelled by the printers."""
