"""Once: a property that is computed with balls, and kept.

Python 3.11 holds a lock while it computes a `cached_property`, one for all instances of a class. A thread that holds it and
waits for `precision`, and another that has the precision and waits for the property, would wait for each other for ever. So
what is computed with balls is kept without a lock; two threads may compute the same, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class once(cached_property, Generic[Value]):  # type: ignore[type-arg]  # noqa: N801 - used like cached_property
    """A property that is computed at its first use and kept by the instance.

    >>> class Example:
    ...     @once
    ...     def value(self) -> list[int]:
    ...         return [1]
    >>> example = Example()
    >>> example.value is example.value
    True
    """

    func: Callable[[Any], Value]

    def __init__(self, func: Callable[[Any], Value]) -> None:
        super().__init__(func)

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> once[Value]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Value: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> once[Value] | Value:
        """Compute the value, or look it up."""
        if instance is None:
            return self
        name, kept = str(self.attrname), vars(instance)
        if name not in kept:
            kept[name] = self.func(instance)
        value: Value = kept[name]
        return value
