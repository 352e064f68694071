"""Has fixed weights alone, and shares its process with all that do."""

import os
from typing import Any

VARIANTS = ("fixed",)


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
