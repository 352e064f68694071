"""Prints bytes that are neither text nor JSON, and continues."""

import os
import sys
from typing import Any


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        os.write(1, b'\xff\xfe{"end": "crashed"}\n')
        sys.stderr.write('{"variant"\n')
        see(output=1.0)
