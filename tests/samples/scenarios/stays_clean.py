"""Looks for what `leaks` left behind."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(output="leaked" in vars(np))
