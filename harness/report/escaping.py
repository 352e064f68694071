"""Escapes texts of records for Markdown and for GitHub's workflow commands. Pure."""

import re
from urllib.parse import quote

LENGTH = 400  # characters of a text that a line shows


def line(text: str, most: int | None = LENGTH) -> str:
    """Text in one line of at most `most` characters; a longer one ends with an ellipsis."""
    words = " ".join(text.split())
    return words if most is None or len(words) <= most else f"{words[: most - 3]}..."


def code(text: str) -> str:
    """Text as Markdown code, in one line; backticks, which would end the code, become quotes."""
    return f"`{line(text).replace('`', chr(39))}`"


def cell(code_or_text: str) -> str:
    """Markdown for a cell of a table: escapes bars, which end a cell even inside code."""
    return code_or_text.replace("|", r"\|")


def plain(text: str, most: int | None = LENGTH) -> str:
    """Text in one line, escaped for Markdown and HTML, without mentions and links of GitHub."""
    escaped = re.sub(r"[\\`*\[\]|~#]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", line(text, most))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")


def link(address: str) -> str:
    """An address for the parentheses of a link: quotes all characters that could end the link."""
    return quote(address, safe=":/?#@!$&'*+,;=%~")


def command_data(text: str) -> str:
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
