"""What many targets have in common is one object, of which a function is computed once."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def once(function: F) -> F:
    """Compute a function once for the same arguments, which are those that are the same objects,
    and equal texts.

    `functools.cache` would look at all values of an array, and would take 0.0 for -0.0, which is
    equal, and is written otherwise.
    """
    # with the arguments, since the identity of an object is its own only as long as it lives
    found: dict[tuple[object, ...], tuple[Any, tuple[object, ...]]] = {}

    @functools.wraps(function)
    def shared(*given: object) -> Any:
        key = tuple([each if each.__class__ is str else id(each) for each in given])
        known = found.get(key)
        if known is None:
            known = found[key] = function(*given), given
        return known[0]

    return shared  # type: ignore[return-value]
