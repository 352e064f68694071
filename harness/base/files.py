"""How a file gets to its place."""

from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; its directory is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(data)
    beside.replace(path)
