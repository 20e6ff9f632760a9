"""The lesson mnist in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "The images": "이미지",
    "MNIST has 60,000 handwritten digits for training and 10,000 for testing, each of 28 x 28 pixels "
    "from 0 to 255, here divided by 255. For a network of this kind an image is a row of 784 numbers. "
    "The first shows a {digit}:":
        "MNIST는 손글씨 숫자 이미지 모음으로, 훈련용이 60,000장, 테스트용이 10,000장입니다. 이미지 한 장은 28 x 28 "
        "픽셀이고 픽셀값은 0부터 255까지인데, 여기서는 255로 나누어 씁니다. 이런 완전 연결 신경망에는 이미지 한 장을 수 784개로 "
        "된 행 하나로 넣습니다. 첫 이미지는 숫자 {digit}입니다.",
    "The network: TwoLayerNet(784, 50, 10)": "신경망: TwoLayerNet(784, 50, 10)",
    "block": "매개변수",
    "shape": "형상",
    "parameters": "개수",
    "{count:,} parameters. The weights begin as 0.01 times normal numbers, so all scores are near 0, all "
    "digits have the share 1/10, and the loss is near ln 10 = 2.3026: here {loss:.4f}.":
        "매개변수는 모두 {count:,}개입니다. 가중치의 초깃값은 정규 분포에서 뽑은 수에 0.01을 곱한 것이라 처음에는 점수가 모두 "
        "0에 가깝습니다. 그래서 숫자 열 개의 확률이 모두 1/10쯤이고, 손실은 2.3026(ln 10)에 가깝습니다. 실제로는 "
        "{loss:.4f}입니다.",
    "First the check. On three images, backpropagation and the numerical gradient (h = 0.0001) differ by "
    "so much; of W1 only the weights of 20 pixels are tried:":
        "학습하기 전에 기울기부터 확인합니다. 이미지 세 장에 대해 역전파로 구한 기울기와 수치 미분(h = 0.0001)으로 구한 기울기의 "
        "차이는 다음과 같습니다. W1에서는 픽셀 20개에 이어진 가중치만 확인했습니다.",
    "compared": "비교한 개수",
    "on average": "평균 차이",
    "at most": "최대 차이",
    "(The tutorial has up to 1e-07. A constant of 0.0000001 in the logarithm, as textbooks have it, "
    "makes the gap of b2 as large here: see the lesson errata, 8.)":
        "(튜토리얼에서는 차이가 1e-07까지 납니다. 교과서에서 흔히 하듯이 로그 안에 0.0000001을 더하면 여기서도 b2의 차이가 "
        "그만큼 커집니다. errata 레슨의 8번을 보세요.)",
    "The first 600 iterations": "처음 600번",
    "An iteration draws 100 images, takes their gradient, and moves every parameter by -0.1 times it. "
    "600 iterations draw as many images as there are: an epoch. NumPy's accuracy before and after them:":
        "한 번 반복할 때마다 이미지 100장을 무작위로 뽑아 기울기를 구하고, 모든 매개변수를 기울기의 -0.1배만큼 움직입니다(학습률 "
        "0.1). 600번이면 뽑은 이미지 수가 훈련 이미지 전체와 같아지므로 1 에포크입니다. NumPy로 600번 학습하기 전과 후의 "
        "정확도는 다음과 같습니다.",
    "iteration": "반복",
    "train": "훈련",
    "test": "테스트",
    "(Train is measured on the first 10,000 training images here, on all of them below.)":
        "(여기서 훈련 정확도는 처음 10,000장으로 잰 것입니다. 아래에서는 60,000장 전체로 잽니다.)",
    "10,000 iterations in forpass": "forpass로 10,000번",
    "forpass is given the same first weights and the same batches.":
        "forpass에 똑같은 초깃값과 똑같은 미니배치를 줍니다.",
    "all parameters after 600 iterations": "600번 학습한 뒤의 모든 매개변수",
    "Then all 10,000, in float32, with the accuracy on all images every 600; it took {seconds:.1f} s:":
        "이어서 10,000번 전체를 float32로 학습하면서 600번마다 모든 이미지로 정확도를 잽니다. {seconds:.1f}초 "
        "걸렸습니다.",
    "The tutorial ends at 0.97, and so does this. Train and test rise together and end {gap:.3f} apart: "
    "so small a network has hardly begun to learn its 60,000 images by heart.":
        "튜토리얼의 마지막 정확도는 0.97이고, 여기서도 같습니다. 훈련 정확도와 테스트 정확도는 나란히 올라가고 마지막 차이는 "
        "{gap:.3f}뿐입니다. 이렇게 작은 신경망은 이미지 60,000장을 거의 외우지 못하므로 과적합도 거의 일어나지 않았습니다.",
}
# fmt: on
