"""docs/costs.md computes right, and only with prices and numbers that it lists."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from infra.emulator import MEMORY_MB
from tests.apps import TYPICAL, mixed_model, send
from training import ROOT

TEXT = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")


def read_tables(title: str) -> list[list[str]]:
    """Return the cells of the rows in a section, without those of its tables' heads."""
    section = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:2] == "| "]
    return [row for row in rows if row[0] != "what"]


PRICES = {row[0]: row[1] for row in read_tables("Prices")}
COUNTS = {row[0]: row[1] for row in read_tables("What is counted")}
SUMS = read_tables("A million predictions") + read_tables("A month, whatever is asked")
OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def compute(arithmetic: str) -> Decimal:
    """Return the value of a row's arithmetic, whose numbers are read as they are written."""
    text = arithmetic.replace(",", "").replace("\N{MULTIPLICATION SIGN}", "*")

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Constant)
        return Decimal(ast.get_source_segment(text, node) or "")

    return value(ast.parse(text, mode="eval").body)


def test_tables_are_found() -> None:
    assert (len(PRICES), len(COUNTS), len(SUMS)) == (15, 16, 21)


@pytest.mark.parametrize("row", SUMS, ids=lambda row: row[0])
def test_result_is_that_of_its_arithmetic(row: list[str]) -> None:
    assert compute(row[1]).quantize(Decimal("0.001")) == Decimal(row[2])


@pytest.mark.parametrize("row", SUMS, ids=lambda row: row[0])
def test_every_number_is_a_price_a_count_or_a_result(row: list[str]) -> None:
    results = {each[2] for each in SUMS} if "+" in row[1] else set()
    numbers = set(re.findall(r"[\d.,]*\d", row[1]))
    assert numbers - {*PRICES.values(), *COUNTS.values(), *results, "0"} == set()


def test_sum_is_of_all_its_rows() -> None:
    at = next(at for at, row in enumerate(SUMS) if row[0] == "**all, by default**")
    assert SUMS[at][1].split(" + ") == [row[2] for row in SUMS[:at]]


def test_what_is_said_in_short_is_what_is_computed() -> None:
    found = {row[0]: Decimal(row[2]) for row in SUMS}
    whole, ours = re.findall(r"predictions a month cost about ([\d.]+); Lambda's own share of that, ([\d.]+),", TEXT)[0]
    assert found["**all, by default**"].quantize(Decimal("0.01")) == Decimal(whole)
    assert f"about {whole} dollars a million predictions" in (ROOT / "README.md").read_text(encoding="utf-8")
    lambdas = found["requests"] + found["duration, x86_64"] + found["starts"]
    assert lambdas.quantize(Decimal("0.01")) == Decimal(ours)


def test_memory_is_the_templates() -> None:
    assert COUNTS["MB, by default"] == f"{MEMORY_MB:,}"


def test_lines_of_the_log_are_no_longer_than_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside Lambda's own three lines of some 300 bytes, and 26 bytes that CloudWatch adds to each."""
    assert send(mixed_model(), "POST", "/predict", json=TYPICAL).status_code == 200
    line = capsys.readouterr().out.splitlines()[-1]
    size_bytes = len(line.encode()) + 300 + 4 * 26
    assert 0.5 * 1e9 * float(COUNTS["GB of log"]) / 1e6 < size_bytes <= 1e9 * float(COUNTS["GB of log"]) / 1e6
