"""The lessons in Korean: a file for each, which holds one dict from English template to Korean.

The fields of both are the same; a test runs every lesson in Korean and misses nothing.
"""

from __future__ import annotations

import importlib

__all__ = ["LINES", "korean"]

# What every page says, and what the list of lessons says of each.
# fmt: off
PAGE = {
    "forpass computes the same: {what} (difference at most {gap:.1g}, allowed {allowed:.0e})":
        "forpass의 계산과 같습니다: {what} (차이는 최대 {gap:.1g}, 허용 오차 {allowed:.0e})",
    "its source: {source}": "소스 보기: {source}",
    "next: {following}": "다음 레슨: {following} --lang ko",
    "one of them: forpass lesson NAME": "레슨 실행: forpass lesson 이름 --lang ko",
}
LINES = {
    "a neuron with weights set by hand; XOR from three of them":
        "가중치를 손으로 정한 뉴런, 뉴런 세 개로 만드는 XOR",
    "step, sigmoid, ReLU, softmax: why they bend, where they overflow":
        "계단 함수, 시그모이드, ReLU, 소프트맥스: 비선형인 까닭과 오버플로",
    "shapes, and a forward pass through three layers, number by number":
        "배열의 형상, 3층 신경망의 순전파를 숫자 하나하나 따라가기",
    "perceptron, Adaline and logistic neuron; what each can learn":
        "퍼셉트론, 아달린, 로지스틱 뉴런: 각각 무엇을 배울 수 있는가",
    "the delta rule and momentum, pass by pass, until XOR is learnt":
        "델타 규칙과 모멘텀으로 XOR를 한 단계씩 배우기",
    "how gradients fade on their way down, and with which activation":
        "기울기 소실: 앞쪽 층으로 갈수록 작아지는 기울기와 활성화 함수",
    "layers with forward and backward; is the gradient right?":
        "forward와 backward가 있는 층 객체, 기울기가 맞는지 확인하기",
    "784 - 50 - 10 on 60,000 handwritten digits: 10,000 iterations":
        "손글씨 숫자 60,000장을 784 - 50 - 10 신경망으로 10,000번 반복 학습하기",
    "FCNeuron on 8 x 8 digits: cost curve, ten splits, scikit-learn":
        "8 x 8 숫자 이미지와 FCNeuron: 손실 곡선, 열 가지 분할, scikit-learn과 비교",
    "the age of a shellfish: regression by one layer, a small program":
        "전복의 나이 맞히기: 단층 신경망으로 하는 회귀와 작은 학습 프로그램",
    "rare stars: two classes, and why accuracy misleads":
        "펄서 찾기: 이진 분류, 정확도만 보면 왜 속는가",
    "faults of steel plates: three heads, and features in the millions":
        "강판 결함 분류: 세 가지 손실 함수와 천만이 넘는 특성값",
    "the tutorials' mistakes, each shown and caught by a check":
        "튜토리얼의 실수들: 하나씩 보여 주고 검사로 잡아내기",
}
# fmt: on

# What both languages write alike.
NAMES = ("XOR", "NAND", "OR", "AND", "ReLU", "tanh", "forpass", "NumPy", "scikit-learn")


def korean(module: str = "") -> dict[str, str]:
    """Return the words of a lesson, by the name of its module, with those of every page."""
    words = PAGE | LINES | {name: name for name in NAMES}
    if module:
        words |= importlib.import_module(f"forpass.lessons.korean.{module}").WORDS
    return words
