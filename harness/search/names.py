"""Which names a statement binds and reads, and whose objects it may change. Pure."""

import ast

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound(node: ast.AST) -> set[str]:
    """The names that a statement binds; those inside a function or class are its own."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    found: set[str] = set()
    if isinstance(node, ast.Import | ast.ImportFrom):
        found |= {(each.asname or each.name).split(".")[0] for each in node.names}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        found.add(node.id)
    if isinstance(node, ast.ExceptHandler) and node.name:
        found.add(node.name)
    return found.union(*map(bound, ast.iter_child_nodes(node)))


def read(node: ast.AST) -> set[str]:
    """The names that a statement reads, also later, in the functions that it defines."""
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Store)
    }


def touched(node: ast.AST, modules: set[str]) -> set[str]:
    """The names whose objects a statement may change.

    A call may change what it names. One that is a statement of its own, and for nothing else than
    what it changes, may change a module too, as a seed does.
    """
    if isinstance(node, DEFINITIONS):
        return set()
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            found |= read(each)
        elif isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store):
            found |= read(each.value)
        elif isinstance(each, ast.AugAssign | ast.Delete):
            found |= bound(each) | read(each)
        elif isinstance(each, ast.For | ast.comprehension):  # its parts, by the name of the loop
            found |= read(each.iter)
    if isinstance(node, ast.Assign | ast.AnnAssign) and not _assigns_to_a_part(node):
        found -= modules
    return found


def changes_module(node: ast.AST, modules: set[str]) -> bool:
    """Whether a statement is a call of what was imported, or assigns to a part of it."""
    if isinstance(node, DEFINITIONS):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _root(node.value.func) in modules
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
        written = [
            each
            for each in ast.walk(node)
            if isinstance(each, ast.Attribute | ast.Subscript)
            and not isinstance(each.ctx, ast.Load)
        ]
        return any(_root(each) in modules for each in written)
    return any(changes_module(each, modules) for each in ast.iter_child_nodes(node))


def declared(program: ast.AST) -> set[str]:
    """The names of the module that functions declare as `global`, and so may bind when called."""
    return {
        name for each in ast.walk(program) if isinstance(each, ast.Global) for name in each.names
    }


def calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def imports_everything(node: ast.AST) -> bool:
    """Whether a statement is `from MODULE import *`, whose names nobody knows."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def imports(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _assigns_to_a_part(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(each, ast.Attribute | ast.Subscript) for each in targets)


def _root(node: ast.expr) -> str:
    """The name that an expression such as `os.environ["X"]` begins with; empty if it has none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
