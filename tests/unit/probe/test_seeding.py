"""Each step of the scenario `seeding` seeds again, so that no step depends on another."""

import ast

from harness.base.project import PROBE

TEXT = (PROBE / "scenarios" / "seeding.py").read_text(encoding="utf-8")


def unseeded(text: str) -> list[str]:
    """The steps that do not begin with `seed(variant)`."""
    blocks = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.With)]
    return [ast.unparse(each.items[0]) for each in blocks if first(each) != "seed(variant)"]


def first(block: ast.With) -> str:
    return ast.unparse(block.body[0])


def test_every_step_seeds_before_it_draws() -> None:
    assert unseeded(TEXT) == []


def test_a_step_that_does_not_seed_is_found() -> None:
    line = '    with step("shuffled dataset") as see:\n        seed(variant)\n'
    assert line in TEXT
    without = TEXT.replace(line, line.replace("        seed(variant)\n", ""))
    assert unseeded(without) == ["step('shuffled dataset') as see"]
