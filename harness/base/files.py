"""Atomic writing of files."""

from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file completely or not at all. Creates missing parent directories."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(data)
    beside.replace(path)
