"""The options of all commands beside those of each."""

import argparse

from harness.commands import parser


def test_no_option_of_a_command_replaces_an_option_of_all_commands() -> None:
    everywhere = parser("")
    of_all = {action.dest for action in everywhere._actions}  # noqa: SLF001 - no public list
    (commands,) = (
        action
        for action in everywhere._actions  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
    )
    replaced = {
        (name, action.dest)
        for name, command in commands.choices.items()
        for action in command._actions  # noqa: SLF001
        if action.dest in of_all - {"help"}
    }

    assert replaced == set()
