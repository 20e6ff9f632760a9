"""Sentences of a report that are composed of figures, in Korean; in English the records say them."""

from __future__ import annotations

import math

from forpass.maths.metrics import METRICS
from forpass.model.comparison import Comparison
from forpass.model.evaluation import Evaluation
from forpass.model.figures import HEADINGS, column
from forpass.model.provenance import MOST_WEIGHTS, SHARE_EQUAL, Provenance, is_linear
from forpass.shown import as_shown

__all__ = ["remarks", "verdict"]

SUBJECTS = {"network": "신경망", "linear": "예측하는 선형 모델"}
BASELINES = {"linear": "선형 기준", "dummy": "더미 기준"}
OUTCOMES = {
    "better": "{subject}은 {baseline}보다 낫습니다",
    "worse": "{subject}은 {baseline}보다 못하므로 제 몫을 하지 못합니다",
    "cannot be told apart": "{units}로는 {subject}과 {baseline} 가운데 어느 쪽이 나은지 가릴 수 없습니다",
    "undefined": "{units}로는 {subject}과 {baseline}을 견줄 수 없습니다",
    "too few": "{units}는 {subject}과 {baseline}을 가려내기에 너무 적습니다",
}
UNITS = {
    "rows": "시험 행 {n}개",
    "groups": "시험 행의 그룹 {n}개",
    "rows out of fold": "out of fold 행 {n}개",
    "groups out of fold": "out of fold 그룹 {n}개",
    "folds": "폴드 {n}개",
}
CUT_SHORT = {
    "training": "학습이 끝나기 전에 멈추었습니다",
    "network": "신경망이 더 잘할 시간이 없어 선형 모델이 예측합니다",
    "baseline": "선형 기준을 재지 못했습니다",
    "importance": "일부 열은 얼마나 필요한지 재지 못했습니다",
    "refit": "모든 행으로 다시 학습하지 못했으며, 측정한 모델 그대로입니다",
}


def verdict(evaluation: Evaluation) -> str:
    """Say whether the network earns its place; "" if no baseline was measured."""
    found = evaluation.comparison
    return "" if found is None else f"{_outcome(found)}: {_figures(found)}."


def _outcome(found: Comparison) -> str:
    units = UNITS[found.unit].format(n=f"{found.units:,}")
    subject, baseline = SUBJECTS[found.subject], BASELINES[found.baseline]
    return OUTCOMES[found.outcome].format(subject=subject, baseline=baseline, units=units)


def _figures(found: Comparison) -> str:
    name = HEADINGS.get(found.metric, found.metric.replace("_", " "))
    said = f"{name} {' 대 '.join(column([found.network, found.other]))}"
    if found.outcome == "undefined" and found.metric in METRICS:
        return said
    if found.outcome == "too few" or not math.isfinite(found.low + found.high):
        return said
    difference, low, high = column([found.difference, found.low, found.high])
    return f"{said}, 차이 {difference}, 95 % 구간 {low} ~ {high}"


def remarks(facts: Provenance) -> list[str]:
    """Say what of the training was out of the ordinary."""
    said = []
    if facts.class_weights:
        several = [f"{as_shown(name)} {weight:.4g}" for name, weight in facts.class_weights.items()]
        more = f" 외 {len(several) - MOST_WEIGHTS}개" if len(several) > MOST_WEIGHTS else ""
        said.append(
            f"학습할 때 행의 무게를 클래스마다 달리했습니다: {', '.join(several[:MOST_WEIGHTS])}{more}."
        )
    if facts.refit is not None:
        said.append(
            f"그 뒤 신경망은 {facts.refit.rows:,}행 모두로 {facts.refit.epochs:,} 에폭을 다시 학습했습니다. "
            "수치는 시험 행을 보지 않은 그 전 신경망의 것입니다."
        )
    if facts.equal_rows and facts.equal_rows >= SHARE_EQUAL * facts.rows.training:
        said.append(
            f"{facts.rows.training:,}행 가운데 {facts.equal_rows:,}행이 다른 폴드의 행과 똑같으므로 "
            "out of fold 수치가 실제보다 좋을 수 있습니다. 함께 다녀야 할 행은 group 열로 한 폴드에 묶을 수 "
            "있습니다."
        )
    if facts.recipe:
        candidates = facts.recipe["candidates"]
        if all(map(is_linear, candidates)):
            said.append("선형 모델이 예측합니다. 신경망은 학습하지 않았습니다.")
        elif all(is_linear(one) for one in candidates if one["weight"]):
            said.append("선형 모델이 예측합니다. 학습에 쓰지 않은 행에서 더 나은 신경망이 없었습니다.")
    if facts.cut_short:
        said.append(f"시간 때문에 줄인 것: {'; '.join(CUT_SHORT[what] for what in facts.cut_short)}.")
    return said
