"""What a request says: its JSON as records, its query, and how a request is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from forpass.service.answering import Fault
from forpass.shown import bounded

__all__ = ["Refusal", "coverage_asked", "records_in"]

SEND = (
    'send a record {"COLUMN": VALUE, ...}, a list of records, or columns {"COLUMN": [VALUE, ...], ...}; '
    "GET /schema describes them"
)
NUMBER = re.compile(r"[-+.0-9eE]+")  # Python's own are more: with blanks, with _ between digits
ONE_TYPE = {list: "a list", str: "text", bool: "a truth value", type(None): "null"}


class Refusal(Exception):
    """A request that is not answered.

    Parameters
    ----------
    status : int
        Of HTTP.
    detail : str
        What is wrong, what was found and what to do.
    faults : sequence of Fault
        What is wrong with single records.
    headers : mapping
        What goes with it: which methods there are, when to try again, that the connection ends.
    """

    def __init__(
        self, status: int, detail: str, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults = status, bounded(detail), faults
        self.headers = dict(headers or {})

    def to_json(self) -> dict[str, Any]:
        """Return the problem as RFC 9457 has it, and beside it what is wrong with single records."""
        told = {"title": HTTPStatus(self.status).phrase, "status": self.status, "detail": self.detail}
        faults = [{"record": fault.record, "detail": bounded(fault.detail)} for fault in self.faults]
        return {**told, "errors": faults} if faults else told


def coverage_asked(query: bytes, covers: bool) -> float | None:
    """Return the coverage that a query asks for, as in ``?coverage=0.9``; None where it does not.

    Raises
    ------
    Refusal
        For anything else in the query, or a model that has no intervals.
    """
    if not query:
        return None
    said = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    unknown = [name for name, _ in said if name != "coverage"]
    if unknown or len(said) > 1:
        what = f"got {unknown[0]!r}" if unknown else "it is there twice"
        raise Refusal(400, f"the query may say coverage=0.9 and nothing else; {what}")
    if not said:
        return None
    try:
        coverage = float(said[0][1]) if NUMBER.fullmatch(said[0][1]) else -1.0
    except ValueError:
        coverage = -1.0
    if not 0.0 < coverage < 1.0:
        raise Refusal(400, f"coverage must be a number between 0 and 1; got {said[0][1]!r}")
    if not covers:
        raise Refusal(
            400,
            "coverage needs a model that knows how far off it is, and this one does not; leave it out",
        )
    return coverage


def records_in(body: bytes) -> list[dict[str, Any]]:
    """Return the records that a body of JSON holds.

    Raises
    ------
    Refusal
        400 for what is not JSON in UTF-8, 422 for what holds no records.

    Examples
    --------
    >>> records_in(b'{"size": [1, 2], "fit": [null, "yes"]}')
    [{'size': 1, 'fit': None}, {'size': 2, 'fit': 'yes'}]
    """
    try:
        given = json.loads(
            body.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_without_twins
        )
    except RecursionError:
        raise Refusal(400, f"the JSON is nested too deeply; {SEND}") from None
    except UnicodeDecodeError as error:
        raise Refusal(400, f"the body is not UTF-8 (byte {error.start}); send JSON in UTF-8") from None
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON ({error}); {SEND}") from None
    if isinstance(given, dict):
        return _of_columns(given) if given and _all_lists(given) else [given]
    if not isinstance(given, list):
        raise Refusal(422, f"the body is {_kind(given)}; {SEND}")
    for number, record in enumerate(given):
        if type(record) is not dict:
            fault = Fault(number, f"is {_kind(record)} where a record is meant; {SEND}")
            raise Refusal(422, "a record cannot be read; none was answered", [fault])
    return given


def _of_columns(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Return columns of one length as records."""
    first = next(iter(columns))
    for name, cells in columns.items():
        if len(cells) != len(columns[first]):
            raise Refusal(
                422,
                f"column {name!r} has {len(cells)} cells where {first!r} has {len(columns[first])}; "
                "send columns of one length",
            )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _all_lists(record: Mapping[str, Any]) -> bool:
    return all(type(value) is list for value in record.values())


def _kind(value: Any) -> str:
    return ONE_TYPE.get(type(value), "a number")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON; send null where a value is not known")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says one thing twice: nobody knows which was meant."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen = set[str]()
    for name, _ in pairs:
        if name in seen:
            raise ValueError(f"{name!r} is there twice in one object; send it once")
        seen.add(name)
    raise AssertionError  # a dict is shorter only where a name is there twice
