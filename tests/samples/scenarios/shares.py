"""Has only the variant `fixed`, and shares its process with all such scenarios."""

import os
from typing import Any

VARIANTS = ("fixed",)


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
