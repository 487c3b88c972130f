"""Enumerating paths with the product of their local partials, against networkx and rustworkx; and the memory it takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial
from itertools import islice

from benchmarks import memory, ways
from benchmarks.measure import Row, agree, at_least, medians, missing, peer
from derive.derivation import derive
from derive.graph import Node
from derive.numbers import resolve
from derive.paths import PathSum

TARGETS = {"networkx": 50, "rustworkx": 5}
"""How many times as fast we have to be."""


def rows(*, quick: bool) -> Iterator[Row]:
    """Elman's recurrent weight and an LSTM's forget gate, and the memory that their paths take."""
    long = 5 if quick else 300
    for name, target, steps in (("elman", "w_h", long), ("lstm-scalar", "w_hf", 3 if quick else 8)):
        derivation = derive(name, steps)
        paths = PathSum(derivation.unrolled, Node(target))
        known = ways.weights(paths, resolve(derivation.network, steps))
        what = f"{paths.count:,} paths with products, {name}, T = {steps}"
        for library in ways.PEERS:
            yield _against(library, what, paths, known, repeats=1 if quick else 7)
    yield memory.against("rustworkx", long)
    yield _memory(paths, known)


def _against(library: str, what: str, paths: PathSum, known: ways.Weights, repeats: int) -> Row:
    module = peer(library)
    if module is None:
        return missing(what, library)
    theirs = ways.PEERS[library](module, paths, known)
    ours = partial(ways.ours, paths, known)
    agree(library, ours(), theirs(), relative=1e-6)
    mine, other = medians(ours, theirs, repeats=repeats)
    note = f"{paths.count / mine:,.0f} paths/s; the peer is given only what leads to the target"
    return at_least(what, mine, other, library, TARGETS[library], note)


def _memory(paths: PathSum, known: ways.Weights) -> Row:
    """The most that is held while paths are streamed: some, and all of them."""
    peaks = []
    some = max(1, paths.count // 50)
    for number in (some, None):
        stream = ways.stream(paths, known)
        stream.paths.ways  # noqa: B018 - part of the graph
        tracemalloc.start()
        for _ in islice(stream, number):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1] / 1000)
        tracemalloc.stop()
    return Row(
        f"memory while {paths.count:,} paths are streamed",
        f"{peaks[1]:.0f} kB",
        f"ours while {some:,} are: {peaks[0]:.0f} kB",
        f"{peaks[1] / peaks[0]:.2f}×",
        "independent of their number",
        peaks[1] <= 2 * peaks[0],
        "the stretches of the graph without a fork, laid out as they are met, and one path",
    )
