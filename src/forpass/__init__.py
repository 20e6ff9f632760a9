"""forpass: fully connected neural networks for tables, every pass written out by hand.

Everything public is importable from here, and imported only when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forpass.api.evaluation import evaluate
    from forpass.api.tables import train_table
    from forpass.api.training import load, resume, train
    from forpass.checks.gradient import gradient_check
    from forpass.checks.numerical import numerical_gradient
    from forpass.checks.report import GradientReport
    from forpass.datasets.files import TableFile, TableForm, read_table, read_table_file
    from forpass.datasets.named import load_dataset
    from forpass.diagnosis import Finding, diagnose
    from forpass.errors import (
        DataError,
        DivergenceError,
        EngineError,
        ForpassError,
        ForpassWarning,
        InputError,
        ModelFileError,
        SpecError,
        TableError,
        UnknownNameError,
    )
    from forpass.estimators.classifier import MLPClassifier
    from forpass.estimators.neurons import Adaline, LogisticNeuron, Perceptron
    from forpass.estimators.regressor import MLPRegressor
    from forpass.estimators.table_classifier import TableClassifier
    from forpass.estimators.table_regressor import TableRegressor
    from forpass.maths.registries import register
    from forpass.model.ensemble import Ensemble
    from forpass.model.history import EpochRecord
    from forpass.model.provenance import Evaluation, Provenance
    from forpass.model.scores import Scores
    from forpass.model.trained import TrainedModel
    from forpass.preprocessing import Preprocessing
    from forpass.sampling.order import block_order
    from forpass.spec.data import Data
    from forpass.spec.initializer import Initializer
    from forpass.spec.inputs import FeatureGroup
    from forpass.spec.layers import (
        Activation,
        BatchNorm,
        Columnwise,
        Concatenate,
        Dense,
        Dropout,
        Embedding,
        LayerNorm,
        Residual,
    )
    from forpass.spec.network import Head, NetworkSpec, Penalty, multilayer
    from forpass.spec.training import (
        LBFGSSpec,
        OptimizerSpec,
        RoleFactors,
        ScheduleSpec,
        StoppingSpec,
        TrainingSpec,
    )
    from forpass.training.events import EpochEnded, TrainingEnded, TrainingStarted

_HOMES = {
    "forpass.api.evaluation": ("evaluate",),
    "forpass.api.tables": ("train_table",),
    "forpass.api.training": ("load", "resume", "train"),
    "forpass.checks.gradient": ("gradient_check",),
    "forpass.checks.numerical": ("numerical_gradient",),
    "forpass.checks.report": ("GradientReport",),
    "forpass.datasets.files": ("TableFile", "TableForm", "read_table", "read_table_file"),
    "forpass.datasets.named": ("load_dataset",),
    "forpass.diagnosis": ("Finding", "diagnose"),
    "forpass.errors": (
        "DataError",
        "DivergenceError",
        "EngineError",
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
    "forpass.maths.registries": ("register",),
    "forpass.model.ensemble": ("Ensemble",),
    "forpass.model.history": ("EpochRecord",),
    "forpass.model.provenance": ("Evaluation", "Provenance"),
    "forpass.model.scores": ("Scores",),
    "forpass.model.trained": ("TrainedModel",),
    "forpass.preprocessing": ("Preprocessing",),
    "forpass.sampling.order": ("block_order",),
    "forpass.spec.data": ("Data",),
    "forpass.spec.initializer": ("Initializer",),
    "forpass.spec.inputs": ("FeatureGroup",),
    "forpass.spec.layers": (
        "Activation",
        "BatchNorm",
        "Columnwise",
        "Concatenate",
        "Dense",
        "Dropout",
        "Embedding",
        "LayerNorm",
        "Residual",
    ),
    "forpass.spec.network": ("Head", "NetworkSpec", "Penalty", "multilayer"),
    "forpass.spec.training": (
        "LBFGSSpec",
        "OptimizerSpec",
        "RoleFactors",
        "ScheduleSpec",
        "StoppingSpec",
        "TrainingSpec",
    ),
    "forpass.training.events": ("EpochEnded", "TrainingEnded", "TrainingStarted"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Activation",
    "Adaline",
    "BatchNorm",
    "block_order",
    "Columnwise",
    "Concatenate",
    "Data",
    "DataError",
    "Dense",
    "diagnose",
    "DivergenceError",
    "Dropout",
    "Embedding",
    "EngineError",
    "Ensemble",
    "EpochEnded",
    "EpochRecord",
    "evaluate",
    "Evaluation",
    "FeatureGroup",
    "Finding",
    "ForpassError",
    "ForpassWarning",
    "gradient_check",
    "GradientReport",
    "Head",
    "Initializer",
    "InputError",
    "LayerNorm",
    "LBFGSSpec",
    "load",
    "load_dataset",
    "LogisticNeuron",
    "MLPClassifier",
    "MLPRegressor",
    "ModelFileError",
    "multilayer",
    "NetworkSpec",
    "numerical_gradient",
    "OptimizerSpec",
    "Penalty",
    "Perceptron",
    "Preprocessing",
    "Provenance",
    "read_table",
    "read_table_file",
    "register",
    "Residual",
    "resume",
    "RoleFactors",
    "ScheduleSpec",
    "Scores",
    "SpecError",
    "StoppingSpec",
    "TableClassifier",
    "TableError",
    "TableFile",
    "TableForm",
    "TableRegressor",
    "train",
    "train_table",
    "TrainedModel",
    "TrainingEnded",
    "TrainingSpec",
    "TrainingStarted",
    "UnknownNameError",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'forpass' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
