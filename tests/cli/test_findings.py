"""Remedies for what `diagnose` finds, in what the command can say."""

import re

from forpass.api.options import OPTIONS
from forpass.cli.findings import REMEDIES
from forpass.diagnosis.finding import KINDS
from forpass.maths.activations import ACTIVATIONS


def test_each_kind_of_finding_has_a_remedy_with_options_that_there_are():
    assert REMEDIES.keys() == set(KINDS)
    for remedy in REMEDIES.values():
        said = remedy.format(rate=0.5)
        for option in re.findall(r"--([a-z-]+)", said):
            assert option.replace("-", "_") in {*OPTIONS, "drop"}
        for named in re.findall(r"--activation (\w+)(?: or (\w+))?", said):
            assert set(filter(None, named)) <= set(ACTIVATIONS)
