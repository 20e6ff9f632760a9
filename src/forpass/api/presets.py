"""Presets: what is trained by default, a recipe of many networks or a single one.

The rule: without a preset it is ``"default"``, a recipe; with an option that only a single network has, such
as its epochs, it is ``"plain"``, a single network. A preset and an option that do not go together are
refused, and both are named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from forpass.api.options import OPTIONS, TrainingOptions
from forpass.api.setup import PUBLISHED, Setup
from forpass.errors import SpecError
from forpass.told import called

if TYPE_CHECKING:
    from forpass.spec.training import TrainingSpec

__all__ = ["is_single", "setup_for", "shares_for", "with_preset"]

USUAL, SINGLE = "default", "plain"
SHARES = {SINGLE: (0.1, 0.2), **dict.fromkeys(PUBLISHED, (0.2, 0.2))}
"""The shares of validation and test rows of single networks; a recipe has none, as all rows measure it."""
ABOUT_ROWS = "refit", "validation", "validation_data", "validation_fraction"
"""What a published network leaves open: which rows it is trained on."""


def with_preset(said: Mapping[str, Any], others: Iterable[str] = ()) -> TrainingOptions:
    """Return options with the preset that applies; see the rule above.

    Parameters
    ----------
    said : mapping
        Values by name that `require_options` has let through.
    others : iterable of str
        What else was given that only a single network has: ``training``, ``validation``.

    Raises
    ------
    SpecError
        For a preset with something that it does not allow.

    Examples
    --------
    >>> with_preset({"seed": 1}), with_preset({"epochs": 5})
    ({'seed': 1, 'preset': 'default'}, {'epochs': 5, 'preset': 'plain'})
    >>> with_preset({"epochs": 5, "preset": "fast"})
    Traceback (most recent call last):
        ...
    forpass.errors.SpecError: preset 'fast' trains networks as its recipe says, and epochs is of ...
    """
    single = [*(name for name in said if OPTIONS[name].single), *others]
    preset = said.get("preset")
    if preset is None:
        preset = SINGLE if single else USUAL
    elif preset in SHARES and preset != SINGLE:
        if changed := [name for name in single if name not in ABOUT_ROWS]:
            raise SpecError(
                f"{called('preset')} {preset!r} is a network as it is published, and {called(changed[0])} "
                f"would change it; leave one of them out, or take {called('preset')} {SINGLE!r}"
            )
    elif single and preset != SINGLE:
        name = preset if isinstance(preset, str) else preset.name
        raise SpecError(
            f"{called('preset')} {name!r} trains networks as its recipe says, and {called(single[0])} is of "
            f"a single network; leave one of them out, or take {called('preset')} {SINGLE!r}"
        )
    return cast(TrainingOptions, {**said, "preset": preset})


def is_single(options: Mapping[str, Any]) -> bool:
    """Whether options that `with_preset` gave are of a single network."""
    return options["preset"] in SHARES


def shares_for(options: Mapping[str, Any], validation: Any, test: Any) -> tuple[Any, Any]:
    """Return the validation and test rows that were said, or the preset's shares where nothing was."""
    usual = SHARES.get(options["preset"], (0.0, 0.0))
    return usual[0] if validation is None else validation, usual[1] if test is None else test


def setup_for(n_rows: int, said: Mapping[str, Any], training: TrainingSpec | None = None) -> Setup:
    """Return the setup that options make; defaults depend on the number of rows.

    Parameters
    ----------
    n_rows : int
    said : mapping
        Values by name that `require_options` has let through. Without a preset it is a single network.
    training : TrainingSpec, optional
        Stands in for the defaults of options that change a training.
    """
    from forpass.spec.training import TrainingSpec

    setup = Setup(n_rows, TrainingSpec())
    for name, option in OPTIONS.items():
        if name not in said:
            setup = option.apply(setup, option.default)
    if training is not None:
        setup = dataclasses.replace(setup, training=training)
    for name, option in OPTIONS.items():
        if name in said:
            setup = option.apply(setup, said[name])
    return setup
