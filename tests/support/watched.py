"""An internal as the probe sees it, and its source with edits."""

import inspect
import textwrap
from collections.abc import Callable

from harness.observing.internals import Described, describe
from harness.observing.records import Internal, Parameter
from tests.support.makers import record

NAME = "RNN.reset_states"
SOURCE = '''\
    def reset_states(self, states=None):
        """Reset them."""
        if states is None:
            self.states = "zeros"  # as it was
        else:
            self.states = [state for state in states]
        return self.states
'''


LAMBDA = "states = property(lambda self: self._states)"
CUT = "lambda self: self._states, doc='the states')"


def seen(
    source: str | None = SOURCE,
    *,
    signature: Callable[..., object] = lambda self, states=None: (self, states),
    kind: str | None = "method",
    owner: str = "keras.layers.RNN",
    present: bool = True,
    reason: str | None = None,
    value_type: str | None = None,
) -> Described:
    """The description of an internal that the probe saw like this."""
    parameters = tuple(
        Parameter(
            name=p.name,
            kind=p.kind.name,
            default=None if p.default is p.empty else repr(p.default),
        )
        for p in inspect.signature(signature).parameters.values()
    )
    internal = Internal(
        name=NAME,
        present=present,
        reason=reason,
        kind=kind,
        owner=owner if present else None,
        value_type=value_type,
        parameters=parameters if present else None,
        source="key" if source else None,
    )
    sources = {"key": source} if source else {}
    return describe(record([], internals=[internal], sources=sources))[NAME]


def body(*lines: str, head: str = "def reset_states(self, states=None):") -> str:
    """A method with these lines."""
    return textwrap.indent("\n".join([head, *(f"    {line}" for line in lines)]), "    ")


def edited(old: str, new: str) -> str:
    """`SOURCE` with an edit."""
    assert old in SOURCE
    return SOURCE.replace(old, new)
