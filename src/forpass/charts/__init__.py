"""Charts of what training and models come to: plain numbers or a record in, an Altair chart out.

Each file holds a family: `learning` curves, `classes`, predicted `values`, `columns`, what is `inside` a
network and its `sizes` over time, `recipes` and their candidates, the decision `surface`, the `waterfall` of
a prediction, `figures` of merit; `report` puts several on one sheet. `theme` says how all of them look,
`saving` writes them to files, `drawing` has what all are drawn with. A chart can be changed like any of
Altair's.
All of this needs ``pip install "forpass[plot]"``.
"""

from forpass.charts.classes import confusion_matrix, precision_recall_curve, reliability_diagram, roc_curve
from forpass.charts.columns import importance, partial_dependence
from forpass.charts.drawing import themed
from forpass.charts.figures import figures
from forpass.charts.inside import activations, weight_images, weight_sizes
from forpass.charts.learning import learning_curve
from forpass.charts.recipes import candidates
from forpass.charts.report import report
from forpass.charts.saving import save, svg_of
from forpass.charts.sizes import sizes_over_time
from forpass.charts.surface import decision_surface
from forpass.charts.values import intervals, predicted_against_true, residuals
from forpass.charts.waterfall import waterfall

__all__ = [
    "activations",
    "candidates",
    "confusion_matrix",
    "decision_surface",
    "figures",
    "importance",
    "intervals",
    "learning_curve",
    "partial_dependence",
    "precision_recall_curve",
    "predicted_against_true",
    "reliability_diagram",
    "report",
    "residuals",
    "roc_curve",
    "save",
    "sizes_over_time",
    "svg_of",
    "themed",
    "waterfall",
    "weight_images",
    "weight_sizes",
]
