"""The functions of a script that run once, as `main` does, so that their statements are observed.

A function of the script runs once if the script names it once, in a call that is a whole statement
which itself runs once, or the only argument of such a call: `main()`, `model = build(options)`,
`sys.exit(main())`. Decorated and asynchronous functions, generators, and functions that look at
their own variables as a whole are not among them.
"""

import ast
import collections
import os
import sys
import threading
import types

HOOK = "state_harness_statements"
WHOLE = ("locals", "vars", "dir", "eval", "exec")  # a function that names these sees a new variable
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CALL = '__import__("{}").at({!r}, {!r}, None)'


def functions(tree, body):
    """The nodes of the functions that may run once, by their names; `body` is the top level."""
    named, bound = collections.Counter(), collections.Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (named if isinstance(node.ctx, ast.Load) else bound)[node.id] += 1
        elif isinstance(node, ast.arg):
            bound[node.arg] += 1
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound[node.name] += 1
        elif isinstance(node, ast.alias):
            bound[node.asname or node.name] += 1
    return {
        node.name: node
        for node in body
        if isinstance(node, ast.FunctionDef)
        and named[node.name] == bound[node.name] == 1
        and not node.decorator_list
        and not _is_special(node)
    }


def called(node, known):
    """The function of `known` that a statement calls and nothing else; None if there is none."""
    value = getattr(node, "exc" if isinstance(node, ast.Raise) else "value", None)
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Name) and value.func.id in known:
            return known[value.func.id]
        value = value.args[0] if len(value.args) == 1 and not value.keywords else None
    return None


def parameters(function):
    """The names of the parameters of a function."""
    given = function.args
    every = getattr(given, "posonlyargs", []) + given.args + given.kwonlyargs
    return {each.arg for each in [*every, given.vararg, given.kwarg] if each}


def bound(node):
    """The names that a statement binds in its scope; those of comprehensions are not."""
    if isinstance(node, SCOPES):
        return {node.name}
    # the name of an `except` handler is not among them: Python unbinds it at the end
    found = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            found.add(each.id)
        elif isinstance(each, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in each.names if a.name != "*"}
        elif isinstance(each, SCOPES):
            found.add(each.name)
            continue
        elif isinstance(each, INNER):
            continue
        waiting.extend(ast.iter_child_nodes(each))
    return found


def variables(function):
    """The names of the variables of a function, its parameters among them."""
    outer = set()
    for node in _own(function.body):
        outer.update(node.names if isinstance(node, (ast.Global, ast.Nonlocal)) else ())
    return parameters(function).union(*map(bound, function.body)) - outer


def without_docstring(function):
    """The statements of a function, at least one."""
    documented = ast.get_docstring(function, clean=False) is not None and len(function.body) > 1
    return function.body[1:] if documented else function.body


def tell(function, statements):
    """Have a function tell, between its statements, which of `statements` begins."""
    at = len(function.body) - len(statements)
    body = function.body[:at]
    for statement in statements:
        body += [_call(statement.node, function.name, statement.name), statement.node]
    function.body = [*body, _call(statements[-1].node, function.name, "")]
    for node in _own(function.body):
        if isinstance(node, ast.Return):
            call = _call(node, function.name, "").value
            call.args[-1] = node.value or call.args[-1]
            node.value = call


def _call(node, function, name):
    call = ast.parse(CALL.format(HOOK, function, name)).body[0]
    for each in ast.walk(call):
        ast.copy_location(each, node)
    return call


def _own(body):
    """The nodes of a body that belong to its scope, and to no function or class in it."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*SCOPES, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def _is_special(function):
    """Whether it is a generator, or looks at its own variables as a whole."""
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom))
        or (isinstance(node, ast.Name) and node.id in WHOLE)
        for node in _own(function.body)
    )


class Inner:
    """Follows the statements of such functions while the script runs, in its process and thread.

    `begin` is called with a statement that begins; `end` with a statement that is over, and with
    the variables of its function. A statement that raises does not end. `fault` is an error of
    these two, which the script must not see.
    """

    def __init__(self, script, begin, end):
        self._statements = {each.name: each for each in script.statements if each.function}
        self._begin, self._end = begin, end
        self._here = here()
        self._open, self._begun = [], set()
        self.fault = None
        module = types.ModuleType(HOOK, "Present while the harness runs a script.")
        module.at = self.at
        sys.modules[HOOK] = module

    def at(self, function, name, value):
        """Called by a function: one of its statements begins, or without a `name`, all are over.

        Returns the `value`, which the function returns.
        """
        if here() == self._here and (function, name) not in self._begun and not self.fault:
            self._begun.add((function, name))
            try:
                self._follow(function, name)
            except Exception as error:  # an error of the harness is none of the script
                self.fault = error
        return value

    def _follow(self, function, name):
        functions = [each.function for each in self._open]
        if function in functions:
            del self._open[functions.index(function) + 1 :]  # the others have returned
            self._end(self._open.pop(), _variables(sys._getframe(2)))
        if name:
            self._open.append(self._statements[name])
            self._begin(self._open[-1])

    def close(self, functions):
        """The statements that raised, when an error came through `functions` to the top level."""
        found, self._open = self._open, []
        return [each for each in found if each.function in functions]


def _variables(frame):
    """The variables of a function, as a dictionary of its own, to which nothing else refers."""
    found = frame.f_locals
    copied = dict(found)
    if isinstance(found, dict):  # before Python 3.13 the frame keeps it, with all its values
        found.clear()
    return copied


def here():
    """The process and the thread that run this."""
    return os.getpid(), threading.get_ident()
