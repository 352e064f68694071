"""Source code without all that means nothing: comments, docstrings, layout, annotations. Pure."""

import ast
import functools

# what Python says to text that it cannot parse, or that is nested too deep for it
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


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
def below_signature(source: str) -> str:
    """Normalised source without the `def` line, which the parameters already speak of."""
    try:
        tree = ast.parse(source)
        for node in tree.body[:1]:
            if isinstance(node, ast.FunctionDef):
                node.args = ast.arguments([], [], None, [], [], None, [])
        return ast.unparse(tree)
    except UNPARSABLE:
        return source
