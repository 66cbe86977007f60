"""The model card has a head that machines read, figures as people read them, and the intent as it was written."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
import yaml

from tests.documents import HOSTILE, make_document, make_mixed_document
from training import ROOT
from training.intent import INTENT
from training.reporting.card import escape_markdown, render_card
from training.reporting.digits import DASH
from training.reporting.glossary import TERMS
from training.reporting.view import ASSUMPTIONS

TASKS = ("binary", "multiclass", "regression")
WRITTEN = "## Intended use\n\n*Nothing* <b>here</b> is | escaped.\n\n## Limits\n\n- Many\n"


def head_and_body(card: str) -> tuple[dict[str, Any], str]:
    start, head, body = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(head), body


def rows_of(body: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its own heading."""
    lines = body[body.index(f"\n{heading}\n") :].splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    assert len({len(row) for row in table}) == 1
    return table[2:]


@pytest.mark.parametrize("task", TASKS)
def test_head_is_yaml_with_the_held_out_figures(task: str) -> None:
    document = make_document(task)
    head, _body = head_and_body(render_card(document, WRITTEN))
    kind = "tabular-regression" if task == "regression" else "tabular-classification"
    figures = document["metrics"]["held_out"]["model"]
    metrics = head["model-index"][0]["results"][0].pop("metrics")
    assert {metric["type"]: metric["value"] for metric in metrics} == {
        name: pytest.approx(found["value"], rel=1e-5) for name, found in figures.items()
    }
    assert {metric["type"]: metric["name"] for metric in metrics} == {name: TERMS[name].name for name in figures}
    assert head == {
        "library_name": "sklearn",
        "pipeline_tag": kind,
        "tags": ["sklearn", "tabular", kind],
        "metrics": [name for name in TERMS if name in figures],
        "model-index": [
            {
                "name": document["name"],
                "results": [
                    {
                        "task": {"type": kind, "name": document["title"]},
                        "dataset": {
                            "type": "tabular",
                            "name": document["provenance"]["data"]["file"],
                            "split": "held-out",
                            "revision": document["provenance"]["data"]["content_sha256"],
                        },
                    }
                ],
            }
        ],
    }


def test_figure_without_value_is_left_out_of_the_head_and_a_dash_below() -> None:
    document = make_document("binary")
    document["metrics"]["held_out"]["model"]["roc_auc"] = {"value": None, "low": None, "high": None}
    head, body = head_and_body(render_card(document, WRITTEN))
    metrics = head["model-index"][0]["results"][0]["metrics"]
    assert [metric["type"] for metric in metrics] == [name for name in head["metrics"] if name != "roc_auc"]
    assert rows_of(body, "## Evaluation")[0][:3] == ["ROC AUC", "\N{EN DASH}", "0.500"]


@pytest.mark.parametrize("task", TASKS)
def test_sections_are_the_usual_ones_around_the_written_ones(task: str) -> None:
    _head, body = head_and_body(render_card(make_document(task), WRITTEN))
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == [
        "Model details",
        "Intended use",
        "Limits",
        "Training data",
        "Training procedure",
        "Evaluation",
        "Explanation",
        "How to get started",
        "Technical specifications",
        "Reproducibility",
    ]
    assert "make record" in body[: body.index("## Model details")]
    assert ("### By threshold" in body) == (task == "binary")


def test_figures_stand_with_their_intervals() -> None:
    document = make_document("binary")
    metrics, chance = document["metrics"], document["metrics"]["held_out"]["error_if_calibrated"]
    _head, body = head_and_body(render_card(document, WRITTEN))
    auc, skill = (metrics["held_out"]["model"][name] for name in ("roc_auc", "log_loss_skill"))
    rows = {row[0]: row[1:] for row in rows_of(body, "## Evaluation")}
    assert list(rows) == [TERMS[name].name for name in TERMS if name in metrics["held_out"]["model"]]
    assert rows["ROC AUC"][0] == f"{auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})"
    assert rows["Log loss skill"][:2] == [f"{skill['value']:.1%} ({skill['low']:.1%} to {skill['high']:.1%})", "0.0%"]
    error = metrics["held_out"]["model"]["expected_calibration_error"]["value"]
    assert rows["Expected calibration error"][0] == (
        f"{error:.4f}; if perfectly calibrated {chance['mean']:.4f} on average, at most {chance['high']:.4f}"
    )
    slices = rows_of(body, "### By slice")
    assert [row[4:6] for row in slices] == [
        [f"{entry['flagged']:.1%}", f"{entry['recall']:.1%}"] for entry in metrics["slices"]
    ]
    assert [(row[1], row[0].endswith(r" \*")) for row in slices] == [
        (str(entry["rows"]), entry["small"]) for entry in metrics["slices"]
    ]
    assert len(rows_of(body, "### By threshold")) == len(metrics["thresholds"])
    assert [row[0].endswith("**(chosen)**") for row in rows_of(body, "## Training procedure")] == [True, False]
    for sentence in metrics["verdict"]:
        assert f"- {escape_markdown(sentence)}\n" in body


@pytest.mark.parametrize("task", TASKS)
def test_markup_in_names_is_escaped(task: str) -> None:
    _head, body = head_and_body(render_card(make_document(task), ""))
    assert "<script" not in re.sub(r"\\<", "", body.partition("```sh")[0])
    assert body.count(escape_markdown(HOSTILE)) >= 5  # title, caveat, notice, column, slices
    assert escape_markdown("a|b\n# *c* &lt;") == r"a\|b \# \*c\* \&lt;"


@pytest.mark.parametrize("title", ["\x7f\x85\u2028\ufeff", 'é "😀" \\ 中', "a: b # c\n- d"])
def test_head_can_be_read_whatever_the_title(title: str) -> None:
    head, _body = head_and_body(render_card({**make_document("binary"), "title": title}, WRITTEN))
    assert head["model-index"][0]["results"][0]["task"]["name"] == title


@pytest.mark.parametrize("task", TASKS)
def test_what_no_figure_can_show_is_said(task: str) -> None:
    _head, body = head_and_body(render_card(make_document(task), WRITTEN))
    for sentence in ASSUMPTIONS:
        assert f"\n- {sentence}\n" in body


def test_sensitive_column_that_is_no_feature_is_told() -> None:
    _head, body = head_and_body(render_card(make_document("binary"), WRITTEN))
    assert "Kept out of the model, which is only judged by it: Place \\& more.\n" in body
    assert "not judged at all: Place \\& more, Nowhere.\n" in body
    assert [row[0] for row in rows_of(body, "## Training data")] == [
        "Number (km) (sensitive)",
        f"{escape_markdown(f'Group {HOSTILE}')} (sensitive)",
        "Gap",
    ]
    named = [row[0] for row in rows_of(body, "### By slice") if "Place" in row[0]]
    assert [name.startswith("Place \\& more (not used by the model): ") for name in named] == [True, True]


def test_columns_are_listed_with_kind_gaps_and_values() -> None:
    _head, body = head_and_body(render_card(make_mixed_document("binary"), WRITTEN))
    *rows, city = rows_of(body, "## Training data")
    assert rows == [
        ["Weight", "number", DASH, "from 39.10 to 98.00"],
        ["Member (sensitive)", "yes or no", DASH, "No; Yes"],
        ["Start \\& more (sensitive)", "date", "5.0%", "from 2019-01-31 to 2024-07-22"],
        ["Visits (sensitive)", "whole number", "10.0%", "from 0 to 11"],
        ["Size (sensitive)", "category, in this order", DASH, "small; medium; large"],
    ]
    assert city[:3] == [escape_markdown(f"City {HOSTILE}"), "category", DASH]
    choices = city[3].split("; ")
    assert len(choices) == 14
    assert choices[0] == escape_markdown(f"City 1 {HOSTILE}")
    assert choices[12:] == ["38 more", "any other"]


def test_share_of_few_gaps_is_not_rounded_to_none() -> None:
    document = make_document("binary")
    document["metrics"]["missing"]["gap"] = 0.0001
    _head, body = head_and_body(render_card(document, WRITTEN))
    assert rows_of(body, "## Training data")[2][:3] == ["Gap", "category", "under 0.1%"]


def test_rare_class_has_its_rates_explained() -> None:
    document = make_mixed_document("binary")
    sentence = (
        f"Of the rows for fitting, {document['baseline']['class_rates'][1]:.1%} are “{escape_markdown(f'Yes {HOSTILE}')}”, "
        "the rarest class. Nothing is resampled: probabilities are for the table's own rates."
    )
    assert f"\n\n{sentence}\n\n|" in render_card(document, WRITTEN)
    document["baseline"]["class_rates"] = [0.9, 0.1]
    assert "resampled" not in render_card(document, WRITTEN)
    assert "resampled" not in render_card(make_document("regression"), WRITTEN)


def test_estimator_of_problem_toml_is_said_to_be_named() -> None:
    document = make_document("binary")
    assert "chosen from 2 candidates" in render_card(document, WRITTEN)
    document["metrics"]["chosen"]["stated"] = True
    card = render_card(document, WRITTEN)
    assert "- Type: logistic regression (C = 1.0), named in problem.toml\n" in card
    assert "problem.toml names the estimator. It was compared with always answering the base rate by log loss" in card
    assert "was chosen" not in card


def test_pickled_model_is_said_to_be_served_with_scikit_learn() -> None:
    document = make_document("binary")
    assert "served from model.json without it\n" in render_card(document, WRITTEN)
    document["estimator"] = {"name": "SVC", "inputs": [], "model": {"type": "pickle"}}
    assert "served with it, in an image\n" in render_card(document, WRITTEN)


def test_of_many_columns_the_most_important_are_listed() -> None:
    document = make_document("binary")
    assert len(rows_of(render_card(document, WRITTEN), "## Explanation")) == 3
    assert "most important" not in render_card(document, WRITTEN)
    (entry, *_rest) = document["metrics"]["importance"]
    document["metrics"]["importance"] = [{**entry, "increase": (30 - at) / 100} for at in range(30)]
    _head, body = head_and_body(render_card(document, WRITTEN))
    rows = rows_of(body, "## Explanation")
    assert [row[1] for row in rows] == [f"{(30 - at) / 100:.2f}" for at in range(20)]
    assert "these are the 20 most important; of the others, none adds more than 0.10.\n" in body


@pytest.mark.example
def test_licence_is_what_the_written_part_says() -> None:
    _head, body = head_and_body(render_card(make_document("binary"), WRITTEN))
    assert not re.search("licen[cs]e", body, re.IGNORECASE)
    assert "MIT" in (ROOT / INTENT).read_text(encoding="utf-8")


def test_command_asks_for_the_typical_row() -> None:
    document = make_document("binary")
    (line,) = (line for line in render_card(document, WRITTEN).splitlines() if line.startswith("curl "))
    words = shlex.split(line)
    assert words[3:7] == ["http://127.0.0.1:8080/predict", "-H", "Content-Type: application/json", "-d"]
    assert json.loads(words[7]) == document["typical_row"]


def test_written_part_stands_as_it_is() -> None:
    assert WRITTEN in render_card(make_document("binary"), WRITTEN)


def test_same_document_gives_the_same_card() -> None:
    document = make_document("multiclass")
    assert render_card(document, WRITTEN) == render_card(make_document("multiclass"), WRITTEN)
    document["metrics"]["held_out"]["model"]["accuracy"]["value"] /= 2
    assert render_card(document, WRITTEN) != render_card(make_document("multiclass"), WRITTEN)


@pytest.mark.example
def test_intended_use_of_the_example_has_its_parts() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / INTENT).read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Intended use", "Out of scope", "Limits", "Ethical considerations", "Licence"]
