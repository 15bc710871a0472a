"""A property that is read once and kept. Pure."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class read_once(Generic[T]):  # noqa: N801 - it is written where `property` would be
    """What `functools.cached_property` does, without the lock that it takes before Python 3.12.

    A post and a case read a dozen things each, a hundred thousand times in a replay. Two threads that read one at
    the same time both read it, and find the same.
    """

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn under which name it is kept: beside the values, where it is found first."""
        self._name = name

    @overload
    def __get__(self, one: None, owner: type) -> "read_once[T]": ...

    @overload
    def __get__(self, one: object, owner: type) -> T: ...

    def __get__(self, one: object | None, owner: type) -> "read_once[T] | T":
        """Read it of one."""
        if one is None:
            return self
        found = one.__dict__[self._name] = self._read(one)
        return found
