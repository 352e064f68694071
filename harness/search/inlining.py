"""The program of a statement of a plain script, also of one in a function that runs once. Pure."""

import ast
from collections.abc import Iterator, Mapping

from harness.base.errors import UncheckedError, UsageError
from harness.search.slicing import Body, complete, first_line, flat, is_name, marker


def of_script(source: str, *lines: int) -> ast.Module:
    """The program of the statement that begins in the last of some lines of a plain script.

    The lines before are those of the statements that call the functions around it, the outermost
    first; the program has the statements of these functions at its top level. Raises UsageError if
    there is no such line, and UncheckedError if such a function may return before it.
    """
    body: Body = []
    nodes = list(flat(ast.parse(source).body))
    functions = {each.name: each for each in nodes if isinstance(each, ast.FunctionDef)}
    for line, within in zip(lines, (*lines[1:], 0), strict=True):
        at = next((n for n, each in enumerate(nodes) if first_line(each) == line), None)
        if at is None:
            raise UsageError(f"no statement begins in line {line}")
        body += nodes[:at]
        if not within:
            return _top_level([*body, marker([nodes[at]])])
        function, call = _called(nodes[at], functions)
        body += _given(function, call)
        nodes = function.body
    raise AssertionError(lines)


def _called(
    node: ast.stmt, functions: Mapping[str, ast.FunctionDef]
) -> tuple[ast.FunctionDef, ast.Call]:
    """The function that a statement calls, and the call."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            function = functions.get(each.func.id)
            if function:
                return function, each
    raise UncheckedError(f"line {node.lineno} calls no function of the script")


def _given(function: ast.FunctionDef, call: ast.Call) -> Iterator[ast.stmt]:
    """What a call gives to the parameters of a function, as assignments."""
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    named = {each.arg: each.value for each in call.keywords}
    if starred or None in named or function.args.vararg or function.args.kwarg:
        raise UncheckedError(f"there is no witness of a call with `*`, in line {call.lineno}")
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults = function.args.defaults
    values: dict[str | None, ast.expr | None] = {
        **dict(
            zip([e.arg for e in function.args.kwonlyargs], function.args.kw_defaults, strict=True)
        ),
        **dict(
            zip(
                [e.arg for e in positional[len(positional) - len(defaults) :]],
                defaults,
                strict=True,
            )
        ),
        **dict(zip([e.arg for e in positional], call.args, strict=False)),
        **named,
    }
    for name, value in values.items():
        if name and value and not is_name(value, name):
            yield ast.Assign([ast.Name(name, ast.Store())], value)


def _top_level(body: Body) -> ast.Module:
    """The program of statements, some of them of a function. Raises UncheckedError."""
    program = complete(body)
    try:
        compile(ast.unparse(program), "witness", "exec")
    except SyntaxError as error:  # `return`, or `nonlocal`
        raise UncheckedError(
            f"the function cannot be taken apart, of which the statement is a part: {error.msg}"
        ) from error
    return program
