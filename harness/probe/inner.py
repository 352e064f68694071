"""The functions of a script that run once, as `main` does, so that their statements are observed.

A function of the script runs once if the script names it once, in a call that is a whole statement
which itself runs once, or the only argument of such a call: `main()`, `model = build(options)`,
`sys.exit(main())`. Decorated and asynchronous functions, generators, and functions that look at
their own variables as a whole are not among them.
"""

import ast
import builtins
import collections
import os
import sys
import threading

HOOK = "the hook of state-harness"  # a name in `builtins` that no script can have
# a function that names these may see that its variables were looked at
WHOLE = ("locals", "vars", "dir", "eval", "exec", "f_locals")
TRACING = ("settrace", "setprofile")  # a script that names these sees each call
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def functions(tree, body):
    """The nodes of the functions that may run once, by their names; `body` is the top level."""
    named, bound = collections.Counter(), collections.Counter()
    if any(_name(node) in TRACING for node in ast.walk(tree)):
        return {}
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


def statements(function):
    """The statements of a function after its docstring."""
    return function.body[1:] if _is_text(function.body[0]) else function.body


def add_hooks(function, added):
    """Have a function call the hook before each of its statements, and when it is over.

    `added` are its statements as the script knows them. The hook gets the value of a statement that
    is an expression. It is not called at a `return` after which something still runs, as `finally`.
    """
    at = len(function.body) - len(added)
    for node in _returns(function.body):
        node.value = _call(node, function.name, "", node.value)
    body = function.body[:at]
    for statement in added:
        node = statement.node
        if isinstance(node, ast.Expr):
            node.value = _call(node, function.name, None, node.value)
        body += [_statement(node, function.name, statement.name), node]
    function.body = [*body, _statement(body[-1], function.name, "")]


def _statement(node, function, name):
    """A call of the hook as a statement, where another statement is."""
    return ast.copy_location(ast.Expr(_call(node, function, name)), node)


def _call(node, function, name, value=None):
    """A call of the hook, for the first line of a statement."""
    call = ast.parse("hook({!r}, {!r}, None)".format(function, name), mode="eval").body
    call.func.id = HOOK
    for each in ast.walk(call):
        ast.copy_location(each, node)
        if hasattr(each, "end_lineno"):
            each.end_lineno = node.lineno
    if value is not None:
        call.args[-1] = value
    return call


def _returns(body):
    """The `return` statements after which nothing of their function runs."""
    for node in body:
        if isinstance(node, ast.Return):
            yield node
        elif isinstance(node, (ast.If, ast.For, ast.While)):
            yield from _returns(node.body + node.orelse)


def _is_text(node):
    """Whether a statement is a text alone, as a docstring is."""
    value = node.value if isinstance(node, ast.Expr) else None
    # before Python 3.8 a text is an `ast.Str`
    return isinstance(getattr(value, "value", getattr(value, "s", None)), str)


def _own(body):
    """The nodes of a body that belong to its scope, and to no function or class in it."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*SCOPES, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def _is_special(function):
    """Whether it is a generator, looks at its variables as a whole, or has no statement."""
    return not statements(function) or any(
        isinstance(node, (ast.Yield, ast.YieldFrom)) or _name(node) in WHOLE
        for node in _own(function.body)
    )


def _name(node):
    """The name that a node of a syntax tree is, or the attribute."""
    return getattr(node, "id", getattr(node, "attr", None))


class Inner:
    """Follows the statements of such functions while the script runs, in its process and thread.

    `begin` is called with a statement that begins; `end` with a statement that is over, with the
    variables of its function, and with the value of an expression. A statement that raises does not
    end. `fault` is an error of these two, which the script must not see.
    """

    def __init__(self, script, begin, end):
        self._statements = {each.name: each for each in script.statements if each.function}
        self._begin, self._end = begin, end
        self._here = here()
        self._open, self._begun, self._frames = [], set(), {}
        self._value = self.fault = None
        setattr(builtins, HOOK, self._at)

    def enter(self, statement):
        """A statement at the top level begins."""
        self._open = [statement]

    def raised(self, functions):
        """The statements that raised, when an error came through `functions` to the top level."""
        return [each for each in self._open[1:] if each.function in functions]

    def is_here(self):
        """Whether this is the process and the thread that run the script."""
        return here() == self._here

    def _at(self, function, name, value):
        """The hook: one of the statements of a function begins.

        With an empty `name`, all are over; without one, the statement is an expression. Returns the
        value, which is that of the expression, or what the function returns.
        """
        if self.is_here() and not self.fault:
            frame = sys._getframe(1)
            try:
                self._follow(function, name, value, frame)
            except BaseException as error:  # an error of the harness is none of the script
                self.fault = error
        return value

    def _follow(self, function, name, value, frame):
        if name in self._begun or self._frames.get(function, id(frame)) != id(frame):
            return  # a call that the source does not show
        at = next((n for n, each in enumerate(self._open) if each.function == function), None)
        if at is None:
            if not name or self._statements[name].within != self._open[-1].name:
                return
            self._frames[function] = id(frame)
        elif name is None:
            self._value = value
            return
        else:
            del self._open[at + 1 :]  # functions that have returned
            given, self._value = self._value, None
            self._end(self._open.pop(), _variables(frame), given)
        if name:
            self._begun.add(name)
            self._open.append(self._statements[name])
            self._begin(self._open[-1])


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
