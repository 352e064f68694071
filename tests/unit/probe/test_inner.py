"""The statements of functions that run once are observed, each within the one that calls it."""

import json
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment
from harness.observing.records import Observation, Run
from tests.unit.probe.scripts import Plain, numbers

SCRIPT = """\
    import sys

    def build(size, bias=1.0):
        '''The docstring.'''
        made = [size, bias]
        return made

    def main(argv=None):
        model = build(2)
        model[1] += 1
        for x in range(2):
            print(x)
        return 0

    if __name__ == "__main__":
        sys.exit(main())
    """


def by_name(run: Run) -> dict[str, Observation]:
    return {each.step: each for each in run.observations}


def test_each_statement_of_main_and_of_what_it_calls_once(plain: Plain) -> None:
    record = plain.record(SCRIPT)
    [run] = record.runs
    places = {each.name: (each.within, each.binds, each.reads) for each in record.statements}
    assert places == {
        "line 1": ("", ("sys",), ()),
        "line 3": ("", ("build",), ()),
        "line 8": ("", ("main",), ()),
        # what the parameters are depends on what the call reads
        "line 5": ("line 9", ("build.made",), ("build.bias", "build.size", "build")),
        "line 6": ("line 9", (), ("build.made",)),
        "line 9": ("line 16", ("main.model",), ("build",)),
        "line 10": ("line 16", (), ("main.model",)),
        "line 11": ("line 16", ("main.x",), ("main.x", "print", "range")),
        "line 13": ("line 16", (), ()),
        "line 16": ("", (), ("build", "main", "print", "range", "sys")),
    }
    observed = [each.step for each in run.observations]
    assert observed == [
        *("line 1", "line 3", "line 8", "line 5", "line 6", "line 9"),
        *("line 10", "line 11", "line 13", "line 16"),
    ]
    found = by_name(run)
    assert numbers(found["line 5"]) == {
        "made[0]": (2,),
        "made[1]": (1.0,),
        "bias": (1.0,),
        "size": (2,),
    }
    assert numbers(found["line 9"]) == {"model[0]": (2,), "model[1]": (1.0,)}
    assert numbers(found["line 10"]) == {"model[0]": (2,), "model[1]": (2.0,)}
    assert found["line 11"].printed == "0\n1\n"
    errors = {name: each.error.type for name, each in found.items() if each.error}
    assert errors == {"line 16": "SystemExit"}  # which `return 0` did not raise


def test_an_error_belongs_to_each_statement_that_it_came_through(plain: Plain) -> None:
    run = plain.run(
        """\
        def build():
            made = {}
            made["x"]
            return made
        def other():
            return 1
        def main():
            y = other()
            print("before")
            model = build()
            print("never")
        main()
        print("never")
        """
    )
    found = by_name(run)
    errors = [name for name, each in found.items() if each.error]
    assert errors == ["line 3", "line 10", "line 12"]
    assert {found[name].error.type for name in errors} == {"KeyError"}  # type: ignore[union-attr]
    assert "line 11" not in found
    assert "harness" not in found["line 12"].error.traceback  # type: ignore[union-attr]
    assert numbers(found["line 8"]) == {"y": (1,)}


@pytest.mark.parametrize(
    "script",
    [
        "def f():\n    x = 1\nf()\nf()",
        "def f():\n    x = 1\nfor _ in range(2):\n    f()",
        "def f():\n    x = 1\n[f() for _ in range(2)]",
        "def f():\n    x = 1\ng = f\ng()",
        "def f():\n    x = 1\nprint(f(), 2)",
        "def f():\n    x = 1\n    print(sorted(locals()))\nf()",
        "def f():\n    x = 1\n    yield x\nlist(f())",
        "import functools\n@functools.lru_cache()\ndef f():\n    x = 1\nf()",
        "class A:\n    def f(self):\n        x = 1\nA().f()",
        "def f():\n    x = 1\nif True:\n    def f():\n        x = 2\nf()",
        "async def f():\n    x = 1\ntry:\n    f().send(None)\nexcept StopIteration:\n    pass",
    ],
)
def test_of_any_other_function_the_call_is_one_statement(script: str, plain: Plain) -> None:
    record = plain.record(script)
    assert not any(each.within for each in record.statements)
    [run] = record.runs
    assert {each.step for each in run.observations} == {each.name for each in record.statements}


@pytest.mark.parametrize(
    ("call", "ends"),
    [("f()", ""), ("y = f()", ""), ("raise SystemExit(f())", "SystemExit"), ("print(f())", "")],
)
def test_calls_that_are_a_whole_statement(call: str, ends: str, plain: Plain) -> None:
    found = by_name(plain.run(f"def f():\n    x = 1\n    return x + 1\n{call}"))
    assert list(found) == ["line 1", "line 2", "line 3", "line 4"]
    error = found["line 4"].error
    assert (error.type if error else "") == ends
    assert not found["line 3"].error


def test_a_function_does_as_without_the_harness(plain: Plain) -> None:
    run = plain.run(
        """\
        import gc, inspect, os, sys, threading, weakref
        class A: pass
        total = 1
        def main(*args, key=(1,), **more):
            "The docstring."
            global total
            total += 1
            a = A(); seen = weakref.ref(a)
            del a
            frame = inspect.currentframe()
            print(seen(), len(inspect.getsource(frame).splitlines()), frame.f_lineno)
            free = 1
            def nested():
                nonlocal free
                free += 1
                return free
            print(nested(), free, args, key, more, sys._getframe().f_code.co_name)
            try:
                1 / 0
            except ZeroDivisionError as error:
                print(error.__traceback__.tb_lineno)
            if total == 2:
                return "early"
            print("never")
        print(main(1, 2, key=3))
        print(total)
        """
    )
    found = by_name(run)
    assert found["line 11"].printed == "None 21 11\n"
    assert found["line 17"].printed == "2 2 (1, 2) 3 {} main\n"
    assert found["line 18"].printed == "19\n"
    assert "line 24" not in found
    assert found["line 25"].printed == "early\n"
    assert numbers(found["line 7"]) == {"total": (2,)}
    assert found["line 26"].printed == "2\n"


def test_what_a_function_is_given_is_seen_there_only_once_it_changes(plain: Plain) -> None:
    found = by_name(
        plain.run(
            """\
            def train(model, rate):
                print(model)
                model.append(rate)
                print(model)
            def main():
                model = [1]
                train(model, 2)
            main()
            """
        )
    )
    seen = {name: numbers(each) for name, each in found.items() if each.arrays}
    assert seen == {
        "line 3": {"model[0]": (1,), "model[1]": (2,), "rate": (2,)},
        "line 6": {"model[0]": (1,)},
        "line 7": {"model[0]": (1,), "model[1]": (2,)},
    }


def test_another_process_or_thread_is_not_followed(plain: Plain) -> None:
    found = by_name(
        plain.run(
            """\
            import os, sys, threading
            def work():
                x = 1
                y = 2
            def main():
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
                thread = threading.Thread(target=lambda: calls.append(1))
                thread.start()
                thread.join()
            calls = []
            main()
            """
        )
    )
    assert [name for name in found if found[name].error] == []
    assert "line 12" in found


def test_a_step_is_within_the_statement_of_the_function(plain: Plain) -> None:
    (plain.directory / "steps.py").write_bytes(
        (PROBE.parent / "resources" / "steps.py").read_bytes()
    )
    run = plain.run(
        """\
        from steps import see, step
        def main():
            y = 1.0
            with step("one"):
                see(y)
        main()
        """
    )
    places = {each.step: each.place for each in run.observations if each.place}
    place = places["step one"]
    assert place
    assert (place.within, place.binds, place.reads) == ("line 4", (), ("main.y", "see", "step"))


def test_the_calls_of_a_statement_of_a_function_are_traced(
    environment: Environment, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """\
            import tensorflow as tf
            def build():
                made = tf.executing_eagerly()
                return made
            def main():
                made = build()
                tf.function(len)
            if __name__ == "__main__":
                main()
            """
        ),
        encoding="utf-8",
    )

    def inside(line: int) -> set[int]:
        output = tmp_path / "executed.json"
        command = map(
            str, [environment.python, PROBE / "executed.py", output, script, f"--line={line}"]
        )
        subprocess.run([*command], check=True, timeout=60, capture_output=True)
        found = json.loads(output.read_bytes())
        assert not found["ended"]
        return {first for _, first, ran in found["calls"] if ran}

    first, second, both = inside(3), inside(7), inside(9)
    assert first
    assert second
    assert first != second
    assert inside(6) == first
    assert both == first | second


def executed(environment: Environment, script: Path, text: str, *options: str) -> dict[str, Any]:
    """What the trace of a script found."""
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    output = script.with_name("executed.json")
    command = [environment.python, PROBE / "executed.py", output, script, *options]
    subprocess.run([*map(str, command)], check=True, timeout=60, capture_output=True)
    found: dict[str, Any] = json.loads(output.read_bytes())
    return found


def test_a_script_that_is_traced_is_the_main_module(
    environment: Environment, tmp_path: Path
) -> None:
    text = """\
        from __future__ import annotations
        import dataclasses, inspect
        @dataclasses.dataclass
        class K:
            q: int = 1
        def main():
            print(len(inspect.stack()), K())
        main()
        """
    assert executed(environment, tmp_path / "script.py", text)["ended"] == ""


def test_a_step_of_a_destructor_after_its_statement(plain: Plain) -> None:
    (plain.directory / "steps.py").write_bytes(
        (PROBE.parent / "resources" / "steps.py").read_bytes()
    )
    run = plain.run(
        """\
        from steps import see, step
        class D:
            def __del__(self):
                with step("dying"):
                    see(4)
                print("cleaned up")
        D()
        print("end")
        """
    )
    assert "".join(each.printed for each in run.observations) == "cleaned up\nend\n"
    assert numbers(by_name(run)["step dying"]) == {"value": (4,)}


@pytest.mark.parametrize(
    "body",
    [
        "import sys; sys.modules.clear()",
        "import builtins; builtins.__import__ = None",
        "__import__ = None",
    ],
)
def test_a_script_cannot_break_the_hooks(body: str, plain: Plain) -> None:
    found = by_name(plain.run(f"def main():\n    {body}\n    y = 2\n    z = 3\nmain()"))
    assert [each.error for each in found.values()] == [None] * len(found)
    assert "line 4" in found


def test_values_of_expressions_and_what_runs_after_return(plain: Plain) -> None:
    run = plain.run(
        """\
        def main():
            "The docstring."
            max(1, 2)
            for _ in range(2):
                try:
                    return 1
                finally:
                    break
            z = 7
            try:
                return z
            finally:
                raise ValueError("in finally")
        def documented():
            "Only a docstring."
        print(documented.__doc__)
        main()
        """
    )
    found = by_name(run)
    assert numbers(found["line 3"]) == {"value": (2,)}
    assert numbers(found["line 9"]) == {"z": (7,)}
    errors = {name: each.error.type for name, each in found.items() if each.error}
    assert errors == {"line 10": "ValueError", "line 17": "ValueError"}
    assert found["line 16"].printed == "Only a docstring.\n"


def test_a_call_that_the_source_does_not_show_is_not_followed(plain: Plain) -> None:
    found = by_name(
        plain.run(
            """\
            def other():
                w = 1
            def main(n=2):
                a = n
                if n: globals()["main"](n - 1)
                b = n * 10
            globals()["other"]()
            main()
            other()
            """
        )
    )
    assert numbers(found["line 4"])["a"] == (2,)
    assert numbers(found["line 6"])["b"] == (20,)
    order = list(found)
    assert order.index("line 2") > order.index("line 8")


def test_a_process_that_the_script_makes_goes_on_and_is_not_observed(plain: Plain) -> None:
    run = plain.run(
        """\
        import os, sys
        def main():
            child = os.fork()
            if child == 0:
                print("in the child", flush=True)
                sys.exit(3)
            return os.waitpid(child, 0)[1] >> 8
        print(main())
        print("end")
        """
    )
    assert run.end == "completed"
    names = [each.step for each in run.observations]
    assert sorted(names) == sorted(set(names))
    assert "".join(each.printed for each in run.observations) == "in the child\n3\nend\n"


def test_a_script_ends_in_the_innermost_statement_that_did_not_end(plain: Plain) -> None:
    run = plain.run(
        """\
        import os
        def build():
            if True:
                return 3
            y = 2
        def main():
            z = 1
            os._exit(build())
        main()
        """
    )
    assert (run.end, run.unfinished_step) == ("crashed", "line 8")


def test_what_an_object_raises_while_it_is_looked_at_is_no_error_of_the_script(
    plain: Plain,
) -> None:
    run = plain.run(
        """\
        class Odd:
            def __getattribute__(self, name):
                raise SystemExit("looked at")
        def main():
            odd = Odd()
            print("on")
        main()
        print("end")
        """
    )
    errors = [each.step for each in run.observations if each.error]
    assert errors == []
