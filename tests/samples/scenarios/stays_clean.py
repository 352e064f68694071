"""Records whether the global of `leaks` exists."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(output="leaked" in vars(np))
