"""The lesson activations in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "Six functions and the identity": "여섯 가지 함수와 항등 함수",
    "A perceptron decides by a step. Networks may use any function h of the weighted sum; these are common:":
        "퍼셉트론은 계단 함수로 판정합니다. 신경망에서는 가중합에 어떤 활성화 함수 h를 적용해도 되지만, 흔히 다음 가운데 하나를 "
        "씁니다.",
    "step": "계단 함수",
    "identity": "항등 함수",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "sigmoid": "시그모이드",
    "softplus": "소프트플러스",
    "softmax": "소프트맥스",
    "(The tutorial's step ends in astype(np.int). NumPy took that name away in version 1.24; Python's int "
    "is meant.)":
        "(튜토리얼의 계단 함수는 astype(np.int)로 끝납니다. np.int는 NumPy 1.24에서 없어졌으므로 파이썬의 int를 "
        "써야 합니다.)",
    "Step and sigmoid agree in much: both lie between 0 and 1, never fall, and are no straight lines. "
    "They differ in smoothness. Where x moves by 0.01, the step may move by {step:g}, the sigmoid by "
    "{sigmoid:.4f} at most: a small change of a weight is a small change of the output, and learning "
    "lives on that.":
        "계단 함수와 시그모이드는 닮은 점이 많습니다. 둘 다 0과 1 사이의 값을 내고, x가 커질 때 작아지는 일이 없으며(단조 증가), "
        "비선형입니다. 다른 점은 매끄러움입니다. x가 0.01만큼 움직일 때 계단 함수의 출력은 한꺼번에 {step:g}만큼 뛸 수 "
        "있지만, 시그모이드의 출력은 기껏해야 {sigmoid:.4f}만큼 변합니다. 가중치를 조금 바꾸면 출력도 조금만 바뀐다는 것, "
        "학습은 바로 이 성질 덕분에 가능합니다.",
    "Why they must bend": "왜 비선형이어야 하는가",
    "Take a straight h, h(x) = c x, with c = 3. Three layers of it make of x = 2:":
        "활성화 함수 h가 직선, 곧 h(x) = c x이고 c는 3이라고 합시다. 입력 2가 이런 층 세 개를 지나면 다음과 같이 됩니다.",
    "which one layer with c^3 = 27 does as well. With matrices it is the same: three layers without "
    "a bend between them are one layer whose matrix is W1 W2 W3. The depth is lost.":
        "c를 세 번 곱한 27을 한 번에 곱하는 층 하나와 결과가 같습니다. 행렬에서도 마찬가지입니다. 사이에 비선형 함수가 없는 세 층은 "
        "행렬이 W1 W2 W3인 층 하나와 같습니다. 층을 깊게 쌓은 보람이 없어집니다.",
    "for 5 random examples": "무작위 샘플 5개에 대해",
    "largest difference from one layer": "층 하나와의 최대 차이",
    "three layers, identity between": "세 층, 사이에 항등 함수",
    "three layers, ReLU between": "세 층, 사이에 ReLU",
    "Softmax compares, sigmoids do not": "소프트맥스는 비교하고, 시그모이드는 비교하지 않는다",
    "With a sigmoid for each of three classes, two images give (0.9, 0.8, 0.7) and (0.5, 0.2, 0.1). Each "
    "output is a judgement of its own: they do not add up to 1, and how sure the network is of the first "
    "class compared with the others is hard to see. Softmax makes shares of the same raw scores z:":
        "클래스마다 시그모이드를 하나씩 둔 신경망이 있습니다. 클래스가 셋이고, 이미지 두 장의 출력이 각각 (0.9, 0.8, 0.7)과 "
        "(0.5, 0.2, 0.1)이었다고 합시다. 출력 하나하나는 서로 독립된 판단이라서 합이 1이 되지 않고, 첫째 클래스를 다른 "
        "클래스보다 얼마나 더 확신하는지 알기 어렵습니다. 소프트맥스는 시그모이드에 들어간 것과 같은 점수 z로 클래스별 확률을 구합니다. "
        "점수란 출력층의 활성화 함수를 거치기 전의 값입니다.",
    "sigmoids": "시그모이드 출력",
    "0.9 looks surer than 0.5, but among its three classes the first image's has the smaller share. (The "
    "tutorial has 0.74 where 0.73 stands here: it goes on with z rounded to two digits.)":
        "0.9가 0.5보다 더 확실해 보이지만, 세 클래스를 서로 비교하면 첫째 클래스의 확률은 첫째 이미지 쪽이 더 작습니다. "
        "(튜토리얼에는 0.73이 아니라 0.74로 되어 있는데, 소수 둘째 자리로 반올림한 z로 계산했기 때문입니다.)",
    "And once more, from raw scores:": "이번에는 점수에서 바로 계산해 봅니다.",
    "They add up to {total:.6g}.": "모두 더하면 {total:.6g}입니다.",
    "Overflow": "오버플로",
    "The largest float64 is about exp(709). Softmax as it stands on paper fails for raw scores that are "
    "not unusual where inputs are not scaled: infinity by infinity is no number, nan. Subtracting the largest "
    "score first changes nothing but that:":
        "float64로 나타낼 수 있는 가장 큰 수는 대략 exp(709)입니다. 특성을 스케일링하지 않으면 점수는 쉽게 709를 "
        "넘습니다. 그때 소프트맥스를 식 그대로 계산하면 무한대를 무한대로 나누게 되어 nan이 나옵니다. 가장 큰 점수를 먼저 빼면 결과는 "
        "그대로이면서 오버플로만 사라집니다. 점수 x = (1010, 1000, 990)을 두 식에 넣어 봅니다.",
    "Of (1000, 500, 10) the shifted scores are (0, -500, -990), so the last share is exp(-990). (The "
    "tutorial has exp(-900); 10 - 1000 is -990.) Both are too small for a float64, which is why "
    "losses work on raw scores: the logarithm of the share, -990, is a number like any other.":
        "(1000, 500, 10)에서 최댓값을 빼면 (0, -500, -990)이므로 마지막 확률은 exp(-990)입니다. "
        "(튜토리얼에는 exp(-900)으로 되어 있지만 10 - 1000은 -990입니다.) 둘 다 float64로는 나타낼 수 없을 만큼 "
        "작습니다. 그래서 손실 함수는 확률이 아니라 점수로 계산합니다. 이 확률에 로그를 취한 -990은 아무 문제 없는 수이기 때문입니다.",
    "The sigmoid has the same trouble at the other end: exp(-x) overflows for x = -1000. The result is "
    "still right, 1 / infinity = 0, but NumPy warns. The form below never takes exp of a number above 0:":
        "시그모이드는 반대쪽 끝에서 같은 문제가 생깁니다. x = -1000이면 exp(-x)에서 오버플로가 납니다. 1을 무한대로 나누면 "
        "0이므로 결과는 맞지만 NumPy가 경고를 냅니다. 아래 식에서는 exp에 0보다 큰 수가 들어가는 일이 없습니다.",
    "Which belongs where": "어디에 무엇을 쓰는가",
    "Hidden layers today take ReLU or one of its smooth relatives. The output layer follows the task:":
        "오늘날 은닉층에는 ReLU나 그것을 매끄럽게 만든 함수를 씁니다. 출력층의 활성화 함수는 문제의 종류에 따라 정합니다.",
    "task": "문제",
    "output": "출력층",
    "in forpass: Head": "forpass의 Head",
    "regression: a number": "회귀: 수 하나",
    "two classes: a probability": "이진 분류: 확률 하나",
    "many classes: shares": "다중 분류: 클래스별 확률",
    '"squared"': '"squared"',
    '"sigmoid_cross_entropy"': '"sigmoid_cross_entropy"',
    '"softmax_cross_entropy"': '"softmax_cross_entropy"',
    "In forpass the output's function is no layer. A Head names the loss, which works on raw scores and "
    "knows the function that belongs to it: that is where overflow is avoided.":
        "forpass에서는 출력층의 활성화 함수를 층으로 두지 않습니다. Head에 손실 함수의 이름을 적으면, 손실 함수가 점수를 그대로 "
        "받아 거기에 맞는 활성화 함수까지 함께 계산합니다. 오버플로를 막는 곳이 바로 여기입니다.",
}
# fmt: on
