"""Error messages without the parts that differ from call to call or between releases. Pure."""

import re

# the prefix of Keras to the message of an error inside a layer; 2.10 has misplaced quotes
WRAPPED = re.compile(
    r"""Exception encountered when calling """
    r"""(?:layer '...'(?: "\s*f")?\s*\(type \w+\)|[\w.]+\(\))\.\s*"""
)


def normalise(message: str) -> str:
    """A message without the parts that differ from call to call or from release to release.

    Removes or replaces: colour codes, lists of arguments, names of layers, nodes and modules, the
    prefix about the layer that raised, addresses, file names and line numbers, layout, and a full
    stop at the end.
    """
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    message = re.split(r"\n\s*(?:Call arguments|Arguments) received(?: by|:)", message)[0]
    message = re.sub(r"""\b([Ll])ayer ["'][\w/]+["']""", r"\1ayer '...'", message)
    message = re.sub(r"\bof layer \w+\b", "of layer '...'", message)
    message = re.sub(r"""\b(name=|Node: ?)["'][^"']*["']""", r"\1'...'", message)
    message = re.sub(r"\b__autograph_generated_file\w+", "__autograph_generated_file", message)
    message = re.sub(WRAPPED, "", message)
    message = re.sub(r"\bmodule ['\"][\w.]+['\"] has", "module '...' has", message)
    message = re.sub(r"0x[0-9a-fA-F]+", "0x...", message)
    message = re.sub(r'File "[^"]*", line \d+', 'File "...", line ...', message)
    return " ".join(message.split()).removesuffix(".")
