"""The lesson xor in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The network": "신경망의 구조",
    "Two inputs, two hidden neurons, one output. Drawn with a bias at each neuron that makes 6 weights "
    "and 3 biases. The program below gives the hidden neurons their bias as an extra input that is "
    "always 1, and leaves out the output's: 8 numbers to learn. Activation: tanh. They begin by chance "
    "between 0 and 1:":
        "입력 2개, 은닉층 뉴런 2개, 출력 1개입니다. 뉴런마다 편향을 두면 가중치 6개와 편향 3개가 됩니다. 아래 프로그램에서는 "
        "언제나 1인 입력을 하나 더 두어 은닉층의 편향을 나타내고 출력층의 편향은 쓰지 않으므로, 학습할 수는 모두 8개입니다. 활성화 "
        "함수는 tanh이고, 초깃값은 0과 1 사이에서 무작위로 정합니다.",
    "One step by hand": "한 번의 갱신을 손으로",
    "The second example is (0, 1) with the target 1. The forward pass:":
        "둘째 샘플은 (0, 1)이고 타깃은 1입니다. 먼저 순전파입니다.",
    "The backward pass begins with the output's delta: how wrong, times how much the output gives way. "
    "A hidden neuron's delta is the output's, weighted by the connection between them, times how much "
    "the hidden neuron gives way. A weight moves by rate * delta * what it was given:":
        "역전파는 출력층의 델타에서 시작합니다. 델타는 오차(t - y)에 활성화 함수의 미분값을 곱한 것입니다. 은닉층 뉴런의 델타는 "
        "출력층의 델타에 둘을 잇는 가중치를 곱하고, 다시 그 은닉층 뉴런의 미분값을 곱한 것입니다. 가중치는 학습률(rate) * "
        "델타(delta) * 그 가중치에 들어온 입력만큼 움직입니다.",
    "(With sigmoids the last factors would be y (1 - y) and h (1 - h).)":
        "(시그모이드라면 마지막에 곱하는 값이 y (1 - y)와 h (1 - h)가 됩니다.)",
    "After it the output is {after:.4f} instead of {before:.4f}, nearer to 1.":
        "이렇게 갱신하고 나면 출력이 {before:.4f}에서 {after:.4f}로 바뀌어 1에 더 가까워집니다.",
    "5000 passes": "5000번 되풀이하기",
    "A step after every example, one example after the other: stochastic gradient descent with batches "
    "of one. Rate 0.1, and momentum 0.4, which the next part is about. The total error:":
        "네 샘플을 차례로 한 번씩 모두 보는 것을 1회로 세고, 샘플을 하나 볼 때마다 가중치를 갱신합니다. 배치 크기가 1인 확률적 경사 "
        "하강법입니다. 학습률은 0.1이고 모멘텀은 0.4인데, 모멘텀은 바로 다음에 설명합니다. 전체 오차, 곧 네 샘플의 (t - "
        "y)^2 / 2를 더한 값은 다음과 같이 줄어듭니다.",
    "pass": "횟수",
    "total error": "전체 오차",
    "target": "타깃",
    "output": "출력",
    "XOR is learnt. Nobody has told the hidden neurons what to look for.":
        "XOR를 배웠습니다. 은닉층 뉴런이 무엇을 찾아야 하는지는 아무도 알려 주지 않았습니다.",
    "Momentum, right and as posted": "모멘텀: 올바른 식과 튜토리얼의 식",
    "Momentum keeps a part of the last move, so that steps in one direction add up. downhill is the way "
    "in which the error falls, delta * what the weight was given:":
        "모멘텀은 바로 앞의 이동량(last move)을 일부 남겨 두어, 같은 방향의 이동이 쌓이게 합니다. downhill은 오차가 "
        "줄어들도록 가중치를 움직일 방향으로, 델타에 입력을 곱한 값입니다.",
    "The tutorial's line is another. What it calls gradient already points downhill, and yet:":
        "튜토리얼의 식은 다릅니다. 튜토리얼에서 기울기라고 부르는 값은 이미 오차가 줄어드는 방향인데도, 거기에 다시 음의 부호가 붙어 "
        "있습니다.",
    "The minus sends it uphill. It learns all the same, because the way of every example is used twice: "
    "with -0.1 at once, and with +0.4 at the next example. Together that is a step of 0.3 downhill. "
    "Without momentum nothing hides the minus. Total error at the end, for two beginnings:":
        "이 음의 부호 때문에 가중치는 오차가 커지는 쪽으로 움직입니다. 그런데도 학습이 되는 것은 샘플마다 구한 방향이 두 번 쓰이기 "
        "때문입니다. 그 자리에서 -0.1배로 한 번, 다음 샘플에서 +0.4배로 또 한 번 쓰이므로, 합하면 오차가 줄어드는 쪽으로 "
        "0.3배만큼 움직이는 셈입니다. 모멘텀이 없으면 음의 부호가 그대로 드러납니다. 두 가지 초깃값에서 시작했을 때 마지막 전체 오차는 "
        "다음과 같습니다.",
    "right, momentum 0.4": "올바른 식, 모멘텀 0.4",
    "right, momentum 0": "올바른 식, 모멘텀 0",
    "posted, momentum 0.4": "튜토리얼의 식, 모멘텀 0.4",
    "posted, momentum 0": "튜토리얼의 식, 모멘텀 0",
    "after 5000 passes": "5000번 학습한 뒤",
    "seed 0": "시드 0",
    "seed 2": "시드 2",
    "(With momentum 0.4 the posted line even ends lower. It is no better rule, it goes faster: the right "
    "line's steps add up to 0.1 / (1 - 0.4) = 0.17.)":
        "(모멘텀이 0.4일 때는 튜토리얼의 식에서 오차가 오히려 더 작습니다. 더 좋은 식이어서가 아니라 더 크게 움직이기 때문입니다. "
        "올바른 식에서는 한 방향의 이동이 모두 쌓여도 0.17배, 곧 0.1 / (1 - 0.4)배입니다.)",
    "Such a mistake shows at once where one looks at a single small step: the error has to fall. One "
    "step at rate 0.001 for all four examples, from the weights above, changes it by {right:.2e} with "
    "the right line and by {posted:+.2e} with the posted one.":
        "이런 실수는 가중치를 한 번만 아주 조금 움직여 보면 바로 드러납니다. 오차가 줄어야 하기 때문입니다. 위의 초깃값에서 네 샘플을 "
        "한꺼번에 써서 학습률 0.001로 한 번 갱신하면, 오차는 올바른 식에서 {right:.2e}, 튜토리얼의 식에서 {posted:+.2e}만큼 "
        "변합니다.",
    "In forpass": "forpass에서는",
    "A trace carries out a step and says of every number what it was made of. Here is the step by hand, "
    "from the output's delta to the weight between x2 and the first hidden neuron. forpass goes by "
    "derivatives, which point uphill: dZ2 is -delta_y, dZ1 is -delta_h. The move is called velocity:":
        "forpass의 trace는 갱신을 한 번 해 보면서 숫자마다 무엇으로 계산되었는지 보여 줍니다. 다음은 위에서 손으로 한 갱신을 출력층의 "
        "델타부터 x2와 첫째 은닉층 뉴런을 잇는 가중치까지 따라간 것입니다. forpass는 오차가 커지는 방향을 가리키는 미분값으로 "
        "계산하므로 dZ2는 -delta_y이고 dZ1은 -delta_h입니다. 이동량은 velocity라고 부릅니다.",
    "weights after the step by hand": "손으로 한 번 갱신한 뒤의 가중치",
    "The same network, with the same first weights, order of examples and rule, trained by forpass:":
        "같은 신경망을 같은 초깃값, 같은 샘플 순서, 같은 규칙으로 forpass에서 학습시킵니다.",
    "weights after 5000 passes": "5000번 학습한 뒤의 가중치",
    "total error of every pass": "매회의 전체 오차",
    "forpass does the 20,000 steps of a run in a moment, so it can try more beginnings: of 20, "
    "{count} end with a total error below 0.01, the largest is {largest:.5f}.":
        "forpass는 한 번의 학습에 필요한 갱신 20,000번(5000회 * 샘플 4개)을 순식간에 끝내므로 초깃값을 더 많이 바꾸어 "
        "볼 수 있습니다. 20가지 초깃값 가운데 {count}가지에서 마지막 전체 오차가 0.01보다 작고, 가장 큰 값도 "
        "{largest:.5f}입니다.",
}
# fmt: on
