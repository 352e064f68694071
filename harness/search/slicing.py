"""Takes from a script what one of its observations needs, as a program that can be made smaller.

A program is a module whose observed statements stand in `with step("witness") as see:`. Pure.
"""

import ast
import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from harness.base.errors import UncheckedError
from harness.search.names import (
    bound,
    calls,
    changes_module,
    declared,
    imports,
    imports_everything,
    read,
    touched,
)

MARK = "witness"  # the name of the observed step of a program
FOUND = "found"  # the name of what it sees
SUPPRESSED = "with contextlib.suppress(Exception):\n    pass"
REDIRECTED = "contextlib.redirect_stdout(io.StringIO())"
OF_THE_PROBE = ("VARIANTS", "APART")  # constants of a scenario
HELPERS = "steps"  # the module of the functions that scenarios share
LISTS = ("body", "orelse", "finalbody", "handlers", "keywords")  # whose members can be left out

Body = list[ast.stmt]
Node = TypeVar("Node", bound=ast.AST)


def of_scenario(
    source: str, variant: str, step: str, arrays: Mapping[str, Sequence[object]]
) -> ast.Module:
    """The program of a step of a scenario in one variant; `arrays` are those of `fixed.json`.

    Other steps go on after an error, as in the scenario.
    """
    body: Body = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == "scenario":
            first, second = (each.arg for each in node.args.args)
            known = _Known(first, variant, second, step, arrays)
            body += [part for each in node.body for part in _listed(known.visit(each))]
        elif not _of_harness(node):
            body += _listed(_Known("", variant, "", step, arrays).visit(node))
    return complete(body)


def complete(body: Body) -> ast.Module:
    return ast.fix_missing_locations(ast.Module(body, []))


def observing(program: ast.Module, see: Callable[[ast.Call | None], ast.expr | None]) -> ast.Module:
    """The program that sees one value at most: `see` makes it from the original call of `see`.

    Without such a call, in a plain script, `see` makes it from None. Where there is no value, what
    the call computed is still computed. The value of an expression has the name `value`.
    """
    made = copy.deepcopy(program)
    for marker in markers(made):
        calls = _Sees(see)
        marker.body = [part for each in marker.body for part in _listed(calls.visit(each))]
        value = None if calls.found else see(None)
        if value is not None:
            if "value" in read(value):
                marker.body = list(map(_valued, marker.body))
            marker.body.append(seeing(value))
        marker.body = marker.body or [ast.Pass()]
    return ast.fix_missing_locations(made)


def printing(program: ast.Module, text: str) -> ast.Module:
    """The program that sees whether its observed statements print a text."""
    made = copy.deepcopy(program)
    template = f"with {REDIRECTED} as printed:\n    pass"
    for marker in markers(made):
        [around] = [each for each in ast.parse(template).body if isinstance(each, ast.With)]
        around.body = marker.body
        same = ast.parse(f"printed.getvalue() == {text!r}", mode="eval").body
        marker.body = [around, seeing(same)]
    return ast.fix_missing_locations(made)


def seeing(value: ast.expr) -> ast.Expr:
    """The statement `see(found=value)`."""
    call = ast.Call(ast.Name("see", ast.Load()), [], [ast.keyword(FOUND, value)])
    return ast.Expr(call)


def array_of(name: str) -> Callable[[ast.Call | None], ast.expr | None]:
    """For `observing`: the array that the step of a scenario sees by a name."""

    def see(call: ast.Call | None) -> ast.expr | None:
        if call is None:
            return None
        named = {each.arg: each.value for each in call.keywords}
        if None not in named:
            return named.get(name)
        every = ast.Call(ast.Name("dict", ast.Load()), call.args, call.keywords)
        return ast.Subscript(every, ast.Constant(name), ast.Load())

    return see


def sliced(program: ast.Module) -> ast.Module:
    """The program without the top-level statements that its observation does not seem to need.

    A statement is needed if it binds a name that is read later, or may change an object of such a
    name: it calls a method of it, passes it on, or assigns to a part of it. It is also needed if it
    may change a module for who does not name the module, as `random.seed` does, if it calls
    anything and a function binds a name by `global`, and if it imports `*`.
    """
    last = max((at for at, each in enumerate(program.body) if any(_markers([each]))), default=-1)
    modules = {name for each in program.body if imports(each) for name in bound(each)}
    by_calls = declared(program)
    kept: Body = []
    wanted: set[str] = set()
    for statement in reversed(program.body[: last + 1]):
        names = bound(statement) | touched(statement, modules)
        names |= by_calls if calls(statement) else set()
        unseen = changes_module(statement, modules) or imports_everything(statement)
        if not kept or names & wanted or unseen:
            kept.append(statement)
            wanted |= read(statement)
    return complete(kept[::-1])


def removals(program: ast.Module) -> int:
    """The number of the single things that `without` can leave out."""
    return sum(1 for _ in _removals(program))


def without(program: ast.Module, numbers: Iterable[int]) -> ast.Module:
    """The program without some things, by their numbers.

    A thing is a statement, a keyword argument, the suppression of errors around statements, or
    that the first of the observed statements is observed: it is put before the observation.
    """
    made = copy.deepcopy(program)
    every = list(_removals(made))
    for number in numbers:
        every[number]()
    return sliced(ast.fix_missing_locations(made))


def unsuppressed(program: ast.Module) -> ast.Module:
    """The program without the statements that go on after an error."""
    made = _Unsuppressed().visit(copy.deepcopy(program))
    return sliced(ast.fix_missing_locations(made))


def markers(program: ast.Module) -> list[ast.With]:
    return list(_markers(program.body))


def _removals(program: ast.Module) -> Iterator[Callable[[], object]]:
    for node in ast.walk(program):
        if isinstance(node, ast.With) and _is_suppression(node):
            yield functools.partial(_unwrap, program, node)
        for name in LISTS:
            members = getattr(node, name, None)
            if isinstance(members, list) and not _is_see(node):
                for each in members:
                    yield functools.partial(_leave_out, node, name, each)
    for marker in markers(program):
        yield functools.partial(_put_before, program, marker)


def _leave_out(node: ast.AST, name: str, member: ast.AST) -> None:
    members = getattr(node, name)
    members[:] = [each for each in members if each is not member]
    if name == "body" and not members and not isinstance(node, ast.Module):
        members.append(ast.Pass())


def _unwrap(program: ast.Module, node: ast.With) -> None:
    for members, at in _places(program, node):
        members[at : at + 1] = node.body


def _put_before(program: ast.Module, marker: ast.With) -> None:
    """Take the first observed statement out of the observation, unless it is the last one."""
    for members, at in _places(program, marker):
        if len(marker.body) > 1:
            members.insert(at, marker.body.pop(0))


def _places(program: ast.Module, wanted: ast.stmt) -> list[tuple[Body, int]]:
    return [
        (members, at)
        for node in ast.walk(program)
        for name in ("body", "orelse", "finalbody")
        if isinstance(members := getattr(node, name, None), list)
        for at, each in enumerate(members)
        if each is wanted
    ]


def _markers(body: Sequence[ast.stmt]) -> Iterator[ast.With]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.With):
                name = _step_of(node, "step")
                if isinstance(name, ast.Constant) and name.value == MARK:
                    yield node


def marker(body: Body) -> ast.With:
    call = ast.Call(ast.Name("step", ast.Load()), [ast.Constant(MARK)], [])
    return ast.With([ast.withitem(call, ast.Name("see", ast.Store()))], body)


def _valued(node: ast.stmt) -> ast.stmt:
    if not isinstance(node, ast.Expr):
        return node
    return ast.Assign([ast.Name("value", ast.Store())], node.value)


def _step_of(node: ast.With, step: str) -> ast.expr | None:
    """The expression for the name of a step, if a `with` statement is one."""
    call = node.items[0].context_expr
    if isinstance(call, ast.Call) and is_name(call.func, step) and len(call.args) == 1:
        return call.args[0]
    return None


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _is_see(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and is_name(node.func, "see")


def _is_suppression(node: ast.With) -> bool:
    return ast.unparse(node.items[0]) == "contextlib.suppress(Exception)"


def is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _of_harness(node: ast.stmt) -> bool:
    """Whether a statement of a scenario is there for the harness alone, or documents it."""
    if isinstance(node, ast.ImportFrom):
        return node.module == HELPERS
    if isinstance(node, ast.Assign):
        return any(is_name(each, name) for each in node.targets for name in OF_THE_PROBE)
    documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return documents or _is_main(node)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in read(node.test) and not node.orelse


def flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if _is_main(node) and isinstance(node, ast.If):
            yield from node.body
        else:
            yield node


def first_line(node: ast.stmt) -> int:
    """The line of a statement, or of its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _listed(found: ast.AST | list[ast.AST] | None) -> Body:
    parts = found if isinstance(found, list) else [found] if found is not None else []
    return [each for each in parts if isinstance(each, ast.stmt)]


class _Unsuppressed(ast.NodeTransformer):
    def visit_With(self, node: ast.With) -> ast.AST | None:
        return None if _is_suppression(node) else self.generic_visit(node)


class _Sees(ast.NodeTransformer):
    """Replaces the calls of `see`, each a statement of its own."""

    def __init__(self, see: Callable[[ast.Call], ast.expr | None]) -> None:
        self._see = see
        self.found = False

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.AST]:
        call = node.value
        if not isinstance(call, ast.Call) or not is_name(call.func, "see"):
            return node
        self.found = True
        value = self._see(call)
        computed = [*call.args, *(each.value for each in call.keywords)]
        rest = [ast.Expr(each) for each in computed if _calls(each)]
        return [seeing(value)] if value is not None else [*rest]


class _Known(ast.NodeTransformer):
    """Writes what is known into a scenario: its variant, the arrays, and the observed step."""

    def __init__(
        self,
        variant_name: str,
        variant: str,
        step_name: str,
        step: str,
        arrays: Mapping[str, Sequence[object]],
    ) -> None:
        self._variant_name, self._variant = variant_name, variant
        self._step_name, self._step = step_name or "step", step
        self._arrays = arrays

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self._variant) if node.id == self._variant_name else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        if len(sides) == 2 and all(isinstance(each, ast.Constant) for each in sides):
            left, right = (each.value for each in sides if isinstance(each, ast.Constant))
            if isinstance(node.ops[0], ast.Eq | ast.NotEq):
                return ast.Constant((left == right) is isinstance(node.ops[0], ast.Eq))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt] | None:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            return node
        return (node.body if node.test.value else node.orelse) or None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if is_name(node.func, "fixed") and len(node.args) == 1:
            name = node.args[0]
            if not isinstance(name, ast.Constant) or name.value not in self._arrays:
                raise UncheckedError(f"{ast.unparse(node)}: no array of this name is known")
            values = self._arrays[str(name.value)]
            return ast.parse(f"np.array({values}, dtype=np.float32)", mode="eval").body
        return node

    def visit_With(self, node: ast.With) -> ast.AST | None:
        name = _step_of(node, self._step_name)
        self.generic_visit(node)
        if name is None:
            return node
        if isinstance(name, ast.Constant):
            return marker(node.body) if name.value == self._step else self._passed(node)
        same = ast.Compare(name, [ast.Eq()], [ast.Constant(self._step)])
        other = self._passed(copy.deepcopy(node))
        return ast.If(same, [marker(node.body)], [other] if other else [])

    def _passed(self, node: ast.With) -> ast.With | None:
        """A step that is not observed, without what it sees."""
        nothing = _Sees(lambda _: None)
        body = [part for each in node.body for part in _listed(nothing.visit(each))]
        [made] = ast.parse(SUPPRESSED).body
        if not body or not isinstance(made, ast.With):
            return None
        made.body = body
        return made
