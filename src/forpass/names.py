"""Names that are known, and what somebody may have meant who gives another."""

from collections.abc import Iterable

__all__ = ["OTHER_NAMES", "meant_names", "nearest_names"]

OTHER_NAMES = {
    # activations and links
    "swish": ("silu",),
    "linear": ("identity", "linear_warmup", "regression"),
    "none": ("identity",),
    "logistic": ("sigmoid", "logistic"),
    "heaviside": ("step",),
    "prelu": ("parametric_relu", "leaky_relu"),
    "lrelu": ("leaky_relu",),
    "hyperbolictangent": ("tanh",),
    "exp": ("exponential",),
    "log": ("exponential",),
    "logit": ("logistic", "sigmoid_cross_entropy"),
    # losses
    "mse": ("squared", "mean_squared_error"),
    "l2": ("squared", "mean_squared_error"),
    "squarederror": ("squared",),
    "meansquarederror": ("squared",),
    "rmse": ("root_mean_squared_error",),
    "mae": ("absolute", "mean_absolute_error"),
    "l1": ("absolute", "mean_absolute_error"),
    "absoluteerror": ("absolute",),
    "meanabsoluteerror": ("absolute",),
    "smoothl1": ("huber",),
    "pinball": ("quantile",),
    "quantileloss": ("quantile", "pinball"),
    "svm": ("hinge",),
    "brier": ("sigmoid_squared",),
    "logloss": ("sigmoid_cross_entropy", "softmax_cross_entropy", "log_loss"),
    "crossentropy": ("softmax_cross_entropy", "sigmoid_cross_entropy", "log_loss"),
    "binarycrossentropy": ("sigmoid_cross_entropy",),
    "bce": ("sigmoid_cross_entropy",),
    "bcewithlogits": ("sigmoid_cross_entropy",),
    "categoricalcrossentropy": ("softmax_cross_entropy",),
    "sparsecategoricalcrossentropy": ("softmax_cross_entropy",),
    "nll": ("softmax_cross_entropy",),
    # optimisers, schedules, first parameters
    "sgd": ("gradient_descent", "momentum"),
    "gd": ("gradient_descent",),
    "sgdmomentum": ("momentum",),
    "sgdwithmomentum": ("momentum",),
    "nag": ("nesterov",),
    "cosineannealing": ("cosine",),
    "invscaling": ("inverse_scaling",),
    "warmup": ("linear_warmup",),
    "onecyclelr": ("one_cycle",),
    "xavier": ("glorot_uniform", "glorot_normal"),
    "xavieruniform": ("glorot_uniform",),
    "xaviernormal": ("glorot_normal",),
    "kaiming": ("he_uniform", "he_normal"),
    "kaiminguniform": ("he_uniform",),
    "kaimingnormal": ("he_normal",),
    "gaussian": ("normal",),
    # metrics, tasks, kinds of columns
    "r2score": ("r2",),
    "acc": ("accuracy",),
    "auc": ("roc_auc",),
    "auroc": ("roc_auc",),
    "prauc": ("average_precision",),
    "auprc": ("average_precision",),
    "ap": ("average_precision",),
    "mape": ("mean_absolute_percentage_error",),
    "rsquared": ("r2",),
    "f1score": ("f1",),
    "f1macro": ("f1",),
    "fscore": ("f1",),
    "fmeasure": ("f1",),
    "classify": ("classification",),
    "binary": ("classification", "boolean"),
    "multiclass": ("classification",),
    "regress": ("regression",),
    "categorical": ("category",),
    "numeric": ("number",),
    "float": ("number",),
    "int": ("number",),
    "bool": ("boolean",),
    "datetime": ("date",),
    "time": ("date",),
    "ignore": ("drop",),
    "id": ("drop",),
    # engines
    "llvm": ("compiled",),
    "reference": ("numpy",),
}
"""What others call the things that have a name here: small letters, without what stands between words."""


def meant_names(name: str, known: Iterable[str]) -> list[str]:
    """Return those of the `known` names that are `name`, written otherwise, or mean the same."""
    letters = "".join(filter(str.isalnum, name.lower()))
    other = OTHER_NAMES.get(letters, ())
    written = [k for k in known if "".join(filter(str.isalnum, k.lower())) == letters]
    return written or [k for k in other if k in known]


def nearest_names(name: str, known: Iterable[str], limit: int = 2) -> list[str]:
    """Return up to `limit` of the `known` names that look most like `name`."""
    lowered = {k.lower(): k for k in known if len(k) <= LONGEST_NAME}
    if len(name) > LONGEST_NAME:  # to compare them would take long
        return []
    import difflib  # who does not err does not wait for it

    return [lowered[m] for m in difflib.get_close_matches(name.lower(), lowered, n=limit)]


LONGEST_NAME = 300
"""Of which nearest names are looked for."""
