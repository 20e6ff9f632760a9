"""The lesson steel in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The table, as it is": "있는 그대로의 데이터",
    "{rows:,} steel plates, {inputs} features, {classes} faults, the class as a row with a single 1. One "
    "layer gives a raw score for each fault, and accuracy asks whether the largest is at the right place. "
    "The most frequent fault makes up {majority:.1%}, so much does a guess have. Ten epochs at rate 0.01:":
        "강판 {rows:,}장, 특성 {inputs}가지, 결함 {classes}가지이고, 결함의 종류는 하나만 1인 행(원-핫 벡터)으로 적혀 있습니다. "
        "층 하나가 결함마다 점수를 하나씩 내고, 가장 큰 점수가 정답 자리에 있으면 맞은 것으로 칩니다. 가장 흔한 결함이 "
        "{majority:.1%}이므로 그것만 답해도 그만큼은 맞힙니다. 학습률 0.01로 10 에포크를 학습합니다.",
    "epoch": "에포크",
    "cost": "손실",
    "train": "훈련",
    "test": "테스트",
    "seconds": "초",
    "The accuracy wanders about the guess, and the cost is in the tens of billions, where equal shares for "
    "all seven would cost ln 7 = 1.95. The reason is in the table: the largest feature goes up to "
    "{largest:,.0f}, the smallest to {smallest:.2f}. A step that suits one does not suit the other.":
        "정확도는 가장 흔한 결함만 답하는 수준에서 오르내리고, 손실은 수백억에 이릅니다. 아무것도 몰라서 일곱 결함에 똑같은 확률을 "
        "주더라도 손실은 1.95(ln 7)면 됩니다. 원인은 데이터에 있습니다. 값이 가장 큰 특성은 {largest:,.0f}까지 "
        "올라가는데, 값이 가장 작은 특성은 {smallest:.2f}까지만 올라갑니다. 한쪽에 알맞은 갱신 폭이 다른 쪽에는 맞지 않습니다.",
    "Raw and standardised": "원래 값과 표준화한 값",
    "Test accuracy over five splits, at three rates:":
        "다섯 가지 분할에서 학습률을 세 가지로 바꾸어 가며 잰 테스트 정확도입니다.",
    "features": "특성",
    "raw": "원래 값",
    "standardised": "표준화",
    "rate 0.001": "학습률 0.001",
    "rate 0.01": "학습률 0.01",
    "rate 0.1": "학습률 0.1",
    "No rate helps raw features. The first steps make the weights so large that softmax says 0 or 1 to "
    "everything, and then a rate ten times as large only makes all weights ten times as large: the same "
    "score stays the largest. Standardised, the same program reaches 0.7. Unscaled features were the "
    "mistake, and no other head mends it.":
        "특성을 원래 값 그대로 쓰면 학습률을 어떻게 바꾸어도 소용이 없습니다. 처음 몇 번의 갱신만으로 가중치가 너무 커져서 소프트맥스가 "
        "언제나 0 아니면 1을 내게 되고, 그 뒤로는 학습률을 열 배로 해도 모든 가중치가 열 배로 커질 뿐 점수가 가장 큰 자리는 "
        "그대로이기 때문입니다. 표준화하면 같은 프로그램으로 0.7까지 올라갑니다. 잘못은 특성을 스케일링하지 않은 것이고, 손실 함수를 "
        "바꾸어도 고쳐지지 않습니다.",
    "Three heads": "세 가지 손실 함수",
    "head": "손실 함수",
    "slope": "기울기",
    "softmax cross-entropy": "소프트맥스 교차 엔트로피",
    "sigmoid cross-entropy": "시그모이드 교차 엔트로피",
    "squared error": "제곱 오차",
    "softmax(x)": "softmax(x)",
    "sigmoid(x)": "sigmoid(x)",
    "-ln(p) of the class": "정답 클래스의 -ln(p)",
    "relu(x) - x y + ln(1 + exp(-|x|))": "relu(x) - x y + ln(1 + exp(-|x|))",
    "The first divides by the number of rows, the others by rows times classes: their steps are seven "
    "times smaller. Mean test accuracy over five splits, standardised features:":
        "첫째는 행 수로 나누고 나머지는 행 수와 클래스 수의 곱으로 나누므로, 나머지 둘의 갱신 폭은 7분의 1입니다. 표준화한 특성으로 "
        "다섯 가지 분할에서 잰 테스트 정확도의 평균은 다음과 같습니다.",
    "rate 1": "학습률 1",
    "Each at its best rate, they are near to each other. At equal rates the squared error is the "
    "slowest: its slope has the factor p (1 - p), at most a quarter, and close to 0 where the network is "
    "surely wrong.":
        "저마다 가장 잘 맞는 학습률에서는 셋이 비슷합니다. 학습률이 같으면 제곱 오차가 가장 느립니다. 기울기에 p (1 - p)가 "
        "곱해지는데, 이 값은 최대 4분의 1이고 신경망이 확신하면서 틀린 곳에서는 0에 가깝기 때문입니다.",
    "(The tutorial's squared error takes the sigmoid of the label as well, so that it aims at 0.73 and "
    "0.5 instead of 1 and 0. The lesson errata shows what comes of it.)":
        "(튜토리얼의 제곱 오차는 레이블에도 시그모이드를 적용해서 타깃이 1과 0이 아니라 0.73과 0.5가 됩니다. 그래서 어떤 일이 "
        "생기는지는 errata 레슨에서 보여 줍니다.)",
    "The long way round": "멀리 돌아가는 길",
    "The tutorial first takes the derivative of softmax alone. Each share depends on every score, so for "
    "one row of k scores it is a matrix J (k, k), and for n rows an array (n, k, k). For a row of three:":
        "튜토리얼에서는 먼저 소프트맥스만 미분합니다. 확률 하나하나가 모든 점수에 따라 달라지므로 미분은 행 하나에 대해서는 행렬 J(야코비 "
        "행렬)가 되고, 행 n개에 대해서는 (n, k, k) 배열이 됩니다. k는 클래스 수입니다. 점수가 세 개인 행 하나로 계산해 "
        "봅니다.",
    "Times the derivative of the cost by p, which is -y / p, it becomes p - y:":
        "여기에 손실을 p로 미분한 -y / p를 곱하면 p - y가 됩니다.",
    "The short way needs no array (n, k, k), and no division by a share that may be 0. That is why a loss "
    "should work on raw scores.":
        "p - y를 바로 쓰면 (n, k, k) 배열도 필요 없고, 0이 될 수도 있는 확률로 나눌 일도 없습니다. 손실 함수를 확률이 아니라 "
        "점수로 계산해야 하는 까닭입니다.",
    "In forpass": "forpass에서는",
    "softmax cross-entropy on raw features": "원래 값으로 학습한 소프트맥스 교차 엔트로피",
    "the slope of softmax cross-entropy": "소프트맥스 교차 엔트로피의 기울기",
    "Of a table forpass scales the features by itself, and its network has hidden layers: {command}.":
        "{command} 명령으로 forpass에 표를 주면 특성의 스케일을 스스로 맞추고, 은닉층도 둡니다.",
}
# fmt: on
