"""Has the default variants, in one process."""

import os
from typing import Any


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(pid=os.getpid())
