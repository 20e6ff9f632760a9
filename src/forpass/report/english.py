"""The words of a report, in English. A vertical bar stands between one thing and several."""

__all__ = ["TEXTS"]

TEXTS = {
    # --- counts -------------------------------------------------------------------------------------
    "count.row": "{n} row|{n} rows",
    "count.column": "{n} column|{n} columns",
    "count.network": "{n} network|{n} networks",
    "count.linear": "{n} linear model|{n} linear models",
    "count.candidate": "{n} candidate|{n} candidates",
    "count.epoch": "{n} epoch|{n} epochs",
    "count.order": "in {n} order|in {n} orders",
    "count.class": "{n} class|{n} classes",
    "count.label": "{n} label|{n} labels",
    # --- frame --------------------------------------------------------------------------------------
    "page.title": "Predicting {target}",
    "page.subtitle": "{table}{when}forpass {version}",
    "page.made": "trained {day}",
    "page.contents": "Contents",
    "page.skip": "Skip to the report",
    "page.foot": (
        "Made by forpass from one model and one table. All figures, pictures and worst rows below the first "
        "section are made of the same predictions."
    ),
    # --- 1: what came out ---------------------------------------------------------------------------
    "result.title": "What came out?",
    "result.asked": "The model predicts {target} ({task}) from {columns}. {learnt}{how}.",
    "result.learnt": "It has learnt from a table of {rows}; ",
    "result.learnt_unknown": "How many rows it has learnt from is not known; ",
    "result.task.classification": "one of {classes}",
    "result.task.regression": "a number",
    "result.task.regressions": "numbers",
    "result.task.multilabel": "any of {labels}",
    "result.single": "a single network predicts",
    "result.together": "{models} predict together, found by the recipe {recipe}",
    "result.and": " and ",
    "result.unmeasured": (
        "It was not measured when it was trained, so nothing says whether a network earns its place."
    ),
    "result.out_of_fold": (
        "Figures on {rows}, each predicted by networks that had not learnt from it (out of fold), beside "
        "the same figures of a linear model and of a dummy that always says the same"
    ),
    "result.on_test": (
        "Figures on {rows} set apart as a test, beside the same figures of a linear model and of a dummy "
        "that always says the same"
    ),
    "result.only_here": "Figures on the rows below",
    "result.here": "the model on the rows below",
    "result.network": "network",
    "result.linear_model": "linear model, which predicts",
    "result.linear": "linear baseline",
    "result.dummy": "dummy baseline",
    "result.positive": (
        "Precision, recall, F1 and ROC AUC are those of the class {name}, predicted above a probability of "
        "{threshold}."
    ),
    "result.reach": "On the rows that were judged its {metric} is {value}, 95 % interval {low} to {high}.",
    "result.way": "predicted by",
    # --- which rows ---------------------------------------------------------------------------------
    "rows.learnt": (
        "What follows rests on {n} of this table, each predicted anew by those networks that have not "
        "learnt from it. A mean of fewer networks than predict together: figures err on the safe side."
    ),
    "rows.learnt_single": (
        "What follows rests on {n} of this table that the network has not learnt from and was not stopped by."
    ),
    "rows.new": "What follows rests on {n} of this table; no network has learnt from any of them.",
    "rows.unknown": (
        "What follows rests on {n} of this table. The model does not know which rows it has learnt from: if "
        "these are among them, all figures below are too good."
    ),
    "rows.fresh": "No network has learnt from {n} among them, which are predicted by all.",
    "rows.twins": "Left out: {n} that all networks have learnt from, or from their equals.",
    "rows.sampled": "Of {all} an even sample of {some} was looked at.",
    "rows.nobody": (
        "All networks have learnt from all rows of this table, so nothing below says how good they are on "
        "others: give the report rows that they have not seen."
    ),
    "rows.no_target": "No row of this table has a target, so there is nothing to compare predictions with.",
    # --- 2: where it fails --------------------------------------------------------------------------
    "errors.title": "Where does it fail?",
    "errors.right": "Predicted right: {right} of {n}, {share}.",
    "errors.dummy": "Always saying {name} would be right in {share}.",
    "errors.pairs": "Most often taken for another: {pairs}.",
    "errors.pair": "{true} for {decided} ({n})",
    "errors.label_rows": "Predicted right in every label: {right} of {n}, {share}.",
    "errors.weighed": "{share} by their weights",
    "errors.off": (
        "{name}: half of the predictions are off by less than {half}, nine in ten by less than {most}; the "
        "mean error is {mean}, and the values have a standard deviation of {spread}."
    ),
    "errors.none": "No prediction is wrong.",
    "errors.confusion": "Which class is taken for which",
    "errors.some_classes": (
        "The {some} of {all} classes in which most goes wrong, and the rows that are of one and taken for "
        "one of them."
    ),
    "errors.roc": "How well classes are told apart (ROC)",
    "errors.recall": "Precision and recall",
    "errors.true": "Predicted beside true values: {name}",
    "errors.residuals": "What is left over: {name}",
    "errors.classes": "Each class by itself",
    "errors.labels": "Each label by itself",
    "errors.class": "class",
    "errors.label": "label",
    "errors.rows": "rows",
    "errors.precision": "precision",
    "errors.recall_head": "recall",
    "errors.f1": "F1",
    "errors.worst": "The rows that are predicted worst, and the columns that moved the predictions most",
    "errors.worst_only": "The rows that are predicted worst",
    "errors.unexplained": (
        "Why, with so many columns, takes more time than a report has: forpass explain says it of a row."
    ),
    "errors.worst_note": (
        "Contributions are Shapley values: what the value of a column adds to the prediction, compared with "
        "{n} of the table. They say what the model does with the cells, not what would happen in the world."
    ),
    "errors.row": "row",
    "errors.truth": "true",
    "errors.decided": "predicted",
    "errors.sure": "probability of the true class",
    "errors.sure_label": "probability",
    "errors.error": "error",
    "errors.why": "why",
    "errors.missing": "missing",
    "errors.counted": "Rows are counted from 0.",
    # --- 3: probabilities, intervals ----------------------------------------------------------------
    "belief.title": "Can the probabilities be believed?",
    "belief.title_values": "How far off may a prediction be?",
    "belief.error": (
        "On average predicted probabilities are {error} away from observed frequencies (expected "
        "calibration error, on {n})."
    ),
    "belief.good": "They can be taken at their word.",
    "belief.chance": (
        "On so few rows chance alone may be as far off, so nothing speaks against them, nor much for them."
    ),
    "belief.fair": "Single probabilities may be some points off.",
    "belief.poor": "They should be taken as an order, not at their word.",
    "belief.diagram": "Predicted probabilities beside observed frequencies",
    "belief.of": "Probability of {of}.",
    "belief.of.two": "{name}",
    "belief.of.likeliest": "the likeliest class",
    "belief.of.labels": "all labels",
    "belief.calibrated": "The probabilities were calibrated on rows out of fold.",
    "belief.sets": (
        "predict_set gives, for each row, the classes among which the true one is with a chosen coverage, "
        "90 % for instance: {n} classes here on average."
    ),
    "belief.no_intervals": (
        "This model does not know how far off it may be; the networks of a recipe do (preset default)."
    ),
    "belief.width": (
        "Nine in ten values of {name} are expected between {low} below and {high} above what is predicted "
        "(medians over these rows)."
    ),
    "belief.too_few": "For intervals of 90 % the model would have to have learnt from more than {rows} rows.",
    "belief.measured": "Of {n} the interval of 90 % holds the true {name} in {share}.",
    "belief.fresh": (
        "Of {n} that no network has learnt from the interval of 90 % holds the true {name} in {share}."
    ),
    "belief.by_design": (
        "Widths were found on rows that were learnt from, out of fold: on them 90 % hold by design; "
        "rows that nobody has seen would show whether they do."
    ),
    "belief.intervals": "Intervals of 90 %: {name}",
    # --- 4: columns ---------------------------------------------------------------------------------
    "columns.title": "What does it look at?",
    "columns.importance": "How much the model needs each column",
    "columns.importance_note": (
        "By how much {metric} gets worse where the values of a column are exchanged among {n} ({repeats}). "
        "Of columns that say the same, each can be done without, and both look unimportant."
    ),
    "columns.unmeasured": "For {columns} that was not measured.",
    "columns.too_many": (
        "How much each of {columns} is needed takes more time than a report has: forpass train --importance "
        "measures it."
    ),
    "columns.dependence": "What it predicts along {name}",
    "columns.dependence_note": "The mean prediction for {n} if all of them had the same value there.",
    "columns.nothing": "No column could be measured.",
    # --- 5: learning --------------------------------------------------------------------------------
    "learning.title": "How did it learn?",
    "learning.recipe": (
        "The recipe {recipe} tried {candidates} of networks and linear models in {seconds} s; those with a "
        "weight predict together."
    ),
    "learning.candidates": "What the recipe tried",
    "learning.curve": "Learning curves",
    "learning.curve_note": "The loss of each network while it learnt.",
    "learning.curve_single": "The loss while it learnt, on training rows and on validation rows.",
    "learning.single": "It took {epochs} in {seconds} s and ended because {reason}{kept}.",
    "learning.kept": "; the parameters of epoch {epoch} were kept",
    "learning.none": "Nothing is known of how it learnt.",
    "learning.linear": "Linear models alone predict; they are solved for, and have no epochs.",
    "learning.healthy": "Nothing out of the ordinary was found in the network.",
    "learning.head": "candidate|network|epochs|networks|expected loss|weight|seconds",
    "learning.dropped": "dropped",
    "learning.loss.regression": "squared error in variances of the target",
    "learning.loss.multilabel": "Brier score of all labels",
    "learning.loss.classification": "Brier score",
    "learning.loss": "Expected loss: {loss}, out of fold, less what averaging the networks of a line gains.",
    "reason.epochs": "all epochs were done",
    "reason.plateau": "there was no improvement on the validation rows for a while",
    "reason.max_steps": "all steps were done",
    "reason.max_seconds": "the time was up",
    "reason.interrupted": "it was interrupted",
    "reason.listener": "a listener ended it",
    "reason.converged": "it converged",
    "reason.evaluations": "the objective was evaluated often enough",
    "reason.stalled": "no way further down was found",
    "reason.other": "it was done ({reason})",
    # --- 6: data ------------------------------------------------------------------------------------
    "data.title": "What are the data?",
    "data.rows": "{table} has {rows}, each with a target.",
    "data.sampled": "{table} has {rows}; what is said of its columns was seen in the sample.",
    "data.some_rows": "{table} has {rows}; {known} of them have a target.",
    "data.this": "The table",
    "data.columns": "Columns, and what preprocessing makes of them",
    "data.head": "column|kind|found as|missing|becomes",
    "data.weight": "Rows count as the column {name} says.",
    "data.good": "No column looks like a leak or like an identifier.",
    "data.leak": (
        "{name} determines the target. If it is not known when predicting, leave it out (kind drop)."
    ),
    "data.counts": (
        "{name} numbers the rows, as identifiers do. Leave it out (kind drop) unless it means something."
    ),
    "data.words": "{name} holds words that no training row had, in {n}.",
    "data.gaps": "{name} has missing values in {share} of the rows, against {before} of the training rows.",
    "data.shift": (
        "{name} lies elsewhere than in training: its median is {now} against {before}, which is {apart} "
        "times the width of the middle half of the training rows away."
    ),
    "data.few": "The rows are too few to tell leaks and identifiers by.",
    "data.same": "Drift is not looked for: the model has learnt from {n} of {all} looked at.",
    "data.no_drift": "Compared with the training rows no column has drifted: medians, missing values, words.",
    # --- 7: network ---------------------------------------------------------------------------------
    "network.title": "What does the network look like?",
    "network.single": "One network with {parameters} parameters.",
    "network.several": (
        "{networks} with {parameters} parameters in all; the picture shows the one with the largest weight."
    ),
    "network.picture": "The network",
    "network.layers": "Its operations",
    "network.head": "operation|output|shape|parameters|computes",
    # --- 8: again -----------------------------------------------------------------------------------
    "again.title": "How can it be run again?",
    "again.facts": "Facts",
    "again.head": "what|value",
    "again.command": "The command",
    "again.call": "The call in Python",
    "again.created": "trained",
    "again.versions": "versions",
    "again.engine": "engine",
    "again.seed": "seed",
    "again.fingerprint": "fingerprint of the model",
    "again.table": "table",
    "again.sha256": "SHA-256 of the file",
    "again.shape": "{rows}, {columns}",
    "again.cut": "Time, or a person, decided when it ended: done again, it may come to something else.",
    "again.bits": "The same table, options, seed, versions and kind of processor give the same bits.",
    # --- 9: use -------------------------------------------------------------------------------------
    "use.title": "How is it used?",
    "use.python": "In Python, on a table",
    "use.row": "In Python, on a single row",
    "use.command": "In a terminal",
}
