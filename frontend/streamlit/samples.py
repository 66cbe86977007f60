"""The samples: requests for the current row to paste into a terminal, Python or a browser's console."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from words import literal


def show_samples(url: str, row: Mapping[str, Any]) -> None:
    """Show how to ask the function for the current row; each sample can be copied."""
    st.header("Use this API", anchor=False)
    st.markdown("Requests for the row on the first tab, as it was last predicted.")
    for name, source in samples(f"{url}/predict", row).items():
        st.subheader(name, anchor=False)
        st.code(source, language=None, wrap_lines=True)  # its colours for languages are too pale to read
    st.subheader("More", anchor=False)
    st.markdown("The function documents itself: what a row may hold, many rows at once, and what each field does.")
    with st.container(horizontal=True):
        for label, path in {"API documentation": "docs", "Schema": "schema", "Model": "model"}.items():
            st.link_button(label, f"{url}/{path}")
    st.caption(f"The function is at {literal(url)}")


def samples(url: str, row: Mapping[str, Any]) -> dict[str, str]:
    """Return requests that post `row` to `url` and print the answer: name -> source."""
    text = json.dumps(row, ensure_ascii=False)
    curl = f"curl {shlex.quote(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(text)}"
    python = f"""import json
import urllib.request

row = {dict(row)!r}
request = urllib.request.Request(
    {url!r}, json.dumps(row).encode(), {{"Content-Type": "application/json"}}
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))"""
    body = json.dumps(row, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    body = re.sub(r'(?<!\\)"__proto__":', '["__proto__"]:', body)  # a plain one would make no field
    script = f"""const response = await fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({body}),
}});
console.log(await response.json());"""
    return {"curl": curl, "Python": python, "JavaScript": script}
