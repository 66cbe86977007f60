"""template.yaml with other defaults: linters leave out what its own turn off, so here it is turned on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from infra.package import ROOT

TEMPLATE = ROOT / "template.yaml"
OUT = ROOT / "build" / "template"
WATCHED = {"ModelName": "example", "Monitoring": "On", "AlarmEmail": "someone@example.com"}
VARIANTS = {
    "public": {**WATCHED, "Website": "Public", "HttpApi": "On", "AllowedOrigins": "https://example.com"},
    "signed": {"AuthType": "AWS_IAM"},
    "distributed": {
        **WATCHED,
        "Website": "CloudFront",
        "Canary": "Canary10Percent5Minutes",
        "SnapStart": "PublishedVersions",
        "ReservedConcurrency": "10",
    },
}


def with_defaults(text: str, defaults: Mapping[str, str]) -> str:
    """Return the template `text` with these parameters' defaults in place of its own.

    Raises:
        ValueError: it has no such parameter.
    """
    for name, value in defaults.items():
        text, count = re.subn(rf"(?m)(^  {name}:\n(?:    .*\n)*?    Default: ).*$", rf'\g<1>"{value}"', text)
        if count != 1:
            raise ValueError(f"template.yaml has {count} parameters {name} with a default, not one")
    return text


def main() -> None:
    """Write the variants, for the linters, into build/template."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, defaults in VARIANTS.items():
        text = with_defaults(TEMPLATE.read_text(encoding="utf-8"), defaults)
        (OUT / f"{name}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
