"""Campaign: so many inputs for a target, chosen by a seed, each new way of answering kept to be changed further."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from fuzz.corpus import KEPT
from fuzz.targets import Target
from fuzz.worker import Result, Worker

MOST_KEPT, TOGETHER = 3_000, 32
FRESH = 0.25
"""This part of the inputs is made anew by the grammar; the others are changed from what was kept."""
TRIES = 400
"""A finding is made shorter in so many tries at most."""


@dataclass
class Tally:
    """What a target's inputs got."""

    target: Target
    seed: int
    inputs: int = 0
    values: int = 0
    messages: int = 0
    seconds: float = 0
    slowest: float = 0
    slowest_input: str = ""
    megabytes: float = 0
    ways: set[str] = field(default_factory=set)
    findings: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, result: Result) -> bool:
        """Count an input; whether it was answered in a way not seen before."""
        self.inputs += 1
        self.seconds += result.seconds
        self.megabytes = max(self.megabytes, result.megabytes)
        if result.seconds > self.slowest:
            self.slowest, self.slowest_input = result.seconds, text
        if result.kind == "finding":
            self.findings.setdefault(headline(result), text)
            return False
        self.values += result.kind == "value"
        self.messages += result.kind == "message"
        new = result.way not in self.ways
        self.ways.add(result.way)
        return new


def headline(result: Result) -> str:
    """What findings of one kind have in common."""
    return result.way.partition(": ")[0]


@dataclass
class Pool:
    """What was answered in a way not seen before, by a value or by a message."""

    values: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def add(self, text: str, kind: str) -> None:
        """Keep an input."""
        kept = self.values if kind == "value" else self.messages
        if len(kept) < MOST_KEPT:
            kept.append(text)

    def one(self, rng: random.Random) -> str:
        """An input to change: sound ones as often as others, since they lead further."""
        return rng.choice(rng.choice([kept for kept in (self.values, self.messages) if kept]))


def inputs(target: Target, rng: random.Random, pool: Pool) -> Iterator[str]:
    """The corpus as it is, then without end what is made anew or changed from the pool."""
    yield from target.seeds()
    while True:
        if not (pool.values or pool.messages) or rng.random() < FRESH:
            yield target.fresh(rng)
        else:
            yield target.changed(rng, pool.one(rng), pool.one(rng))


def run(target: Target, count: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Tally:
    """Answer so many inputs, some at a time: those of one time are made before any of them is answered."""
    rng, pool, worker = random.Random(f"{target.name} {seed}"), Pool(), Worker(target)
    tally, source = Tally(target, seed), inputs(target, rng, pool)
    while tally.inputs < count:
        texts = list(islice(source, min(TOGETHER, count - tally.inputs)))
        for text, result in zip(texts, worker(texts), strict=True):
            known = len(tally.findings)
            if tally.add(text, result):
                pool.add(text, result.kind)
            if len(tally.findings) > known:
                tell(f"{target.name}: {result.way}")
    worker.stop()
    return tally


def shortened(target: Target, text: str, like: str) -> str:
    """A finding without what it does not need: cut ever smaller parts as long as the same comes of it."""
    worker, part, tries = Worker(target), len(text) // 2, 0
    while part and tries < TRIES:
        start = 0
        while start < len(text) and tries < TRIES:
            tries += 1
            less = text[:start] + text[start + part :]
            if _fits(target, less) and headline(next(worker([less]))) == like:
                text = less
            else:
                start += part
        part //= 2
    worker.stop()
    return text


def _fits(target: Target, text: str) -> bool:
    """Whether a text is an input at all."""
    try:
        target.changed(random.Random(0), text, text)
    except ValueError:
        return False
    return True


def keep(target: Target, text: str) -> str:
    """Write a finding to the corpus, and return its name there."""
    name = f"found-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    (KEPT / target.name / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    return name
