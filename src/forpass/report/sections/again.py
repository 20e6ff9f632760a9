"""How to run it again: command, call, versions, seed, fingerprints."""

from __future__ import annotations

from collections.abc import Iterator

from forpass.model.origin import Origin
from forpass.report.blocks import Block, Code, Paragraph, Section, Table
from forpass.report.given import Given
from forpass.shown import as_shown

__all__ = ["again"]


def again(given: Given) -> Section:
    """Say how the model was made, so that it can be made once more."""
    return Section("again", given.words("again.title"), list(_blocks(given)))


def _blocks(given: Given) -> Iterator[Block]:
    say, facts = given.words, given.facts
    origin = facts.origin or Origin()
    if origin.command:
        yield Code(say("again.command"), origin.command)
    elif origin.call:
        yield Code(say("again.call"), f"import forpass as fp\n\nmodel = fp.{origin.call}")
    shape = {"rows": say.count(origin.rows, "row"), "columns": say.count(origin.columns, "column")}
    known = {
        "created": facts.created,
        "versions": ", ".join(f"{name} {version}" for name, version in facts.versions.items()),
        "engine": facts.engine,
        "seed": str(origin.seed) if facts.origin is not None else "",
        "table": as_shown(origin.table or given.table_name, 60),
        "shape": say("again.shape", **shape) if origin.rows else "",
        "sha256": origin.sha256,
        "fingerprint": given.model.fingerprint(),
    }
    if known["shape"]:
        known["table"] = f"{known['table']} ({known['shape']})" if known["table"] else known["shape"]
    rows = [[say(f"again.{name}"), shown_whole(v)] for name, v in known.items() if v and name != "shape"]
    yield Table(say("again.facts"), say.heads("again.head"), rows)
    timed = bool(facts.cut_short) or facts.ended.reason in ("max_seconds", "interrupted", "listener")
    yield Paragraph(say("again.cut" if timed else "again.bits"))


def shown_whole(value: str) -> str:
    """Write a fact in one line, however long it is."""
    return as_shown(value, 400)
