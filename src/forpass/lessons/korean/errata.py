"""The lesson errata in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "1. A misspelt name": "1. 철자가 틀린 이름",
    "The Sigmoid layer keeps its output for backward, but under a misspelt name (here ouput instead of "
    "output). forward works, so predictions come out. The first training step fails, since backward "
    "multiplies by None:":
        "Sigmoid 층은 역전파에 쓰려고 출력을 저장하는데, 철자가 틀린 이름(여기서는 output이 아니라 ouput)으로 저장합니다. "
        "forward는 잘 돌아가므로 예측은 나옵니다. 하지만 backward에서 None을 곱하게 되므로 학습은 첫 번째 갱신에서 "
        "멈춥니다.",
    "Caught by any call of backward. A layer that nobody sends a gradient through is untested.":
        "backward를 한 번만 불러 보아도 잡힙니다. 기울기를 흘려보내지 않은 층은 확인하지 않은 층입니다.",
    "2. Somebody else's array": "2. 남의 배열",
    "ReLU's backward sets entries of dout to 0 and returns it. The value is right, but dout is the "
    "caller's, and whoever uses it again finds something else in it:":
        "ReLU의 backward는 넘겨받은 dout의 원소를 직접 0으로 바꾸어 돌려줍니다. 값은 맞지만 dout은 호출한 쪽의 "
        "배열이므로, 나중에 다시 쓰려고 하면 값이 바뀌어 있습니다. backward를 부르기 전(before)과 부른 뒤(after)의 "
        "dout은 다음과 같습니다.",
    "The gradient check is blind to it. A write-protected array is not:":
        "기울기 확인으로는 잡히지 않습니다. 쓰기를 금지한 배열을 넘기면 잡힙니다. posted는 튜토리얼의 코드, right는 올바른 "
        "코드입니다.",
    "3. A target that is none": "3. 잘못된 타깃",
    "For the steel plates the tutorial compares sigmoid(output) with sigmoid(label). The label itself is "
    "meant. As it stands, a true class aims at 0.73 and a false one at 0.5, and being surer costs. The cost "
    "of a true class (label 1) by its raw score z:":
        "강판 문제에서 튜토리얼은 sigmoid(출력)을 sigmoid(레이블)과 비교합니다. 레이블 자체와 비교해야 합니다. 이대로라면 "
        "정답 클래스의 타깃은 0.73, 나머지 클래스의 타깃은 0.5가 되고, 그보다 더 확신하면 오히려 손실이 늘어납니다. 정답 "
        "클래스(레이블 1)의 손실을 점수 z에 따라 계산하면 다음과 같습니다.",
    "cost": "손실",
    "right": "올바른 식",
    "posted": "튜토리얼의 식",
    "It is smallest at the output {true:.2f} for a true class and {false:.2f} for a false one. It goes "
    "unnoticed because the largest output is still at the right place. The gradient check need not find "
    "it: a gradient may well be the right one of a wrong cost. What finds it is a look at the cost alone, "
    "which must be smallest where the output is the label.":
        "튜토리얼의 손실은 정답 클래스의 출력이 {true:.2f}일 때, 나머지 클래스의 출력이 {false:.2f}일 때 가장 작습니다. "
        "그래도 출력이 가장 큰 자리는 정답과 같으므로 눈에 띄지 않습니다. 기울기 확인으로도 잡히지 않을 수 있습니다. 틀린 손실을 "
        "올바르게 미분한 기울기일 수도 있기 때문입니다. 이런 실수는 손실 함수만 따로 살펴보면 잡힙니다. 손실은 출력이 레이블과 같을 때 "
        "가장 작아야 합니다.",
    "4. The sign of momentum": "4. 모멘텀의 부호",
    "XOR's momentum line adds a part of the last gradient and subtracts the new one:":
        "XOR 프로그램의 모멘텀 식은 바로 앞의 기울기를 일부 더하고 새 기울기를 뺍니다. posted는 튜토리얼의 식, right는 "
        "올바른 식입니다.",
    "But what it calls gradient points downhill already. On the valley w^2 / 2, from w = 1, with rate 0.1, "
    "after 50 steps:":
        "그런데 튜토리얼에서 기울기라고 부르는 값은 이미 오차가 줄어드는 방향(downhill)입니다. w^2 / 2라는 골짜기의 w = "
        "1인 곳에서 출발해 학습률 0.1로 50걸음을 가면 다음과 같습니다. 골짜기의 바닥은 w = 0입니다.",
    "rule": "식",
    "w after one step": "한 걸음 뒤의 w",
    "w after 50": "50걸음 뒤의 w",
    "right, momentum 0.4": "올바른 식, 모멘텀 0.4",
    "right, momentum 0": "올바른 식, 모멘텀 0",
    "posted, momentum 0.4": "튜토리얼의 식, 모멘텀 0.4",
    "posted, momentum 0": "튜토리얼의 식, 모멘텀 0",
    "The posted line climbs, and is saved by the last gradient, which it adds with 0.4 while it subtracts "
    "0.1 of the new one: 0.3 downhill together, where the right line moves by 0.1 / (1 - 0.4) = 0.17. So "
    "it even arrives first. Without momentum nothing saves it. Caught by one small step: the error must "
    "not grow. The lesson xor shows the same on the network.":
        "튜토리얼의 식은 골짜기를 거슬러 올라갑니다. 다만 새 기울기를 0.1배 빼면서 바로 앞의 기울기를 0.4배 더하므로, 더하면 0.3배만큼 "
        "내려옵니다. 올바른 식이 내려오는 0.1 / (1 - 0.4) = 0.17배보다 커서 오히려 먼저 바닥에 닿습니다. 모멘텀이 없으면 내려오지 "
        "못합니다. 작은 걸음을 한 번 내디뎌 보면 잡힙니다. 오차가 늘면 안 되기 때문입니다. xor 레슨에서는 같은 일을 신경망에서 보여 "
        "줍니다.",
    "5, 6 and 7. Claims that trying out would have caught": "5, 6, 7. 해 보기만 해도 잡히는 것들",
    "5. The sigmoid's derivative is said to be below 0. From z = -10 to 10 it lies between {smallest:.5f} "
    "and {largest:.2f}: below 1 is meant, and never below 0.":
        "5. 시그모이드의 미분값이 0보다 작다고 되어 있습니다. z를 -10부터 10까지 바꾸며 계산해 보면 {smallest:.5f}와 "
        "{largest:.2f} 사이입니다. 1보다 작다는 뜻이고, 0보다 작아지는 일은 없습니다.",
    "6. Of the scores (1000, 500, 10) the last is said to become e^-900. 10 - 1000 is {exponent:.0f}. And "
    "two names have gone from the libraries: OneHotEncoder(n_values=10) ends with {encoder}, np.int with "
    "{integer}; today it is OneHotEncoder(categories=[range(10)]) or simply np.eye(10)[labels], and int.":
        "6. 점수 (1000, 500, 10)의 마지막 값이 e^-900이 된다고 되어 있지만, 10 - 1000은 "
        "{exponent:.0f}입니다. 또 두 이름은 이제 라이브러리에 없습니다. OneHotEncoder(n_values=10)을 쓰면 "
        "{encoder}, np.int를 쓰면 {integer}가 납니다. 지금은 "
        "OneHotEncoder(categories=[range(10)])이나 간단히 np.eye(10)[labels]를 쓰고, "
        "np.int 대신 int를 씁니다.",
    "7. For a product A B the rows of A are said to match the rows of B. (2, 3) by (2, 3) ends with "
    "{error}; (2, 3) by (3, 2) gives {shape}. Columns of A, rows of B.":
        "7. 행렬 곱 A B에서 A의 행 수와 B의 행 수가 같아야 한다고 되어 있습니다. A와 B의 형상이 모두 (2, 3)이면 "
        "{error}가 나고, A가 (2, 3), B가 (3, 2)이면 형상이 {shape}인 결과가 나옵니다. A의 열 수와 B의 행 "
        "수가 같아야 합니다.",
    "8. A constant in the logarithm": "8. 로그 안의 작은 상수",
    "ln(0) is minus infinity, so textbooks write -ln(p + 0.0000001), or clip p, and go on with the gradient "
    "p - t as if nothing had happened. At the raw scores (0, 30), the first class being true, its p is 1e-13. "
    "What backpropagation says of the two scores, and what the cost does:":
        "ln(0)은 음의 무한대이므로 교과서에서는 -ln(p + 0.0000001)로 쓰거나 p를 클리핑합니다. 그러면서 기울기는 아무 "
        "일도 없었다는 듯 p - t를 씁니다. 점수가 (0, 30)이고 첫째가 정답 클래스라면 정답 클래스의 p는 1e-13입니다. 두 "
        "점수에 대해 역전파가 내는 기울기(p - t)와, 손실을 실제로 재어 구한 기울기(수치 미분)는 다음과 같습니다.",
    "derivative": "기울기",
    "by score 1": "첫째 점수",
    "by score 2": "둘째 점수",
    "numerical, -ln(p + 0.0000001)": "수치 미분, -ln(p + 0.0000001)",
    "numerical, p clipped at 0.00001": "수치 미분, p를 0.00001로 클리핑",
    "numerical, from raw scores": "수치 미분, 점수에서 바로 계산",
    "With the constant, the cost hardly knows that it is wrong, just where it is most wrong; training goes "
    "well only because p - t is the gradient of another cost, the one without it. Caught by the numerical "
    "gradient, where somebody looks at so sure a mistake. From raw scores, ln sum exp(x) - x of the class, "
    "no constant is needed, and cost and gradient belong together.":
        "상수를 더하면 가장 크게 틀린 바로 그곳에서 손실이 거의 변하지 않습니다. 그런데도 학습이 되는 것은 학습에 쓰는 p - t가 이 "
        "손실이 아니라 상수를 더하지 않은 손실의 기울기이기 때문입니다. 이렇게 확신하면서 틀린 샘플에서 수치 미분을 해 보면 잡힙니다. "
        "손실을 점수에서 바로, 곧 ln(sum exp(x)) - (정답 클래스의 x)로 계산하면 상수가 필요 없고, 손실과 기울기가 서로 "
        "맞습니다.",
    "What caught what": "무엇으로 무엇을 잡았나",
    "check": "검사",
    "finds": "잡아낸 실수",
    "call backward at all": "backward를 한 번이라도 불러 보기",
    "write-protect what you hand over": "넘겨주는 배열에 쓰기를 금지하기",
    "the cost is smallest where the output is the label": "출력이 레이블과 같을 때 손실이 가장 작은지 보기",
    "one small step lowers the error": "작은 걸음 한 번에 오차가 줄어드는지 보기",
    "run what you claim": "주장을 코드로 돌려 보기",
    "numerical gradient, also far from the start": "초깃값에서 먼 곳에서도 수치 미분과 비교하기",
    "None of them needs to know what the network is for. forpass runs such checks on itself, and on your "
    "network: {command}.":
        "이 검사들은 신경망을 어디에 쓰는지 몰라도 할 수 있습니다. forpass는 이런 검사로 자신을 확인하고, 여러분의 신경망도 확인해 "
        "줍니다. 명령은 {command}입니다.",
    "In forpass": "forpass에서는",
    "w after 50 steps with momentum": "모멘텀으로 50걸음 간 뒤의 w",
    "squared error: at z = 1 a true class is still pushed up":
        "제곱 오차: z = 1에서도 정답 클래스의 출력을 더 높이려는 기울기",
    "gradient by the scores (0, 30)": "점수 (0, 30)에 대한 기울기",
    "And of that very network: {headline}.": "이 마지막 신경망을 gradient_check로 확인한 결과(영어)입니다: {headline}.",
}
# fmt: on
