"""Offered: what a template is handed, and nothing else — plain values, lists of them, calls, and things seen by a few names.

A template may come from a stranger. So it never holds an object of the host: a call keeps its function, and a thing what it
is a view of, where the sandbox leads no template (`derive.report.narrative.sandbox`), and whatever a fact or a call gives is
looked through before it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar

from jinja2 import Undefined

from derive.errors import DeriveError, NarrativeError

PLAIN: Final = (str, int, float, bool, type(None))
"""The types of single values that a template is handed. What only inherits from one of them is none of them."""
NUMBERS: Final = (int, float, bool)
LISTS: Final = (list, tuple, range)
VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))
GONE_THROUGH: Final = (str, *LISTS, dict, *VIEWS)
"""What a loop goes through."""
_CALLED: Final[Mapping[type, str]] = {
    **dict.fromkeys(NUMBERS, "a number"),
    **dict.fromkeys(LISTS, "a list"),
    **dict.fromkeys(VIEWS, "what is in a table"),
    **{str: "a text", dict: "a table", type(None): "nothing"},  # noqa: PIE800 -- as the others
}
Value = TypeVar("Value")
NOT_TAKEN: Final = (
    "what is called there does not take what it is given; the guide to templates says what each call takes"
)


class OfferedCall:
    """A function that a template may call, with what it was handed; see `handed` for what it gets back."""

    __slots__ = ("_function", "_known", "_takes_things")

    def __init__(self, function: Callable[..., Any], *, takes_things: bool = False) -> None:
        """Keep the function, and whether it takes things that were offered: of those, too, it would speak in its messages."""
        self._function = function
        self._takes_things = takes_things
        self._known: dict[object, Any] = {}

    def __repr__(self) -> str:
        """Say no more than that."""
        return "a call"

    def __call__(self, /, *given: Any, **named: Any) -> Any:
        """Call it, once for what it is given; a thing that was offered is, for the function, what it is a view of.

        Raises `NarrativeError` for what it does not take: no word of Python's, and no name of the function's.
        """
        meant, by_name = [*map(self._meant, given)], {name: self._meant(value) for name, value in named.items()}
        key = told_apart(meant), told_apart([*by_name.items()])
        if key in self._known:
            return self._known[key]
        try:
            found = self._function(*meant, **by_name)
        except DeriveError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise NarrativeError(NOT_TAKEN) from error
        return self._known.setdefault(key, handed(found))

    def _meant(self, value: Any) -> Any:
        """What a call is given: plain values, lists of them, what was offered; nothing that a template could have made up."""
        if type(value) is Offered and self._takes_things:
            return value._thing  # noqa: SLF001 -- nobody else may see it
        if isinstance(value, Undefined):
            str(value)  # which says that it is undefined
        if not is_plain(value):
            raise NarrativeError("this call takes texts, numbers, and lists of them")
        return value


def named(value: Any) -> str:
    """What a value is called in a message: by its kind, and by no name of Python's."""
    if isinstance(value, Undefined):
        str(value)  # which says that it is undefined
    return _CALLED.get(type(value), "this")


def is_plain(value: Any) -> bool:
    """Whether a value is text, a number, nothing, or a list of such."""
    rest = [value]
    while rest:
        one = rest.pop()
        if type(one) in (list, tuple):
            rest += one
        elif type(one) not in PLAIN:
            return False
    return True


class Offered:
    """A thing of which a template sees some names: facts as they are when it looks at them, and calls.

    >>> view = Offered(3 + 4j, lambda: ("real", "conjugate"))
    >>> view.real, view.conjugate
    (3.0, a call)
    """

    __slots__ = ("_known", "_names", "_thing")

    def __init__(self, thing: object, names: Callable[[], Collection[str]]) -> None:
        """Keep the thing, and how to find out what it is seen by."""
        self._thing = thing
        self._names = names
        self._known: dict[str, Any] = {}

    def __repr__(self) -> str:
        """Say no more than that."""
        return "a thing with facts and calls"

    def __dir__(self) -> list[str]:
        """Return the names that it is seen by."""
        return sorted(self._names())

    def __getattr__(self, name: str) -> Any:
        """Return a fact, found once, or a call; raise `AttributeError` for any other name."""
        if name.startswith("_") or name not in self._names():
            raise AttributeError(name)
        if name not in self._known:
            self._known[name] = handed(getattr(self._thing, name))
        return self._known[name]


def handed(value: Any) -> Any:
    """Return a value as a template is handed it: itself if it is plain, a function as a call.

    Raises `TypeError` for anything that is not on the list: a fault of what offers it.
    """
    if type(value) in (*PLAIN, Offered, OfferedCall):
        return value
    if type(value) in (list, tuple):
        return type(value)(map(handed, value))
    if callable(value) and not isinstance(value, type):
        return OfferedCall(value)
    raise TypeError(f"a template is not handed what is a {type(value).__name__}")


def told_apart(value: Any) -> object:
    """A value as a key: of its own kind, and a thing as itself."""
    if type(value) in (list, tuple):
        return type(value), tuple(map(told_apart, value))
    return type(value), value if type(value) in PLAIN else id(value)
