"""The command line, with wrong usage said as everything else that is wrong: one sentence, exit code 2."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import click

from forpass.cli.app import app
from forpass.cli.output import Reporter, failed
from forpass.clock import running_since
from forpass.errors import UnknownNameError

__all__ = ["run"]


def run() -> None:
    """Run the command that the words of this process ask for, and end the process."""
    words = sys.argv[1:]
    try:
        with running_since(time.monotonic()):  # a limit of time holds for what commands load, too
            code = app.main(prog_name="forpass", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(2) from None
    except click.UsageError as error:
        as_json = any(word.partition("=")[0] == "--json" for word in words)
        failed(Reporter(as_json), _sentence(error, words), "UsageError", 2)
    except click.Abort:  # Ctrl-C before the command could hear it
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    raise SystemExit(code)


def _sentence(error: click.UsageError, words: list[str]) -> str:
    """Say what is wrong with the words, what was found, and what to do."""
    command, context = "forpass", error.ctx
    if context is not None:
        command = context.command_path
        unknown = _unknown_name(error, context.command)
        if unknown:
            return unknown
    message = error.format_message().rstrip(".")
    given = _given(getattr(error, "param", None), words)
    found = f" (got {given!r})" if given and repr(given) not in message else ""
    return f"{message[0].lower()}{message[1:]}{found}; {command} -h shows what it takes"


def _unknown_name(error: click.UsageError, command: click.Command) -> str:
    """Offer the nearest names for an option or a command that does not exist."""
    if isinstance(error, click.NoSuchOption):
        for word in sys.argv[1:]:
            if word.startswith("-") and os.path.exists(word):
                return f"{word} is a file and begins as options do; write ./{word}"
        options = [name for parameter in command.params for name in parameter.opts if name[:1] == "-"]
        options.append("--help")
        return str(UnknownNameError("option", error.option_name, options))
    if isinstance(command, click.Group) and error.message.startswith("No such command"):
        wanted = error.message.split("'")[1]
        return str(UnknownNameError("command", wanted, command.commands))
    return ""


def _given(parameter: Any, words: list[str]) -> str:
    """Return the value that was given to an option; "" when it is an argument or was not given."""
    for option in getattr(parameter, "opts", ()):
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if word == option:
                return following
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
    return ""
