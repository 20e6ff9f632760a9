"""The lesson history in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "One drawing, three errors": "구조는 하나, 오차는 셋",
    "McCulloch and Pitts (1943) drew a neuron as a sum and a threshold. Fifteen years later Rosenblatt "
    "gave its inputs weights that are learnt: the perceptron. Adaline and logistic regression keep the "
    "drawing. All three move after every example by":
        "맥컬록과 피츠(1943)는 뉴런을 입력의 합과 임계값으로 나타냈습니다. 15년 뒤 로젠블랫은 입력마다 학습으로 정해지는 "
        "가중치를 두었는데, 이것이 퍼셉트론입니다. 아달린과 로지스틱 회귀도 구조는 그대로입니다. 셋 모두 샘플을 하나 볼 때마다 "
        "가중치를 다음과 같이 고칩니다. rate는 학습률입니다.",
    "and differ in one word, the error, for an example with the sum z and the target t:":
        "다른 것은 단 하나, 오차(error)입니다. 가중합이 z이고 타깃이 t(0 또는 1)인 샘플의 오차를 저마다 다음과 같이 "
        "정합니다. +1은 t가 1일 때, -1은 t가 0일 때입니다.",
    "neuron": "뉴런",
    "error": "오차",
    "when it learns": "언제 배우는가",
    "perceptron": "퍼셉트론",
    "+1 or -1, 0 if right": "+1 또는 -1, 맞으면 0",
    "only from mistakes": "틀렸을 때만",
    "Adaline": "아달린",
    "(+1 or -1) - z": "(+1 또는 -1) - z",
    "from every example, also from right ones": "맞은 샘플을 포함해 모든 샘플에서",
    "logistic neuron": "로지스틱 뉴런",
    "t - sigmoid(z)": "t - sigmoid(z)",
    "from every example, little where it is right and sure": "모든 샘플에서, 확신해서 맞힌 샘플에서는 조금만",
    "What they can learn": "무엇을 배울 수 있는가",
    "Three sets of examples: 100 points that a line divides; the same with 12 more of class 1, far away "
    "on their right side; and XOR, which no line divides. At most 1000 epochs each, at the rates 1, 0.01 "
    "and 0.1; the share of examples that end on the right side:":
        "데이터는 세 가지입니다. 직선 하나로 나뉘는 점 100개, 거기에 올바른 쪽으로 멀리 떨어진 클래스 1의 점 12개를 더한 것, "
        "그리고 어떤 직선으로도 나뉘지 않는 XOR입니다. 학습률을 차례로 1, 0.01, 0.1로 두고 저마다 최대 1000 에포크를 학습한 뒤 "
        "올바르게 분류한 비율은 다음과 같습니다.",
    "examples": "데이터",
    "divided by a line": "직선으로 나뉨",
    "with far points": "먼 점을 더함",
    "Far points spoil Adaline: their sums are far above the +1 that it asks for, so it turns its line "
    "until the sums shrink. Perceptron and logistic neuron leave them in peace.":
        "멀리 있는 점들 때문에 아달린의 직선이 틀어집니다. 이 점들의 z는 아달린의 타깃인 +1보다 훨씬 크기 때문에, 아달린은 z가 "
        "작아지도록 직선을 돌려 버립니다. 퍼셉트론과 로지스틱 뉴런은 이미 올바르게 분류된 먼 점에 흔들리지 않습니다.",
    "XOR is out of reach for all three, and each fails in its own way. w1, w2 and b at the end:":
        "XOR는 셋 모두 배우지 못하지만, 실패하는 모습은 서로 다릅니다. 마지막 w1, w2, b는 다음과 같습니다.",
    "The perceptron is back at its start after every epoch ({different} set of weights at the ends of "
    "{epochs} epochs) and errs for ever. Adaline and the logistic neuron settle near zero weights, that "
    "is, at the sum 0 and the probability 0.5 for all four: they know that they know nothing. (Their "
    "25% means nothing either: it is the sign of sums near 0.)":
        "퍼셉트론은 한 에포크가 끝날 때마다 처음 가중치로 되돌아와 영원히 틀립니다. (에포크 {epochs}번의 끝에 나온 가중치가 "
        "{different}가지뿐입니다.) 아달린과 로지스틱 뉴런의 가중치는 0 근처에 머뭅니다. 네 샘플 모두에 z는 0, 확률은 "
        "0.5라고, 곧 모르겠다고 답하는 셈입니다. (25%라는 비율에도 의미는 없습니다. 0에 가까운 z의 부호에 따른 것일 뿐입니다.)",
    "How long the perceptron needs": "퍼셉트론은 얼마나 오래 걸리는가",
    "If a line divides the classes, the perceptron finds one, and errs at most (R / margin)^2 times "
    "before it does (Novikoff 1962): R is the length of the longest example, the margin is the distance "
    "of the nearest example from the line, each counted with the bias's input 1. The narrower the gap, "
    "the longer it may take. For 100 points:":
        "직선으로 나눌 수 있는 데이터라면 퍼셉트론은 반드시 그런 직선을 찾아내고, 그때까지 틀리는 횟수는 최대 (R / "
        "margin)^2번입니다(노비코프 1962, 퍼셉트론 수렴 정리). R은 가장 긴 샘플 벡터의 길이, margin(마진)은 직선에서 "
        "가장 가까운 샘플까지의 거리이며, 둘 다 편향의 입력 1을 포함해 잽니다. 틈이 좁을수록 오래 걸릴 수 있습니다. 점 100개로 "
        "세어 보면 다음과 같습니다.",
    "margin at least": "최소 마진",
    "epochs": "에포크",
    "mistakes": "틀린 횟수",
    "at most": "이론상 최대",
    "The bound holds for every order of the examples, and is rarely reached.":
        "이 상한은 샘플을 어떤 순서로 보더라도 성립하며, 실제로 거기까지 가는 일은 드뭅니다.",
    "In forpass": "forpass에서는",
    "All three are estimators with fit and predict. Given the examples in the same order, they come to "
    "the same w1, w2 and b. (Adaline and the logistic neuron stop when their loss stands still, or at "
    "max_iter; our loop is run for as many epochs.)":
        "셋 모두 fit과 predict가 있는 추정기입니다. 샘플을 같은 순서로 보여 주면 w1, w2, b가 똑같이 나옵니다. "
        "(forpass의 아달린과 로지스틱 뉴런은 손실이 더 줄지 않거나 max_iter에 이르면 멈추므로, 이 레슨의 반복문도 같은 "
        "에포크만큼 돌렸습니다.)",
}
# fmt: on
