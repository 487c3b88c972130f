"""Sandbox: the environment in which templates run, which may come from strangers.

Everything that a template can do is on a list: the types it is handed (`derive.report.narrative.offered`), the attributes of
each, filters and tests (`derive.report.narrative.filters`), global names, the kinds of nodes of its syntax tree
(`derive.report.narrative.metered`). A function of the host is reached only by calling it, no method of a text is, and all of it
is paid for (`derive.report.narrative.work`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from types import BuiltinMethodType, MethodType
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, Undefined, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import Namespace

from derive.errors import NarrativeError
from derive.report.narrative.filters import filters, tests
from derive.report.narrative.kept import Kept, is_packaged
from derive.report.narrative.metered import LOOPED, PAID, PRINTED, SPENT, metered, written_out
from derive.report.narrative.offered import GONE_THROUGH, NOT_TAKEN, PLAIN, Offered, OfferedCall, is_plain, named
from derive.report.narrative.work import CALL, STEP, Works, number, power

ATTRIBUTES: Final[Mapping[type, frozenset[str]]] = {
    LoopContext: frozenset(("cycle", "first", "index", "index0", "last", "length", "revindex", "revindex0")),
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
        self.work = Works()  # which overlays share
        self.filters = filters(self.work)
        self.filters |= {PAID: self._paid, PRINTED: self._printed, SPENT: self._spent, LOOPED: self._looped}
        self.tests = tests()
        self.globals = {name: Tool(make) for name, make in TOOLS.items()}

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, *given: Any, **named: Any
    ) -> str:
        """Generate Python from a template that pays for its work, and, unless it is packaged, for that."""
        if not is_packaged(filename):
            self.work.now.spend(written_out(source))
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
            self.work.now.spend(STEP)
            return getattr(obj, attribute) if attribute in dir(obj) else self._missing(attribute, dir(obj))
        try:
            return obj[attribute] if type(obj) is TemplateReference else getattr(obj, attribute)
        except (AttributeError, LookupError):
            return self._missing(attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Return what says that a template may not see an attribute."""
        return self.undefined(f"a template sees no “{attribute}” of {named(obj)}", exc=SecurityError)

    def _missing(self, name: str, known: Iterable[str] = ()) -> Undefined:
        """What says that there is nothing of a name, but what there is."""
        there = ", ".join(known)
        return self.undefined(f"there is no “{name}” in it{f'; there are {there}' if there else ''}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an entry of a text, a list or a table, or an attribute, paid for: filters look so at many things."""
        if not isinstance(obj, _SUBSCRIBED):
            return self.work.now.pay(self.getattr(obj, str(argument)))
        try:
            return self.work.now.pay(obj[argument])
        except (TypeError, LookupError):
            return self._missing(str(argument) if type(argument) in PLAIN else named(argument))

    # -- what is done with values --------------------------------------------------------------------------------------

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether something was offered to be called."""
        if type(obj) in (MethodType, BuiltinMethodType):
            return obj.__name__ in ATTRIBUTES.get(type(obj.__self__), ())
        return type(obj) in (Tool, OfferedCall, Macro, BlockReference)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 -- as in Jinja
        """Call what was offered to be called."""
        is_offered = type(__obj) is OfferedCall
        __self.work.now.spend(CALL if is_offered else STEP)
        if isinstance(__obj, Undefined):
            return str(__obj)  # which says that it is undefined
        if not __self.is_safe_callable(__obj):
            raise SecurityError(f"{named(__obj)} cannot be called")
        with __self.work.now.beside() if is_offered else nullcontext():
            return __context.call(__obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Reckon with numbers that stay small; of texts and lists only the sum, which is paid for."""
        self.work.now.spend(STEP)
        if operator == "+" and type(left) is type(right) and type(left) in (str, list, tuple):
            return self.work.now.pay(left) + self.work.now.pay(right)
        if operator == "**":
            return power(left, right)
        return number(self.binop_table[operator](number(left), number(right)))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002
        """Reckon with numbers."""
        return self.unop_table[operator](number(arg))

    # -- what stands where a value is used: see `metered` --------------------------------------------------------------

    def _paid(self, value: Any) -> Any:
        return self.work.now.pay(value)

    def _spent(self, units: int) -> bool:
        self.work.now.spend(STEP + max(units, 0))
        return True

    def _printed(self, value: Any) -> Any:
        """What may be printed: text and numbers, and lists of them."""
        value = self.work.now.pay(value)
        if callable(value) and not isinstance(value, Undefined):
            raise NarrativeError("a call is written with brackets, such as {{ equations() }}")
        if not isinstance(value, Undefined) and not is_plain(value):
            raise NarrativeError(f"text and numbers are printed, not {named(value)}")
        return value

    def _looped(self, value: Any) -> Any:
        """What a loop may go through."""
        if type(value) not in GONE_THROUGH:
            raise NarrativeError(f"a loop goes through a list, not {named(value)}")
        return value


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


# -- global names --------------------------------------------------------------------------------------------------------


def _range(*ends: int) -> range:
    """The numbers of Python's range, not too many of them."""
    found = range(*map(number, ends))
    if len(found) > _LONGEST_RANGE:
        raise NarrativeError(f"a range of a template has at most {_LONGEST_RANGE:,} numbers, not {len(found):,}")
    return found


TOOLS: Final[Mapping[str, Callable[..., Any]]] = {
    "range": _range,
    "namespace": lambda **named: Namespace(named),
}
"""The global names that there are."""
