"""Errors a user can cause: one family, and each message says what is wrong, where, and what would be right."""

from __future__ import annotations

from derive.characters import visible

LONGEST_MESSAGE = 1_000


class DeriveError(Exception):
    """Something the user can put right. The command line prints its message and exits with code 2.

    Characters of the user's text that are not seen are shown by their numbers, so that a message says what it seems to say. One
    that quotes much loses its middle, so that where, and what would be right, are still read.
    """

    def __init__(self, *message: object) -> None:
        """Keep the message."""
        # Halves of characters, as of a file's name that is no text, can be written nowhere: they, too, are numbers.
        super().__init__(*(_short(visible(str(part)).encode(errors="backslashreplace").decode()) for part in message))


def _short(message: str) -> str:
    half = LONGEST_MESSAGE // 2
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:half]} … {message[-half:]}"


class EquationError(DeriveError):
    """An equation that is not the mathematics we read, or names something unknown."""


class NetworkError(DeriveError):
    """A network declaration that is incomplete or contradicts itself."""


class ShapeError(DeriveError):
    """Operands whose shapes do not go together."""


class ValuesError(DeriveError):
    """A value that is missing, left over, misspelt, or of the wrong length."""


class StepsError(DeriveError):
    """A number of steps that is not a whole number from 1 on."""


class LimitError(DeriveError):
    """More of something than `derive.limits` allow; the message carries the number and the option that raises the limit."""


class TooManyPathsError(DeriveError):
    """More paths than were allowed to be written out; the message carries their exact number."""


class NarrativeError(DeriveError):
    """A narrative template that cannot be rendered."""


class CheckFailedError(DeriveError):
    """An independent route disagrees with the derivation. The command line exits with code 1."""
