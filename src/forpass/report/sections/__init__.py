"""The sections of a report, in the order in which a person asks; each is one file with one function."""

from collections.abc import Callable

from forpass.report.blocks import Section
from forpass.report.given import Given
from forpass.report.sections.again import again
from forpass.report.sections.belief import belief
from forpass.report.sections.columns import columns
from forpass.report.sections.data import data
from forpass.report.sections.errors import errors
from forpass.report.sections.learning import learning
from forpass.report.sections.network import network
from forpass.report.sections.result import result
from forpass.report.sections.use import use

__all__ = ["SECTIONS"]

SECTIONS: tuple[Callable[[Given], Section], ...] = (
    result,
    errors,
    belief,
    columns,
    learning,
    data,
    network,
    again,
    use,
)
