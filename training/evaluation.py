"""How good predicted probabilities are, in the field's usual figures, with counts as weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score


def evaluate(
    positive: NDArray[np.bool_], probability: NDArray[np.float64], counts: NDArray[np.int64]
) -> dict[str, float]:
    """Return the figures of a binary model on rows that stand for `counts` rows each.

    Args:
        positive: whether each row is of the positive class, shape (n,).
        probability: the predicted probability of the positive class, shape (n,).
        counts: how many rows each row stands for, shape (n,).
    """
    return {
        "log_loss": float(log_loss(positive, probability, sample_weight=counts, labels=[False, True])),
        "brier_score": float(brier_score_loss(positive, probability, sample_weight=counts)),
        "roc_auc": float(roc_auc_score(positive, probability, sample_weight=counts)),
        "average_precision": float(average_precision_score(positive, probability, sample_weight=counts)),
    }
