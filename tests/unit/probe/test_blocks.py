"""The statements of loops and `with` blocks are observed, each within its block."""

import subprocess
import sys

import pytest

from harness.base.project import RESOURCES
from tests.unit.probe.scripts import Plain, by_name, numbers


def test_of_a_loop_the_first_pass_is_looked_at_and_then_the_whole(plain: Plain) -> None:
    record = plain.record(
        """\
        total = 0
        for n in (3, 4):
            total += n
            print(total)
        else:
            total = total * 2
        while total > 9:
            total -= 2
        """
    )
    assert {each.name: each.within for each in record.statements} == {
        "line 1": "",
        "line 3": "line 2",
        "line 4": "line 2",
        "line 2": "",
        "line 8": "line 7",
        "line 7": "",
    }
    found = by_name(record.runs[0])
    assert list(found) == ["line 1", "line 3", "line 4", "line 2", "line 8", "line 7"]
    assert numbers(found["line 3"]) == {"n": (3,), "total": (3,)}
    assert numbers(found["line 2"]) == {"n": (4,), "total": (14,)}
    assert (found["line 4"].printed, found["line 2"].printed) == ("3\n", "7\n")
    assert (numbers(found["line 8"]), numbers(found["line 7"])) == (
        {"total": (12,)},
        {"total": (8,)},
    )


@pytest.mark.parametrize(
    ("asked", "raising"),
    [
        (9, ("line 6", "line 5", "line 4", "line 2")),
        (2, ("line 4", "line 2")),  # in the second pass
    ],
)
def test_an_error_belongs_to_the_statement_and_to_each_block_around(
    asked: int, raising: tuple[str, ...], plain: Plain
) -> None:
    run = plain.run(
        f"""\
        import contextlib
        with contextlib.nullcontext([1]) as made:
            made.append(2)
            for n in range(2):
                with contextlib.nullcontext():
                    made[{asked} + n - 1]
                after = n
        print("never")
        """
    )
    found = by_name(run)
    errors = [name for name, each in found.items() if each.error]
    assert errors == list(raising)
    assert {found[name].error.type for name in errors} == {"IndexError"}  # type: ignore[union-attr]
    assert numbers(found["line 3"]) == {"made[0]": (1,), "made[1]": (2,)}
    assert ("line 7" in found) == (asked == 2)


def test_a_function_that_is_called_in_a_block_is_followed_once(plain: Plain) -> None:
    found = by_name(
        plain.run(
            """\
            def f(n):
                m = n + 1
                if m > 1:
                    return m
                return -m
            for n in range(3):
                y = f(n)
            """
        )
    )
    assert list(found) == ["line 1", "line 2", "line 3", "line 5", "line 7", "line 6"]
    assert numbers(found["line 2"]) == {"m": (1,), "n": (0,)}
    assert numbers(found["line 7"]) == {"y": (-1,)}
    assert numbers(found["line 6"]) == {"y": (3,), "n": (2,)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "for n in range(3):\n    x = n\n    break\nz = 1",
            ["line 2", "line 3", "line 1", "line 4"],
        ),
        ("for n in range(3):\n    x = n\n    continue\n    y = 1", ["line 2", "line 3", "line 1"]),
        ("for n in range(0):\n    x = n", ["line 1"]),
        ("for n in range(2): x = n", ["line 1, part 2", "line 1"]),
        (
            "for n in range(2):\n    for m in range(2):\n        x = m",
            ["line 3", "line 2", "line 1"],
        ),
        (
            "import contextlib as c\nwith c.suppress(KeyError):\n    {}[1]\n    x = 1\ny = 2",
            ["line 1", "line 3", "line 2", "line 5"],
        ),
        (
            "import contextlib\ndef f():\n    with contextlib.nullcontext():\n        return 7\n"
            "f()",
            ["line 1", "line 2", "line 4", "line 3", "line 5"],
        ),
        ("try:\n    x = 1\nfinally:\n    y = 2", ["line 1"]),
        ("if True:\n    x = 1", ["line 1"]),
        ("class A:\n    for n in range(2):\n        x = n", ["line 1"]),
    ],
)
def test_which_statements_are_looked_at(text: str, expected: list[str], plain: Plain) -> None:
    run = plain.run(text)
    assert (run.end, [each.step for each in run.observations]) == ("completed", expected)
    assert not any(each.error for each in run.observations)


def test_what_a_loop_was_left_with_is_looked_at(plain: Plain) -> None:
    found = by_name(plain.run("for n in range(3):\n    if n == 0:\n        x = 5\n        break"))
    assert numbers(found["line 2"])["x"] == (5,)


def test_a_named_step_is_looked_at_as_a_whole(plain: Plain) -> None:
    (plain.directory / "steps.py").write_bytes((RESOURCES / "steps.py").read_bytes())
    record = plain.record(
        """\
        from steps import see, step
        for n in range(2):
            with step("one"):
                see(n)
                print("inside")
        """
    )
    found = by_name(record.runs[0])
    assert list(found) == ["line 1", "step one", "line 3", "step one, time 2", "line 2"]
    assert found["step one"].printed == "inside\n"
    place = found["step one"].place
    assert place
    assert (place.within, place.reads) == ("line 3", ("n", "print", "see", "step"))


GAUNTLET = """\
import contextlib, threading

@contextlib.contextmanager
def around(name):
    print("enter", name)
    try:
        yield name
    finally:
        print("leave", name)

def inside(n):
    with around("function") as it:
        for _ in range(2):
            if n:
                return it
        return None

class Loud:
    def __del__(self):
        print("gone")

for n in range(4):
    with around(n), contextlib.suppress(ValueError):
        if n == 1:
            continue
        loud = Loud()
        if n == 2:
            raise ValueError
        inside(n)
        print("through", n)
    if n == 3:
        break
else:
    print("never")
n = 3
while True:
    n -= 1
    for n in range(n):
        print(n); break
    else:
        break
for a, (b, *c) in [(1, (2, 3, 4))]: print(a, b, c)
with contextlib.nullcontext() as nothing: print(nothing)
for name in ["one", "two"]:
    thread = threading.Thread(target=lambda: [print(name) for _ in range(1)])
    thread.start(); thread.join()
    def late(): return name
    del thread
loud = None
print(late(), sorted(each for each in globals() if not each.startswith("__")))
for _ in range(2):
    import os
    pid = os.fork()
    if not pid:
        print("in a process", flush=True)
        os._exit(0)
    os.waitpid(pid, 0) and None
"""


@pytest.mark.fault("scripts", "a script with loops and blocks of all kinds", "it does as alone")
def test_a_script_with_blocks_does_as_alone(plain: Plain) -> None:
    script = plain.directory / "alone.py"
    script.write_text(GAUNTLET, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, timeout=60
    )
    run = plain.run(GAUNTLET)
    printed = "".join(each.printed for each in run.observations)
    assert sorted(printed.splitlines()) == sorted(done.stdout.splitlines())
    assert not [each for each in run.observations if each.error]
