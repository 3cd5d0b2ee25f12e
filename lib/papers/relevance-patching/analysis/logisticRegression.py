"""Coefficients of scikit-learn's logistic regression, to hold ours against: `logisticRegression.py [seed]` writes cases as JSON; see logisticRegression.test.ts.

It wants `scikit-learn` (1.9.1 for the committed numbers) in an environment outside of the project. `logisticRegression.json` is what seed 1 gives:

    python lib/papers/relevance-patching/analysis/logisticRegression.py 1 > lib/papers/relevance-patching/analysis/logisticRegression.json
"""

import json
import math
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

CASES = {
    "more rows than features": (40, 3),
    "more features than rows, separable": (12, 20),
    "labels that the features say nothing of": (30, 6),
}
STRENGTHS = [0.01, 1.0, 100.0]


def numbers(count, index):
    """Numbers in [-1, 1) that look random, another list for each index: the test's formula."""
    waves = [math.sin((i + 1) * 12.9898 + index * 78.233) * 43758.5453 for i in range(count)]
    return [2 * (wave - math.floor(wave)) - 1 for wave in waves]


def case(rows, features, index, seed, noise):
    x = np.array(numbers(rows * features, 10 * seed + index)).reshape(rows, features)
    noises = np.array(numbers(rows, 10 * seed + index + 5))
    labels = (noises if noise else x[:, 0] - 0.5 * x[:, 1] + 0.3 + 0.5 * noises) > 0
    fits = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x, labels)
        fits.append({"strength": strength, "weights": model.coef_[0].tolist(), "intercept": model.intercept_[0]})
    return {"rows": rows, "features": features, "index": 10 * seed + index, "labels": labels.tolist(), "fits": fits}


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    cases = {
        name: case(rows, features, index, seed, "nothing" in name)
        for index, (name, (rows, features)) in enumerate(CASES.items())
    }
    print(json.dumps(cases))


main()
