"""A trained network: data plus a few plain functions, and the file it is kept in.

Each name is imported when it is first used: who reads a file to predict needs few of the modules. A map:

- `trained` is a network with its numbers, `ensemble` several of them (`members`, `together`, `scoring`: how
  their scores become one); `scores` is what raw scores mean, with `calibration`, `intervals` and
  `quantiles`. `numbers` and `suited` say what must be true of it, `target_scale` warns of targets that nobody
  scaled; `given` is the model that a caller means.
- Of tables: `preprocessor` (what a model asks of its preprocessing), `encoded` (rows by several of them);
  `answer_columns` is what predictions are as a table, `digits` as many as they have.
- Files: `container` (arrays and text), `archive` (whole or refused), `named_arrays`, `migrate` (older
  schemas), `read`, and `as_stored`, an ensemble's way there; `files` writes whole files or none, `folders`
  holds one for a single process.
- Beside a model: `history`, `provenance`, `origin`, `left_out` (which rows it has seen), `evaluation`,
  `comparison` and `figures`, `importance`, `explanation`, `reliability`, `tried` and `candidates`; `report`
  and `in_html` show them.
"""

from typing import TYPE_CHECKING

from forpass.forks import handed_out

if TYPE_CHECKING:
    from forpass.model.ensemble import Ensemble
    from forpass.model.evaluation import Evaluation
    from forpass.model.preprocessor import Preprocessor
    from forpass.model.provenance import Provenance
    from forpass.model.read import read_model
    from forpass.model.scores import Scores
    from forpass.model.trained import TrainedModel

__all__ = ["Ensemble", "Evaluation", "Preprocessor", "Provenance", "Scores", "TrainedModel", "read_model"]

__getattr__ = handed_out(
    __name__,
    {
        "Ensemble": "forpass.model.ensemble",
        "Evaluation": "forpass.model.evaluation",
        "Preprocessor": "forpass.model.preprocessor",
        "Provenance": "forpass.model.provenance",
        "Scores": "forpass.model.scores",
        "TrainedModel": "forpass.model.trained",
        "read_model": "forpass.model.read",
    },
)
