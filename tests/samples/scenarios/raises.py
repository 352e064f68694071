"""Raises inside a step that has recorded an array; the next step runs."""

from typing import Any


def scenario(variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=1.0)
        if variant == "first":
            raise ValueError("no such state")
    with step("two") as see:
        see(output=2.0)
