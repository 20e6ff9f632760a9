"""forpass: fully connected neural networks for tables, every pass written out by hand.

Everything public is importable from here, and imported only when it is first used.
"""

from typing import TYPE_CHECKING

from forpass.forks import handed_out as _handed_out

if TYPE_CHECKING:  # the names of _HOMES, for editors and type checkers; `as` hands them on
    from forpass.api.cross_validation import cross_validate as cross_validate
    from forpass.api.evaluation import evaluate as evaluate
    from forpass.api.explain import explain as explain
    from forpass.api.folds import CrossValidation as CrossValidation
    from forpass.api.importance import importance as importance
    from forpass.api.loading import load as load
    from forpass.api.many import TrainedModels as TrainedModels
    from forpass.api.many import train_many as train_many
    from forpass.api.partial_dependence import PartialDependence as PartialDependence
    from forpass.api.partial_dependence import partial_dependence as partial_dependence
    from forpass.api.search import TableSearch as TableSearch
    from forpass.api.tables import train_table as train_table
    from forpass.api.training import resume as resume
    from forpass.api.training import train as train
    from forpass.checks.gradient import gradient_check as gradient_check
    from forpass.checks.numerical import numerical_gradient as numerical_gradient
    from forpass.checks.report import GradientReport as GradientReport
    from forpass.datasets.files import TableFile as TableFile
    from forpass.datasets.files import TableForm as TableForm
    from forpass.datasets.files import read_table as read_table
    from forpass.datasets.files import read_table_file as read_table_file
    from forpass.datasets.long import LongTable as LongTable
    from forpass.datasets.long import open_long_table as open_long_table
    from forpass.datasets.named import load_dataset as load_dataset
    from forpass.diagnosis import Finding as Finding
    from forpass.diagnosis import diagnose as diagnose
    from forpass.errors import DataError as DataError
    from forpass.errors import DivergenceError as DivergenceError
    from forpass.errors import EngineError as EngineError
    from forpass.errors import ExportError as ExportError
    from forpass.errors import ForpassError as ForpassError
    from forpass.errors import ForpassWarning as ForpassWarning
    from forpass.errors import InputError as InputError
    from forpass.errors import ModelFileError as ModelFileError
    from forpass.errors import SpecError as SpecError
    from forpass.errors import TableError as TableError
    from forpass.errors import UnknownNameError as UnknownNameError
    from forpass.estimators.classifier import MLPClassifier as MLPClassifier
    from forpass.estimators.neurons import Adaline as Adaline
    from forpass.estimators.neurons import LogisticNeuron as LogisticNeuron
    from forpass.estimators.neurons import Perceptron as Perceptron
    from forpass.estimators.regressor import MLPRegressor as MLPRegressor
    from forpass.estimators.table_classifier import TableClassifier as TableClassifier
    from forpass.estimators.table_regressor import TableRegressor as TableRegressor
    from forpass.exports.exporting import Exported as Exported
    from forpass.exports.exporting import export as export
    from forpass.maths.registries import register as register
    from forpass.model.ensemble import Ensemble as Ensemble
    from forpass.model.evaluation import Evaluation as Evaluation
    from forpass.model.explanation import Explanation as Explanation
    from forpass.model.history import EpochRecord as EpochRecord
    from forpass.model.importance import Importance as Importance
    from forpass.model.provenance import Provenance as Provenance
    from forpass.model.scores import Scores as Scores
    from forpass.model.trained import TrainedModel as TrainedModel
    from forpass.preprocessing import Bins as Bins
    from forpass.preprocessing import ColumnOptions as ColumnOptions
    from forpass.preprocessing import Preprocessing as Preprocessing
    from forpass.recipes import Chain as Chain
    from forpass.recipes import LinearMember as LinearMember
    from forpass.recipes import Member as Member
    from forpass.recipes import Recipe as Recipe
    from forpass.recipes import preset as preset
    from forpass.report.making import ReportPage as ReportPage
    from forpass.report.making import report_on as report_on
    from forpass.sampling.inner_folds import with_inner_folds as with_inner_folds
    from forpass.sampling.order import block_order as block_order
    from forpass.spec.data import Data as Data
    from forpass.spec.initializer import Initializer as Initializer
    from forpass.spec.inputs import FeatureGroup as FeatureGroup
    from forpass.spec.layers import Activation as Activation
    from forpass.spec.layers import Columnwise as Columnwise
    from forpass.spec.layers import Concatenate as Concatenate
    from forpass.spec.layers import Dense as Dense
    from forpass.spec.layers import Dropout as Dropout
    from forpass.spec.layers import Embedding as Embedding
    from forpass.spec.layers import Periodic as Periodic
    from forpass.spec.layers import Piecewise as Piecewise
    from forpass.spec.layers import Residual as Residual
    from forpass.spec.layers import Sum as Sum
    from forpass.spec.layers import ValueStatistics as ValueStatistics
    from forpass.spec.network import Head as Head
    from forpass.spec.network import NetworkSpec as NetworkSpec
    from forpass.spec.network import Penalty as Penalty
    from forpass.spec.network import multilayer as multilayer
    from forpass.spec.normalisation import BatchNorm as BatchNorm
    from forpass.spec.normalisation import LayerNorm as LayerNorm
    from forpass.spec.optimizer import LBFGSSpec as LBFGSSpec
    from forpass.spec.optimizer import OptimizerSpec as OptimizerSpec
    from forpass.spec.optimizer import RoleFactors as RoleFactors
    from forpass.spec.training import ScheduleSpec as ScheduleSpec
    from forpass.spec.training import StoppingSpec as StoppingSpec
    from forpass.spec.training import TrainingSpec as TrainingSpec
    from forpass.training.bar import ProgressBar as ProgressBar
    from forpass.training.events import EpochEnded as EpochEnded
    from forpass.training.events import NetworkEnded as NetworkEnded
    from forpass.training.events import StepsEnded as StepsEnded
    from forpass.training.events import TrainingEnded as TrainingEnded
    from forpass.training.events import TrainingStarted as TrainingStarted
    from forpass.training.folder import remembering as remembering
    from forpass.training.job import Job as Job
    from forpass.training.log import JsonLines as JsonLines
    from forpass.training.sizes import Sizes as Sizes

_HOMES: dict[str, tuple[str, ...]] = {
    "forpass.api.cross_validation": ("cross_validate",),
    "forpass.api.evaluation": ("evaluate",),
    "forpass.api.explain": ("explain",),
    "forpass.api.folds": ("CrossValidation",),
    "forpass.api.importance": ("importance",),
    "forpass.api.loading": ("load",),
    "forpass.api.many": ("TrainedModels", "train_many"),
    "forpass.api.partial_dependence": ("PartialDependence", "partial_dependence"),
    "forpass.api.search": ("TableSearch",),
    "forpass.api.tables": ("train_table",),
    "forpass.api.training": ("resume", "train"),
    "forpass.checks.gradient": ("gradient_check",),
    "forpass.checks.numerical": ("numerical_gradient",),
    "forpass.checks.report": ("GradientReport",),
    "forpass.datasets.files": ("TableFile", "TableForm", "read_table", "read_table_file"),
    "forpass.datasets.long": ("LongTable", "open_long_table"),
    "forpass.datasets.named": ("load_dataset",),
    "forpass.diagnosis": ("Finding", "diagnose"),
    "forpass.errors": (
        "DataError",
        "DivergenceError",
        "EngineError",
        "ExportError",
        "ForpassError",
        "ForpassWarning",
        "InputError",
        "ModelFileError",
        "SpecError",
        "TableError",
        "UnknownNameError",
    ),
    "forpass.estimators.classifier": ("MLPClassifier",),
    "forpass.estimators.neurons": ("Adaline", "LogisticNeuron", "Perceptron"),
    "forpass.estimators.regressor": ("MLPRegressor",),
    "forpass.estimators.table_classifier": ("TableClassifier",),
    "forpass.estimators.table_regressor": ("TableRegressor",),
    "forpass.exports.exporting": ("Exported", "export"),
    "forpass.maths.registries": ("register",),
    "forpass.model.ensemble": ("Ensemble",),
    "forpass.model.evaluation": ("Evaluation",),
    "forpass.model.explanation": ("Explanation",),
    "forpass.model.history": ("EpochRecord",),
    "forpass.model.importance": ("Importance",),
    "forpass.model.provenance": ("Provenance",),
    "forpass.model.scores": ("Scores",),
    "forpass.model.trained": ("TrainedModel",),
    "forpass.preprocessing": ("Bins", "ColumnOptions", "Preprocessing"),
    "forpass.recipes": ("Chain", "LinearMember", "Member", "Recipe", "preset"),
    "forpass.report.making": ("ReportPage", "report_on"),
    "forpass.sampling.inner_folds": ("with_inner_folds",),
    "forpass.sampling.order": ("block_order",),
    "forpass.spec.data": ("Data",),
    "forpass.spec.initializer": ("Initializer",),
    "forpass.spec.inputs": ("FeatureGroup",),
    "forpass.spec.layers": (
        "Activation",
        "Columnwise",
        "Concatenate",
        "Dense",
        "Dropout",
        "Embedding",
        "Periodic",
        "Piecewise",
        "Residual",
        "Sum",
        "ValueStatistics",
    ),
    "forpass.spec.network": ("Head", "NetworkSpec", "Penalty", "multilayer"),
    "forpass.spec.normalisation": ("BatchNorm", "LayerNorm"),
    "forpass.spec.optimizer": ("LBFGSSpec", "OptimizerSpec", "RoleFactors"),
    "forpass.spec.training": ("ScheduleSpec", "StoppingSpec", "TrainingSpec"),
    "forpass.training.bar": ("ProgressBar",),
    "forpass.training.events": (
        "EpochEnded",
        "NetworkEnded",
        "StepsEnded",
        "TrainingEnded",
        "TrainingStarted",
    ),
    "forpass.training.folder": ("remembering",),
    "forpass.training.job": ("Job",),
    "forpass.training.log": ("JsonLines",),
    "forpass.training.sizes": ("Sizes",),
}
"""What is public, and the module that each name comes from."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(sorted(_HOME_OF), key=str.casefold)  # noqa: PLE0605 - a list, made of the one above


__getattr__ = _handed_out(__name__, _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
