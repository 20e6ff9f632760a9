"""What a chart holds: rows of its data, what it says below its title."""

import json


def rows_in(chart, *fields):
    """Return the rows of a chart's data that have all of these fields."""
    return [row for row in _rows(chart.to_dict()) if set(fields) <= set(row)]


def _rows(part):
    """Walk through the data of all pictures in a chart."""
    if isinstance(part, list):
        for one in part:
            yield from _rows(one)
    elif isinstance(part, dict):
        for rows in [*part.get("datasets", {}).values(), part.get("data", {}).get("values", [])]:
            yield from rows
        for key in ("layer", "hconcat", "vconcat", "spec"):
            yield from _rows(part.get(key, []))


def text_of(chart):
    return json.dumps(chart.to_dict(), allow_nan=False)  # what is no number has no place in JSON


def subtitle(chart):
    return " ".join(chart.to_dict()["title"]["subtitle"])
