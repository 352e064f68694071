"""Splits a plain script into its statements, as the interpreter of the target reads them.

These are the top-level ones, and those within them that are followed (`inner.py`). The body of a
top-level `if __name__ == "__main__":` without `else` counts as top-level statements, since it runs
in the same scope.
"""

import ast
import collections
import copy
import tokenize

import inner

SOURCE = 2000  # characters of a statement that a record keeps
# a script that sets an environment variable before such an import expects the import to see it
LATE = ("keras", "tensorflow", "tf_keras")
SETTERS = ("environ", "putenv", "setenv", "unsetenv", "load_dotenv")


class Script:
    """A parsed script: `statements`, a list of `Statement`, and `sets_variables_first`.

    Statements come before the one within which they run. `sets_variables_first`
    says that the script touches environment variables before TensorFlow or Keras are imported, so
    that they must not be imported before it runs. Raises SyntaxError and ValueError as `compile`
    does, and OSError if the file cannot be read.
    """

    def __init__(self, path):
        self.path = path
        with open(str(path), "rb") as stream:
            source = stream.read()
        tree = ast.parse(source, str(path))
        with tokenize.open(str(path)) as stream:  # in the encoding that the script declares
            lines = stream.read().splitlines()
        self.docstring = ast.get_docstring(tree, clean=False)
        self.flags = _future_flags(tree)
        nodes = list(_flat(tree.body))
        self._lines = lines
        self._with = _lines_with(tree)
        self.statements = []
        self._parts = collections.Counter()
        self._functions = inner.functions(tree, nodes)
        self._add(nodes, Scope(_definitions(nodes)))
        self.sets_variables_first = _sets_variables_first(nodes)

    def _add(self, nodes, scope):
        """Add statements, each after those that run within it; the statements added."""
        added = []
        for node in nodes:
            self._parts[_first_line(node)] += 1
            statement = Statement(node, self._lines, self._parts[_first_line(node)], scope)
            function = inner.called(node, self._functions)
            if function:
                body = inner.statements(function)
                inside = scope.inside(function, body, statement)
                inner.add_hooks(function, self._add(body, inside), statement.name)
            body = inner.block(node)
            if body:
                inner.add_hooks(node, self._add(body, scope.block(statement)), statement.name)
            self.statements.append(statement)
            added.append(statement)
        return added

    def code(self, statement):
        """The compiled statement, and whether it is an expression, which has a value."""
        node = statement.node
        is_value = isinstance(node, ast.Expr)
        tree = ast.Expression(node.value) if is_value else ast.parse("")
        if not is_value:
            tree.body = [node]
        mode = "eval" if is_value else "exec"
        return compile(tree, str(self.path), mode, self.flags, True), is_value

    def place(self, name, line, statement):
        """Where a named step is in the script: as a statement of that name, within `statement`.

        A step that begins in another file has the line that leads there.
        """
        node, line = self._with.get(line), line or statement.line
        if node is None:
            source, binds, reads = self._lines[line - 1], [], statement.reads
        else:
            first = node.body[0].lineno
            last = max(getattr(each, "end_lineno", None) or first for each in ast.walk(node))
            source = "\n".join(self._lines[first - 1 : last])
            binds, reads = statement.of(node)
        return {
            "name": name,
            "line": line,
            "source": source[:SOURCE],
            "binds": binds,
            "reads": reads,
            "within": statement.name,
        }

    def document(self):
        """The part of the record that says what the script consists of."""
        return [statement.document() for statement in self.statements]


class Scope:
    """Where statements stand: at the top level, or in the body of a function that runs once.

    `calling` is the statement that calls the function, and `around` the one within which the
    statements run: the same, or a block. A variable of a function has a name such as `main.model`,
    so that it is no other `model`.
    """

    def __init__(self, definitions, function="", calling=None, own=(), given=()):
        self.function, self.calling, self.around = function, calling, calling
        self._definitions, self._own, self._given = definitions, frozenset(own), frozenset(given)

    def inside(self, function, body, calling):
        """The scope of the body of a function."""
        definitions = dict(self._definitions, **_definitions(body))
        own, given = inner.variables(function), inner.parameters(function)
        return Scope(definitions, function.name, calling, own, given)

    def block(self, around):
        """The scope of the body of a block: the same variables."""
        found = copy.copy(self)
        found.around = around
        return found

    def binds(self, node):
        return sorted(map(self._name, inner.bound(node)))

    def reads(self, node):
        return sorted(map(self._name, _closure(_read(node), self._definitions)))

    def causes(self, reads):
        """Names, and after them what the call reads, on which parameters among them depend."""
        given = any(self._name(each) in reads for each in self._given)
        return list(dict.fromkeys(reads + self.calling.reads)) if given else reads

    def _name(self, name):
        return "{}.{}".format(self.function, name) if name in self._own else name


class Statement:
    """A statement: `name` is unique in its script; `binds` and `reads` are names of variables.

    `reads` includes the names that functions and classes of the script read which the statement
    names, and those that such functions bind with `global`. `names` are those of `binds` and
    `reads` that the statement itself can name. A statement of a function that runs once has the
    name of the `function`, and runs `within` the statement that calls it.
    """

    def __init__(self, node, lines, part, scope):
        self.node, self._scope = node, scope
        self.line = _first_line(node)
        last = getattr(node, "end_lineno", None) or max(
            getattr(each, "lineno", self.line) for each in ast.walk(node)
        )  # Python 3.7 knows no end
        self.name = "line {}".format(self.line) + (", part {}".format(part) if part > 1 else "")
        self.source = "\n".join(lines[self.line - 1 : last])[:SOURCE]
        self.function = scope.function
        self.within = scope.around.name if scope.around else ""
        self.binds, reads = scope.binds(node), scope.reads(node)
        self.names = list(dict.fromkeys(self.binds + reads))
        self.reads = scope.causes(reads)

    def document(self):
        return {
            "name": self.name,
            "line": self.line,
            "source": self.source,
            "binds": self.binds,
            "reads": self.reads,
            "within": self.within,
        }

    def of(self, node):
        """The names that a part of this statement binds, and those that it reads."""
        return self._scope.binds(node), self._scope.causes(self._scope.reads(node))


def _flat(body):
    for node in body:
        if _is_main_block(node):
            yield from node.body
        else:
            yield node


def _lines_with(tree):
    """The `with` statements, by each of their lines before their body."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for line in range(node.lineno, max(node.body[0].lineno, node.lineno + 1)):
                found[line] = node
    return found


def _is_main_block(node):
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    # before Python 3.8 a text is an `ast.Str`
    texts = [getattr(side, "value", getattr(side, "s", None)) for side in sides]
    return (
        names == ["__name__"]
        and "__main__" in texts
        and len(sides) == 2
        and isinstance(node.test.ops[0], ast.Eq)
    )


def _first_line(node):
    """The line of a statement, or of its first decorator."""
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno] + [each.lineno for each in decorators])


def _future_flags(tree):
    import __future__

    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


def _definitions(nodes):
    """The names that each function and class of the script uses in its body, but for its own."""
    found = {}
    for node in nodes:
        if isinstance(node, inner.SCOPES):
            found.setdefault(node.name, set()).update(_used(node))
    return found


def _used(scope):
    """The names that a function or class uses and that are not its own variables."""
    names = set()
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, inner.SCOPES):
            names |= _used(node)
        else:
            names |= {node.id} if isinstance(node, ast.Name) else set()
            waiting.extend(ast.iter_child_nodes(node))
    # a method does not see the variables of its class
    return names if isinstance(scope, ast.ClassDef) else names - inner.variables(scope)


def _closure(names, definitions):
    known, waiting = set(names), list(names)
    while waiting:
        new = definitions.get(waiting.pop(), set()) - known
        known |= new
        waiting.extend(new)
    return known


def _read(node):
    """The names that a statement loads when it runs; the body of a function runs later."""
    if isinstance(node, inner.SCOPES):
        parts = list(node.decorator_list) + list(getattr(node, "bases", []))
        if not isinstance(node, ast.ClassDef):
            parts += node.args.defaults + [each for each in node.args.kw_defaults if each]
    else:
        parts = [node]
    return {
        each.id
        for part in parts
        for each in ast.walk(part)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def _sets_variables_first(nodes):
    for node in nodes:
        if _imports(node):
            return False
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        names |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
        if names & set(SETTERS):
            return True
    return False


def _imports(node):
    modules = []
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            modules += [alias.name for alias in each.names]
        elif isinstance(each, ast.ImportFrom):
            modules.append(each.module or "")
    return any(module.split(".")[0] in LATE for module in modules)
