"""Has its own variants, each in its own process."""

import os
from typing import Any

VARIANTS = ("first", "second")
APART = True


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
