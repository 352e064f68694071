"""Judges what the probe saw of Keras's internals: describes each, says in what two differ. Pure.

Everything is normalised here, on one Python, so that neither the Python under test nor a
reformatted or moved source looks like a change.
"""

import ast
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.changes import Change, ChangeKind
from harness.records import Call, Internal, Parameter, Record

RAISED_IN = "RNN.__call__"
NOT_INSPECTABLE = "not inspectable"
# what Python says to text that it cannot parse, or that is nested too deep for it
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
FACT_KINDS = {
    "config": ChangeKind.DEFAULT,
    "config kept by from_config": ChangeKind.DEFAULT,
    "build": ChangeKind.WEIGHTS_LAYOUT,
    "weights": ChangeKind.WEIGHTS_LAYOUT,
    "states before build": ChangeKind.STATE_LAYOUT,
    "states after build": ChangeKind.STATE_LAYOUT,
    "states after a call": ChangeKind.STATE_LAYOUT,
    "returned": ChangeKind.STATE_LAYOUT,
}


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


def compare_internals(name: str, before: Described, after: Described) -> Iterator[Change]:
    """All in which one internal differs; nothing if it does not."""
    for kind, old, new in _differences(before, after):
        yield Change(kind=kind, subject=name, before=old, after=new)


@functools.cache
def normalise_source(text: str) -> str:
    """Source without comments, docstrings, layout and annotations.

    Text that is not Python by itself, such as a lambda cut out of its line, or is too much for
    Python's parser, keeps its words and loses its layout.
    """
    # a method keeps its indentation, under which comments may stand at the margin
    head = "if True:\n" if text[:1].isspace() else ""
    try:
        tree = ast.parse(head + text)
        if head and isinstance(tree.body[0], ast.If):
            tree.body = tree.body[0].body
        return ast.unparse(ast.fix_missing_locations(_Plain().visit(tree)))
    except UNPARSABLE:
        return " ".join(text.split())


class _Plain(ast.NodeTransformer):
    """Drops annotations, and statements that do nothing, as docstrings are."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value)


@functools.cache
def _below_signature(source: str) -> str:
    """Normalised source without the `def` line, which the parameters already speak of."""
    try:
        tree = ast.parse(source)
        for node in tree.body[:1]:
            if isinstance(node, ast.FunctionDef):
                node.args = ast.arguments([], [], None, [], [], None, [])
        return ast.unparse(tree)
    except UNPARSABLE:
        return source


def _differences(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    if not before.present or not after.present:
        if after.present:
            yield ChangeKind.ADDED, "absent", str(after)
        if before.present:
            yield ChangeKind.REMOVED, str(before), "absent"
        return
    if before.kind != after.kind:
        yield ChangeKind.KIND, str(before.kind), str(after.kind)
    if before.owner != after.owner:
        yield ChangeKind.MOVED, str(before.owner), str(after.owner)
    if before.parameters != after.parameters:
        same_names = _without_defaults(before) == _without_defaults(after)
        kind = ChangeKind.DEFAULT if same_names else ChangeKind.SIGNATURE
        yield kind, before.signature, after.signature
    if before.calls != after.calls:
        yield ChangeKind.CALL_PROTOCOL, "\n".join(before.calls), "\n".join(after.calls)
    yield from _differing_facts(before, after)
    if before.body != after.body:  # perhaps only since another Python wrote one of them
        old, new = normalise_source(before.body), normalise_source(after.body)
        if _below_signature(old) != _below_signature(new):
            yield ChangeKind.BODY, old, new


def _differing_facts(before: Described, after: Described) -> Iterator[tuple[ChangeKind, str, str]]:
    for kind in dict.fromkeys(FACT_KINDS.values()):
        old, new = _facts_of(kind, before), _facts_of(kind, after)
        if old != new:
            yield kind, old, new


def _facts_of(kind: ChangeKind, described: Described) -> str:
    lines = [
        f"{fact}: {line}"
        for fact, lines in described.facts.items()
        if FACT_KINDS.get(fact, ChangeKind.STATE_LAYOUT) is kind
        for line in lines
    ]
    # a config is a mapping: in which order it names its entries means nothing
    return "\n".join(sorted(lines) if kind is ChangeKind.DEFAULT else lines)


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


def _without_defaults(described: Described) -> list[str]:
    return [parameter.split("=", 1)[0] for parameter in described.parameters or ()]
