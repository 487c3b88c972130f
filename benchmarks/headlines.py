"""Headlines: the figures that both READMEs show, taken over from the table of results."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.contest import END

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
    ("numeric gradient, T = 100, scalar", "jax, compiled"),
    ("numeric gradient in balls, T = 100, scalar", "mpmath"),
    ("numeric gradient, T = 100, n = 64", "hand-written NumPy"),
    ("numeric gradient, T = 100, n = 64", "torch, eager"),
    ("numeric gradient, T = 100, n = 64", "torch.nn.RNN"),
    ("numeric gradient, T = 100, n = 64", "jax, compiled"),
    ("14,166,632,180,785 paths summed, lstm-scalar, T = 20", "6 paths, elman, T = 3"),
    ("handout, elman, T = 3", "import sympy"),
    ("handout, elman, T = 20", "import sympy"),
    ("handout, lstm, T = 3", "import sympy"),
)
"""The results that the lines of the READMEs' tables show, in their order: what was measured, and the peer."""


def renewed(text: str, results: str) -> str:
    """Return a README with the figures of the results: its table's first column stays, the others are replaced.

    They are the peer, and twice our figure, the peer's and their ratio: with set-up left out, where it is, and from end to
    end. Raises `ValueError` if the table has other lines than there are results to show, or a result is missing.
    """
    before, mark, after = text.partition(MARK)
    table = re.match(r"\s*(?:\|.*\|\n)+", after)
    lines = table[0].strip().splitlines() if table else []
    if not mark or table is None or len(lines) != len(SHOWN) + 2:
        raise ValueError(f"a table of {len(SHOWN)} lines has to follow {MARK}")
    body = [
        f"| {' | '.join((line.split('|')[1].strip(), *_line(results, *shown)))} |"
        for line, shown in zip(lines[2:], SHOWN, strict=True)
    ]
    return "\n".join((before + mark, *lines[:2], *body)) + "\n" + after[table.end() :]


def _line(results: str, what: str, peer: str) -> list[str]:
    """The peer and the figures. What has no set-up to leave out has those from end to end only."""
    end = _figures(results, what + END, peer)
    if end is None:
        raise ValueError(f"there is no result for {what}{END}, {peer}")
    return [peer or "–", *(_figures(results, what, peer) or ["–", "–"]), *end]


def _figures(results: str, what: str, peer: str) -> list[str] | None:
    """Ours beside the peer's, and the ratio, with the target if it is not met."""
    for line in results.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] != what or (peer and not cells[2].startswith(f"{peer}: ")):
            continue
        _, ours, theirs, ratio, target, verdict, _ = cells
        if verdict == "not measured":
            return [verdict, "–"]
        both = f"{ours} / {theirs.removeprefix(f'{peer}: ')}" if peer else ours
        shown = "–" if ratio.endswith("of the limit") else ratio
        return [both, f"{shown} (not met: {target})" if verdict == "not met" else shown]
    return None


def renew(root: Path, results: str) -> None:
    """Put the figures of the results into both READMEs."""
    for name in READMES:
        path = root / name
        path.write_text(renewed(path.read_text(encoding="utf-8"), results), encoding="utf-8")
