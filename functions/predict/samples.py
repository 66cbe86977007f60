"""The samples: requests to paste into a terminal, Python or a browser's console, for OpenAPI's `x-codeSamples`."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any


def code_samples(url: str, body: Any) -> list[dict[str, str]]:
    """Return requests that post `body` as JSON to `url` and print the answer: {lang, label, source} each."""
    text = json.dumps(body, ensure_ascii=False)
    lines = [
        f"curl --request POST {shlex.quote(url)}",
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(text)}",
    ]
    curl = " \\\n  ".join(lines)
    python = f"""import json
import urllib.request

body = {body!r}
request = urllib.request.Request(
    {url!r}, json.dumps(body).encode(), {{"Content-Type": "application/json"}}
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))"""
    script = f"""const response = await fetch({json.dumps(url)}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({_literal(body)}),
}});
console.log(await response.json());"""
    sources = {("Shell", "curl"): curl, ("Python", "Python"): python, ("JavaScript", "JavaScript"): script}
    return [{"lang": lang, "label": label, "source": source} for (lang, label), source in sources.items()]


def _literal(body: Any) -> str:
    """Return `body` in JavaScript, in which a plain `"__proto__":` would make no field."""
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return re.sub(r'(?<!\\)"__proto__":', '["__proto__"]:', text)
