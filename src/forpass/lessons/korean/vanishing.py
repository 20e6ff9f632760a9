"""The lesson vanishing in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "A quarter at most": "최대 4분의 1",
    "Backpropagation multiplies by the activation's derivative, once in each layer:":
        "역전파는 출력 쪽에서 입력 쪽으로 층을 하나 지날 때마다 활성화 함수의 미분값을 한 번씩 곱합니다. dZ는 손실을 그 층의 가중합 "
        "Z로 미분한 기울기, h'은 활성화 함수 h의 미분입니다.",
    "sigmoid": "시그모이드",
    "largest derivative": "미분값의 최댓값",
    "derivative at z = 3": "z = 3에서의 미분값",
    "The sigmoid's is 0.25 at most. (The tutorial says below 0; below 1 is meant: a derivative below 0 "
    "would turn the gradient round, one below 1 makes it smaller.) Whatever the weights do, the sigmoids "
    "of so many layers alone leave at most this share of a gradient:":
        "시그모이드의 미분값은 최대 0.25입니다. (튜토리얼에는 0보다 작다고 되어 있지만 1보다 작다는 뜻입니다. 미분값이 0보다 작으면 "
        "기울기의 부호가 뒤집히고, 1보다 작으면 기울기가 줄어듭니다.) 가중치와 상관없이, 시그모이드의 미분값만으로도 기울기는 층 수에 "
        "따라 다음 비율 이하로 줄어듭니다.",
    "layers": "층 수",
    "0.25^layers": "0.25^(층 수)",
    "Measured": "실제로 재어 보기",
    "Networks of {width} neurons in each hidden layer, with random weights of a size that suits the "
    "activation, and {n} random examples. The length of the gradient dZ (the root of the sum of its "
    "squares) at the first layer, as a multiple of that at the output:":
        "은닉층마다 뉴런이 {width}개 있는 신경망에, 활성화 함수에 맞는 크기의 무작위 가중치를 주고 무작위 샘플 {n}개를 "
        "넣었습니다. 첫째 층의 기울기 dZ의 크기(노름)가 출력층의 몇 배인지 나타내면 다음과 같습니다.",
    "hidden layers": "은닉층 수",
    "And layer by layer in the network of 20, where layer 21 is the output:":
        "은닉층이 20개인 신경망에서 층마다 재면 다음과 같습니다. 1층이 입력에 가장 가깝고 21층이 출력층입니다.",
    "layer": "층",
    "With sigmoids the first layers are told nothing: at any learning rate that the upper layers bear, they "
    "stay where chance has put them. tanh is better, ReLU keeps the gradient's size. That is why hidden "
    "layers today take ReLU and its relatives, and sigmoids stand at outputs, where the cross-entropy "
    "cancels their derivative.":
        "시그모이드를 쓰면 입력에 가까운 층에는 아무것도 전해지지 않습니다. 이것이 기울기 소실입니다. 출력에 가까운 층이 발산하지 않을 "
        "만큼의 학습률로는 입력에 가까운 층의 가중치가 무작위로 정한 초깃값에서 거의 움직이지 않습니다. tanh는 이보다 낫고, ReLU는 "
        "기울기의 크기를 지킵니다. 그래서 오늘날 은닉층에는 ReLU 계열을 쓰고, 시그모이드는 교차 엔트로피가 그 미분값을 상쇄해 주는 "
        "출력층에 씁니다.",
    "The weights have a say too": "가중치도 중요하다",
    "The other factor in each layer is W. ReLU needs weights of standard deviation sqrt(2 / inputs), as "
    "He and others found in 2015; in a network of 20 layers a little more or less is a lot:":
        "층마다 곱해지는 또 하나는 W입니다. ReLU에는 표준편차가 sqrt(2 / 입력 수)인 무작위 가중치(He 초깃값, 2015)가 "
        "알맞습니다. 층이 20개나 되면 이보다 조금만 크거나 작아도 큰 차이가 납니다.",
    "weights": "가중치",
    "first layer's gradient": "첫째 층의 기울기",
    "half of He's": "He 초깃값의 절반",
    "as He's": "He 초깃값",
    "twice He's": "He 초깃값의 두 배",
    "The gradient vanishes with the first and explodes with the last.":
        "절반이면 기울기가 소실되고, 두 배이면 폭발합니다.",
    "In forpass": "forpass에서는",
    "diagnose names the layer, the size and what helps. Of the network with sigmoids it says, counting "
    "activations as layers:":
        "forpass의 diagnose는 어느 층의 기울기가 얼마나 작은지, 무엇이 도움이 되는지 영어로 알려 줍니다. 시그모이드를 쓴 "
        "신경망에 대한 진단은 다음과 같습니다. (활성화 함수도 층으로 셉니다.)",
    "{finding}": "{finding}",
}
# fmt: on
