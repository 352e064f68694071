"""Judges what the probe saw of Keras's internals: describes each, says in what two differ. Pure.

Everything is normalised here, on one Python, so that neither the Python under test nor a
reformatted or moved source looks like a change.
"""

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.changes import Change, ChangeKind
from harness.records import Internal, Parameter


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is accepted of an internal.

    `parameters` are written as in a signature, None where there is none; `body` is the normalised
    source, empty where there is none. All None: absent.
    """

    kind: str | None = None
    owner: str | None = None
    parameters: tuple[str, ...] | None = None
    body: str = ""

    @property
    def present(self) -> bool:
        return self.kind is not None

    @property
    def signature(self) -> str:
        return "no signature" if self.parameters is None else f"({', '.join(self.parameters)})"

    def __str__(self) -> str:
        if not self.present:
            return "absent"
        return f"{self.kind} {self.signature} of {self.owner}"


def describe(internals: Sequence[Internal], sources: Mapping[str, str]) -> dict[str, Described]:
    """Every watched internal of a record, by name."""
    bodies = {key: normalise_source(text) for key, text in sources.items()}
    return {internal.name: _describe(internal, bodies) for internal in internals}


def compare_internals(name: str, before: Described, after: Described) -> Iterator[Change]:
    """All in which one internal differs; nothing if it does not."""

    def change(kind: ChangeKind, old: str, new: str) -> Change:
        return Change(kind=kind, subject=name, before=old, after=new)

    if not before.present and not after.present:
        return
    if not before.present:
        yield change(ChangeKind.ADDED, "absent", str(after))
        return
    if not after.present:
        yield change(ChangeKind.REMOVED, str(before), "absent")
        return
    if before.kind != after.kind:
        yield change(ChangeKind.KIND, str(before.kind), str(after.kind))
    if before.owner != after.owner:
        yield change(ChangeKind.MOVED, str(before.owner), str(after.owner))
    if before.parameters != after.parameters:
        same_names = _without_defaults(before) == _without_defaults(after)
        kind = ChangeKind.DEFAULT if same_names else ChangeKind.SIGNATURE
        yield change(kind, before.signature, after.signature)
    old, new = normalise_source(before.body), normalise_source(after.body)
    if _below_signature(old) != _below_signature(new):
        yield change(ChangeKind.BODY, old, new)


def normalise_source(text: str) -> str:
    """Source without comments, docstrings, layout and annotations.

    Text that is not Python by itself, such as a lambda cut out of its line, keeps its words and
    loses its layout.
    """
    text = textwrap.dedent(text)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return " ".join(text.split())
    return ast.unparse(ast.fix_missing_locations(_Plain().visit(tree)))


class _Plain(ast.NodeTransformer):
    """Drops docstrings and annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value)


def _below_signature(source: str) -> str:
    """Normalised source without the `def` line, which the parameters already speak of."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in tree.body[:1]:
        if isinstance(node, ast.FunctionDef):
            node.args = ast.arguments([], [], None, [], [], None, [])
    return ast.unparse(tree)


def _describe(internal: Internal, bodies: Mapping[str, str]) -> Described:
    if not internal.present and internal.reason is None:
        return Described()
    kind = internal.kind or "unknown"
    if internal.value_type:
        kind = f"{kind} ({internal.value_type})"
    if internal.reason:
        kind = f"{kind}, not inspectable: {internal.reason}"
    return Described(
        kind=kind,
        owner=internal.owner,
        parameters=None if internal.parameters is None else tuple(_written(internal.parameters)),
        body=bodies.get(internal.source or "", ""),
    )


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
