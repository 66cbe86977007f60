"""The card: docs/model-card.md, whose numbers are generated and whose intent is written by hand."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from training.reporting.fields import view_fields
from training.reporting.view import Document, label_columns, make_environment, make_view

CARD = Path("docs/model-card.md")
MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$&])")


def render_card(document: Document, intent: str) -> str:
    """Return the model card of model.json's contents as Markdown with the YAML head that Hugging Face reads.

    Args:
        document: the contents of model.json.
        intent: what the model is for and its limits, in Markdown with headings of level 2; stands in the card as it is.
    """
    environment = make_environment(autoescape=False)
    environment.filters.update(md=escape_markdown, json=write_yaml)
    return environment.get_template("card.md.j2").render(
        make_view(document),
        pipeline="tabular-regression" if document["task"] == "regression" else "tabular-classification",
        intent=intent,
        fields=view_fields(document, label_columns(document)),
        example_row=shlex.quote(json.dumps(document["typical_row"], ensure_ascii=False)),
    )


def write_yaml(value: str | float) -> str:
    """Return a text or a number as YAML, of which JSON is a part; numbers to six digits, for the last ones vary."""
    text = json.dumps(float(f"{value:.6g}") if isinstance(value, float) else value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in text)


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))
