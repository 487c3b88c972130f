"""Print the oldest version of every dependency that ``pyproject.toml`` allows, as constraints for pip.

``python scripts/oldest.py >oldest.txt && python -m pip install --constraint oldest.txt --editable '.[test]'``
installs derive with them; the CI does so in an environment of its own, and runs the tests there.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)>=(?P<oldest>[\w.]+)(?:,<[\w.]+)?")


def oldest(requirements: list[str]) -> list[str]:
    """Return ``name==version`` for requirements that are a name, a lower bound, and may be an upper one.

    >>> oldest(["click>=8.4,<9", "hypothesis>=6.130"])
    ['click==8.4', 'hypothesis==6.130']
    """
    return [f"{found['name']}=={found['oldest']}" for found in map(_read, requirements)]


def _read(requirement: str) -> re.Match[str]:
    found = REQUIREMENT.fullmatch(requirement)
    if found is None:
        message = f"{requirement}: write it as name>=oldest, or name>=oldest,<next"
        raise SystemExit(message)
    return found


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    print("\n".join(oldest([*project["dependencies"], *project["optional-dependencies"]["test"]])))  # noqa: T201
