"""`forpass bench`: measure, and show what was measured."""

from __future__ import annotations

from forpass.bench.report import page
from forpass.bench.speed import measure_speed
from forpass.cli.output import Speaker
from forpass.cli.tables import refuse_to_replace
from forpass.model.files import whole_file

__all__ = ["run"]


def run(quick: bool, out: str, say: Speaker) -> None:
    """Carry out the command."""
    if not out:
        found = measure_speed(quick, say.note)
        say.result(page(found).rstrip(), found)
        return
    refuse_to_replace(out)
    with whole_file(out) as file:  # opened first: a place that cannot be written to is known at once
        found = measure_speed(quick, say.note)
        file.write(page(found).encode())
    say.note(f"written to {out}")
    if say.as_json:
        say.result("", found)
