"""Names: how the names of a listing are spelled in a language, each its own, none that of something else."""

from __future__ import annotations

from collections.abc import Iterable

from derive.programs.statements import COUNTED, TOTAL
from derive.recurrence import ADJOINT


class Names:
    """Spells a name as itself, an adjoint with a d in front; one that is taken gets a ``_``.

    A size and a function of the network's own may be called as something else is: they are ``size n``, ``function f`` here.
    """

    def __init__(self, taken: Iterable[str], own: Iterable[str]) -> None:
        """``taken`` are words of the language and of the file; ``own`` the names of the network, which come first."""
        self.taken = set(taken)
        self.found: dict[str, str] = {TOTAL: "L"}
        for name in own:
            self(name)

    def __call__(self, name: str) -> str:
        """The name as the language has it."""
        if name not in self.found:
            spelled = "counts" if name == COUNTED else name.replace(ADJOINT, "d").replace("-", "m").replace("+", "")
            spelled = spelled.removeprefix("size ").removeprefix("function ").replace(" ", "_")
            while spelled in self.taken:
                spelled += "_"
            self.taken.add(spelled)
            self.found[name] = spelled
        return self.found[name]


class Numbered(Names):
    """Spells every name as a number, so that nothing a user writes is in the code."""

    def __call__(self, name: str) -> str:
        """The name in the code."""
        return self.found.setdefault(name, f"v{len(self.found)}")
