"""Describes the internals of Keras in a record. Pure.

Sources are normalised here, by the Python of the harness, so that another Python under test, or a
reformatted or moved source, does not look like a change.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.observing.records import Call, Internal, Parameter, Record
from harness.observing.sources import normalise_source

RAISED_IN = "RNN.__call__"
NOT_INSPECTABLE = "not inspectable"
INHERITED = "inherited from "


@dataclass(frozen=True, kw_only=True)
class Described:
    """The description of an internal or a layer, as a baseline stores it.

    `kind` is None if the internal is absent. `parameters` are written as in a signature, None
    without a signature. `calls` has a line for each stretch of observed calls. `facts` describe a
    layer, in lines. `body` is the normalised source.
    """

    kind: str | None = None
    owner: str | None = None
    parameters: tuple[str, ...] | None = None
    calls: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: str = ""

    @property
    def present(self) -> bool:
        return self.kind is not None

    @property
    def inspectable(self) -> bool:
        return NOT_INSPECTABLE not in (self.kind or "")

    @property
    def inherited(self) -> str:
        """The name of the watched attribute that this one inherits; empty if there is none."""
        kind = self.kind or ""
        return kind.removeprefix(INHERITED) if kind.startswith(INHERITED) else ""

    @property
    def signature(self) -> str:
        if self.parameters is not None:
            return f"({', '.join(self.parameters)})"
        return self.kind or "" if self.inherited else "no signature"

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        if self.facts or self.owner is None or self.inherited:
            return self.kind or ""
        return f"{self.kind} {self.signature} of {self.owner}"


def is_layer(name: str) -> bool:
    """Whether a name is that of a layer, and not of an attribute of a class."""
    return "." not in name


def is_watched(name: str, internals: Mapping[str, Described]) -> bool:
    """Whether the descriptions of a target tell of an internal that it is there, or is not.

    An absent attribute is described as absent; an absent layer has no description.
    """
    return name in internals or is_layer(name)


def describe(record: Record) -> dict[str, Described]:
    """The descriptions of all watched internals by name, then of all layers by class name.

    An attribute that a class inherits from another watched class is described for that class; for
    the inheriting class the description only names it.
    """
    bodies = {key: normalise_source(text) for key, text in record.sources.items()}
    calls: dict[str, list[str]] = {}
    for call in record.calls:
        # an error belongs to the call that raised it
        callee = RAISED_IN if call.callee.startswith("raises ") else call.callee
        calls.setdefault(callee, []).append(_call_line(call))
    names = {internal.name for internal in record.internals}
    described = {}
    for internal in record.internals:
        description = _describe(internal, bodies)
        inherited = _inherited_from(internal)
        if inherited in names:
            description = Described(kind=f"{INHERITED}{inherited}", owner=internal.owner)
        if internal.name in calls:
            description = replace(description, calls=tuple(calls[internal.name]))
        described[internal.name] = description
    for name, facts in record.layers.items():
        lines = {fact: tuple(_fact_lines(value)) for fact, value in facts.items()}
        described[name] = Described(kind="layer", facts=lines)
    return described


def _describe(internal: Internal, bodies: Mapping[str, str]) -> Described:
    if not internal.present and internal.reason is None:
        return Described()
    kind = internal.kind or "unknown"
    if internal.value_type:
        kind = f"{kind} ({internal.value_type})"
    if internal.reason:
        kind = f"{kind}, {NOT_INSPECTABLE}: {internal.reason}"
    return Described(
        kind=kind,
        owner=internal.owner,
        parameters=None if internal.parameters is None else tuple(_written(internal.parameters)),
        body=bodies.get(internal.source or "", ""),
    )


def _inherited_from(internal: Internal) -> str | None:
    """The name of the attribute in the class that defines it; None if that is its own class."""
    class_name, attribute = internal.name.split(".")
    owner = (internal.owner or class_name).rsplit(".", 1)[-1]
    return None if owner == class_name else f"{owner}.{attribute}"


def _call_line(call: Call) -> str:
    """One stretch of calls, e.g. `stateless, first call: by RNN.call (batch_size=2)`."""
    where = f"{call.mode}, {call.phase}"
    if call.callee.startswith("raises "):
        return f"{where}: {call.callee}"
    arguments = [_argument(value) for value in call.positional]
    arguments += [f"{name}={_argument(value)}" for name, value in sorted(call.keywords.items())]
    times = f" {call.times} times" if call.times > 1 else ""
    return f"{where}: by {call.caller} ({', '.join(arguments)}){times}"


def _argument(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_argument, value))}]"
    return str(value)


_JSON = json.JSONEncoder(sort_keys=True)


def _fact_lines(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{key} = {_JSON.encode(item)}" for key, item in value.items())
    elif isinstance(value, list):
        yield from map(str, value)
    else:
        yield str(value)


_ADDRESS = re.compile(r"0x[0-9a-f]+")


def _written(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Parameters as in a signature: `/` after the last positional-only parameter, and `*` before
    the first keyword-only one.
    """
    star = any(parameter.kind == "VAR_POSITIONAL" for parameter in parameters)
    slash = sum(parameter.kind == "POSITIONAL_ONLY" for parameter in parameters)
    for at, parameter in enumerate(parameters):
        if at and at == slash:
            yield "/"
        if parameter.kind == "KEYWORD_ONLY" and not star:
            star = True
            yield "*"
        mark = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind, "")
        # an address in a default differs from process to process
        default = _ADDRESS.sub("0x...", parameter.default or "")
        yield f"{mark}{parameter.name}" + (f"={default}" if parameter.default is not None else "")
    if parameters and slash == len(parameters):
        yield "/"
