"""Raises between two steps."""

from typing import Any


def scenario(variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=1.0)
    if variant == "first":
        raise RuntimeError("between two steps")
    with step("two") as see:
        see(output=2.0)
