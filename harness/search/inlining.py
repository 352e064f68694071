"""The program of a statement of a plain script, also of one in a function that runs once. Pure."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from harness.base.errors import UncheckedError, UsageError
from harness.search.names import DEFINITIONS, bound, declared, read
from harness.search.slicing import Body, complete, first_line, flat, is_name, marker

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def of_script(source: str, *lines: int) -> ast.Module:
    """The program of the statement that begins in the last of some lines of a plain script.

    The lines before are those of the statements that call the functions around it, the outermost
    first; the program has the statements of these functions at its top level. Raises UsageError if
    there is no such line, and UncheckedError if the functions do something else there.
    """
    body: Body = []
    script = list(flat(ast.parse(source).body))
    functions = {each.name: each for each in script if isinstance(each, ast.FunctionDef)}
    nodes: Sequence[ast.stmt] = script
    apart: list[ast.FunctionDef] = []
    for line, within in zip(lines, (*lines[1:], 0), strict=True):
        at = next((n for n, each in enumerate(nodes) if first_line(each) == line), None)
        if at is None:
            raise UsageError(f"no statement begins in line {line}")
        body += nodes[:at]
        if not within:
            program = complete([*body, marker([nodes[at]])])
            if apart:
                _require_the_same(script, apart, program)
            return program
        function, call = _called(nodes[at], within, functions)
        body += _given(function, call)
        apart.append(function)
        nodes = function.body
    raise AssertionError(lines)


def _called(
    node: ast.stmt, line: int, functions: Mapping[str, ast.FunctionDef]
) -> tuple[ast.FunctionDef, ast.Call]:
    """The function that a statement calls and that has a statement in a line, and the call."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            function = functions.get(each.func.id)
            if function and any(first_line(inner) == line for inner in function.body):
                return function, each
    raise UsageError(f"no statement begins in line {line} of what line {node.lineno} calls")


def _given(function: ast.FunctionDef, call: ast.Call) -> Iterator[ast.stmt]:
    """What a call gives to the parameters of a function, as assignments."""
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    named = {each.arg: each.value for each in call.keywords}
    if starred or None in named or function.args.vararg or function.args.kwarg:
        raise UncheckedError(f"there is no witness of a call with `*`, in line {call.lineno}")
    positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    only_named = [each.arg for each in function.args.kwonlyargs]
    defaults = function.args.defaults
    given: dict[str | None, ast.expr | None] = {
        **dict(zip(only_named, function.args.kw_defaults, strict=True)),
        **dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True)),
        **dict(zip(positional, call.args, strict=False)),
        **named,
    }
    values = {n: value for n, value in given.items() if n and value and not is_name(value, n)}
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in values]
    if any(read(value) & values.keys() for value in values.values()):  # as in `f(b, a)`
        yield ast.Assign(
            [ast.Tuple(targets, ast.Store())], ast.Tuple([*values.values()], ast.Load())
        )
    else:
        for target, value in zip(targets, values.values(), strict=True):
            yield ast.Assign([target], value)


def _require_the_same(
    script: Sequence[ast.stmt], apart: Sequence[ast.FunctionDef], program: ast.Module
) -> None:
    """Raise UncheckedError if functions whose statements stand apart may do something else there.

    A variable of such a function is then one of the script, which other functions may read.
    """
    definitions = [each for each in script if isinstance(each, DEFINITIONS)]
    of_script = {name for each in script for name in bound(each)}
    for function in apart:
        own = _variables(function)
        for other in definitions:
            used = read(other) - (_variables(other) if isinstance(other, FUNCTIONS) else set())
            if other is not function and (shared := sorted(own & used & of_script)):
                raise UncheckedError(
                    f"{shared[0]!r} is a variable of {function.name} and another one of the "
                    f"script, which {other.name} reads: rename one of them for a witness"
                )
    try:
        compile(ast.unparse(program), "witness", "exec")
    except SyntaxError as error:  # `return`, or `nonlocal`
        raise UncheckedError(
            f"the statements of {apart[-1].name} do not stand alone: {error.msg}"
        ) from error


def _variables(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    every = function.args
    given = (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg)
    return {each.arg for each in given if each}.union(*map(bound, function.body)) - declared(
        function
    )
