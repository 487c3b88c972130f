"""Headlines: the figures that both READMEs show, taken over from the table of results."""

from __future__ import annotations

import re
from pathlib import Path

MARK = "<!-- figures of make bench -->"
READMES = ("README.md", "README.zh.md")
SHOWN = (
    ("gradient graph, T = 1,000", "casadi"),
    ("gradient graph, T = 1,000", "symengine"),
    ("gradient graph, T = 30", "sympy.diff"),
    ("counting paths, lstm-scalar, T = 10,000", ""),
    ("45,150 paths with products, elman, T = 300", "networkx"),
    ("45,150 paths with products, elman, T = 300", "rustworkx"),
    ("memory for 45,150 paths with products, elman, T = 300", "rustworkx"),
    ("numeric gradient, T = 100, scalar", "hand-written loop"),
    ("numeric gradient, T = 100, scalar", "torch, eager"),
    ("numeric gradient in balls, T = 100, scalar", "mpmath"),
    ("numeric gradient, T = 100, n = 64", "torch, eager"),
    ("handout, T = 3, Typst, warm", "import sympy"),
)
"""The results that the lines of the READMEs' tables show, in their order: what was measured, and the peer."""


def renewed(text: str, results: str) -> str:
    """Return a README with the figures of the results: its table's first column stays, the others are replaced.

    Raises `ValueError` if the table has other lines than there are results to show, or a result is missing.
    """
    before, mark, after = text.partition(MARK)
    table = re.match(r"\s*(?:\|.*\|\n)+", after)
    lines = table[0].strip().splitlines() if table else []
    if not mark or table is None or len(lines) != len(SHOWN) + 2:
        raise ValueError(f"a table of {len(SHOWN)} lines has to follow {MARK}")
    body = [
        f"| {' | '.join((line.split('|')[1].strip(), *_figures(results, *shown)))} |"
        for line, shown in zip(lines[2:], SHOWN, strict=True)
    ]
    return "\n".join((before + mark, *lines[:2], *body)) + "\n" + after[table.end() :]


def _figures(results: str, what: str, peer: str) -> list[str]:
    """Ours, the peer's and the ratio, from the first line about it."""
    for line in results.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == what and (cells[2].startswith(peer) if peer else True):
            return [*cells[1:3], "–" if cells[3].endswith("of the limit") else cells[3]]
    raise ValueError(f"there is no result for {what}, {peer}")


def renew(root: Path, results: str) -> None:
    """Put the figures of the results into both READMEs."""
    for name in READMES:
        path = root / name
        path.write_text(renewed(path.read_text(encoding="utf-8"), results), encoding="utf-8")
