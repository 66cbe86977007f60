"""The model: the contents of model.json, checked, with its scorer."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from predict.contributions import find_contributions
from predict.scorer import Scorer

if TYPE_CHECKING:
    from pickled import PickledScorer

FORMAT = 3
REPORT = "report.html"  # beside model.json
PICKLE = "model.joblib"  # beside it too, where bake = "image"

Row = Mapping[str, Any]


class ModelError(Exception):
    """model.json cannot be used; the message names the file and the cure."""


class PredictionError(ValueError):
    """The model has no finite answer to a row, as numbers far beyond those of training can make it."""


@dataclass(frozen=True)
class Model:
    """A baked model: the `document` of model.json and the scorer made of its estimator."""

    document: dict[str, Any]
    scorer: Scorer | PickledScorer

    def predict(self, row: Row) -> dict[str, Any]:
        """Return the answer of POST /predict for a row that keeps to the schema.

        Of classes that are equally likely the first is answered.

        Raises:
            PredictionError: there is no finite answer.
            LookupError, TypeError, ValueError: the document does not fit the scorer or the row.
        """
        return self._answer(self.scorer.predict(row))

    def predict_many(self, rows: Sequence[Row]) -> list[dict[str, Any] | PredictionError]:
        """Return for each row what `predict` does, or the error that it raises where there is no finite answer."""
        answers: list[dict[str, Any] | PredictionError] = []
        for scores in self._score_many(rows):
            try:
                answers.append(self._answer(scores))
            except PredictionError as error:
                answers.append(error)
        return answers

    def _answer(self, scores: list[float]) -> dict[str, Any]:
        baseline, version = self.document["baseline"], self.document["version"]
        if self.document["task"] == "regression":
            (value,) = _finite(scores)
            return {
                "value": value,
                "typical_error": baseline["typical_error"],
                "base_value": baseline["base_value"],
                "model_version": version,
            }
        labels = self.document["target"]["labels"]
        shares = _finite(scores)
        likeliest = shares.index(max(shares))
        shown = {"binary": 1, "multiclass": likeliest}[self.document["task"]]
        return {
            "label": labels[likeliest],
            "probability": shares[shown],
            "probabilities": dict(zip(labels, shares, strict=True)),
            "base_rate": baseline["class_rates"][shown],
            "model_version": version,
        }

    def explain(self, row: Row) -> dict[str, Any]:
        """Return how much each field moves a row's prediction away from the typical row's, without the model's version.

        What is explained is a regression's value, or the probability of the positive class or of the likeliest one.

        Raises:
            PredictionError: there is no finite answer.
        """
        typical = self.document["typical_row"]
        task = self.document["task"]
        scores = _finite(self.scorer.predict(row))
        shown = {"binary": 1, "multiclass": scores.index(max(scores)), "regression": 0}[task]
        ends = self.typical_scores[shown], scores[shown]
        contributions, is_exact = find_contributions(
            lambda rows: [_finite(scores)[shown] for scores in self._score_many(rows)], row, typical, ends
        )
        label = {} if task == "regression" else {"label": self.document["target"]["labels"][shown]}
        return {
            **label,
            "value": scores[shown],
            "reference": {"row": typical, "value": ends[0]},
            "contributions": contributions,
            "exact": is_exact,
        }

    def _score_many(self, rows: Sequence[Row]) -> list[list[float]]:
        if isinstance(self.scorer, Scorer):
            return [self.scorer.predict(row) for row in rows]
        return self.scorer.predict_many(rows)

    @cached_property
    def typical_scores(self) -> list[float]:
        """What the scorer says of the typical row."""
        return self.scorer.predict(self.document["typical_row"])

    @property
    def version(self) -> str:
        """The first 12 hex digits of the hash of the rest of the document."""
        return str(self.document["version"])

    @property
    def card(self) -> dict[str, Any]:
        """What /model serves: all that a reader wants to know, without the fitted numbers and the schema."""
        return {key: value for key, value in self.document.items() if key not in ("estimator", "schema")}


# What may be raised of a document that is not of the form that training bakes.
UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
CURE = "run `make train` to bake it, or point MODEL_URI at another"


def load_model(path: Path) -> Model:
    """Read, check and prepare a model.json.

    Raises:
        ModelError: the file is missing or not as it was baked.
    """
    try:
        contents = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"there is no model at {path}; {CURE}") from None
    except OSError as error:
        raise ModelError(f"the model {path} cannot be read ({error}); {CURE}") from None
    return parse_model(contents, str(path), path.with_name(PICKLE))


def parse_model(contents: bytes, place: str, pickle: Path | None = None) -> Model:
    """Check and prepare the contents of a model.json, found at `place`, whose pickle lies at `pickle` if it has one.

    Raises:
        ModelError: the contents are not as they were baked, or need a pickle where there can be none.
    """
    try:
        document = json.loads(contents, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the model {place} cannot be read ({error}); {CURE}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(f"{place} is not a model of format {FORMAT}; {CURE}")
    if document.get("version") != document_version(document):
        raise ModelError(f"the model {place} is damaged: its contents do not match its version; {CURE}")
    try:
        scorer = _load_pickle(document, place, pickle) if is_pickled(document) else Scorer(document["estimator"])
        model = Model(document, scorer)
        _check_served(model)
    except UNFIT as error:
        raise ModelError(f"the contents of {place} are not of format {FORMAT} ({error!r:.500}); {CURE}") from None
    return model


def _check_served(model: Model) -> None:
    """See that a model has what is served of it, and answers its own typical row; one of UNFIT is raised where not."""
    from predict.problems import RowError  # which needs this module itself
    from predict.row import RowValidator

    document = model.document
    for member in (document["name"], document["title"], document["target"]["name"]):
        if not isinstance(member, str):
            raise TypeError(f"{member!r} is no text")
    try:
        row = RowValidator(document["schema"]).check(document["typical_row"])
    except RowError as error:
        raise ValueError(error.detail) from None
    model.predict(row)


def _load_pickle(document: dict[str, Any], place: str, pickle: Path | None) -> PickledScorer:
    """Return the scorer of the pickled pipeline at `pickle`.

    Raises:
        ModelError: this is not the image that can read it, or the pickle is not the one that was baked.
    """
    if pickle is None:
        raise ModelError(
            f"the model {place} is a pickle: whoever can write there could run code here; `python -m training fetch` "
            "it and build its image, as docs/image.md has it"
        )
    try:
        from pickled import PickledScorer  # which a package for Lambda does not hold
    except ModuleNotFoundError:
        raise ModelError(
            f"the model {place} is a pickle, which only its own image can score; build that as docs/image.md has it"
        ) from None
    return PickledScorer.load(document, pickle)


def is_pickled(document: dict[str, Any]) -> bool:
    """Whether the estimator of a model.json is a pickle beside it."""
    return bool(document["estimator"]["model"]["type"] == "pickle")


def _finite(scores: list[float]) -> list[float]:
    if not math.isfinite(sum(scores)):
        raise PredictionError("the model has no finite answer to this row")
    return scores


def _refuse_constant(name: str) -> float:
    raise ValueError(f"it holds {name}, which is no number")


def document_version(document: dict[str, Any]) -> str:
    """Return the first 12 hex digits of the sha256 of `document` without its `version`, as sorted compact JSON."""
    rest = {key: value for key, value in document.items() if key != "version"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:12]
