"""Statements within others: those of loops, of `with` blocks, and of functions that run once.

Of a loop, the first pass is followed. A function of the script runs once if the script names it
once, in a call that is a whole statement which itself is followed, or the only argument of such a
call: `main()`, `model = build(options)`, `sys.exit(main())`. Decorated and asynchronous functions,
generators, and functions that look at their own variables as a whole are not among them.
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
STEP = "step"  # of `steps.py`
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


def block(node):
    """The statements of a loop or a `with` block; none of a named step, which is looked at whole.

    A `try` is followed as a whole: what its handlers catch is no result of the script.
    """
    if isinstance(node, ast.With):
        calls = [each.context_expr for each in node.items]
        return (
            [] if any(_name(getattr(each, "func", None)) == STEP for each in calls) else node.body
        )
    return node.body if isinstance(node, (ast.For, ast.While)) else []


def add_hooks(node, added, scope):
    """Have a function or a block call the hook before each of its statements, and at its end.

    `added` are its statements as the script knows them, and `scope` is the name of the statement
    within which they run. The hook gets the value of a statement that is an expression. It is not
    called at a `return` after which something still runs, as `finally`.
    """
    at = len(node.body) - len(added)
    for each in _returns(node.body) if isinstance(node, ast.FunctionDef) else ():
        each.value = _call(each, scope, "", each.value)
    body = node.body[:at]
    for statement in added:
        each = statement.node
        if isinstance(each, ast.Expr):
            each.value = _call(each, scope, None, each.value)
        body += [_statement(each, scope, statement.name), each]
    node.body = [*body, _statement(body[-1], scope, "")]


def _statement(node, scope, name):
    """A call of the hook as a statement, where another statement is."""
    return ast.copy_location(ast.Expr(_call(node, scope, name)), node)


def _call(node, scope, name, value=None):
    """A call of the hook, for the first line of a statement."""
    call = ast.parse("hook({!r}, {!r}, None)".format(scope, name), mode="eval").body
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
    """Follows the statements within others while the script runs, in its process and thread.

    `begin` is called with a statement that begins; `end` with a statement that is over, with the
    variables of its function, and with the value of an expression. A statement that raises does not
    end. `fault` is an error of these two, which the script must not see.
    """

    def __init__(self, script, begin, end):
        self._statements = {each.name: each for each in script.statements if each.within}
        self._begin, self._end = begin, end
        self._here = here()
        self._open, self._begun = [], set()
        self._frames, self._over = {}, set()  # of scopes
        self._value = self.fault = None
        setattr(builtins, HOOK, self._at)

    def enter(self, statement):
        """A statement at the top level begins."""
        self._open = [statement]

    def leave(self):
        """The statement at the top level is over, and those of its blocks that `break` left."""
        if self.is_here() and not self.fault:
            self._end_all([each for each in self._open[1:] if not each.function])

    def raised(self, functions):
        """The statements that raised, when an error came through `functions` to the top level."""
        return [each for each in self._open[1:] if not each.function or each.function in functions]

    def is_here(self):
        """Whether this is the process and the thread that run the script."""
        return here() == self._here

    def _at(self, scope, name, value):
        """The hook: one of the statements within the statement named `scope` begins.

        With an empty `name`, all are over; without one, the statement is an expression. Returns the
        value, which is that of the expression, or what the function returns.
        """
        if scope not in self._over and self.is_here() and not self.fault:
            frame = sys._getframe(1)
            try:
                self._follow(scope, name, value, frame)
            except BaseException as error:  # an error of the harness is none of the script
                self.fault = error
        return value

    def _follow(self, scope, name, value, frame):
        at = next((n for n, each in enumerate(self._open) if each.name == scope), None)
        if at is None or self._frames.get(scope, id(frame)) != id(frame):
            return  # a later pass of the loop around, or a call that the source does not show
        if scope not in self._frames:
            if not name or at != len(self._open) - 1:
                return
            self._frames[scope] = id(frame)
        elif name is None:
            self._value = value
            return
        else:
            given, self._value = self._value, None
            left = self._open[at + 1 :]
            del self._open[at + 1 :]
            self._end_all(left, frame, given)
        if not name or name in self._begun:
            self._over.add(scope)
        else:
            self._begun.add(name)
            self._open.append(self._statements[name])
            self._begin(self._open[-1])

    def _end_all(self, left, frame=None, value=None):
        """End the first of some open statements, which has a value, and those of the blocks in it.

        The functions that it called have returned.
        """
        within = left[:1]
        for each in left[1:]:
            if each.function != left[0].function:
                break
            within.append(each)
        for each in reversed(within):
            given = value if each is left[0] else None
            self._end(each, _variables(frame) if each.function else {}, given)


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
