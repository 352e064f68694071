"""Leaves a global behind that `stays_clean`, which runs later, must not see."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    vars(np)["leaked"] = True
    with step("one") as see:
        see(output="leaked" in vars(np))
