"""Stored forms of a preprocessing from before, brought to today's.

========  ======================================================================================
schema    what changed after it
========  ======================================================================================
1         a column of any kind held the fields of all kinds; how files are read stood elsewhere
2         only the words of its reason told of a dropped column whether its values may name the rows
3         today's form
========  ======================================================================================
"""

from collections.abc import Mapping
from typing import Any

from forpass.errors import ModelFileError

__all__ = ["SCHEMA", "migrate"]

SCHEMA = 3
"""Number of today's stored form."""

# of schema 1, the fields that a column of a kind makes use of
FIELDS = {
    "number": ("centre", "scale", "missing_indicator", "unit", "thousands", "decimal"),
    "boolean": ("missing_indicator",),
    "date": ("centre", "scale", "missing_indicator", "format", "cycles"),
    "category": ("values", "missing_indicator", "rare", "rare_values"),
    "dropped": ("reason",),
}


def migrate(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the form of today of what any forpass wrote.

    Parameters
    ----------
    plain : mapping
        What `Preprocessing.to_json` wrote. In schema 1 it was not told whether files have a decimal comma:
        who knows it adds ``"decimal_comma"``.

    Raises
    ------
    ModelFileError
        For a schema that is newer than this forpass.
    """
    schema = plain["schema"]
    if schema > SCHEMA:
        raise ModelFileError(
            f"the preprocessing has schema {schema} and this forpass reads up to {SCHEMA}; update it"
        )
    for step in STEPS[schema - 1 :]:
        plain = step(plain)
    return plain


def _from_schema_1(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Leave to each column the fields of its kind; find out which columns were text."""
    columns, target = plain["columns"], plain["target"]
    kept = ("kind", "name", "found", "share_missing")
    text = [column["name"] for column in columns if column["found"] == "text"]
    if target is not None and any(isinstance(label, str) for label in target["classes"]):
        text += target["names"]
    return {
        "schema": 2,
        "columns": [{key: column[key] for key in (*kept, *FIELDS[column["kind"]])} for column in columns],
        "target": target,
        "weight": plain["weight"],
        "reading": {"decimal_comma": bool(plain.get("decimal_comma", False)), "text_columns": text},
    }


def _from_schema_2(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Find out from the words of its reason what a dropped column was dropped for."""
    columns = [
        column | {"names_rows": _many_values(column["reason"])} if column["kind"] == "dropped" else column
        for column in plain["columns"]
    ]
    return {**plain, "schema": 3, "columns": columns}


def _many_values(reason: str) -> bool:
    return reason.endswith((" values are different", " rows")) and not reason.startswith("always ")


STEPS = (_from_schema_1, _from_schema_2)
"""From schema 1 to 2, from 2 to 3, ..."""
