"""Source code without comments, docstrings, layout and annotations. Pure."""

import ast
import re
from typing import Any

# the errors of Python's parser for invalid text, and for too deep nesting
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def normalise_source(text: str) -> str:
    """Source without comments, docstrings, layout and annotations.

    Text that Python cannot parse, such as a lambda cut out of its line, only loses its layout.
    A normalised source stays as it is.
    """
    return _NORMALISED[text]


class _Normalised(dict[str, str]):
    """A cache of the normalised source of each text; a normalised source is its own."""

    def __missing__(self, text: str) -> str:
        normalised = self[text] = _normalised(text)
        self[normalised] = normalised
        return normalised


_NORMALISED = _Normalised()
_TREES: dict[str, ast.Module] = {}


def tree_of(source: str) -> ast.Module:
    """The tree of a normalised source. Raises one of UNPARSABLE if it is not Python."""
    return _TREES.get(source) or ast.parse(source)


def _normalised(text: str) -> str:
    # a method keeps its indentation; its comments may have less
    head = "if True:\n" if text[:1].isspace() else ""
    try:
        tree = ast.parse(head + text)
        if head and isinstance(tree.body[0], ast.If):
            tree.body = tree.body[0].body
        plain = _Plain().visit(tree)
        source = ast.unparse(plain)
    except UNPARSABLE:
        return " ".join(text.split())
    _TREES[source] = plain
    return source


class _Plain(ast.NodeTransformer):
    """Drops annotations, and statements without effect, such as docstrings."""

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, ast.expr) else super().visit(node)  # has no statements

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
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)


# the line of a function, after its decorators; a body of at least one line follows
_FUNCTION = re.compile(r"\A((?:@.*\n)*def \w+)\(.*\):$(?=\n)", re.MULTILINE)


def below_signature(source: str) -> str:
    """Normalised source without the parameters of its function, which are compared separately."""
    return _FUNCTION.sub(r"\1():", source, count=1)
