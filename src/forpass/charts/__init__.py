"""Charts of what training and models come to: plain numbers or a record in, an Altair chart out.

Each file holds a family: `learning` curves, and predicted `values`. `theme` says how all of them look,
`saving` writes them to files, `drawing` has what all are drawn with. A chart can be changed like any of
Altair's. All of this needs ``pip install "forpass[plot]"``.
"""

from forpass.charts.drawing import themed
from forpass.charts.learning import learning_curve
from forpass.charts.saving import save, svg_of
from forpass.charts.values import intervals, predicted_against_true, residuals

__all__ = [
    "intervals",
    "learning_curve",
    "predicted_against_true",
    "residuals",
    "save",
    "svg_of",
    "themed",
]
