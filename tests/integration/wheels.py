"""Releases of Keras that nobody made: the files of an installed one, changed, as a wheel."""

import base64
import hashlib
import re
import zipfile
from pathlib import Path


def release_keras(
    packages: Path, version: str, directory: Path, edits: dict[str, tuple[str, str]]
) -> Path:
    """Make a wheel of the Keras in `packages`, a site-packages, as release `version`.

    `edits` has for a file what is written in it, and what instead. uv finds the wheel with
    UV_FIND_LINKS=directory.
    """
    [metadata] = packages.glob("keras-*.dist-info")
    old = metadata.name.removeprefix("keras-").removesuffix(".dist-info")
    edits = {
        **edits,
        "keras/src/version.py": (f'"{old}"', f'"{version}"'),
        f"{metadata.name}/METADATA": (f"\nVersion: {old}\n", f"\nVersion: {version}\n"),
    }
    directory.mkdir(parents=True, exist_ok=True)
    wheel = directory / f"keras-{version}-py3-none-any.whl"
    info = f"keras-{version}.dist-info"
    rows = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _files(metadata):
            data = (packages / name).read_bytes()
            if name in edits:
                before, after = edits[name]
                assert before.encode() in data, f"{name}: nothing like {before!r}"
                data = data.replace(before.encode(), after.encode())
            name = name.replace(metadata.name, info)  # noqa: PLW2901
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(data)}\n")
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", "".join([*rows, f"{info}/RECORD,,\n"]))
    return wheel


def _files(metadata: Path) -> list[str]:
    """The files that the wheel brought, without what installing it added."""
    lines = (metadata / "RECORD").read_text(encoding="utf-8").splitlines()
    names = [line.rsplit(",", 2)[0] for line in lines]
    added = re.compile(r"__pycache__|RECORD$|INSTALLER$|REQUESTED$|uv_|direct_url")
    return [name for name in names if not added.search(name)]
