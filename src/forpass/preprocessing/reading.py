"""How the file was read that a table comes from: other files must be read so too, to mean the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.table import Table
from forpass.preprocessing.targets import TargetSpec
from forpass.spec.stored import rebuilt

__all__ = ["AS_FOUND", "Reading", "text_columns"]


@dataclass(frozen=True)
class Reading:
    """How files are read. It decides predictions, and so belongs to what is learnt.

    The fields are what `read_table` takes as ``decimal_comma``, ``as_text`` and ``missing``.

    Attributes
    ----------
    decimal_comma : bool
        Whether numbers are known to have a decimal comma; otherwise each file is read as it is found.
    text_columns : tuple of str
        The columns that were text: in a few rows of ``01``, ``02``, ``A3`` they could be numbers by
        themselves, and mean something else. `Preprocessing.learn` finds them out.
    missing : tuple of str or None
        The words that mean a missing value; None: the usual ones.
    """

    decimal_comma: bool = False
    text_columns: tuple[str, ...] = ()
    missing: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        plain: dict[str, Any] = {"decimal_comma": self.decimal_comma, "text_columns": list(self.text_columns)}
        return plain if self.missing is None else plain | {"missing": list(self.missing)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Reading":
        """Return what `to_json` wrote."""
        return rebuilt(cls, plain)


AS_FOUND = Reading()
"""Nothing is known: each file is read as it is found."""


def text_columns(table: Table, specs: Sequence[ColumnSpec], target: TargetSpec | None) -> tuple[str, ...]:
    """Return the columns that were text, or categories of text; features and targets."""
    names = [
        spec.name
        for spec in specs
        if spec.found in ("text", "category") and table.columns[spec.name].labels is None
    ]
    if target is not None and any(isinstance(label, str) for label in target.classes):
        names += target.names
    return tuple(names)
