"""How the file was read that a table comes from: other files must be read so too, to mean the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forpass.spec.stored import rebuilt

__all__ = ["AS_FOUND", "Reading"]


@dataclass(frozen=True)
class Reading:
    """How files are read. It decides predictions, and so belongs to what is learnt.

    The fields are what `read_table` takes as ``as_text`` and ``decimal_comma``.

    Attributes
    ----------
    decimal_comma : bool
        Whether numbers are known to have a decimal comma; otherwise each file is read as it is found.
    text_columns : tuple of str
        The columns that were text: in a few rows of ``01``, ``02``, ``A3`` they could be numbers by
        themselves, and mean something else. `Preprocessing.learn` finds them out.
    """

    decimal_comma: bool = False
    text_columns: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"decimal_comma": self.decimal_comma, "text_columns": list(self.text_columns)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Reading":
        """Return what `to_json` wrote."""
        return rebuilt(cls, plain)


AS_FOUND = Reading()
"""Nothing is known: each file is read as it is found."""
