"""Scores: what raw scores mean is said once, and equals scikit-learn's and scipy's own words."""

import numpy as np
import pytest
from later import later
from scipy.special import expit, softmax

import forpass as fp
from forpass.model.scores import Scores

metrics = later("sklearn.metrics")

RNG = np.random.default_rng(5)
Z = RNG.normal(0.0, 2.0, (50, 3))
SOFTMAX, SIGMOID = fp.Head("softmax_cross_entropy"), fp.Head("sigmoid_cross_entropy")


# -- what they mean ------------------------------------------------------------------------------
def test_of_several_classes():
    scores = Scores(SOFTMAX, Z)
    np.testing.assert_allclose(scores.probabilities, softmax(Z, axis=1), rtol=1e-14)
    np.testing.assert_allclose(np.exp(scores.log_probabilities), softmax(Z, axis=1), rtol=1e-14)
    assert scores.decisions.tolist() == Z.argmax(axis=1).tolist()
    assert scores.n_rows == 50


def test_of_two_classes():
    scores = Scores(SIGMOID, Z[:, :1])
    assert scores.predictions.shape == (50, 1)
    np.testing.assert_allclose(scores.probabilities[:, 1], expit(Z[:, 0]), rtol=1e-14)
    np.testing.assert_array_equal(scores.probabilities[:, 0], 1 - scores.probabilities[:, 1])
    np.testing.assert_allclose(np.exp(scores.log_probabilities), scores.probabilities, rtol=1e-12)
    np.testing.assert_array_equal(scores.decisions, scores.probabilities[:, 1:] > 0.5)


def test_of_labels():
    scores = Scores(SIGMOID, Z)
    np.testing.assert_allclose(scores.probabilities, expit(Z), rtol=1e-14)
    np.testing.assert_allclose(np.exp(scores.log_probabilities), expit(Z), rtol=1e-14)
    np.testing.assert_array_equal(scores.decisions, Z > 0)


def test_of_values_and_rates():
    assert Scores(fp.Head("squared"), Z).decisions.tolist() == Z.tolist()
    np.testing.assert_allclose(Scores(fp.Head("poisson"), Z).decisions, np.exp(Z), rtol=1e-14)
    assert Scores(fp.Head("poisson"), np.array([[1000.0]])).predictions.tolist() == [[np.inf]]


@pytest.mark.parametrize("loss", ["squared", "hinge", "perceptron", "poisson"])
def test_where_there_are_no_probabilities(loss):
    for answer in ("probabilities", "log_probabilities"):
        with pytest.raises(fp.DataError, match=f"the loss {loss} with link .* gives no probabilities"):
            getattr(Scores(fp.Head(loss), Z), answer)


def test_logarithms_of_probabilities_that_round_to_0_and_1():
    far = np.array([[800.0, -800.0, 0.0]])
    assert Scores(SOFTMAX, far).log_probabilities.tolist() == [[0.0, -1600.0, -800.0]]
    assert Scores(SIGMOID, far[:, :1]).log_probabilities.tolist() == [[-800.0, 0.0]]


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "sigmoid_cross_entropy", "poisson", "squared"])
def test_scores_whose_predictions_are_known(loss):
    head = fp.Head(loss)
    P = Scores(head, Z).predictions
    np.testing.assert_allclose(Scores.of_predictions(head, P).predictions, P, rtol=1e-12)


def test_a_sure_prediction_has_a_finite_score():
    for head in (SOFTMAX, SIGMOID, fp.Head("poisson")):
        assert np.isfinite(Scores.of_predictions(head, np.array([[0.0, 1.0]])).raw).all()


# -- how good they are ---------------------------------------------------------------------------
def test_loss_and_metric_with_weights_are_those_of_scikit_learn():
    truth, w = RNG.integers(0, 3, 50), RNG.uniform(0, 2, 50)
    scores = Scores(SOFTMAX, Z)
    expected = metrics.log_loss(truth, softmax(Z, axis=1), sample_weight=w)
    assert scores.loss(truth, w) == pytest.approx(expected, rel=1e-12)
    expected = metrics.accuracy_score(truth, Z.argmax(axis=1), sample_weight=w)
    assert scores.metric("accuracy", truth, w) == pytest.approx(expected, rel=1e-12)


def test_the_loss_is_in_float64_whatever_the_scores():
    values = Scores(fp.Head("squared"), np.full((3, 1), 4097.0, np.float32))
    assert values.loss(np.zeros((3, 1), np.float32)) == 4097.0**2 / 2  # not a float32


def test_losses_of_several_outputs_are_added_up_or_averaged():
    T = RNG.normal(size=(50, 3))
    summed = Scores(fp.Head("squared"), Z).loss(T)
    assert summed == pytest.approx(1.5 * metrics.mean_squared_error(T, Z), rel=1e-12)
    averaged = Scores(fp.Head("squared", over_outputs="mean"), Z).loss(T)
    assert averaged == pytest.approx(summed / 3, rel=1e-12)


def test_probabilities_as_targets_are_decided_like_predictions():
    T = softmax(Z, axis=1)
    assert Scores(SOFTMAX, Z).metric("accuracy", T) == 1.0
    assert Scores(SIGMOID, Z).metric("accuracy", expit(Z)) == 1.0


def test_a_metric_of_scores_that_are_not_finite_is_not_a_number():
    broken = Z.copy()
    broken[3, 1] = np.nan
    assert np.isnan(Scores(SOFTMAX, broken).metric("accuracy", np.zeros(50, np.int64)))


def test_a_metric_that_does_not_suit_is_refused():
    with pytest.raises(
        fp.SpecError, match=r"r2 measures regression, and this is a classification; use one of acc"
    ):
        Scores(SOFTMAX, Z).metric("r2", np.zeros(50, np.int64))
    with pytest.raises(
        fp.SpecError, match=r"accuracy measures classification .* a regression; use one of mean_squared"
    ):
        Scores(fp.Head("squared"), Z).metric("accuracy", Z)
    with pytest.raises(
        fp.SpecError, match=r"balanced_accuracy .* is a multilabel task; use one of accuracy, f1"
    ):
        Scores(SIGMOID, Z).metric("balanced_accuracy", np.zeros(Z.shape))
    with pytest.raises(
        fp.SpecError, match=r"roc_auc needs probabilities, and the loss hinge .*; use one of acc"
    ):
        Scores(fp.Head("hinge"), Z[:, :1]).metric("roc_auc", np.zeros((50, 1)))


def test_metrics_read_what_they_measure():
    """Probabilities, raw scores and decisions of the same scores, against scikit-learn's figures of them."""
    rng = np.random.default_rng(1)
    truth, w = rng.integers(0, 3, 50), rng.random(50)
    scores = Scores(SOFTMAX, Z.astype(np.float32))
    P = scores.probabilities.astype(np.float64)
    expected = {
        "log_loss": metrics.log_loss(truth, P / P.sum(axis=1, keepdims=True), sample_weight=w),
        "roc_auc": metrics.roc_auc_score(
            truth, P / P.sum(axis=1, keepdims=True), multi_class="ovr", sample_weight=w
        ),
        "f1": metrics.f1_score(truth, P.argmax(axis=1), average="macro", sample_weight=w),
    }
    for name, value in expected.items():
        assert scores.metric(name, truth, w) == pytest.approx(value, rel=1e-6)


def test_a_threshold_decides_between_two_classes():
    scores = Scores(SIGMOID, Z[:, :1], threshold=0.3)
    assert scores.decisions.tolist() == (expit(Z[:, :1]) > 0.3).astype(int).tolist()
    assert scores.decisions.sum() > Scores(SIGMOID, Z[:, :1]).decisions.sum()
    np.testing.assert_array_equal(scores.probabilities, Scores(SIGMOID, Z[:, :1]).probabilities)


def test_each_class_and_each_label_by_itself():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 50)
    found = Scores(SOFTMAX, Z).of_each_class(truth)
    expected = metrics.precision_recall_fscore_support(truth, Z.argmax(axis=1))
    np.testing.assert_allclose(np.array(found)[:, [1, 2, 3, 0]].T, expected, rtol=1e-12)
    labels = rng.integers(0, 2, Z.shape)
    found = Scores(SIGMOID, Z).of_each_class(labels)
    expected = metrics.precision_recall_fscore_support(labels, Z > 0)
    np.testing.assert_allclose(np.array(found)[:, [1, 2, 3, 0]].T, expected, rtol=1e-12)
    two = Scores(SIGMOID, Z[:, :1]).of_each_class(labels[:, :1])
    assert len(two) == 2 and two[1] == found[0]
    with pytest.raises(fp.SpecError, match="predicts values"):
        Scores(fp.Head("squared"), Z).of_each_class(Z)
