"""Describes the internals of Keras that a record holds. Pure.

Everything is normalised here, on one Python, so that neither the Python under test nor a
reformatted or moved source looks like a change.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.observing.records import Call, Internal, Parameter, Record
from harness.observing.sources import normalise_source

RAISED_IN = "RNN.__call__"
NOT_INSPECTABLE = "not inspectable"


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is accepted of an internal.

    `parameters` are written as in a signature, None where there is none; `calls` is a line for each
    stretch of calls that was seen; `facts` are what a layer is, in lines; `body` is the normalised
    source. No kind: absent.
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
    def signature(self) -> str:
        return "no signature" if self.parameters is None else f"({', '.join(self.parameters)})"

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        if self.facts or self.owner is None or (self.kind or "").startswith("inherited"):
            return self.kind or ""
        return f"{self.kind} {self.signature} of {self.owner}"


def describe(record: Record) -> dict[str, Described]:
    """Every watched internal of a record by name, then every layer by the name of its class.

    What a class inherits from another that is watched is described there and only named here.
    """
    bodies = {key: normalise_source(text) for key, text in record.sources.items()}
    calls: dict[str, list[str]] = {}
    for call in record.calls:
        # what a phase raised belongs to the call that raised it
        callee = RAISED_IN if call.callee.startswith("raises ") else call.callee
        calls.setdefault(callee, []).append(_call_line(call))
    names = {internal.name for internal in record.internals}
    described = {}
    for internal in record.internals:
        here = _describe(internal, bodies)
        above = _inherited_from(internal)
        if above in names:
            here = Described(kind=f"inherited from {above}", owner=internal.owner)
        described[internal.name] = replace(here, calls=tuple(calls.get(internal.name, ())))
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
    """The same attribute of the class that defines it, if that is another class."""
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


def _fact_lines(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{key} = {json.dumps(item, sort_keys=True)}" for key, item in value.items())
    elif isinstance(value, list):
        yield from map(str, value)
    else:
        yield str(value)


def _written(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Parameters as a signature has them, `*` before the first that is keyword-only included."""
    star = any(parameter.kind == "VAR_POSITIONAL" for parameter in parameters)
    for parameter in parameters:
        if parameter.kind == "KEYWORD_ONLY" and not star:
            star = True
            yield "*"
        mark = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind, "")
        # an address in a default is another one in each process
        default = re.sub(r"0x[0-9a-f]+", "0x...", parameter.default or "")
        yield f"{mark}{parameter.name}" + (f"={default}" if parameter.default is not None else "")
