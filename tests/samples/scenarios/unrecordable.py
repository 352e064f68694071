"""Records a value that is not an array of numbers."""

from typing import Any


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=object())
