"""Error messages without all that differs from call to call and from release to release. Pure."""

import re

# what Keras puts before the message of an error inside a layer; 2.10 has a slip in its quotes
WRAPPED = re.compile(
    r"""Exception encountered when calling """
    r"""(?:layer '...'(?: "\s*f")?\s*\(type \w+\)|[\w.]+\(\))\.\s*"""
)


def normalise(message: str) -> str:
    """An error's message without what differs from call to call and from release to release:
    colour codes, listings of arguments, names of layers and modules, the layer
    it went through, addresses, places in files, layout, a full stop at its end.
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
