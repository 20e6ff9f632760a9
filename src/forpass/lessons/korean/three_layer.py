"""The lesson three-layer in Korean."""

__all__ = ["WORDS"]

# fmt: off
WORDS = {
    "Arrays and shapes": "배열과 형상",
    "An array has axes. ndim counts them, shape says how long each is:":
        "배열에는 축이 있습니다. ndim은 축(차원)의 수이고, shape(형상)는 각 축의 길이입니다.",
    "a has {a} axis, B has {b}: 3 rows and 2 columns.": "a는 {a}차원이고, B는 {b}차원으로 3행 2열입니다.",
    "In the product A B every row of A meets every column of B, entry by entry. So a row of A must be as "
    "long as a column of B: the number of columns of A is the number of rows of B. (The tutorial says "
    "rows of A. The two shapes below show the difference.)":
        "행렬 곱 A B에서는 A의 행과 B의 열이 원소끼리 하나씩 짝을 이룹니다. 그러므로 A의 한 행과 B의 한 열은 길이가 같아야 "
        "합니다. 다시 말해 A의 열 수와 B의 행 수가 같아야 합니다. (튜토리얼에는 A의 행 수로 되어 있습니다. 아래 표의 두 경우를 "
        "보면 차이를 알 수 있습니다.)",
    "rows of A = rows of B": "A의 행 수 = B의 행 수",
    "columns of A = rows of B": "A의 열 수 = B의 행 수",
    "yes": "예",
    "no": "아니요",
    "refused": "계산 불가",
    "Two inputs and three neurons:": "입력 두 개와 뉴런 세 개의 예입니다.",
    "Three layers, number by number": "3층 신경망을 숫자 하나하나 따라가기",
    "The network 2 - 3 - 2 - 2 has these weights. Column j of W holds the weights of neuron j.":
        "입력 2개, 은닉층 뉴런 3개와 2개, 출력 2개인 신경망(2 - 3 - 2 - 2)의 가중치와 편향은 다음과 같습니다. W의 "
        "j번째 열이 j번째 뉴런의 가중치입니다.",
    "The sum of a layer is Z, its activation A; A is the input of the next layer:":
        "한 층의 가중합을 Z, 거기에 활성화 함수를 적용한 값을 A라고 씁니다. A는 다음 층의 입력이 됩니다.",
    "The output layer has the identity, as in a regression, whose outputs may be any number.":
        "출력층의 활성화 함수는 항등 함수입니다. 회귀처럼 출력이 어떤 수라도 될 수 있을 때 씁니다.",
    "(Careful with names: the tutorial calls the sum A and the activation Z. Here, as in most books and "
    "everywhere in forpass, it is the other way round.)":
        "(이름에 주의하세요. 튜토리얼에서는 가중합이 A, 활성화 함수를 거친 값이 Z입니다. 여기서는 많은 책과 forpass 전체에서 "
        "그렇듯이 그 반대입니다.)",
    "Many examples at once": "여러 샘플을 한꺼번에",
    "The same lines take many examples, a row for each. Only the first axis grows; the weights stay as "
    "they are. This is why a layer is written as a product of matrices and not as a loop over neurons.":
        "같은 코드에 샘플을 한 행에 하나씩 여러 개 넣어도 됩니다. 첫째 축만 길어지고 가중치는 그대로입니다. 층을 뉴런마다 "
        "도는 반복문이 아니라 행렬 곱으로 쓰는 까닭이 여기에 있습니다.",
    "array": "배열",
    "one example": "샘플 1개",
    "four examples": "샘플 4개",
    "In forpass": "forpass에서는",
    "A network's trace holds every intermediate of a pass, with its shape and formula; what is Y above is "
    "Z3 there. It begins:":
        "forpass의 trace에는 한 번의 순전파와 역전파에서 나오는 모든 중간값이 형상, 식과 함께 들어 있습니다. 위의 Y는 여기서 "
        "Z3입니다. 앞부분은 다음과 같습니다. the batch는 한꺼번에 넣은 샘플들을 가리킵니다.",
    "And it says of any number what it was made of:":
        "어느 숫자든 무엇으로 계산되었는지도 보여 줍니다.",
    "Z1": "Z1", "A1": "A1", "Z2": "Z2", "A2": "A2", "Z3": "Z3",
}
# fmt: on
