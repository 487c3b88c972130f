"""File name: a network's name, which the files of its handouts are called by, on every system.

It is made of letters, of whatever script, digits, ``-``, ``_`` and ``.``, and does not begin with a dot (a hidden file) or a
dash (an option). Windows keeps some names for devices, also with something after a dot.
"""

from __future__ import annotations

from typing import Final
from unicodedata import category

from derive.errors import NetworkError

LONGEST: Final = 64
_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"))
)


def check_file_name(where: str, name: object) -> None:
    """Raise `NetworkError` for a name that cannot be that of a file everywhere, and say what would be right."""
    if not isinstance(name, str) or not _fits(name):
        short = repr(name if len(str(name)) <= LONGEST else f"{str(name)[:LONGEST]}…")
        raise NetworkError(
            f"{where}the name {short} has to be one for files: at most {LONGEST} letters, digits, -, _ and ., the first "
            "of them no dot or dash, and not what Windows calls a device (con, nul, …); such as my-network"
        )


def file_name(stem: str) -> str:
    """Return a name for a network from that of its file: what a name does not have is a dash.

    >>> file_name("my network (2)"), file_name(".hidden"), file_name("格子")
    ('my-network-2', 'hidden', '格子')
    """
    made = "".join(sign if _is_allowed(sign) else "-" for sign in stem)
    while "--" in made:
        made = made.replace("--", "-")
    made = made[:LONGEST].strip("-").lstrip("-.") or "network"
    return made if _fits(made) else f"network-{made}"[:LONGEST]


def _fits(name: str) -> bool:
    allowed = 0 < len(name) <= LONGEST and all(map(_is_allowed, name))
    return allowed and name[0] not in ".-" and name.partition(".")[0].lower() not in _DEVICES


def _is_allowed(sign: str) -> bool:
    """Whether a character is a letter, with its marks, a digit, or one of the few signs."""
    return sign in "-_." or category(sign)[0] in "LM" or category(sign) == "Nd"
