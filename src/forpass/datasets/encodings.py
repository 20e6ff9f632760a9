"""Encodings: which one a text file is written in, and the same text as plain UTF-8.

A byte order mark decides. Without one, text that is UTF-8 throughout is UTF-8. Otherwise the lines that
are not ASCII are looked at:

1. Most of their characters are UTF-8 after all: UTF-8 that was damaged; the first wrong byte is named.
2. They are valid as CP949 (EUC-KR is a part of it; of a thousand characters one may be damaged, and is
   named when the file is read), and at least half of their characters beyond ASCII are Hangul syllables
   in everyday use (the 2350 of KS X 1001): Korean. A single syllable between two Latin letters does not
   count: it is two letters with accents, as in SITUAÇÃO.
3. They are as valid as CP1252 (Latin-1 is a part of it), and less than half of their characters beyond
   ASCII stand three or more in a row, as accents between plain letters do: Western European.
4. Anything else (Cyrillic, Japanese, Chinese, Greek ... in an encoding of its own) is refused, not
   guessed. What looks Western and is not, such as Polish in CP1250, cannot be told apart: callers
   report what was assumed.

Nothing is held in memory but a block at a time.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from forpass.errors import TableError

__all__ = ["Survey", "blocks", "count_of", "encoding_of", "survey", "transcode"]

BLOCK = 1 << 20
EVIDENCE = 1 << 18

MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
LINE_END, RETURN, BLANK, TABULATOR = b"\n\r \t"
BLANK_LINE = re.compile(rb"\n[ \t]+\r?\n")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes of a file has found.

    Attributes
    ----------
    head : bytes
        The first of them.
    zero, invalid : int or None
        Where the first NUL byte stands, and the first byte that is not UTF-8.
    carriage_returns, lone_returns : bool
        Whether there are any, and any without a line feed behind them.
    line_end : str
        The character that ends lines, alone or after a carriage return.
    blank_inside, blank_end : bool
        Whether blank lines stand before the last row, or any with blanks on them behind it; and whether
        others do.
    quotes : int
        How many there are.
    last : bytes
        The last byte.
    """

    head: bytes
    zero: int | None
    invalid: int | None
    carriage_returns: bool
    lone_returns: bool
    line_end: str
    blank_inside: bool
    blank_end: bool
    quotes: int
    last: bytes


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file block by block."""
    while block := file.read(BLOCK):
        yield block


def count_of(letter: bytes, block: bytes) -> int:
    """Count a letter in a block: `bytes.count` takes eight times as long."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == letter[0])) if letter in block else 0


def survey(path: Path) -> Survey:
    """Look at every byte of a file once."""
    decoder, offset, pending = codecs.getincrementaldecoder("utf-8")(), 0, 0
    zero = invalid = None
    head, tail, last, held = b"", b"", b"", b"\n"
    n_returns, n_pairs, n_quotes, newlines, blank_inside = 0, 0, 0, False, False
    with path.open("rb") as file:
        for block in blocks(file):
            head = head or block[: BLOCK // 16]
            if zero is None and (place := block.find(0)) >= 0:
                zero = offset + place
            if invalid is None and (pending or not block.isascii()):
                try:
                    decoder.decode(block)
                    pending = len(decoder.getstate()[0])
                except UnicodeDecodeError as error:
                    invalid = offset - pending + error.start
            if b"\r" in block or last == b"\r":
                n_returns += block.count(b"\r")
                n_pairs += (last + block).count(b"\r\n")
            n_quotes += count_of(b'"', block)
            newlines = newlines or b"\n" in block
            if not blank_inside:
                # blanks at the end of a block wait: they may be the end of the file
                text = held + block if held else block
                kept = text.rstrip(b"\r\n \t")
                held = text[len(kept) :]
                blank_inside = _has_blank_line(kept) or len(held) > BLOCK
            tail, last = (tail + block[-4:])[-4:], block[-1:]
            offset += len(block)
    if invalid is None and pending:
        invalid = offset - pending
    blank_inside = blank_inside or b"\n " in held or b"\n\t" in held
    return Survey(
        head,
        zero,
        invalid,
        carriage_returns=n_returns > 0,
        lone_returns=n_returns > n_pairs,
        line_end="\r" if n_returns and not newlines else "\n",
        blank_inside=blank_inside,
        blank_end=tail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").endswith(b"\n\n"),
        quotes=n_quotes,
        last=last,
    )


def _has_blank_line(text: bytes) -> bool:
    """Whether there is a line with nothing but blanks on it, behind another one."""
    letters = np.frombuffer(text, np.uint8)
    ends, blank = letters[:-1] == LINE_END, letters[1:] <= BLANK  # much faster than four searches
    if not (ends & blank).any():
        return False
    begins = letters[np.flatnonzero(ends) + 1]
    if (begins == LINE_END).any() or ((begins == RETURN).any() and b"\n\r\n" in text):
        return True
    return bool(((begins == BLANK) | (begins == TABULATOR)).any()) and BLANK_LINE.search(text) is not None


def encoding_of(path: Path, shown: Path, found: Survey) -> str:
    """Return the name of the encoding of a file, as Python knows it too.

    Raises
    ------
    TableError
        When there is none that is plausible; `shown` is what the message calls the file.
    """
    marked = next((name for mark, name in MARKS if found.head.startswith(mark)), "")
    if marked not in ("", "UTF-8"):
        return marked
    if found.zero is not None:
        wide = "" if marked else _wide(found.head)
        if wide:
            return wide
        raise TableError(
            f"{shown} holds a NUL byte {_place(path, found.zero, found)}, which no text has; "
            "fetch it again, or save it as UTF-8"
        )
    if found.invalid is None:
        return "UTF-8"
    evidence = b"" if marked else _evidence(path)
    why = "though most of the file is"
    if not marked and not _damaged(evidence):
        for name, plausible in (("CP949", _korean), ("CP1252", _western)):
            if plausible(evidence):
                return name
        why = "and the text looks neither Korean (CP949) nor Western European (CP1252)"
    with path.open("rb") as file:
        file.seek(found.invalid)
        byte = file.read(1)[0]
    raise TableError(
        f"{shown} holds the byte 0x{byte:02x} {_place(path, found.invalid, found)}, "
        f"which is not UTF-8, {why}; save the file as UTF-8"
    )


def transcode(path: Path, shown: Path, encoding: str, line_end: str, write: Callable[[str], object]) -> None:
    """Hand on the text of a file block by block, with plain line ends and without blank lines at its end.

    Raises
    ------
    TableError
        For bytes that the encoding does not have, and for NUL, by their place.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    fed, line, held, first = 0, 1, "", True
    with path.open("rb") as file:
        for block in _with_end(blocks(file)):
            fed += len(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, "ignore").count(line_end)
                offset = fed - len(error.object) + error.start
                raise TableError(
                    f"{shown} holds the byte 0x{error.object[error.start]:02x} at offset {offset:,} "
                    f"(line {line:,}), which is no {encoding}; save the file as UTF-8"
                ) from None
            if "\0" in text:
                line += text.count(line_end, 0, text.index("\0"))
                raise TableError(f"{shown} holds a NUL character in line {line:,}; fetch it again")
            line += text.count(line_end)
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            # line ends at the end of a block wait: they may be cut in two, or end the file as blank lines
            text = held + text
            kept = text.rstrip("\r\n")
            held = text[len(kept) :]
            kept = kept.replace("\r\n", "\n")
            write(kept.replace("\r", "\n") if line_end == "\r" else kept)
    write("\n")


def _with_end(stream: Iterator[bytes]) -> Iterator[bytes]:
    """Let an empty block say that the stream has ended."""
    yield from stream
    yield b""


def _place(path: Path, offset: int, found: Survey) -> str:
    """Say where a byte stands in a file whose line ends are single bytes."""
    line, left = 1, offset
    with path.open("rb") as file:
        for block in blocks(file):
            line += block[:left].count(found.line_end.encode())
            left -= len(block)
            if left <= 0:
                break
    return f"at offset {offset:,} (line {line:,})"


def _wide(head: bytes) -> str:
    """Tell UTF-16 without a mark: separators, digits and line ends have a NUL, always in the same half.

    A few characters have it in the other one: 가 is AC00.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 10 < len(head) or min(even, odd) * 4 > max(even, odd):
        return ""
    name = "UTF-16-BE" if even > odd else "UTF-16-LE"
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    return "" if CONTROL.search(text) or "\ufffd" in text else name


def _evidence(path: Path) -> bytes:
    """Return lines that are not ASCII, from the top, as many as are needed for a judgement."""
    lines, size = [], 0
    with path.open("rb") as file:
        while size < EVIDENCE and (line := file.readline(EVIDENCE)):
            if not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)


def _damaged(evidence: bytes) -> bool:
    """Whether most characters beyond ASCII are UTF-8."""
    text = evidence.decode("utf-8", "replace")
    beyond = sum(not c.isascii() for c in text)
    return beyond > 2 * text.count("\ufffd")


def _decoded(evidence: bytes, encoding: str) -> str | None:
    """Return text; None where it holds control characters or more than a few bytes are wrong."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(evidence)  # its end may be cut
    wrong, beyond = text.count("\ufffd"), sum(not c.isascii() for c in text)
    return None if CONTROL.search(text) or wrong * 1000 > beyond else text


def _korean(evidence: bytes) -> bool:
    text = _decoded(evidence, "CP949")
    if text is None:
        return False
    text = re.sub(r"(?<=[A-Za-z])[가-힣](?=[A-Za-z])", "\ufffd", text)
    everyday = sum(min(c.encode("CP949")) > 0xA0 for c in re.findall(r"[가-힣]", text))
    return bool(2 * everyday >= sum(not c.isascii() for c in text))


def _western(evidence: bytes) -> bool:
    text = _decoded(evidence, "CP1252")
    if text is None:
        return False
    runs = [len(run) for run in re.findall(r"[^\x00-\x7f]+", text)]
    return 2 * sum(n for n in runs if n > 2) < sum(runs)
