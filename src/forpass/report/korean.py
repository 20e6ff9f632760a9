"""The words of a report, in Korean: the same keys as in `english`."""

__all__ = ["TEXTS", "axis"]

TEXTS = {
    # --- counts -------------------------------------------------------------------------------------
    "count.row": "{n}행",
    "count.column": "열 {n}개",
    "count.network": "신경망 {n}개",
    "count.linear": "선형 모델 {n}개",
    "count.candidate": "후보 {n}개",
    "count.epoch": "{n} 에폭",
    "count.order": "{n}가지 순서",
    "count.class": "클래스 {n}개",
    "count.label": "라벨 {n}개",
    # --- frame --------------------------------------------------------------------------------------
    "page.title": "{target} 예측 보고서",
    "page.subtitle": "{table}{when}forpass {version}",
    "page.made": "학습일 {day}",
    "page.contents": "차례",
    "page.skip": "본문으로 건너뛰기",
    "page.foot": (
        "forpass가 모델 하나와 표 하나로 만든 보고서입니다. 첫 절 다음에 나오는 수치, 그림, 나쁜 예측은 "
        "모두 같은 예측에서 나온 것입니다."
    ),
    # --- 1: what came out ---------------------------------------------------------------------------
    "result.title": "결과는 어떠한가?",
    "result.asked": ("이 모델은 {columns}에서 {target}({task})을 예측합니다. {learnt}{how}."),
    "result.task.classification": "{classes} 중 하나",
    "result.task.regression": "수",
    "result.task.regressions": "여러 수",
    "result.task.multilabel": "{labels} 중 여럿",
    "result.single": "신경망 하나가 예측합니다",
    "result.together": "레시피 {recipe}에서 찾은 {models}가 함께 예측합니다",
    "result.and": ", ",
    "result.unmeasured": "학습할 때 측정하지 않았으므로 신경망이 제 몫을 하는지 알 수 없습니다.",
    "result.out_of_fold": (
        "{rows}의 수치. 각 행은 그 행을 학습하지 않은 신경망이 예측했습니다(out of fold). 선형 모델과, 늘 "
        "같은 값을 내는 더미의 수치를 나란히 둡니다"
    ),
    "result.on_test": (
        "시험용으로 떼어 둔 {rows}의 수치. 선형 모델과, 늘 같은 값을 내는 더미의 수치를 나란히 둡니다"
    ),
    "result.learnt": "{rows}으로 된 표에서 학습했고, ",
    "result.learnt_unknown": "몇 행에서 학습했는지는 알 수 없고, ",
    "result.only_here": "아래 행의 수치",
    "result.here": "아래 행에서의 모델",
    "result.network": "신경망",
    "result.linear_model": "선형 모델 (예측에 쓰임)",
    "result.linear": "선형 기준",
    "result.dummy": "더미 기준",
    "result.positive": (
        "정밀도, 재현율, F1, ROC AUC는 클래스 {name}의 것이며, 확률이 {threshold}보다 크면 이 클래스로 "
        "예측합니다."
    ),
    "result.reach": "이 행들에서 {metric} {value}, 95 % 구간 {low} ~ {high}.",
    "result.way": "예측한 것",
    # --- which rows ---------------------------------------------------------------------------------
    "rows.learnt": (
        "아래 내용은 이 표의 {n}에 바탕을 두며, 각 행을 학습하지 않은 신경망들이 다시 예측했습니다. 실제로 "
        "함께 예측하는 것보다 적은 수의 평균이므로 수치는 실제보다 조금 나쁜 쪽입니다."
    ),
    "rows.learnt_single": (
        "아래 내용은 신경망이 학습에도 조기 종료에도 쓰지 않은 이 표의 {n}에 바탕을 둡니다."
    ),
    "rows.new": "아래 내용은 이 표의 {n}에 바탕을 둡니다. 어느 신경망도 학습하지 않은 행입니다.",
    "rows.unknown": (
        "아래 내용은 이 표의 {n}에 바탕을 둡니다. 모델은 어느 행을 학습했는지 모릅니다. 학습한 행이 섞여 "
        "있다면 아래 수치는 모두 실제보다 좋습니다."
    ),
    "rows.fresh": "그중 {n}은 어느 신경망도 학습하지 않아, 모든 신경망이 예측했습니다.",
    "rows.twins": "모든 신경망이 그 행이나 그와 똑같은 행을 학습한 {n}은 뺐습니다.",
    "rows.sampled": "{all} 가운데 고르게 뽑은 {some}을 살펴보았습니다.",
    "rows.nobody": (
        "모든 신경망이 이 표의 모든 행을 학습했으므로, 다른 행에서 얼마나 좋은지는 아래에 나오지 않습니다. "
        "학습하지 않은 행을 주십시오."
    ),
    "rows.no_target": "이 표에는 타깃이 있는 행이 없어 예측과 견줄 것이 없습니다.",
    # --- 2: where it fails --------------------------------------------------------------------------
    "errors.title": "어디서 틀리는가?",
    "errors.right": "{n} 중 {right}행이 맞았습니다: {share}.",
    "errors.dummy": "늘 {name}라고 하면 {share}가 맞습니다.",
    "errors.pairs": "가장 자주 잘못 본 것: {pairs}.",
    "errors.pair": "{true}을(를) {decided}(으)로 ({n})",
    "errors.label_rows": "{n} 중 {right}행은 모든 라벨이 맞았습니다: {share}.",
    "errors.weighed": "무게로 치면 {share}",
    "errors.off": (
        "{name}: 예측의 절반은 오차가 {half} 미만, 열에 아홉은 {most} 미만입니다. 평균 오차는 {mean}, 값의 "
        "표준편차는 {spread}입니다."
    ),
    "errors.none": "틀린 예측이 없습니다.",
    "errors.confusion": "어느 클래스를 어느 클래스로 보았는가",
    "errors.some_classes": (
        "클래스 {all}개 가운데 가장 많이 틀리는 {some}개와, 그 안에서 그 안으로 본 행만 보입니다."
    ),
    "errors.roc": "클래스를 얼마나 잘 가려내는가 (ROC)",
    "errors.recall": "정밀도와 재현율",
    "errors.true": "예측값과 실제값: {name}",
    "errors.residuals": "잔차: {name}",
    "errors.classes": "클래스별 수치",
    "errors.labels": "라벨별 수치",
    "errors.class": "클래스",
    "errors.label": "라벨",
    "errors.rows": "행",
    "errors.precision": "정밀도",
    "errors.recall_head": "재현율",
    "errors.f1": "F1",
    "errors.worst": "가장 나쁘게 예측된 행과, 예측을 가장 많이 움직인 열",
    "errors.worst_only": "가장 나쁘게 예측된 행",
    "errors.unexplained": (
        "열이 이렇게 많으면 이유를 찾는 데 보고서에 주어진 시간으로 모자랍니다. forpass explain이 한 행의 "
        "이유를 말해 줍니다."
    ),
    "errors.worst_note": (
        "기여도는 섀플리 값입니다. 표의 {n}과 견주어, 그 열의 값이 예측에 얼마를 더했는지를 나타냅니다. "
        "모델이 칸의 값으로 무엇을 하는지를 말할 뿐, 현실에서 그 값을 바꾸면 어떻게 되는지를 말하지는 "
        "않습니다."
    ),
    "errors.row": "행",
    "errors.truth": "실제",
    "errors.decided": "예측",
    "errors.sure": "실제 클래스의 확률",
    "errors.sure_label": "확률",
    "errors.error": "오차",
    "errors.why": "이유",
    "errors.missing": "결측",
    "errors.counted": "행 번호는 0부터 셉니다.",
    # --- 3: probabilities, intervals ----------------------------------------------------------------
    "belief.title": "확률을 믿어도 되는가?",
    "belief.title_values": "예측은 얼마나 빗나갈 수 있는가?",
    "belief.error": "예측 확률은 관측된 빈도와 평균 {error} 떨어져 있습니다(기대 보정 오차, {n} 기준).",
    "belief.good": "확률을 그대로 믿어도 됩니다.",
    "belief.chance": (
        "행이 이만큼 적으면 우연만으로도 그만큼 어긋날 수 있으므로, 믿지 못할 까닭도 믿을 까닭도 뚜렷하지 "
        "않습니다."
    ),
    "belief.fair": "개별 확률은 몇 퍼센트포인트 어긋날 수 있습니다.",
    "belief.poor": "확률 그대로가 아니라 순서로만 받아들이십시오.",
    "belief.diagram": "예측 확률과 관측 빈도",
    "belief.of": "{of}의 확률.",
    "belief.of.two": "{name}",
    "belief.of.likeliest": "가장 그럴듯한 클래스",
    "belief.of.labels": "모든 라벨",
    "belief.calibrated": "확률은 학습에 쓰지 않은 행(out of fold)으로 보정했습니다.",
    "belief.sets": (
        "predict_set은 정해 준 포함률(예: 90 %)로 참 클래스가 들어 있는 집합을 행마다 줍니다. 여기서는 평균 "
        "{n}개입니다."
    ),
    "belief.no_intervals": (
        "이 모델은 얼마나 빗나갈 수 있는지 모릅니다. 레시피의 신경망들은 압니다(preset default)."
    ),
    "belief.width": (
        "{name} 값 열에 아홉은 예측보다 {low} 아래에서 {high} 위 사이에 있을 것으로 봅니다(이 행들의 중앙값)."
    ),
    "belief.too_few": "90 % 구간을 내려면 {rows}행보다 많은 행에서 학습해야 합니다.",
    "belief.measured": "{n} 가운데 {share}에서 90 % 구간이 실제 {name}을(를) 담고 있습니다.",
    "belief.fresh": (
        "어느 신경망도 학습하지 않은 {n} 가운데 {share}에서 90 % 구간이 실제 {name}을(를) 담고 있습니다."
    ),
    "belief.by_design": (
        "구간의 너비는 학습한 행들에서(out of fold) 정했으므로 그 행들에서는 설계상 90 %가 됩니다. 정말 "
        "그런지는 아무도 보지 않은 행에서 드러납니다."
    ),
    "belief.intervals": "90 % 구간: {name}",
    # --- 4: columns ---------------------------------------------------------------------------------
    "columns.title": "무엇을 보고 예측하는가?",
    "columns.importance": "각 열이 얼마나 필요한가",
    "columns.importance_note": (
        "{n}에서 한 열의 값을 서로 바꾸어 섞으면({repeats}) {metric}이(가) 얼마나 나빠지는지 나타냅니다. "
        "같은 것을 말하는 열이 여럿이면 하나쯤 없어도 되므로 모두 덜 중요해 보입니다."
    ),
    "columns.unmeasured": "{columns}는 재지 못했습니다.",
    "columns.too_many": (
        "{columns}가 각각 얼마나 필요한지 재려면 보고서에 주어진 시간으로 모자랍니다. forpass train "
        "--importance가 잽니다."
    ),
    "columns.dependence": "{name}에 따른 예측",
    "columns.dependence_note": "{n} 모두가 그 열에 같은 값을 가진다고 할 때의 평균 예측.",
    "columns.nothing": "잴 수 있는 열이 없습니다.",
    # --- 5: learning --------------------------------------------------------------------------------
    "learning.title": "어떻게 학습했는가?",
    "learning.recipe": (
        "레시피 {recipe}는 신경망과 선형 모델의 {candidates}를 {seconds}초 동안 시험했습니다. 가중치가 있는 "
        "것들이 함께 예측합니다."
    ),
    "learning.candidates": "레시피가 시험한 것",
    "learning.curve": "학습 곡선",
    "learning.curve_note": "학습하는 동안 각 신경망의 손실.",
    "learning.curve_single": "학습하는 동안의 손실: 학습 행과 검증 행.",
    "learning.single": "{seconds}초 동안 {epochs}를 학습했습니다. 끝난 까닭: {reason}{kept}.",
    "learning.kept": "; {epoch}번째 에폭의 파라미터를 남겼습니다",
    "learning.none": "어떻게 학습했는지 알려진 것이 없습니다.",
    "learning.linear": "선형 모델만이 예측합니다. 풀어서 구하므로 에폭이 없습니다.",
    "learning.healthy": "신경망에 이상한 점이 없습니다.",
    "learning.head": "후보|신경망|에폭|개수|기대 손실|가중치|초",
    "learning.dropped": "탈락",
    "learning.loss.regression": "타깃의 분산을 단위로 한 제곱 오차",
    "learning.loss.multilabel": "모든 라벨의 브라이어 점수",
    "learning.loss.classification": "브라이어 점수",
    "learning.loss": (
        "기대 손실: 학습에 쓰지 않은 행에서의 {loss}에서, 한 줄의 신경망을 평균해 얻는 몫을 뺀 것."
    ),
    "reason.epochs": "모든 에폭을 마쳤습니다",
    "reason.plateau": "검증 행에서 한동안 나아지지 않았습니다",
    "reason.max_steps": "모든 스텝을 마쳤습니다",
    "reason.max_seconds": "시간이 다 되었습니다",
    "reason.interrupted": "중단되었습니다",
    "reason.listener": "리스너가 끝냈습니다",
    "reason.converged": "수렴했습니다",
    "reason.evaluations": "목적 함수를 충분히 계산했습니다",
    "reason.stalled": "더 내려갈 길을 찾지 못했습니다",
    "reason.other": "끝났습니다({reason})",
    # --- 6: data ------------------------------------------------------------------------------------
    "data.title": "데이터는 어떠한가?",
    "data.rows": "{table}: {rows}, 모두 타깃이 있습니다.",
    "data.sampled": "{table}: {rows}. 열에 대한 내용은 표본에서 본 것입니다.",
    "data.some_rows": "{table}: {rows}, 그중 타깃이 있는 행은 {known}개입니다.",
    "data.this": "표",
    "data.columns": "열과, 전처리가 그 열로 만드는 것",
    "data.head": "열|종류|원래 형|결측|만들어지는 것",
    "data.weight": "행의 무게는 열 {name}이(가) 정합니다.",
    "data.good": "누출이나 식별자처럼 보이는 열이 없습니다.",
    "data.leak": "{name} 열이 타깃을 결정합니다. 예측할 때 알 수 없는 값이라면 빼십시오(kind drop).",
    "data.counts": (
        "{name} 열은 식별자처럼 행에 번호를 매깁니다. 뜻이 있는 값이 아니라면 빼십시오(kind drop)."
    ),
    "data.words": "{name} 열에는 학습 행에 없던 단어가 {n}에 있습니다.",
    "data.gaps": "{name} 열은 {share}의 행에서 값이 없습니다. 학습 행에서는 {before}였습니다.",
    "data.shift": (
        "{name} 열은 학습 때와 다른 곳에 있습니다. 중앙값이 {before}에서 {now}(으)로 옮겨 갔는데, 이는 학습 "
        "행의 가운데 절반의 너비의 {apart}배입니다."
    ),
    "data.few": "누출이나 식별자를 가려내기에는 행이 너무 적습니다.",
    "data.same": "살펴본 {all} 중 {n}은 모델이 학습한 행이므로 드리프트는 찾지 않았습니다.",
    "data.no_drift": "학습 행과 견주어 달라진 열이 없습니다: 중앙값, 결측, 단어.",
    # --- 7: network ---------------------------------------------------------------------------------
    "network.title": "신경망은 어떻게 생겼는가?",
    "network.single": "신경망 하나, 파라미터 {parameters}개.",
    "network.several": "{networks}, 파라미터 모두 {parameters}개. 그림은 가중치가 가장 큰 것입니다.",
    "network.picture": "신경망",
    "network.layers": "연산",
    "network.head": "연산|출력|모양|파라미터|계산",
    # --- 8: again -----------------------------------------------------------------------------------
    "again.title": "어떻게 다시 만드는가?",
    "again.facts": "사실",
    "again.head": "항목|값",
    "again.command": "명령",
    "again.call": "파이썬 호출",
    "again.created": "학습 시각",
    "again.versions": "버전",
    "again.engine": "엔진",
    "again.seed": "시드",
    "again.fingerprint": "모델의 지문",
    "again.table": "표",
    "again.sha256": "파일의 SHA-256",
    "again.shape": "{rows}, {columns}",
    "again.cut": "언제 끝낼지를 시간이나 사람이 정했으므로, 다시 하면 다른 결과가 나올 수 있습니다.",
    "again.bits": "표, 옵션, 시드, 버전, 프로세서 종류가 같으면 비트까지 같은 결과가 나옵니다.",
    # --- 9: use -------------------------------------------------------------------------------------
    "use.title": "어떻게 쓰는가?",
    "use.python": "파이썬에서, 표 하나에",
    "use.row": "파이썬에서, 행 하나에",
    "use.command": "터미널에서",
}

AXES = {
    "true class": "실제 클래스",
    "decided class": "예측한 클래스",
    "of the class": "클래스 안 비율",
    "false positive rate": "거짓 양성률",
    "true positive rate": "참 양성률",
    "recall": "재현율",
    "precision": "정밀도",
    "predicted probability": "예측 확률",
    "observed frequency": "관측 빈도",
    "predicted value": "예측값",
    "true value": "실제값",
    "true minus predicted": "실제값 - 예측값",
    "value": "값",
    "rows, by the middle of their interval": "행, 구간의 가운데 순서",
    "inside": "구간 안",
    "outside": "구간 밖",
    "mean probability": "평균 확률",
    "rows": "행",
    "epoch": "에폭",
    "loss, mean of the rows": "손실, 행 평균",
    "loss, mean of the rows (log scale)": "손실, 행 평균 (로그 눈금)",
    "training": "학습",
    "validation": "검증",
    "expected loss, out of fold": "기대 손실 (out of fold)",
    "seconds of all its networks": "모든 신경망의 시간(초)",
    "seconds of all its networks (log scale)": "모든 신경망의 시간(초, 로그 눈금)",
    "in the blend": "함께 예측",
    "left out": "제외",
    "dropped early": "일찍 탈락",
}

WORSE, MEAN = " gets worse by", "mean "


def axis(title: str) -> str:
    """Return what an axis or a line of a chart is called."""
    if title in AXES:
        return AXES[title]
    if title.endswith(WORSE):
        return f"{title.removesuffix(WORSE)} 악화 폭"
    probability, of, name = title.partition(" of ")
    if of and probability == "mean probability":
        return f"{name}의 평균 확률"
    return f"{title.removeprefix(MEAN)} 평균" if title.startswith(MEAN) else title
