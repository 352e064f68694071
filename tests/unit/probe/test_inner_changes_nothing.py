"""A script does under the probe what it does without, also in functions that run once."""

import pytest

from harness.base.project import PROBE
from tests.unit.probe.scripts import Plain, by_name, numbers


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
