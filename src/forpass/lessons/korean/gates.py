"""The lesson gates in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "One neuron": "뉴런 하나",
    "A neuron weighs its inputs, adds them up with its bias, and fires where the sum is above 0:":
        "뉴런은 입력마다 가중치를 곱해 모두 더하고, 거기에 편향을 더합니다. 그 합(가중합)이 0보다 크면 1을, 아니면 0을 출력합니다.",
    "Three settings of w1, w2 and b, found by thinking, make three gates of it.":
        "w1, w2, b를 손으로 잘 고르면 같은 뉴런이 세 가지 논리 게이트가 됩니다.",
    "gate": "게이트",
    "What one neuron cannot do": "뉴런 하나로는 할 수 없는 것",
    "XOR is 1 where exactly one input is. A neuron that computes it would have to satisfy, "
    "for (0,0), (0,1), (1,0) and (1,1) in turn:":
        "XOR는 두 입력 가운데 하나만 1일 때 1입니다. 뉴런 하나로 XOR를 계산하려면 (0,0), (0,1), (1,0), "
        "(1,1)에 대해 차례로 다음 네 조건이 모두 성립해야 합니다.",
    "The two in the middle add up to the first of these, the two outside to the second:":
        "가운데 두 식을 더하면 아래의 첫째 식, 양 끝 두 식을 더하면 둘째 식이 됩니다.",
    "Both cannot be: there are no such weights. A search says the same. Of {tried:,} settings "
    "(w1, w2 and b from -10 to 10 in steps of 0.5) so many compute each gate:":
        "둘은 동시에 성립할 수 없으므로 그런 가중치는 없습니다. 컴퓨터로 하나하나 시험해 보아도 마찬가지입니다. w1, w2, b를 저마다 "
        "-10부터 10까지 0.5 간격으로 바꾼 {tried:,}가지 조합 가운데 각 게이트로 동작하는 조합의 수는 다음과 같습니다.",
    "settings": "조합 수",
    "XOR in two layers": "두 층으로 만드는 XOR",
    "NAND is 0 only for (1,1), OR is 0 only for (0,0). XOR is where both fire, and AND of the two says "
    "so. NAND and OR are the hidden layer, AND is the output layer.":
        "NAND는 (1,1)에서만 0이고 OR는 (0,0)에서만 0입니다. XOR가 1이어야 하는 입력은 바로 NAND와 OR가 모두 1인 "
        "입력이므로, 둘의 출력을 AND에 넣으면 XOR가 됩니다. NAND와 OR가 은닉층, AND가 출력층입니다.",
    "The same as matrices": "행렬로 쓰기",
    "A layer is a matrix: each column of W holds the weights of one neuron, and X W + b is the sum of "
    "every neuron for every example at once. Multi-layer networks are nothing more than this. After each "
    "name stands the array's shape:":
        "층 하나는 행렬 하나로 나타낼 수 있습니다. X의 각 행이 샘플 하나, W의 각 열이 뉴런 하나의 가중치이므로, X W + b를 "
        "계산하면 모든 샘플에 대한 모든 뉴런의 가중합이 한꺼번에 나옵니다. 다층 신경망은 이 계산을 층마다 되풀이한 것일 뿐입니다. "
        "step은 0보다 크면 1, 아니면 0을 내는 계단 함수입니다. 이름 뒤의 괄호는 배열의 형상입니다.",
    "XOR by a network of NAND, OR and AND": "NAND, OR, AND로 이루어진 신경망의 XOR 출력",
    "the truth table of XOR": "XOR의 진리표",
    "A network's trace says of every number what it was made of. For the second example, (0,1), NAND's sum "
    "and output, and then those of AND, which are the network's:":
        "forpass의 trace는 어느 숫자든 무엇으로 계산되었는지 보여 줍니다. 다음은 둘째 샘플 (0,1)에 대한 NAND의 가중합과 출력, "
        "그리고 AND의 가중합과 출력입니다. AND의 출력이 곧 신경망의 출력입니다.",
    "forpass refuses to train such a network by gradient: the step's derivative is 0 everywhere, so "
    "nothing says which way to go. How weights are learnt is the story of the lessons history and xor.":
        "forpass는 이런 신경망을 경사 하강법으로 학습시키라고 하면 거부합니다. 계단 함수의 미분값은 어디서나 0이라 가중치를 어느 "
        "쪽으로 움직여야 할지 알 수 없기 때문입니다. 가중치를 학습하는 방법은 history 레슨과 xor 레슨에서 다룹니다.",
}
# fmt: on
