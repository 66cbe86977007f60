"""The glossary: what each figure is called, means and how it is read, with its source, for the report and the card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from training.reporting.digits import decimals_for, show_fixed, show_percent, show_value

DOI = "https://doi.org/"
SCIKIT_LEARN = "https://scikit-learn.org/stable/modules/"


@dataclass(frozen=True)
class Source:
    """Where a definition is from: authors and year, and the address to read it at."""

    name: str
    url: str


@dataclass(frozen=True)
class Term:
    """A figure: its name, its meaning in a sentence or two, what is good, its source and how it is written."""

    name: str
    meaning: str
    good: str
    source: Source
    form: Literal["fixed", "percent", "value"] = "fixed"
    decimals: int = 3

    def show(self, value: float | None) -> str:
        """Return a value of this figure as text; a dash where it has none."""
        if self.form == "percent":
            return show_percent(value)
        return show_value(value) if self.form == "value" else show_fixed(value, self.decimals)


@dataclass(frozen=True)
class Notion:
    """A word that the report uses and that is no figure: its meaning and its source."""

    name: str
    meaning: str
    source: Source


TERMS = {
    "roc_auc": Term(
        "ROC AUC",
        "The chance that, of a random pair of a positive and a negative row, the positive one has the higher "
        "prediction; ties count half. Of several classes, the mean over classes of each against the rest.",
        "0.5 is chance, 1 is best",
        Source("Hanley and McNeil 1982", DOI + "10.1148/radiology.143.1.7063747"),
    ),
    "log_loss": Term(
        "Log loss",
        "The mean of minus ln p, p being the probability given to what happened. A proper score: only the true "
        "probability minimises it.",
        "0 is best",
        Source("Good 1952", DOI + "10.1111/j.2517-6161.1952.tb00104.x"),
        decimals=4,
    ),
    "log_loss_skill": Term(
        "Log loss skill",
        "1 minus log loss / log loss of always answering the base rate of all training rows, in a slice too.",
        "0% is the base rate, 100% is best",
        Source("Gneiting and Raftery 2007", DOI + "10.1198/016214506000001437"),
        form="percent",
    ),
    "brier_score": Term(
        "Brier score",
        "The mean squared distance of the probability from what happened (1 or 0). Of several classes, its sum "
        "over classes.",
        "0 is best",
        Source("Brier 1950", DOI + "10.1175/1520-0493(1950)078%3C0001:VOFEIT%3E2.0.CO;2"),
        decimals=4,
    ),
    "brier_skill": Term(
        "Brier skill",
        "1 minus Brier score / Brier score of always answering the base rate of all training rows, in a slice too.",
        "0% is the base rate, 100% is best",
        Source("Gneiting and Raftery 2007", DOI + "10.1198/016214506000001437"),
        form="percent",
    ),
    "average_precision": Term(
        "Average precision",
        "The mean precision over falling thresholds, each weighted by the recall it adds: the area under the stepwise "
        "precision-recall curve.",
        "the base rate is chance, 1 is best",
        Source("scikit-learn, precision, recall and F-measures", SCIKIT_LEARN + "model_evaluation.html"),
    ),
    "calibration_slope": Term(
        "Calibration slope",
        "The slope of a logistic regression of the outcome on the predicted log-odds. Below 1 predictions are too "
        "extreme, above 1 too timid.",
        "1 is best",
        Source("Van Calster et al. 2019", DOI + "10.1186/s12916-019-1466-7"),
        decimals=2,
    ),
    "calibration_intercept": Term(
        "Calibration intercept",
        "The intercept of that regression with the slope held at 1, in log-odds. Above 0 predictions are too low "
        "overall, below 0 too high.",
        "0 is best",
        Source("Van Calster et al. 2019", DOI + "10.1186/s12916-019-1466-7"),
    ),
    "expected_calibration_error": Term(
        "Expected calibration error",
        "The mean over bins of rows of similar prediction of the distance between mean prediction and observed share. "
        "Noise only adds to it, the more so the fewer the rows, so that a bootstrap interval would mislead and perfect "
        "predictions have an error too: see “If perfectly calibrated”.",
        "0 is best",
        Source("Naeini et al. 2015", DOI + "10.1609/aaai.v29i1.9602"),
        decimals=4,
    ),
    "accuracy": Term(
        "Accuracy",
        "The share of rows whose likeliest class is the right one.",
        "100% is best",
        Source("scikit-learn, accuracy score", SCIKIT_LEARN + "model_evaluation.html#accuracy-score"),
        form="percent",
    ),
    "rmse": Term(
        "Root mean squared error",
        "The square root of the mean squared error, in units of the target; large errors weigh more.",
        "0 is best",
        Source("Willmott and Matsuura 2005", DOI + "10.3354/cr030079"),
        form="value",
    ),
    "mae": Term(
        "Mean absolute error",
        "How far off a prediction is on average, in units of the target.",
        "0 is best",
        Source("Willmott and Matsuura 2005", DOI + "10.3354/cr030079"),
        form="value",
    ),
    "r2": Term(
        "R²",
        "1 minus squared errors / squared distances from the mean of the same rows: the share of the variance "
        "explained.",
        "0 is the mean, 1 is best",
        Source("Kvålseth 1985", DOI + "10.1080/00031305.1985.10479448"),
    ),
    "bias": Term(
        "Bias",
        "The mean of prediction minus observed value, in units of the target.",
        "0 is best",
        Source("Willmott and Matsuura 2005", DOI + "10.3354/cr030079"),
        form="value",
    ),
}

INTERVAL = Notion(
    "95% interval",
    "Of a figure: from the 2.5th to the 97.5th percentile of the figure over bootstrap draws of the held-out "
    "rows. It holds the chance of which rows were held out, not that of which rows the model was fitted on. A "
    "figure that is the same in every draw has an interval of no width; that does not make it certain.",
    Source("Efron and Tibshirani 1993", DOI + "10.1201/9780429246593"),
)
WILSON = Notion(
    "Wilson interval",
    "The 95% interval of an observed share; unlike the textbook's it holds for small shares and few rows.",
    Source("Wilson 1927", DOI + "10.1080/01621459.1927.10502953"),
)
CONSISTENCY = Notion(
    "If perfectly calibrated",
    "What the expected calibration error would be by chance alone, were every prediction right: on average, and at "
    "most in 97.5% of draws of outcomes from the predictions.",
    Source("Bröcker and Smith 2007", DOI + "10.1175/WAF993.1"),
)
STANDARD_ERROR = Notion(
    "Standard error of the excess",
    "Of its mean over folds, corrected for the rows that folds share to fit on.",
    Source("Nadeau and Bengio 2003", DOI + "10.1023/A:1024068626366"),
)
ONE_STANDARD_ERROR = Notion(
    "One-standard-error rule",
    "Of all candidates whose excess over the least loss is at most one standard error of that excess, the simplest is "
    "chosen. The excess is taken fold by fold, since a fold that is hard for one is hard for all.",
    Source("Breiman et al. 1984", DOI + "10.1201/9781315139470"),
)
PRECISION = Notion(
    "Flagged, precision, recall, lift",
    "Calling every row positive from a threshold on flags a share of the rows. Precision is the share of "
    "positives among the flagged, recall the share of the positives that is flagged, lift precision / share of "
    "positives among all.",
    Source("Saito and Rehmsmeier 2015", DOI + "10.1371/journal.pone.0118432"),
)
IMPORTANCE = Notion(
    "Permutation importance",
    "How much the loss on held-out rows grows when one column is shuffled. Of columns that tell the same, each "
    "alone seems unimportant. Below 0 by chance.",
    Source("Breiman 2001", DOI + "10.1023/A:1010933404324"),
)
DEPENDENCE = Notion(
    "Partial dependence",
    "The mean prediction over the rows for fitting when one column is set to a value in all of them. It says what the "
    "model does, not what would happen in life.",
    Source("Friedman 2001", DOI + "10.1214/aos/1013203451"),
)


def terms_of(document: dict[str, Any]) -> dict[str, Term]:
    """Return the figures that the contents of a model.json have, those in units of the target with fitting decimals."""
    held_out = document["metrics"]["held_out"]
    decimals = decimals_for(held_out["baseline"].get("rmse") or 0.0, 4)
    return {
        name: replace(term, form="fixed", decimals=decimals) if term.form == "value" else term
        for name, term in TERMS.items()
        if name in held_out["model"]
    }


def notions_of(task: str) -> list[Notion]:
    """Return the words that the report of such a task uses."""
    shares = [] if task == "regression" else [CONSISTENCY, WILSON]
    thresholds = [PRECISION] if task == "binary" else []
    return [INTERVAL, *shares, STANDARD_ERROR, ONE_STANDARD_ERROR, *thresholds, IMPORTANCE, DEPENDENCE]
