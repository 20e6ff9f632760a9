"""``forpass train``: from a table to a measured model, with a line that shows how it goes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import math
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.api.long_tables import SAMPLED_ROWS
from forpass.api.options import OPTIONS
from forpass.api.origins import asked_for
from forpass.api.setup import PUBLISHED
from forpass.api.tables import train_table
from forpass.cli.checkpoints import checkpointed, stands_for
from forpass.cli.figures import (
    decision_text,
    evaluation_text,
    paragraph,
    target_text,
    threshold_of,
    tried_text,
)
from forpass.cli.findings import findings_of, findings_text
from forpass.cli.options import said_of
from forpass.cli.output import Reporter, as_typed
from forpass.cli.report import require_report, write_report
from forpass.cli.request import Request
from forpass.cli.tables import (
    Source,
    column_said,
    max_memory_said,
    open_table,
    open_to_learn,
    require_place,
    share_said,
)
from forpass.datasets import LongTable, without_ending
from forpass.diagnosis import Finding
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel
from forpass.model.candidates import told_of
from forpass.model.figures import column
from forpass.preprocessing import Preprocessing, Reading
from forpass.shown import FAR, area, as_shown, counted
from forpass.training.events import Event, Listener
from forpass.training.log import JsonLines
from forpass.training.progress import ProgressReporter

__all__ = ["run"]

REASONS = {
    "epochs": "all epochs are done",
    "plateau": "no improvement on the validation rows for a while",
    "max_steps": "all steps are done",
    "max_seconds": "the time was up",
    "interrupted": "interrupted; the best so far is kept",
    "listener": "ended by a listener",
    "converged": "converged",
    "evaluations": "the objective was evaluated often enough",
    "stalled": "no way further down was found",
}


def run(request: Request, options: Mapping[str, Any], reporter: Reporter) -> None:
    """Train, measure, save and tell."""
    said = said_of(options)
    reading_as = request.max_bytes, said.get("missing")
    with checkpointed(request, options, reporter):
        source, target, schema = open_to_learn(
            request.table,
            reporter,
            request.target,
            request.schema,
            request.drop,
            *reading_as,
            max_memory_said(request.max_memory),
        )
        with source.frame if isinstance(source.frame, LongTable) else contextlib.nullcontext():
            _train(request, source, target, schema, said, reporter)


def _train(
    request: Request,
    source: Source,
    target: str | list[str],
    schema: Mapping[str, str],
    said: Mapping[str, Any],
    reporter: Reporter,
) -> None:
    """Train on a table that was opened, save and tell."""
    reading_as = request.max_bytes, said.get("missing")
    if isinstance(source.frame, LongTable) and len(source.frame) > SAMPLED_ROWS:
        seed = said.get("seed", OPTIONS["seed"].default)
        reporter.note(
            f"what its columns are is learnt from {SAMPLED_ROWS:,} of its rows, drawn by seed {seed}"
        )
    out = Path(request.out or f"{without_ending(source.name)}.forpass")
    require_place(request.out or str(out), request.table, request.validation, request.test, *request.schema)
    _refuse_to_replace(out, request)
    if request.lang != "en" and not request.report:
        raise InputError("--lang is the language of the report; say --report FILE too, or leave it out")
    if request.report:
        read = (request.table, request.validation, request.test, *request.schema)
        require_report(request.report, request.lang, str(out), request.log, *read)
    listener = _listener(request, out, reporter)
    model = train_table(
        source.frame,
        target,
        task=request.task or (source.task if not request.target else None),
        schema=schema,
        weight=column_said("weight", request.weight, source),
        group=column_said("group", request.group, source),
        time=column_said("time", request.time, source),
        validation=_share_or_table("validation", request.validation, source, reading_as, reporter),
        test=_share_or_table("test", request.test, source, reading_as, reporter),
        reading=Reading(source.decimal_comma),
        listener=listener,
        **said,
    )
    model = asked_for(model, **_asked(request, source))
    try:
        _refuse_to_replace(out, request)
        model.save(out)
    except InputError as error:  # its place was taken meanwhile, or away; the work must not be lost with it
        refuge = model.save(Path(tempfile.mkdtemp(prefix="forpass-")) / out.name)
        raise InputError(f"{error}. The trained model is in {refuge}") from None
    published = said.get("preset") in PUBLISHED
    findings = [] if isinstance(model, Ensemble) else findings_of(model, source.frame, published)
    text, value = _text(source, model, findings, said, out), _value(source, target, model, findings, out)
    if request.checkpoint and model.provenance.ended.reason in ("interrupted", "max_seconds"):
        text = f"{text}\ngo on    forpass resume {as_typed(request.checkpoint)}"
    if request.report:
        try:
            write_report(model, source, request.table, request.report, request.lang, str(out))
        except BaseException:  # Ctrl-C, too: what was trained is there, and is told
            if not reporter.as_json:  # which is one object, of what went wrong
                reporter.result(text, value)
            reporter.note(f"the model is trained and saved in {out}; its report was not written")
            raise
        text, value["report"] = f"{text}\nreport   {request.report}", request.report
    reporter.result(text, value)


def _asked(request: Request, source: Source) -> dict[str, str]:
    """How this command was asked for what it did: its words, and which bytes the file held."""
    words = {"command": shlex.join(["forpass", *request.words]), "table": source.name}
    if not Path(request.table).is_file():
        return words
    with Path(request.table).open("rb") as file:
        return words | {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _listener(request: Request, out: Path, reporter: Reporter) -> Listener | None:
    """Who is told how training goes: people, unless a program reads along, and the log."""
    listeners: list[Listener] = [] if reporter.as_json else [ProgressReporter(stream=sys.stderr)]
    if request.log:
        require_place(request.log, request.table, request.validation, request.test, *request.schema)
        if Path(request.log).absolute() == out.absolute():
            raise InputError(
                f"{request.log} cannot be both the model and the log; name another file: --log FILE"
            )
        listeners.append(JsonLines(request.log))
    if not listeners:
        return None

    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell


def _share_or_table(
    option: str, text: str, source: Source, reading_as: tuple[int | None, Any], reporter: Reporter
) -> Any:
    if not text:
        return None
    try:
        float(text)
    except ValueError:
        # what is text in one is text in the other, and what is a number is the same number
        return open_table(text, reporter, source.text_columns, source.decimal_comma, *reading_as).frame
    return share_said(option, text, ", or a file")


def _refuse_to_replace(out: Path, request: Request) -> None:
    """Refuse to write over a file that nobody has named, and nobody has given up."""
    if out.exists() and not request.out and not request.force and not stands_for(out, request):
        raise InputError(
            f"{out} is there already and would be replaced; say --force if it may be, or name another place: "
            "--out FILE"
        )


def _text(
    source: Source,
    model: TrainedModel | Ensemble,
    findings: Sequence[Finding],
    said: Mapping[str, Any],
    out: Path,
) -> str:
    preprocessing = model.preprocessing
    assert isinstance(preprocessing, Preprocessing) and preprocessing.target is not None
    target = preprocessing.target
    names = ", ".join(map(as_shown, target.names))
    features = counted(len(preprocessing.feature_names), "feature")
    how = _recipe(model, target.task) if isinstance(model, Ensemble) else _run(model)
    size = f"{_parameters(model):,} parameters"
    if isinstance(model, Ensemble):
        size = f"{counted(len(model.members), 'network')}, {size}"
    lines = [
        f"{source.name}: predicting {names} ({target.task}) from {features}",
        *target_text(target),
        *how,
        *(_curve(model) if sys.stdout.isatty() else ()),
        "",
        *_figures(model, said),
        *findings_text(findings),
        *([""] if findings else []),
        f"model    {out} ({size})",
        f"predict  forpass predict {as_typed(out)} TABLE",
    ]
    return "\n".join(lines)


def _curve(model: TrainedModel | Ensemble) -> list[str]:
    """A small picture of how it learned: of an ensemble the network that counts most."""
    if isinstance(model, Ensemble):
        weighed = zip(model.weights, model.members, strict=True)
        learned = [(weight, member) for weight, member in weighed if len(member.history) > 1]
        if not learned:
            return []
        network, whose = max(learned, key=lambda pair: pair[0])[1], " of the network with the largest weight"
    else:
        network, whose = model, ""
    looked = [record for record in network.history if record.validation_loss is not None]
    values = [r.validation_loss or 0.0 for r in looked] or [r.training_loss for r in network.history]
    drawn = area(values) if len(values) > 1 else []
    if not drawn:
        return []
    finite = [value for value in values if 0.0 < value < math.inf]
    ends = column([max(finite), min(finite)])
    labels = [ends[0], *[""] * (len(drawn) - 2), ends[1]]
    wide = max(map(len, ends))
    rows, last = "validation" if looked else "training", network.history[-1].epoch
    log = ", log scale" * (max(finite) > FAR * min(finite))
    title = f"{rows} loss{whose}, {counted(last, 'epoch')}{log}:"
    return ["", title, *(f"  {label:>{wide}} {line}" for label, line in zip(labels, drawn, strict=True))]


def _run(model: TrainedModel) -> list[str]:
    """How the training of a single network went."""
    rows, ended = model.provenance.rows, model.provenance.ended
    kept = f"; kept those of epoch {ended.best_epoch}" if ended.best_epoch else ""
    return [
        ", ".join(counted(getattr(rows, use), f"{use} row") for use in ("training", "validation", "test")),
        (
            f"{counted(ended.epoch, 'epoch')}, {counted(ended.step, 'step')} in {ended.seconds:.1f} s: "
            f"{REASONS[ended.reason]}{kept}"
        ),
    ]


def _recipe(model: Ensemble, task: str) -> list[str]:
    """What a recipe tried, and what it came to."""
    facts = model.provenance
    rows = f"{counted(facts.rows.training, 'row')}, each judged by networks that have not seen it"
    if facts.rows.test:
        rows = f"{rows}; {counted(facts.rows.test, 'test row')}"
    return [rows, told_of(facts.recipe, facts.ended.seconds), "", tried_text(facts.recipe, task)]


def _parameters(model: TrainedModel | Ensemble) -> int:
    members = model.members if isinstance(model, Ensemble) else (model,)
    return sum(member.parameters.size for member in members)


def _figures(model: TrainedModel | Ensemble, said: Mapping[str, Any]) -> list[str]:
    """How good it is, if there were rows to measure on, how it decides, what was cut short."""
    facts, threshold = model.provenance, said.get("threshold")
    rows = "rows out of fold" if isinstance(model, Ensemble) else "validation rows"
    how = decision_text(model, f"{threshold} on the {rows}" if isinstance(threshold, str) else "")
    remarks = "\n".join(map(paragraph, facts.remarks))
    parts = [evaluation_text(facts.evaluation) if facts.evaluation else ""]
    if facts.on_test is not None:
        parts.append(f"on {counted(facts.on_test.rows, 'test row')}:\n{evaluation_text(facts.on_test)}")
    needs = [] if facts.importance is None else [repr(facts.importance)]
    return [line for part in (*parts, how, *needs, remarks) if part for line in (part, "")]


def _value(
    source: Source, target: Any, model: TrainedModel | Ensemble, findings: Sequence[Finding], out: Path
) -> dict[str, Any]:
    history = {} if isinstance(model, Ensemble) else {"history": [r.to_json() for r in model.history]}
    return {
        "table": source.name,
        "target": target,
        "model": str(out),
        "fingerprint": model.fingerprint(),
        "parameters": _parameters(model),
        **threshold_of(model),
        **model.provenance.to_json(),
        "remarks": list(model.provenance.remarks),
        "verdict": model.provenance.evaluation.verdict if model.provenance.evaluation else None,
        "findings": [dataclasses.asdict(finding) for finding in findings],
        **history,
    }
