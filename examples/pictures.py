"""The pictures of the documents: charts, the explorer's screen, the trace page and the report.

Run it with ``make pictures``. It trains a few networks and writes docs/pictures/; the screens need Debian's
chromium or its like, and stay as they are where there is none.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import forpass as fp
from forpass import charts
from forpass.engines.reference.tape import Tape
from forpass.trace.page import write_trace

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"

COLOURS = 96

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


@dataclass(frozen=True)
class Trained:
    """What the pictures show: tables, and a network or an ensemble of each."""

    digits: dict[str, Any]
    digit: str
    classifier: fp.Ensemble
    single: fp.TrainedModel
    sizes: fp.Sizes
    diabetes: dict[str, Any]
    test: dict[str, Any]
    regressor: fp.Ensemble

    @property
    def measured(self) -> fp.Evaluation:
        """How good the classifier is, out of fold."""
        evaluation = self.classifier.provenance.evaluation
        assert evaluation is not None
        return evaluation


def trained() -> Trained:
    """Train on digits and on diabetes, of which every fourth row is set apart."""
    digits, diabetes = (fp.load_dataset(name) for name in ("digits", "diabetes"))
    rows = np.arange(len(diabetes.frame[diabetes.target]))
    learnt, test = (
        {name: np.asarray(cells)[part] for name, cells in diabetes.frame.items()}
        for part in (rows % 4 != 0, rows % 4 == 0)
    )
    sizes = fp.Sizes()
    single = fp.train_table(digits.frame, digits.target, hidden=(64, 32), epochs=40, listener=sizes)
    classifier = fp.train_table(digits.frame, digits.target, importance=True)
    regressor = fp.train_table(learnt, diabetes.target)
    assert isinstance(single, fp.TrainedModel)
    assert isinstance(classifier, fp.Ensemble) and isinstance(regressor, fp.Ensemble)
    return Trained(digits.frame, digits.target, classifier, single, sizes, diabetes.frame, test, regressor)


# --- charts --------------------------------------------------------------------------------------


def confusion(of: Trained) -> Any:
    """The single network's test rows are not kept; all rows show what the chart looks like."""
    return charts.confusion_matrix(of.digits[of.digit], of.single.predict(of.digits))


def interval(of: Trained) -> Any:
    """Intervals of rows that no network has seen."""
    low, high = of.regressor.predict_interval(of.test, 0.9).T
    return charts.intervals(of.test["progression"], low, high, coverage=0.9)


CHARTS: dict[str, Callable[[Trained], Any]] = {
    "learning-curve": lambda of: charts.learning_curve(of.single),
    "confusion-matrix": confusion,
    "roc-curve": lambda of: charts.roc_curve(of.digits[of.digit], of.single.predict_proba(of.digits)),
    "reliability": lambda of: charts.reliability_diagram(of.measured),
    "predicted": lambda of: charts.predicted_against_true(
        of.test["progression"], of.regressor.predict(of.test)
    ),
    "residuals": lambda of: charts.residuals(of.test["progression"], of.regressor.predict(of.test)),
    "intervals": interval,
    "importance": lambda of: charts.importance(fp.importance(of.regressor, of.test)),
    "partial-dependence": lambda of: charts.partial_dependence(
        fp.partial_dependence(of.regressor, of.diabetes, "bmi")
    ),
    "waterfall": lambda of: charts.waterfall(fp.explain(of.regressor, of.diabetes, row=7)),
    "candidates": lambda of: charts.candidates(of.classifier),
    "weight-images": lambda of: charts.weight_images(first_weights(of.single), (8, 8)),
    "activations": lambda of: charts.activations(of.single.trace(of.digits, rows=range(200))),
    "sizes": lambda of: charts.sizes_over_time(of.sizes),
    "decision-surface": lambda of: charts.decision_surface(
        of.regressor, of.diabetes, "bmi", "bp", target="progression"
    ),
}
"""Every picture that is a chart, by the name of its file."""


def first_weights(model: fp.TrainedModel) -> Any:
    """Return the weights of the first layer by pixel; 0 for pixels that are always dark, and no features."""
    weights, places = model.weights["W1"], np.zeros(64, np.int64) - 1
    for feature, group in enumerate(model.spec.inputs):
        row, column = map(int, group.name.split("_")[1:])
        places[8 * row + column] = feature
    return np.where(places[:, None] >= 0, weights[places], 0.0)


# --- screens -------------------------------------------------------------------------------------


def screens(of: Trained, folder: Path) -> Iterator[tuple[str, Path, int, int]]:
    """Write pages that are to be seen in a browser; give name, file, width and height of each."""
    report = folder / "report.html"
    fp.report_on(of.classifier, of.digits, table_name="digits", model_file="digits.forpass").save(report)
    yield "report", report, 1180, 1500
    step = folder / "trace.html"
    tape = small_step()
    write_trace(step, tape)
    yield "trace-page", step, 1180, 620
    explorer = folder / "explorer.html"
    explorer.write_text(asyncio.run(explored(tape)), encoding="utf-8")
    yield "explorer", explorer, 1300, 732


def small_step() -> Tape:
    """Carry out a step of a network that fits on a screen."""
    iris = fp.load_dataset("iris")
    model = fp.train_table(iris.frame, iris.target, hidden=(6,), epochs=20)
    return model.trace(iris.frame, rows=[0, 60, 120])


async def explored(tape: Tape) -> str:
    """Walk into the explorer, and return its screen as a page."""
    from forpass.explorer import TraceExplorer

    app = TraceExplorer(tape)
    async with app.run_test(size=(112, 30)) as pilot:
        await pilot.press("f", "tab", "down", "right")
        await pilot.pause()
        return f"<!doctype html><meta charset='utf-8'><body style='margin: 0'>{app.export_screenshot()}"


def photographed(page: Path, picture: Path, width: int, height: int) -> None:
    """Take a picture of a page, twice as sharp."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                CHROMIUM,
                *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--user-data-dir={profile}", f"--window-size={width},{height}"),
                *("--force-device-scale-factor=1.5", f"--screenshot={picture}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def smaller(picture: Path) -> None:
    """Write a picture anew with a palette of its colours: a tenth of the bytes, the same to the eye."""
    with Image.open(picture) as drawn:
        flat = Image.new("RGB", drawn.size, "white")
        flat.paste(drawn, mask=drawn.getchannel("A") if "A" in drawn.getbands() else None)
    flat.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(picture.relative_to(FOLDER.parents[1]))


def main() -> None:
    """Make all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    of = trained()
    for name, draw in CHARTS.items():
        smaller(charts.save(draw(of), FOLDER / f"{name}.png"))
    if not CHROMIUM:
        print("no browser: the pictures of screens stay as they are")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, page, width, height in screens(of, Path(folder)):
            photographed(page, FOLDER / f"{name}.png", width, height)
            smaller(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
