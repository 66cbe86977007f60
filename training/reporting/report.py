"""The report: all that model.json says of a model, as one page of HTML that needs nothing else."""

from __future__ import annotations

from training.reporting.view import TEMPLATES, Document, label_columns, make_environment, make_view, pick_classes


def render_report(document: Document) -> str:
    """Return the report of model.json's contents as HTML; the same contents give the same text.

    It loads nothing and runs no script. Plots are inline SVG.
    """
    from training.reporting import canvas, effect_plots, plots, slice_plots  # matplotlib takes half a second to import

    labels, binary = label_columns(document), document["task"] == "binary"
    drawn = {
        "roc": plots.draw_roc(document) if binary else None,
        "precision_recall": plots.draw_precision_recall(document) if binary else None,
        "calibration": plots.draw_calibration(document),
        "slices": slice_plots.draw_slices(document),
        "importance": effect_plots.draw_importance(document, labels),
        "dependence": effect_plots.draw_dependence(document, labels, pick_classes(document)),
    }
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    template = make_environment(autoescape=True).get_template("report.html.j2")
    return template.render(make_view(document), plots=drawn, dashes=canvas.DASHES, style=style)
