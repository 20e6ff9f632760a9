"""What the headers of a request say: in which form its body is, and in which form the answer shall be."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from forpass.service.requests import Refusal

__all__ = ["CSV", "JSON", "Form", "form_of", "prefers_csv"]

JSON, CSV = "application/json", "text/csv"

CHARSETS = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[lb]e)?|cp\d+|iso8859-\d+|koi8-[rtu]|euc_(?:jp|kr)|shift_jis|gb2312|gbk"
    r"|gb18030|big5"
)
"""What Python calls the encodings of text that are used; it has others, which are none."""

WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")


KEPT = 64
"""So many headers are remembered with what they say: clients say the same again and again."""


class Form(NamedTuple):
    """In which form a body is: JSON or CSV, and the encoding of CSV, "" where nothing says it."""

    kind: str
    charset: str = ""


def form_of(headers: Mapping[bytes, bytes]) -> Form:
    """Return the form of a body.

    Raises
    ------
    Refusal
        415 for anything but JSON in UTF-8, and CSV.

    Examples
    --------
    >>> form_of({b"content-type": b"text/csv; charset=windows-1252"})
    Form(kind='text/csv', charset='cp1252')
    """
    coding = headers.get(b"content-encoding", b"identity").decode("latin-1")
    if coding.lower() != "identity":
        raise Refusal(415, f"the body is compressed ({coding}); send it uncompressed")
    return _form_said(headers.get(b"content-type", b""))


@functools.lru_cache(KEPT)
def _form_said(header: bytes) -> Form:
    """Return the form that a header Content-Type says."""
    kind, *parameters = (part.strip() for part in header.decode("latin-1").lower().split(";"))
    if kind not in (JSON, CSV):
        found = f"got {kind}" if kind else "there is none"
        raise Refusal(415, f"the header Content-Type must say {JSON} or {CSV}; {found}")
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "")
    known = _encoding(charset) if charset else ""
    if kind == JSON and known not in ("", "utf-8", "ascii"):
        raise Refusal(
            415, f"JSON is written in UTF-8, and the header Content-Type says {charset}; send UTF-8"
        )
    if known is None:
        raise Refusal(415, f"the header Content-Type says charset {charset}, which is not known; send UTF-8")
    return Form(kind, known if kind == CSV else "")


def prefers_csv(headers: Mapping[bytes, bytes]) -> bool:
    """Say whether the client would rather have CSV than JSON, which it gets if it does not mind.

    The most specific range that holds a form decides, and its weight: RFC 9110, section 12.5.1.

    Examples
    --------
    >>> prefers_csv({b"accept": b"text/csv, */*;q=0.1"}), prefers_csv({b"accept": b"*/*"})
    (True, False)
    """
    return _csv_weighs_more(headers.get(b"accept", b""))


@functools.lru_cache(KEPT)
def _csv_weighs_more(header: bytes) -> bool:
    """Say whether a header Accept would rather have CSV than JSON."""
    weights = dict[str, float]()
    for part in header.decode("latin-1").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weights[kind] = next((_weight(piece) for piece in parameters if piece.startswith("q=")), 1.0)

    def weight_of(kind: str) -> float:
        ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
        return next((weights[one] for one in ranges if one in weights), 0.0)

    return weight_of(CSV) > weight_of(JSON)


def _weight(piece: str) -> float:
    """Return the weight of a range; what is none asks for nothing."""
    found = WEIGHT.fullmatch(piece)
    return float(found[1]) if found else 0.0


def _encoding(charset: str) -> str | None:
    """Return what Python calls an encoding; None where it is not known."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    return name if CHARSETS.fullmatch(name) else None
