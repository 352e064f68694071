"""Sets a global that must not exist in `stays_clean`, which runs later."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    vars(np)["leaked"] = True
    with step("one") as see:
        see(output="leaked" in vars(np))
