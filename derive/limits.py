"""Limits: how large what is asked for may be, so that every answer comes within a minute and a gigabyte.

What a stranger wrote is measured before any work is done on it; what is too large is answered by one message, with the number
found, the limit, and the option that raises it. A limit is raised by who runs derive, never by a file that is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from math import log10
from typing import Any

from derive.errors import DeriveError, LimitError

LARGEST_SPELLED = 10**4_000
"""Python writes no whole number of many more digits."""


def spelled(count: int) -> str:
    """A count with commas; of thousands of digits, about how many it is.

    >>> spelled(12_345), spelled(10**5_000)
    ('12,345', 'about 10^5000')
    """
    return f"{count:,}" if count < LARGEST_SPELLED else f"about 10^{round(log10(count))}"


def raising(name: str, count: int) -> str:
    """The option that raises a limit to a count, if that can be written out.

    >>> raising("paths", 12_345), raising("paths", 10**5_000)
    ('--limit paths=12345', '--limit paths=…')
    """
    return f"--limit {name}={count if count < LARGEST_SPELLED else '…'}"


def _limit(default: int, bounds: str) -> Any:
    return field(default=default, metadata={"bounds": bounds})


@dataclass(frozen=True)
class Limits:
    """The limits, a line each: its name, how many are allowed, of what.

    >>> Limits().raised({"equations": 5000}).equations
    5000
    """

    file: int = _limit(1_000_000, "bytes in a file")
    text: int = _limit(2_000, "characters in a text: a title, what it is about, its source")
    name: int = _limit(40, "characters in a name")
    print: int = _limit(10, "em in the print of a name, of which a letter has about a half")
    equation: int = _limit(2_000, "characters in an equation")
    equations: int = _limit(100, "equations")
    references: int = _limit(500, "references from equations to names, repeats left out")
    names: int = _limit(200, "names that are declared: parameters, inputs, targets")
    lag: int = _limit(100, "steps from t to what an equation looks at")
    components: int = _limit(100, "components of a vector, in each direction of a matrix")
    digits: int = _limit(30, "decimals")
    steps: int = _limit(1_000_000, "steps")
    work: int = _limit(100_000, "numbers that equations look at over all T steps")
    jacobians: int = _limit(3_500_000, "numbers in the Jacobians of all T steps")
    paths: int = _limit(5_000, "paths written out one by one")

    def raised(self, by: Mapping[str, int]) -> Limits:
        """Return these limits with others in the place of some; raise `DeriveError` for one that there is not."""
        known = [each.name for each in fields(self)]
        for name, limit in by.items():
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise DeriveError(f"there is no limit {name}; {hint}")
            if type(limit) is not int or limit < 1:
                raise DeriveError(f"the limit {name} has to be a whole number from 1 on, not {limit!r}")
        return replace(self, **by)

    def hold(self, name: str, found: int, where: str = "", *, at_least: bool = False) -> None:
        """Raise `LimitError` if more was found than the limit of that name; ``at_least``: it was not counted to its end.

        >>> Limits().hold("equations", 101, "own.toml: ")
        Traceback (most recent call last):
        ...
        derive.errors.LimitError: own.toml: 101 equations, and the limit is 100; --limit equations=101 raises it
        """
        limit: int = getattr(self, name)
        if found > limit:
            bounds = next(each.metadata["bounds"] for each in fields(self) if each.name == name)
            number = f"more than {limit:,}" if at_least else spelled(found)
            option = f"--limit {name}=…" if at_least else raising(name, found)
            raise LimitError(f"{where}{number} {bounds}, and the limit is {limit:,}; {option} raises it")


DEFAULT = Limits()
