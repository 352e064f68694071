"""The statements of functions that run once are observed, each within the one that calls it."""

import pytest

from harness.base.project import PROBE
from tests.unit.probe.scripts import Plain, by_name, numbers

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
        "line 12": ("line 11", (), ("main.x", "print")),
        "line 11": ("line 16", ("main.x",), ("main.x", "print", "range")),
        "line 13": ("line 16", (), ()),
        "line 16": ("", (), ("build", "main", "print", "range", "sys")),
    }
    observed = [each.step for each in run.observations]
    assert observed == [
        *("line 1", "line 3", "line 8", "line 5", "line 6", "line 9"),
        *("line 10", "line 12", "line 11", "line 13", "line 16"),
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
    assert (found["line 12"].printed, found["line 11"].printed) == ("0\n", "1\n")
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
