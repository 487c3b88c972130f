"""The general recurrence: from the equations to the rules for every T, in a fresh process each; T does not enter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.measure import Row, agree, at_most, medians, within
from derive.derivation import derive
from derive.network import load, ready_made

# SymPy loads one more part of itself with the first sum that it makes; that is an import too.
CODE = """
import time
import sympy.tensor.tensor
from derive.graph import Graph
from derive.recurrence import Recurrence
from derive.network import load
network = load({name!r})
start = time.perf_counter()
recurrence = Recurrence(Graph(network))
found = recurrence.rules, [recurrence.gradient(name) for name in network.parameters]
print(time.perf_counter() - start)
"""


def rows(*, quick: bool) -> Iterator[Row]:
    """The slowest of the scalar networks; T does not enter."""
    names = [name for name in ready_made() if load(name).is_scalar]
    taken = {name: median(_seconds(name) for _ in range(1 if quick else 3)) for name in (names[:1] if quick else names)}
    slowest = max(taken, key=lambda name: taken[name])
    note = (
        f"the slowest of {len(taken)} scalar networks ({slowest}), with all gradients; SymPy's imports, also the late one "
        "that its first sum causes, are left out"
    )
    yield within("general recurrence, after imports", taken[slowest], 0.05, note)
    yield _for_any_number_of_steps(100 if quick else 1_000_000, repeats=1 if quick else 9)


def _for_any_number_of_steps(many: int, repeats: int) -> Row:
    """The same for a derivation over few steps and over very many."""

    def rules(steps: int) -> list[str]:
        return [*derive("elman", steps).recurrence.rules]

    agree("rules", len(rules(3)), len(rules(many)))
    ours, few = medians(lambda: rules(many), lambda: rules(3), repeats=repeats)
    note = "from the network's name on; the limit is our own"
    return at_most(f"recurrence of a derivation, elman, T = {many:,}", ours, few, "ours at T = 3", note, times=1.2)


def _seconds(name: str) -> float:
    process = subprocess.run([sys.executable, "-c", CODE.format(name=name)], capture_output=True, check=True, text=True)
    return float(process.stdout)
