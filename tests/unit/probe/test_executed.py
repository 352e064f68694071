"""The functions of packages that the statements of a plain script call."""

import json
import subprocess
import textwrap
from pathlib import Path
from typing import Any

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment


def executed(environment: Environment, script: Path, text: str, *options: str) -> dict[str, Any]:
    """What the trace of a script found."""
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    output = script.with_name("executed.json")
    command = [environment.python, PROBE / "executed.py", output, script, *options]
    subprocess.run([*map(str, command)], check=True, timeout=60, capture_output=True)
    found: dict[str, Any] = json.loads(output.read_bytes())
    return found


def test_the_calls_of_a_statement_of_a_function_are_traced(
    environment: Environment, tmp_path: Path
) -> None:
    script = """\
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

    def inside(line: int) -> set[int]:
        found = executed(environment, tmp_path / "script.py", script, f"--line={line}")
        assert not found["ended"]
        return {first for _, first, ran in found["calls"] if ran}

    first, second, both = inside(3), inside(7), inside(9)
    assert first
    assert second
    assert first != second
    assert inside(6) == first
    assert both == first | second


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
