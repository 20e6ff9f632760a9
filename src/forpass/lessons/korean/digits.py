"""The lesson digits in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The data": "데이터",
    "scikit-learn's digits: 1797 images of 8 x 8 pixels from 0 to 16, here divided by 16. A tenth is "
    "set apart for testing. The first image shows a {digit}:":
        "scikit-learn의 digits 데이터는 8 x 8 픽셀 이미지 1797장입니다. 픽셀값은 0부터 16까지인데, 여기서는 16으로 나누어 "
        "씁니다. 10분의 1은 테스트용으로 떼어 둡니다. 첫 이미지는 숫자 {digit}입니다.",
    "Ten outputs need ten targets: a label becomes a row with a 1 at its place. The labels 1, 6, 9:":
        "출력이 열 개이므로 타깃도 열 개가 필요합니다. 레이블은 해당하는 자리만 1이고 나머지는 0인 행으로 바꿉니다(원-핫 "
        "인코딩). 레이블 1, 6, 9는 다음과 같이 됩니다.",
    "The cost": "손실",
    "Cross-entropy looks at the share that the right class is given. For one example:":
        "교차 엔트로피는 정답 클래스에 준 확률만 봅니다. 샘플 하나로 계산해 봅니다. 튜토리얼에서는 이 손실을 비용(cost)이라고 부르고 "
        "J라고 씁니다.",
    "(The tutorial's p add up to 1.2, which shares cannot. The cost does not mind: it looks at the first "
    "alone.)":
        "(튜토리얼의 p는 합이 1.2라서 소프트맥스의 출력일 수 없습니다. 손실은 정답 클래스의 값만 보므로 그래도 계산할 수 있습니다.)",
    "Behind a softmax its derivative by the raw scores z is as short as it can be, p - y. For z = (0.5, "
    "-1, 2), each moved up and down by 0.0001, the cost says the same:":
        "p가 소프트맥스의 출력일 때 손실을 점수 z로 미분하면 아주 간단하게 p - y가 됩니다. z = (0.5, -1, 2)에서 z를 하나씩 "
        "0.0001만큼 늘리고 줄여 가며 손실을 재는 수치 미분(numerical)으로도 같은 값이 나옵니다.",
    "ln(0) is minus infinity, so the tutorial clips p to between 0.00001 and 0.99999. Where the clip "
    "takes hold, the cost stands still and p - y is no longer its derivative. forpass clips nothing: it "
    "finds the logarithm from the raw scores.":
        "ln(0)은 음의 무한대이므로 튜토리얼에서는 p를 0.00001과 0.99999 사이로 제한합니다(클리핑). 그러면 p가 이 범위를 "
        "벗어난 곳에서는 손실이 변하지 않으므로 p - y가 더는 손실의 미분이 아닙니다. forpass는 로그를 점수에서 바로 구하므로 "
        "클리핑할 필요가 없습니다.",
    "FCNeuron": "FCNeuron",
    "A layer of 100 neurons is one matrix with a column for each; no list of 100 objects is needed:":
        "뉴런 100개로 된 층은 뉴런마다 열이 하나씩 있는 행렬 하나입니다. 뉴런 객체를 100개 만들 필요가 없습니다.",
    "step": "단계",
    "shapes": "형상",
    "A1 = sigmoid(X W1 + b1)": "A1 = sigmoid(X W1 + b1)",
    "p = softmax(A1 W2 + b2)": "p = softmax(A1 W2 + b2)",
    "fit repeats forpass, backprop and update_grad, with all 1617 images each time. In NumPy the cost of "
    "the first {count} iterations is:":
        "fit은 메서드 forpass(순전파), backprop(역전파), update_grad(갱신)를 되풀이하며, 매번 이미지 "
        "1617장을 모두 씁니다(배치 경사 하강법). NumPy로 처음 {count}번 반복했을 때의 손실은 다음과 같습니다.",
    "iteration": "반복",
    "cost": "손실",
    "In forpass": "forpass에서는",
    "cost of every iteration": "반복마다 잰 손실",
    "weights and biases at the end": "마지막 가중치와 편향",
    "update_grad also knows L2: besides the step the weights, not the biases, lose (l2 / m) W. In "
    "forpass that is weight_decay = l2 / (m * learning rate), and 0 for biases. With l2 = 2 and "
    "50 iterations:":
        "update_grad에는 L2 규제도 들어 있습니다. 경사 하강과는 별도로 가중치에서 (l2 / m) W를 더 빼며, 편향은 그대로 "
        "둡니다. m은 이미지 수입니다. forpass에서는 weight_decay로 가중치에는 l2 / (m * 학습률)를, 편향에는 0을 "
        "주면 같습니다. l2를 2로 하고 50번 반복한 결과도 같습니다.",
    "It shortens W1 (the root of the sum of its squares) from {without:.3f} to {with_l2:.3f}.":
        "L2 규제 때문에 W1의 크기(노름, 제곱합의 제곱근)는 {without:.3f}에서 {with_l2:.3f}까지 줄어듭니다.",
    "Ten splits": "열 가지 분할",
    "The tutorial reports a test accuracy of 0.9444, that is 170 of 180 images. forpass does all "
    "{iterations} iterations, for ten ways to hold 180 images back:":
        "튜토리얼의 테스트 정확도는 0.9444, 곧 180장 가운데 170장입니다. 테스트용 180장을 떼어 두는 방법을 열 가지로 바꾸어 "
        "가며 forpass로 {iterations}번씩 학습합니다.",
    "split": "분할",
    "cost at the end": "마지막 손실",
    "test accuracy": "테스트 정확도",
    "On average {mean:.3f}, from {lowest:.3f} to {highest:.3f}. So 0.944 says less about the network "
    "than about the split, which was a lucky one: with 180 images, chance alone scatters such an accuracy by "
    "{scatter:.3f}. And the cost is still falling at the end.":
        "평균은 {mean:.3f}이고 {lowest:.3f}부터 {highest:.3f}까지 나옵니다. 그러니 0.944는 신경망이 "
        "좋아서라기보다 분할 운이 좋았던 결과입니다. 180장으로 재면 이런 정확도는 우연만으로도 표준편차 {scatter:.3f}만큼 "
        "흔들립니다. 게다가 손실은 마지막까지 계속 줄고 있으므로 아직 학습이 끝난 것도 아닙니다.",
    "scikit-learn beside it": "scikit-learn과 비교하기",
    "The tutorial compares with scikit-learn, 700 iterations of the same descent:":
        "튜토리얼에서는 scikit-learn과도 비교합니다. 같은 경사 하강법으로 700번 반복합니다.",
    "forpass has a class of that name that begins with the same weights. Of scikit-learn's run the first "
    "50 iterations are made here, of forpass's all:":
        "forpass에도 이름이 같은 클래스가 있고, 똑같은 초깃값에서 시작합니다. 여기서는 scikit-learn으로 처음 50번만, "
        "forpass로 700번 모두 학습합니다.",
    "scikit-learn's first 50 losses": "scikit-learn으로 구한 처음 50번의 손실",
    "loss at the end": "마지막 손실",
    "Split {luckiest} was FCNeuron's best. The tutorial has 0.9444 here, too; for that these settings need "
    "a still luckier split. FCNeuron's cost after 700 iterations is {cost:.4f} on split 0, so the two go "
    "about equally fast, and neither is near its end.":
        "{luckiest}번 분할은 FCNeuron의 정확도가 가장 높았던 분할입니다. 튜토리얼에서는 여기서도 0.9444가 나왔는데, 이 "
        "설정으로 그만큼 나오려면 분할 운이 더 좋아야 합니다. 0번 분할에서 700번 반복한 FCNeuron의 손실은 "
        "{cost:.4f}입니다. 둘은 학습 속도가 비슷하고, 어느 쪽도 아직 학습이 끝나지 않았습니다.",
    "Today one line does more, {command}: its optimiser fits the size of the steps, and images set apart "
    "for validation say when to stop.":
        "오늘날에는 {command} 한 줄로 더 나은 결과를 얻습니다. 옵티마이저가 갱신 폭을 스스로 조절하고, 검증용 이미지를 따로 두어 "
        "언제 멈출지 정합니다.",
}
# fmt: on
