"""Error messages without the parts that differ from call to call or between releases. Pure."""

import ast
import functools
import re

# the prefix of Keras to the message of an error inside a layer; 2.10 has misplaced quotes
WRAPPED = re.compile(
    r"""Exception encountered when calling """
    r"""(?:layer '...'(?: "\s*f")?\s*\(type \w+\)|[\w.]+\(\))\.\s*"""
)
# text as `repr` writes it, in which a KeyError has its message; without surrogates, which no file
# could hold
ESCAPE = r"""\\(?:[\\'nrt]|x[\da-f]{2}|u(?!d[89a-f])[\da-f]{4}|U000[\da-f]{5}|U0010[\da-f]{4})"""
QUOTED = re.compile(rf"""'(?:[^'\\\n\r]|{ESCAPE})*'|"(?:[^"\\\n\r]|{ESCAPE})*\"""")
# the frames of a traceback up to the head of the last frame, whose code stays; 2.7 has no colon
FRAMES = re.compile(
    r"""\(most recent call last\):?"""
    r"""(?:(?!\(most recent call last\)|\bNode:|\bDetected at ).)*"""
    r"""\bFile "[^"]*", line [\d.]+, in [\w<>.]+""",
    re.DOTALL,
)
# names that a person wrote, where Python names them; other words may have a counter
WRITTEN = (
    r"\b(?:arguments?:?|attribute|import name|local variable|module named) '\w+'"
    r"(?:(?:,| and|, and) '\w+')*",
    r"\bname '\w+' is not defined",
    r"'\w+' object has",
    r"\b\w+(?:\.\w+)?\(",
)
WORD = re.compile(rf"(?P<written>{'|'.join(WRITTEN)})|\b(?!\d)\w+", re.ASCII)
COUNTER = re.compile(r"(?:_\d+)+(?=_|$)", re.ASCII)
# TensorFlow renames operations that oneDNN computes, which depends on the processor: `MatMul` to
# `_MklMatMul`, `Conv2D` to `_MklNativeConv2D`
ONEDNN = re.compile(r"(\b|__wrapped__)_+Mkl(?:Native)?(?=[A-Z])", re.ASCII)
ADDRESS = re.compile(r"0x[\da-fA-F]+|(?<![\w.])\d{14,15}(?!\w|\.\d)")  # the second as `id` gives


@functools.cache  # the same messages come in every run and from many releases
def normalise(message: str) -> str:
    """A message without the parts that differ from call to call or from release to release.

    Removes or replaces: the quotes of a KeyError, colour codes, lists of arguments, names of
    layers, nodes and modules, the counters in other names, the prefix about the layer that raised,
    the frames of tracebacks, the mark of oneDNN at operations, addresses, file names and line
    numbers, layout, and full stops at the end. A normalised message stays as it is, so that
    messages of older baselines can be normalised again.
    """
    while (shorter := _normalised(message)) != message:
        message = shorter
    return message


def _normalised(message: str) -> str:
    if QUOTED.fullmatch(message):
        message = ast.literal_eval(message)
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    message = re.split(r"\n[^\S\n]*(?:Call arguments|Arguments) received(?: by|:)", message)[0]
    message = re.sub(r"""\b([Ll])ayer ["'][\w/]+["']""", r"\1ayer '...'", message)
    message = re.sub(r"\bof layer \w+\b", "of layer '...'", message)
    message = re.sub(r"""\b(name=|Node: ?)["'][^"']*["']""", r"\1'...'", message)
    message = re.sub(r"\b__autograph_generated_file\w+", "__autograph_generated_file", message)
    message = re.sub(WRAPPED, "", message)
    message = re.sub(r"\bmodule ['\"][\w.]+['\"] has", "module '...' has", message)
    message = re.sub(ONEDNN, r"\1", message)
    message = re.sub(ADDRESS, "0x...", message)
    message = re.sub(FRAMES, "(...)", message)
    message = re.sub(r'File "[^"]*", line \d+', 'File "...", line ...', message)
    message = re.sub(r"""(?<![^\s()"'])[^\s()"']+\.py:\d+""", "...", message)
    message = re.sub(r"\bid=\d+", "id=...", message)
    message = re.sub(WORD, _without_counters, message)
    return " ".join(message.split()).rstrip(".")


def _without_counters(word: re.Match[str]) -> str:
    """A word without the counters of Keras and TensorFlow, which count for a whole process."""
    text = word[0]
    return text if word["written"] or "_" not in text else COUNTER.sub("", text) or "_"
