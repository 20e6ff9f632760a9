"""The options of training as options of a command, made from their records; nothing numerical is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from forpass.api.options import OPTIONS, option_types, require_options
from forpass.errors import InputError

__all__ = ["option_called", "said_of", "training_options", "without_options_of_training"]

Command = TypeVar("Command", bound=Callable[..., None])


def training_options(*without: str) -> Callable[[Command], Command]:
    """Give a command the options of training, each as its record says it, but for some."""

    def given(command: Command) -> Command:
        for name in reversed([name for name in OPTIONS if name not in without]):  # the last given comes first
            command = _option(name)(command)
        return command

    return given


def _option(name: str) -> Callable[[Command], Command]:
    """Return what gives a command an option; it hands on None where nothing was said."""
    option, types = OPTIONS[name], option_types(name)
    kind = str if option.read else next(kind for kind in (bool, int, float, str) if kind in types)
    default = ",".join(map(str, option.default)) if isinstance(option.default, tuple) else option.default
    shown = "" if default is None or kind is bool else f" [{default}]"
    first_sentence = option.doc.split(". ")[0].rstrip(".")
    return click.option(
        option_called(name),
        type=kind,
        is_flag=kind is bool,
        default=None,
        metavar=option.metavar or None,
        help=f"{first_sentence}{shown}.",
    )


def without_options_of_training(said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was said beside the options of training, and what was said by them."""
    options = {name: value for name, value in said.items() if name in OPTIONS}
    return {name: value for name, value in said.items() if name not in OPTIONS}, options


OF_STEPS = ("learning_rate", "weight_decay", "batch_size")


def _refuse_with_lbfgs(said: Mapping[str, Any]) -> None:
    """Refuse what only optimisers have that go step by step; of Python `TrainingSpec` refuses it."""
    for name in OF_STEPS:
        if said.get("optimizer") == "lbfgs" and said.get(name) not in (None, OPTIONS[name].default):
            raise InputError(
                f"{option_called(name)} is for optimizers that go step by step, and lbfgs takes all rows at "
                "once; leave it out, or choose another --optimizer"
            )


def option_called(name: str) -> str:
    """Return what the command calls an option of training."""
    return f"--{name.replace('_', '-').replace(' ', '-')}"


def said_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options that were said on the command line; refuse what makes no sense."""
    said = {}
    for name, value in options.items():
        if value is not None:
            read = OPTIONS[name].read
            said[name] = read(value) if read else value
    require_options(said, option_called)
    _refuse_with_lbfgs(said)
    return said
