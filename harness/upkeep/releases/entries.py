"""Writes targets into the text of a targets file, and changes no other byte of it."""

from typing import Any

import tomlkit

from harness.base.errors import TargetsError
from harness.environments.targets import Target


def edited(text: str, like: str, target: Target) -> str:
    """The text of a targets file with `target`, written in the style of the entry `like`.

    The new entry replaces `like` if it has the same name, else it comes right after `like`. An
    entry ends at a blank line. Raises TargetsError if there is no entry `like`.
    """
    above, head, below = text.partition(f'[target."{like}"]\n')
    if not head:
        raise TargetsError(f'targets.toml has no line [target."{like}"], for {target.name}')
    entry = below.split("\n\n", 1)[0].rstrip("\n")
    document = tomlkit.parse(entry)
    kept = ""
    if target.name != like:
        kept = f"{head}{entry}\n\n"
        for field in {"follows", "pins"} & set(document):
            del document[field]
    for field, value in (("python", target.python), ("as_of", target.as_of)):
        if value is not None and document[field] != value:
            document[field] = value
    requirements: Any = document["requirements"]
    for at, requirement in enumerate(target.requirements):
        if requirements[at] != requirement:
            requirements[at] = requirement
    changed = f'[target."{target.name}"]\n{tomlkit.dumps(document)}'
    return f"{above}{kept}{changed}{below.removeprefix(entry)}"
