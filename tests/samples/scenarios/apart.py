"""Has variants of its own, each in a process of its own."""

import os
from typing import Any

VARIANTS = ("first", "second")
APART = True


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
