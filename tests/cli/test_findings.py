"""Remedies for what `diagnose` finds, in what the command can say."""

import re

from forpass.api.options import OPTIONS
from forpass.cli.options import option_called
from forpass.diagnosis.finding import KINDS, Finding, others_first
from forpass.diagnosis.remedies import REMEDIES, remedy_by_options
from forpass.maths.activations import ACTIVATIONS


def test_each_kind_of_finding_has_a_remedy_with_options_that_there_are():
    assert REMEDIES.keys() == set(KINDS)
    for kind in KINDS:
        said = remedy_by_options(kind, 0.5, option_called)
        for option in re.findall(r"--([a-z-]+)", said):
            assert option.replace("-", "_") in {*OPTIONS, "drop"}
        for named in re.findall(r"--activation (\w+)(?: or (\w+))?", said):
            assert set(filter(None, named)) <= set(ACTIVATIONS)


def test_what_else_was_found_is_named_only_where_there_is_more():
    guess = Finding("no_better_than_guess", "output", 1.0, "it guesses", "train longer")
    dead = Finding("dead_units", "layer 1", 1.0, "it is dead", "use elu")
    assert others_first([guess]) == [guess]
    (same, told) = others_first([dead, guess])
    assert same == dead
    assert str(told) == "output: it guesses; mend what else was found first; otherwise train longer."
