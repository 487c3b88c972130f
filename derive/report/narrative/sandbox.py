"""Sandbox: the environment in which templates run, which may come from strangers.

Everything that a template can do is on a list: the types it is handed (`derive.report.narrative.offered`), the attributes of
each, filters, tests and global names, the kinds of nodes of its syntax tree (`derive.report.narrative.metered`). A function of
the host is reached only by calling it, no method of a text is, and all of it is paid for (`derive.report.narrative.work`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import BuiltinMethodType, MethodType
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, Undefined, nodes, pass_context
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS, test_divisibleby, test_even, test_odd
from jinja2.utils import Cycler, Joiner, Namespace

from derive.errors import NarrativeError
from derive.report.narrative.kept import Kept, is_packaged
from derive.report.narrative.metered import PAID, PRINTED, SPENT, metered, written_out
from derive.report.narrative.offered import NOT_TAKEN, PLAIN, Offered, OfferedCall, is_plain
from derive.report.narrative.work import CALL, STEP, Work, number, power

SAME_SIZE: Final = ("abs", "count", "d", "default", "first", "items", "last", "length", "list", "reverse")
"""Filters of Jinja that make nothing larger than what they are given."""
OF_EACH: Final = ("max", "min", "sort", "unique")
WITH_OTHERS: Final = ("map", "reject", "select")
"""Filters of Jinja that look at each thing in a list, with what else they are given, and those of them that use others."""
OF_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {
    "capitalize": str.capitalize,
    "lower": str.lower,
    "title": str.title,
    "trim": str.strip,
    "upper": str.upper,
}
HARMLESS: Final = (
    *(
        "!=",
        "<",
        "<=",
        "==",
        ">",
        ">=",
        "boolean",
        "defined",
        "eq",
        "equalto",
        "false",
        "float",
        "ge",
        "greaterthan",
        "gt",
    ),
    *(
        "in",
        "integer",
        "iterable",
        "le",
        "lessthan",
        "lt",
        "mapping",
        "ne",
        "none",
        "number",
        "sequence",
        "string",
        "true",
    ),
    "undefined",
)
"""Tests of Jinja."""
OF_NUMBERS: Final[Mapping[str, Callable[..., bool]]] = {
    "divisibleby": test_divisibleby,
    "even": test_even,
    "odd": test_odd,
}
ATTRIBUTES: Final[Mapping[type, frozenset[str]]] = {
    LoopContext: frozenset(
        (
            *(
                "changed",
                "cycle",
                "depth",
                "depth0",
                "first",
                "index",
                "index0",
                "last",
                "length",
                "nextitem",
                "previtem",
            ),
            *("revindex", "revindex0"),
        )
    ),
    Cycler: frozenset(("current", "next", "reset")),
    BlockReference: frozenset(("super",)),
    dict: frozenset(("items", "keys", "values")),
}
"""What a template sees of Jinja's own things, and of tables."""
_SUBSCRIBED: Final = (str, list, tuple, dict, range)
_LONGEST_RANGE: Final = 100_000


class Sandbox(SandboxedEnvironment):
    """An environment whose templates do what is listed, and pay for it out of ``work``, which each rendering begins anew."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(SandboxedEnvironment.default_unop_table)

    def __init__(self, loader: BaseLoader) -> None:
        """Make one for the templates of a loader."""
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            keep_trailing_newline=True,
            optimized=False,
            bytecode_cache=Kept((__file__, metered.__code__.co_filename)),
        )
        self.work = [Work()]  # in a list, which overlays share
        self.filters = {name: FILTERS[name] for name in SAME_SIZE}
        self.filters |= {name: _of_each(FILTERS[name]) for name in (*OF_EACH, *WITH_OTHERS)}
        self.filters |= {name: _of_text(change) for name, change in OF_TEXTS.items()}
        self.filters |= {"int": _int, "join": _join, "string": _text, PAID: _paid, PRINTED: _printed, SPENT: _spent}
        self.tests = {name: TESTS[name] for name in HARMLESS}
        self.tests |= {name: _of_numbers(test) for name, test in OF_NUMBERS.items()}
        self.globals = {name: Tool(make) for name, make in TOOLS.items()}

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, *given: Any, **named: Any
    ) -> str:
        """Generate Python from a template that pays for its work, and, unless it is packaged, for that."""
        if not is_packaged(filename):
            self.work[0].spend(written_out(source))
        return super()._generate(metered(source), name, filename, *given, **named)

    def join_path(self, template: str, parent: str) -> str:  # noqa: ARG002
        """Return the name of a template that another one calls for: a text, not what only acts like one."""
        if type(template) is not str:
            raise NarrativeError("a template is called for by its name, which is a text")
        return template

    # -- what is seen of a value ---------------------------------------------------------------------------------------

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002
        """Whether an attribute is on the list."""
        return attr in ATTRIBUTES.get(type(obj), ())

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute that is on the list; of a table its entry, of what is made to be looked at what it shows."""
        if isinstance(obj, Undefined):
            return str(obj)  # which says that it is undefined
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if self.is_safe_attribute(obj, attribute, None):
            return getattr(obj, attribute)
        if attribute.startswith("_") or type(obj) not in (Offered, Namespace, TemplateModule, TemplateReference):
            return self.unsafe_undefined(obj, attribute)
        if type(obj) is Offered:
            self.work[0].spend(STEP)
            return getattr(obj, attribute) if attribute in dir(obj) else self._missing(attribute, dir(obj))
        try:
            return obj[attribute] if type(obj) is TemplateReference else getattr(obj, attribute)
        except (AttributeError, LookupError):
            return self._missing(attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Return what says that a template may not see an attribute."""
        return self.undefined(f"a template sees no “{attribute}” of a {type(obj).__name__}", exc=SecurityError)

    def _missing(self, name: str, known: Iterable[str] = ()) -> Undefined:
        """What says that there is nothing of a name, but what there is."""
        there = ", ".join(known)
        return self.undefined(f"there is no “{name}” in it{f'; there are {there}' if there else ''}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an entry of a text, a list or a table, or an attribute, paid for: filters look so at many things."""
        if not isinstance(obj, _SUBSCRIBED):
            return self.work[0].pay(self.getattr(obj, str(argument)))
        try:
            return self.work[0].pay(obj[argument])
        except (TypeError, LookupError):
            return self._missing(str(argument) if type(argument) in PLAIN else type(argument).__name__)

    # -- what is done with values --------------------------------------------------------------------------------------

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether something was offered to be called."""
        if type(obj) in (MethodType, BuiltinMethodType):
            return obj.__name__ in ATTRIBUTES.get(type(obj.__self__), ())
        return type(obj) in (Tool, OfferedCall, Macro, BlockReference, LoopContext, Joiner)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 -- as in Jinja
        """Call what was offered to be called."""
        __self.work[0].spend(CALL if type(__obj) is OfferedCall else STEP)
        if isinstance(__obj, Undefined):
            return str(__obj)  # which says that it is undefined
        if not __self.is_safe_callable(__obj):
            raise SecurityError(f"a {type(__obj).__name__} cannot be called")
        return __context.call(__obj, *args, **kwargs)

    def call_filter(self, name: str, value: Any, *given: Any, **named: Any) -> Any:
        """Filter one of the things that are mapped, which is paid for as any other value."""
        return super().call_filter(name, self.work[0].pay(value), *given, **named)

    def call_test(self, name: str, value: Any, *given: Any, **named: Any) -> Any:
        """Test one of the things that are selected, which is paid for as any other value."""
        return super().call_test(name, self.work[0].pay(value), *given, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Reckon with numbers that stay small; of texts and lists only the sum, which is paid for."""
        self.work[0].spend(STEP)
        if operator == "+" and type(left) is type(right) and type(left) in (str, list, tuple):
            return self.work[0].pay(left) + self.work[0].pay(right)
        if operator == "**":
            return power(left, right)
        return number(self.binop_table[operator](number(left), number(right)))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002
        """Reckon with numbers."""
        return self.unop_table[operator](number(arg))


class Tool:
    """One of Jinja's own global names: a template can call it, and no more."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        """Keep what it makes things by."""
        self._make = make

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Make something that Jinja knows; raise `NarrativeError` for what it does not take."""
        try:
            return self._make(*given, **named)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise NarrativeError(NOT_TAKEN) from error


# -- filters and global names ------------------------------------------------------------------------------------------


def _work(context: Context) -> Work:
    work: list[Work] = context.environment.work  # type: ignore[attr-defined]  # a `Sandbox`
    return work[0]


@pass_context
def _paid(context: Context, value: Any) -> Any:
    return _work(context).pay(value)


@pass_context
def _spent(context: Context, units: int) -> bool:
    _work(context).spend(STEP + max(units, 0))
    return True


@pass_context
def _printed(context: Context, value: Any) -> Any:
    """What may be printed: text and numbers, and lists of them."""
    value = _work(context).pay(value)
    if callable(value) and not isinstance(value, Undefined):
        raise NarrativeError("a call is written with brackets, such as {{ equations() }}")
    if not isinstance(value, Undefined) and not is_plain(value):
        raise NarrativeError(f"text and numbers are printed, not a {type(value).__name__}")
    return value


def _int(*given: Any, **named: Any) -> Any:
    """A whole number; a text of ones and zeros could make it a long one."""
    found = FILTERS["int"](*given, **named)
    return number(found) if isinstance(found, int) else found


@pass_context
def _text(context: Context, value: Any) -> str:
    return str(_printed(context, value))


@pass_context
def _join(context: Context, values: Iterable[Any], between: str = "") -> str:
    """Texts with another between them."""
    texts = [_text(context, value) for value in values]
    _work(context).spend(len(texts) * len(_text(context, between)))
    return _text(context, between).join(texts)


def _of_text(change: Callable[[str], str]) -> Callable[[Context, Any], str]:
    """A filter for text, with nothing else to say."""

    @pass_context
    def changed(context: Context, value: Any) -> str:
        return change(_text(context, value))

    return changed


def _of_each(look: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja that pays for what else it is given once for each thing in a list."""
    others = look in [FILTERS[name] for name in WITH_OTHERS]

    @pass_context
    def looked(context: Context, values: Iterable[Any], *given: Any, **named: Any) -> Any:
        values = list(_work(context).pay(values))
        if look is FILTERS["unique"]:  # whoever chooses the numbers can make each collide with each
            _work(context).spend(len(values) ** 2)
        for _ in values:
            _work(context).pay([*given, *named.values()])
        return look(context if others else context.environment, values, *given, **named)

    return looked


def _of_numbers(test: Callable[..., bool]) -> Callable[..., bool]:
    """A test of Jinja for numbers; of a text its ``%`` would be a format."""
    return lambda *given: test(*map(number, given))


def _range(*ends: int) -> range:
    """The numbers of Python's range, not too many of them."""
    found = range(*map(number, ends))
    if len(found) > _LONGEST_RANGE:
        raise NarrativeError(f"a range of a template has at most {_LONGEST_RANGE:,} numbers, not {len(found):,}")
    return found


TOOLS: Final[Mapping[str, Callable[..., Any]]] = {
    "range": _range,
    "namespace": Namespace,
    "joiner": Joiner,
    "cycler": Cycler,
}
"""Jinja's global names, those that make nothing large, and nothing by chance."""
