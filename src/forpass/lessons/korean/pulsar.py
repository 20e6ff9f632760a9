"""The lesson pulsar in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The head": "출력과 손실",
    "{rows:,} signals from a telescope, with eight features each. {share:.1%} of them are pulsars, the rest "
    "is noise. The layer gives a raw score z, and the cost is the cross-entropy of sigmoid(z), written for "
    "z itself, so that nothing overflows; slope is its derivative by z:":
        "전파 망원경으로 받은 신호 {rows:,}개이고, 신호마다 특성이 여덟 가지입니다. 이 가운데 {share:.1%}만 펄서이고 "
        "나머지는 잡음입니다. 층의 출력은 점수 z 하나이고, 손실(cost)은 sigmoid(z)의 교차 엔트로피입니다. 오버플로가 나지 "
        "않도록 확률을 거치지 않고 z로 바로 계산합니다. slope는 손실을 z로 미분한 기울기입니다.",
    "The cost of a pulsar (y = 1) by its raw score: even 1000 the wrong way is a number.":
        "펄서(y = 1)인 신호의 손실을 z에 따라 계산하면 다음과 같습니다. 점수가 틀린 쪽으로 1000이나 벗어나도 손실은 유한한 "
        "수입니다.",
    "Ten epochs": "10 에포크",
    "The program of the lesson abalone with this head, raw features, rate {rate}:":
        "abalone 레슨의 프로그램에서 출력과 손실만 바꾸었습니다. 특성은 원래 값 그대로이고 학습률은 {rate}입니다.",
    "epoch": "에포크",
    "cost": "손실",
    "train": "훈련",
    "test": "테스트",
    "seconds": "초",
    "What became of the test rows:": "테스트 데이터의 예측 결과는 다음과 같습니다(혼동 행렬).",
    "called a pulsar": "펄서라고 예측",
    "called noise": "잡음이라고 예측",
    "is a pulsar": "실제로 펄서",
    "is noise": "실제로 잡음",
    "Accuracy is the share on the diagonal, {accuracy:.3f}. Precision asks of the first column how many are "
    "pulsars, {precision:.3f}; recall of the first row how many were found, {recall:.3f}; F1 is their "
    "harmonic mean, 2 P R / (P + R) = {f1:.3f}.":
        "정확도는 대각선에 있는 샘플의 비율로, {accuracy:.3f}입니다. 정밀도(P)는 펄서라고 예측한 것 가운데 실제로 펄서인 "
        "비율로, {precision:.3f}입니다. 재현율(R)은 실제 펄서 가운데 찾아낸 비율로, {recall:.3f}입니다. F1 "
        "점수는 둘의 조화 평균 2 P R / (P + R)로, {f1:.3f}입니다.",
    "Why accuracy misleads": "정확도만 보면 왜 속는가",
    "Three splits, on the test rows; beside them a program that never calls anything a pulsar:":
        "세 가지 분할의 테스트 데이터로 잰 값입니다. 무엇이든 펄서가 아니라고 답하는 프로그램과 비교합니다.",
    "accuracy": "정확도",
    "precision": "정밀도",
    "recall": "재현율",
    "never a pulsar": "언제나 펄서가 아님",
    "raw features, rate 0.001": "원래 값, 학습률 0.001",
    "standardised, rate 0.01": "표준화, 학습률 0.01",
    "standardised, rate 0.1": "표준화, 학습률 0.1",
    "Doing nothing has an accuracy above 0.9. The layer's 0.97 looks like a small step from there, but it "
    "finds three of four pulsars, where doing nothing finds none. Where one class is rare, accuracy is "
    "nearly all about the other.":
        "아무것도 하지 않아도 정확도가 0.9를 넘습니다. 층 하나의 정확도 0.97은 거기서 조금 나아진 것처럼 보이지만, 아무것도 하지 "
        "않으면 하나도 찾지 못하는 펄서를 네 개 가운데 세 개꼴로 찾아냅니다. 한 클래스가 드물면 정확도는 거의 나머지 클래스에 따라 "
        "정해집니다.",
    "On raw features, which go up to {largest:,.0f}, a single mini-batch throws the line far, and it is an "
    "accident where it lies at the end: hence the wide ranges of precision and recall. On standardised "
    "ones it settles, and bears a larger rate.":
        "특성의 원래 값은 {largest:,.0f}까지 올라가므로 미니배치 하나에도 결정 경계가 크게 움직이고, 마지막에 어디에 놓이는지는 "
        "우연에 달려 있습니다. 정밀도와 재현율의 범위가 넓은 것은 그 때문입니다. 표준화하면 경계가 안정되고, 학습률을 더 크게 해도 "
        "괜찮습니다.",
    "The threshold is a choice": "임계값은 정하기 나름",
    "Who must not miss a pulsar lowers the threshold, who must not raise a false alarm lifts it. Split 0, "
    "standardised:":
        "펄서를 놓치면 안 될 때는 임계값을 낮추고, 펄서가 아닌 것을 펄서라고 하면 안 될 때는 임계값을 높입니다. 0번 분할에서 표준화한 "
        "특성으로 잰 값입니다.",
    "threshold for z": "z의 임계값",
    "probability": "확률",
    "In forpass": "forpass에서는",
    "W and b, raw features": "원래 값으로 학습한 W와 b",
    "W and b, standardised": "표준화한 특성으로 학습한 W와 b",
    "Of a table forpass scales the features by itself, and beside accuracy it shows balanced accuracy, "
    "which counts both classes alike: {command}.":
        "{command} 명령으로 forpass에 표를 주면 특성의 스케일을 스스로 맞추고, 정확도와 함께 두 클래스를 똑같은 비중으로 "
        "보는 균형 정확도도 보여 줍니다.",
}
# fmt: on
