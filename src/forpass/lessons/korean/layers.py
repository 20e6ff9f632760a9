"""The lesson layers in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The sigmoid as a graph": "시그모이드의 계산 그래프",
    "A formula is a chain of small operations, and the derivative of each is known. The sigmoid has four "
    "nodes: times -1, exp, plus 1, and 1/x. Forward, a number goes through them from the first to the "
    "last. Backward, a 1 is put in at the end, and each node multiplies what reaches it by its local "
    "derivative. For x = 1; read it downward for forward, upward for backward:":
        "식은 작은 연산을 이어 놓은 것이고, 연산 하나하나의 미분은 이미 알려져 있습니다. 시그모이드는 -1 곱하기, exp, 1 더하기, "
        "역수(1/x)라는 네 노드로 이루어집니다. 순전파에서는 수가 첫 노드부터 마지막 노드까지 차례로 지나갑니다. 역전파에서는 끝에 1을 "
        "넣고, 노드마다 흘러온 값에 자신의 국소적 미분을 곱해 앞 노드로 넘깁니다. x가 1일 때의 값은 다음과 같습니다. 표의 x "
        "(-1)은 -1 곱하기입니다. 순전파는 위에서 아래로, 역전파는 아래에서 위로 읽으세요.",
    "node": "노드",
    "output": "출력",
    "local derivative": "국소적 미분",
    "its value": "미분값",
    "flows on backward": "앞 노드로 넘기는 값",
    "exp": "exp",
    "exp(-x)": "exp(-x)",
    "What comes out at the top is the product of all four, and it needs nothing but the output y:":
        "맨 위에서 나오는 값은 네 미분값을 모두 곱한 것이고, 출력 y만 알면 구할 수 있습니다.",
    "So the four nodes may be one layer that keeps y. That is how a Sigmoid layer comes about.":
        "그래서 네 노드를 y만 기억하는 층 하나로 묶을 수 있습니다. 이것이 Sigmoid 층입니다.",
    "Four layers": "네 가지 층",
    "dout is the derivative of the loss by a layer's output. backward takes it and returns dx, the "
    "derivative by the layer's input, which is dout for the layer before it.":
        "dout은 손실을 그 층의 출력으로 미분한 값입니다. backward는 dout을 받아 손실을 그 층의 입력으로 미분한 값 dx를 "
        "돌려줍니다. 이 dx가 바로 앞 층(입력에 더 가까운 층)의 dout이 됩니다. n은 샘플 수입니다.",
    "layer": "층",
    "forward": "forward",
    "keeps": "기억하는 값",
    "backward": "backward",
    "Sigmoid": "Sigmoid",
    "Affine": "Affine",
    "SoftmaxWithLoss": "SoftmaxWithLoss",
    "x where x > 0, else 0": "x > 0이면 x, 아니면 0",
    "mask = x > 0": "mask = x > 0",
    "dx = dout * mask": "dx = dout * mask",
    "y = 1 / (1 + exp(-x))": "y = 1 / (1 + exp(-x))",
    "dx = dout * y * (1 - y)": "dx = dout * y * (1 - y)",
    "dx = dout W^T": "dx = dout W^T",
    "mean of -ln(p) of the class": "정답 클래스의 -ln(p) 평균",
    "dx = (p - t) / n": "dx = (p - t) / n",
    "Affine alone has something to learn, and finds the gradients of it on the way:":
        "학습할 매개변수가 있는 층은 Affine뿐이며, backward에서 그 기울기도 함께 구합니다.",
    "ReLU, with a dout of ones:": "ReLU에 모두 1인 dout을 넣어 봅니다.",
    "SoftmaxWithLoss on two examples; the class of the first is 2, that of the second is 0:":
        "SoftmaxWithLoss에 샘플 두 개를 넣어 봅니다. 정답 클래스는 첫째가 2, 둘째가 0입니다.",
    "The loss is {loss:.4f}. Each row of dx adds up to 0: what is taken from the wrong classes is given "
    "to the right one.":
        "손실은 {loss:.4f}입니다. dx는 행마다 합이 0입니다. 틀린 클래스의 점수를 낮추는 만큼 정답 클래스의 점수를 높이기 "
        "때문입니다.",
    "(In the tutorial the Sigmoid layer keeps y under a misspelt name, and ReLU's backward writes into "
    "the caller's dout. The lesson errata shows what comes of it.)":
        "(튜토리얼의 Sigmoid 층은 y를 철자가 틀린 이름으로 저장하고, ReLU의 backward는 넘겨받은 dout을 직접 고쳐 "
        "씁니다. 그래서 어떤 일이 생기는지는 errata 레슨에서 보여 줍니다.)",
    "The chain": "층을 이어 붙이기",
    "TwoLayerNet(20, 15, 10) is a list of layers. predict goes through it, gradient goes back. The shapes "
    "for seven examples; read them downward for forward, upward for backward:":
        "TwoLayerNet(20, 15, 10)은 층을 순서대로 담은 리스트입니다. predict는 이 리스트를 앞에서부터, gradient는 "
        "뒤에서부터 따라갑니다. 샘플 7개를 넣었을 때의 형상은 다음과 같습니다. 순전파는 위에서 아래로, 역전파는 아래에서 "
        "위로 읽으세요.",
    "(7, 10) -> one number": "(7, 10) -> 수 하나",
    "backward gives dx": "backward가 내는 dx",
    "and gradients": "매개변수의 기울기",
    "dW (20, 15), db (15,)": "dW (20, 15), db (15,)",
    "dW (15, 10), db (10,)": "dW (15, 10), db (10,)",
    "A gradient has the shape of what it belongs to: dW that of W, dx that of x.":
        "기울기는 언제나 미분하는 변수와 형상이 같습니다. dW는 W와, dx는 x와 같습니다.",
    "Is it right?": "기울기가 맞는가?",
    "The numerical gradient moves one parameter w by h = 0.0001 up and down and looks at what the loss L "
    "does. It needs two forward passes for each parameter, so nobody trains with it; but it knows nothing "
    "of backward passes, so it cannot make their mistakes:":
        "수치 미분은 매개변수 w 하나를 h(0.0001)만큼 늘려 보고 줄여 보면서 손실 L이 어떻게 변하는지 봅니다. 매개변수마다 "
        "순전파를 두 번씩 해야 하므로 이것으로 학습하지는 않습니다. 하지만 역전파를 전혀 쓰지 않으므로 역전파와 같은 실수를 할 수 "
        "없습니다.",
    "The largest difference from backpropagation in each block, also with two mistakes put in:":
        "역전파로 구한 기울기와의 최대 차이를 매개변수별로 적으면 다음과 같습니다. 일부러 실수를 넣은 경우도 두 가지 "
        "더했습니다.",
    "network": "신경망",
    "mask forgotten": "mask를 잊음",
    "division by n forgotten": "n으로 나누기를 잊음",
    "What is right differs only by rounding, and because h is not infinitely small. A mistake stands out "
    "by many powers of ten, and where it does says where to look: before a ReLU without its mask W1 and b1 "
    "are wrong, after it all is right.":
        "올바른 역전파에는 반올림과 h 때문에 생기는 차이만 남습니다. 실수가 있으면 차이가 수억 배 이상 커지고, 어느 매개변수에서 "
        "커졌는지를 보면 어디를 고쳐야 하는지도 알 수 있습니다. mask를 잊은 ReLU보다 앞(입력 쪽)에 있는 W1과 b1의 기울기는 "
        "틀렸지만, 뒤(출력 쪽)에 있는 W2와 b2의 기울기는 맞습니다.",
    "In forpass": "forpass에서는",
    "gradient_check does for any network what this lesson does for one, with four points around each "
    "parameter instead of two. Of the network with sigmoids it says: {headline}.":
        "이 레슨에서 신경망 하나에 대해 한 일을 gradient_check는 어떤 신경망에 대해서나 합니다. 매개변수마다 두 점이 아니라 "
        "네 점에서 손실을 재므로 더 정확합니다. 시그모이드를 쓴 신경망에 대한 결과(영어)는 다음과 같습니다: {headline}.",
}
# fmt: on
