"""Text of a record in Markdown and in GitHub's workflow commands, where it stays text. Pure."""

import re
from urllib.parse import quote

LENGTH = 400  # characters of a text that a line shows


def line(text: str, most: int = LENGTH) -> str:
    """Text in one line, at most so many characters of it."""
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 3]}..."


def code(text: str) -> str:
    """Text as code, in one line; a backtick would end it."""
    return f"`{line(text).replace('`', chr(39))}`"


def cell(code_or_text: str) -> str:
    """Markdown that ends no cell of a table; even in code a bar would."""
    return code_or_text.replace("|", r"\|")


def plain(text: str) -> str:
    """Text in one line that Markdown and HTML take for text, and that notifies nobody."""
    escaped = re.sub(r"[\\`*\[\]|~#]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", line(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")


def link(address: str) -> str:
    """An address in the parentheses of a link, which none of its characters ends."""
    return quote(address, safe=":/?#@!$&'*+,;=%~")


def command_data(text: str) -> str:
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
