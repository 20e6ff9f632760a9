"""The lesson abalone in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The table": "데이터",
    "4177 abalones: sex, seven measurements, and the rings in the shell, which tell the age. Sex is "
    "a letter, I, M or F (infant, male, female); it becomes three columns with a 1 in one of them. That "
    "makes {inputs} inputs. The first animal, and its rings:":
        "전복 4177마리의 성별, 측정값 일곱 가지, 그리고 껍데기의 고리 수입니다. 고리 수로 나이를 알 수 있습니다. 성별은 I(어린 "
        "전복), M(수컷), F(암컷)라는 문자이므로 셋 가운데 하나만 1인 열 세 개로 바꿉니다(원-핫 인코딩). 그래서 입력 특성은 "
        "모두 {inputs}개입니다. 첫째 전복의 특성과 고리 수는 다음과 같습니다.",
    "rows": "데이터",
    "train": "훈련",
    "test": "테스트",
    "One layer, ten epochs": "단층 신경망으로 10 에포크",
    "One layer without activation gives a number, and the cost is the mean squared error; slope is its "
    "derivative by the output:":
        "활성화 함수가 없는 층 하나가 수 하나(output)를 출력하고, 손실(cost)은 평균 제곱 오차입니다. slope는 손실을 "
        "output으로 미분한 기울기입니다.",
    "Rate {rate}, mini-batches of n = {size} rows. Of each epoch: the mean cost of its batches; on train "
    "and test rows 1 - mean(|output - y| / y), which the tutorial calls accuracy; and the seconds since "
    "the beginning:":
        "학습률은 {rate}, 미니배치 크기는 n = {size}입니다. 에포크마다 미니배치 손실의 평균, 훈련 데이터와 테스트 데이터의 정확도, "
        "그리고 처음부터 걸린 시간(초)을 보고합니다. 튜토리얼에서 정확도라고 부르는 것은 1에서 상대 오차의 평균을 뺀 값, 곧 1 - "
        "mean(|output - y| / y)입니다.",
    "epoch": "에포크",
    "cost": "손실",
    "seconds": "초",
    "What these figures are worth": "이 수치를 어떻게 볼 것인가",
    "Five splits, on the test rows. Beside it the plainest guess, the mean of the training rows for every "
    "animal; and the same program on standardised features (each with mean 0 and deviation 1):":
        "다섯 가지 분할의 테스트 데이터로 잰 값입니다. 가장 단순한 예측, 곧 모든 전복에 대해 훈련 데이터의 평균 고리 수를 답하는 "
        "경우와 비교합니다. 또 같은 프로그램에 표준화한 특성(저마다 평균 0, 표준편차 1)을 넣은 결과도 함께 적었습니다.",
    "test cost": "테스트 손실",
    "test accuracy": "테스트 정확도",
    "guess the mean": "평균으로 예측",
    "raw features, rate 0.001": "원래 값, 학습률 0.001",
    "standardised, rate 0.001": "표준화, 학습률 0.001",
    "standardised, rate 0.01": "표준화, 학습률 0.01",
    "An accuracy of 0.80 sounds good until one sees that guessing the mean has 0.73. And on raw features "
    "ten epochs leave much undone: where a feature's values are small or lie close together, its weight "
    "hardly moves. Standardising costs one line, and is better on every split, even at the same rate.":
        "정확도 0.80은 좋아 보이지만, 평균으로만 예측해도 0.73입니다. 게다가 특성을 원래 값 그대로 쓰면 10 에포크가 지나도 "
        "학습이 덜 된 상태입니다. 값이 작거나 서로 비슷한 특성의 가중치는 거의 움직이지 않기 때문입니다. 표준화는 한 줄이면 되고, 같은 "
        "학습률에서도 모든 분할에서 결과가 더 좋습니다.",
    "In forpass": "forpass에서는",
    'Head("squared") is half of the squared error, so that its slope is output - y; twice the rate gives '
    "the same steps:":
        'Head("squared")는 제곱 오차의 절반이므로 미분하면 output - y가 됩니다. 그래서 학습률을 두 배로 하면 가중치가 '
        "똑같이 움직입니다.",
    "W and b after 10 epochs": "10 에포크 뒤의 W와 b",
    "Later chapters of the tutorial add hidden layers. With 20 ReLU neurons, trained by forpass on standardised "
    "features for 50 epochs of Adam, the test cost of this split falls from {one:.2f} to {cost:.2f}.":
        "튜토리얼에서는 뒤에 가서 은닉층을 더합니다. 표준화한 특성에 ReLU 뉴런 20개짜리 은닉층을 두고 forpass에서 Adam으로 50 "
        "에포크 학습하면 이 분할의 테스트 손실이 {one:.2f}에서 {cost:.2f}까지 줄어듭니다.",
}
# fmt: on
