"""Raises SystemExit inside a step."""

import sys
from typing import Any


def scenario(variant: str, step: Any) -> None:
    with step("one") as see:
        if variant == "first":
            sys.exit("enough")
        see(output=1.0)
