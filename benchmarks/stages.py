"""Stages: where the time of a handout goes, in the processor's time of a fresh process, beside what SymPy's import takes there.

``python -m benchmarks.stages NETWORK STEPS`` goes through the stages one after another, engines too, and prints what each took.
In a handout Typst sets pages while formulas are read and the other formats written: the sum is more than anybody waits.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Row, at_most

ROOT = Path(__file__).parent.parent
SYMPY = "import of SymPy"
PACKAGES = ("click", "flint", "jinja2", "markdown_it", "pylatex", "typst")
WRITERS = {"pdf": "pdf", "tex": "latex", "md": "markdown", "html": "html"}


class Stages:
    """Processor's time by stage; what is left out between is the next stage's."""

    def __init__(self) -> None:
        """Begin with what the interpreter has taken so far."""
        self.taken = {"interpreter": time.process_time()}
        self._last = time.process_time()

    def end(self, name: str, *, less: float = 0) -> None:
        """Note what a stage took that ends here, less what was told apart."""
        now = time.process_time()
        self.taken[name] = self.taken.get(name, 0) + now - self._last - less
        self._last = now


class Beside:
    """Runs what an engine does at once, on this thread, and counts its time apart."""

    def __init__(self, taken: dict[str, float]) -> None:
        """Note times there."""
        self.taken = taken
        self.spent = 0.0

    def submit(self, make: Callable[..., Any], *given: Any) -> Beside:
        """Run it, and keep what it returns."""
        begin = time.process_time()
        self.made = make(*given)
        spent = time.process_time() - begin
        self.spent += spent
        self.taken[f"Typst: {make.__name__.removeprefix('typst_')}"] = spent
        return self

    def result(self) -> Any:
        """What it returned."""
        return self.made


def rows(*, quick: bool) -> Iterator[Row]:
    """A row for each stage, and one for all."""
    for network, steps in (("elman", 1),) if quick else (("elman", 3), ("lstm", 3)):
        runs = [_run(network, steps) for _ in range(1 if quick else 5)]
        found = {stage: median(run[stage] for run in runs) for stage in runs[0]}
        sums = {**found, "all of them": sum(found.values())}
        for stage, seconds in sums.items():
            if stage != SYMPY:
                what = f"stage of a handout, {network}, T = {steps}: {stage}"
                yield at_most(what, seconds, found[SYMPY], SYMPY, times=None)


def _run(network: str, steps: int) -> dict[str, float]:
    """The stages of one fresh process."""
    command = [sys.executable, "-m", "benchmarks.stages", network, str(steps)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, text=True)
    return {str(stage): float(seconds) for stage, seconds in json.loads(done.stdout).items()}


def main(network: str, steps: str) -> None:
    """Go through the stages, and print what each took."""
    stages = Stages()
    gc.disable()
    import_module("sympy")
    stages.end(SYMPY)
    for name in PACKAGES:
        import_module(name)
    stages.end("import of other packages")
    for name in ("__main__", "commands.report", "api", "report.publish", "report.write", "report.exhibits.live"):
        import_module(f"derive.{name}")
    writers = {form: import_module(f"derive.report.writers.{name}") for form, name in WRITERS.items()}
    gc.freeze()  # as the command does
    gc.enable()
    gc.set_threshold(import_module("derive.__main__").SELDOM)
    stages.end("import of derive")
    _told(stages, network, int(steps), writers)
    print(json.dumps(stages.taken))


def _told(stages: Stages, network: str, steps: int, writers: dict[str, Any]) -> None:
    from derive.derivation import derive
    from derive.report.exhibits.live import live
    from derive.report.narrative.languages import words
    from derive.report.narrative.templates import environment
    from derive.report.options import Options
    from derive.report.printed.reading import expected, noted, reading
    from derive.report.publish import told
    from derive.report.subject import Subject
    from derive.report.write import write
    from derive.report.writers import Job

    options = Options(engine="typst", formats=tuple(writers))
    derivation = derive(network, steps)
    derivation.recurrence.closed_forms  # noqa: B018 - it is found when it is asked for
    stages.end("local partials, recurrence")
    evaluation = derivation.evaluate(options.values, options.digits)
    stages.end("worked example")
    checks = derivation.verification(evaluation).checks()
    stages.end("checks")
    about = Subject(derivation, evaluation, checks, words(environment(None), "en"), options)
    document = told(about)
    awaited = expected(document)
    stages.end("telling")
    reading(about, document, awaited)
    stages.end("reading every formula")
    beside = Beside(stages.taken)
    job = Job(noted(about, document, awaited), "handout", "typst", environment(None), beside, live=lambda: live(about))
    files: dict[str, bytes] = {}
    for form, writer in writers.items():
        before = beside.spent
        files |= writer.write(job).files()
        stages.end(f"writing {form}", less=beside.spent - before)
    with TemporaryDirectory() as folder:
        write(files, Path(folder))
    stages.end("files")


if __name__ == "__main__":
    main(*sys.argv[1:])
