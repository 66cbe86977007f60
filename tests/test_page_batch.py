"""The view of many rows, in a real browser: a file is scored as the API scores it, and what is wrong with it is told."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, Page, Request, Route, expect

from predict.model import document_version
from tests.apps import LONG, MIXED, TYPICAL, mixed_model
from tests.axe import violations
from tests.conftest import serve
from tests.contract.rows import choices, missing_texts
from tests.pages import MARKUP, make_document, properties, serve_document

TASKS = ["binary", "multiclass", "regression"]
ADDED = {
    "binary": ["label", "probability", "base_rate"],
    "multiclass": ["label", "probability", "base_rate"],
    "regression": ["value", "typical_error", "base_value"],
    "mixed": ["value", "typical_error", "base_value"],
    "words for missing": ["value", "typical_error", "base_value"],
}
DROP = """([zone, files]) => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
    for (const type of ["dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
    }
}"""
BIRTHS = 320  # rows that differ
JSON_OF_CSV = {"Content-Type": "text/csv", "Accept": "application/json"}
SMALL_LIMITS = {"MAX_BATCH_ROWS": "700", "MAX_BODY_BYTES": "60000"}

Schema = dict[str, Any]
Cells = Sequence[Any]


@pytest.fixture(scope="module")
def schema(function_url: str) -> Schema:
    return dict(httpx.get(f"{function_url}/schema").json())


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of functions with small models whose names try to break a page, of each task and kind of field."""
    documents = {**{task: make_document(task) for task in TASKS}, "mixed": mixed_model().document}
    schema = {**documents["mixed"]["schema"], "x-missing": ["n/a", "-9"]}
    rest = {**documents["mixed"], "schema": schema}
    documents["words for missing"] = {**rest, "version": document_version(rest)}
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serve_document(document, tmp_path_factory.mktemp(name)))
            for name, document in documents.items()
        }


def open_batch(page: Page, url: str, *, is_alone: bool = True) -> Locator:
    """Open the view and return its panel; without the contents of model.json the page has to ask the function."""
    if not is_alone:
        page.route("**/model.json", lambda route: route.fulfill(status=413, json={"detail": "It is too large."}))
    page.goto(url)
    page.get_by_role("tab", name="Many rows").click()
    panel = page.get_by_role("tabpanel", name="Many rows")
    expect(panel).to_contain_text("does not leave your computer" if is_alone else "Scored by the function")
    return panel


def choose(page: Page, content: str | bytes, name: str = "rows.csv") -> None:
    body = content.encode() if isinstance(content, str) else content
    file = FilePayload(name=name, mimeType="text/csv", buffer=body)
    page.get_by_label("Choose a CSV file").set_input_files(file)


def expect_sum(page: Page, text: str) -> None:
    """Expect the sum of what was done, whatever time it took."""
    pattern = re.escape(text).replace("SECONDS", r"[\d.]+")
    expect(page.get_by_role("status").filter(has_text=re.compile("rows? in"))).to_have_text(
        re.compile(f"^{pattern}$"), timeout=30_000
    )


def save(page: Page, name: str = "rows-predictions.csv") -> bytes:
    """Return the bytes of the download."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download with predictions").click()
    assert download.value.suggested_filename == name
    return Path(download.value.path()).read_bytes()


def read(content: bytes, separator: str = ",") -> list[list[str]]:
    """Return the records of a CSV, the header first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator, strict=True))


def write(records: Sequence[Cells], separator: str = ",", line_end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=line_end).writerows(records)
    return text.getvalue()


def births(schema: Schema, count: int = BIRTHS) -> list[list[str]]:
    """Return a file of births: a header, and each possible row in turn."""
    values = [value["enum"] for value in schema["properties"].values()]
    rows = [list(row) for row in product(*values)]
    return [list(schema["properties"]), *(rows[at % len(rows)] for at in range(count))]


def every_row(schema: Schema) -> list[list[Any]]:
    """Return rows of each kind of cell that a schema allows, drawn with a fixed seed, and some that it does not."""
    properties = schema["properties"].values()
    generator = random.Random(0)
    good = [[generator.choice(choices(value)) for value in properties] for _ in range(40)]
    bad = [
        [cell if at != wrong else "no such, 1" for at, cell in enumerate(good[0])] for wrong in range(len(properties))
    ]
    texts = [*missing_texts(schema), "n/a", "-9.0", ""]
    missing = [
        [cell if at != place else text for at, cell in enumerate(good[0])]
        for text in texts
        for place in range(len(properties))
    ]
    return [*good, *bad, *missing, good[1][:-1], [*good[2], "too", "many"]]


def rows_of(records: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [dict(zip(records[0], cells, strict=True)) for cells in records[1:]]


@pytest.mark.parametrize("is_alone", [True, False], ids=["in the page", "by the function"])
@pytest.mark.parametrize("task", [*TASKS, "mixed", "words for missing", "births"])
def test_download_has_what_the_api_answers(
    page: Page, function_url: str, urls: dict[str, str], task: str, is_alone: bool
) -> None:
    url = function_url if task == "births" else urls[task]
    schema = httpx.get(f"{url}/schema").json()
    header, *rows = births(schema) if task == "births" else [list(schema["properties"]), *every_row(schema)]
    answer = httpx.post(f"{url}/predict/batch", content=write([header, *rows]), headers=JSON_OF_CSV)
    results = answer.json()["results"]
    open_batch(page, url, is_alone=is_alone)
    choose(page, write([header, *rows]))
    bad = sum("problem" in result for result in results)
    found = f"{len(rows) - bad} scored, {bad} with a problem" if bad else "all scored"
    expect_sum(page, f"{len(rows)} rows in SECONDS seconds, {found}.")
    downloaded = read(save(page))
    names = downloaded[0][len(header) :]
    assert downloaded[0][: len(header)] == header
    shares = [f"probabilities.{label}" for label in results[0].get("probabilities", ())]
    assert sorted(names) == sorted([*ADDED.get(task, ADDED["binary"]), *shares, "model_version", "problem"])
    assert len(downloaded) == len(rows) + 1
    for line, given, result in zip(downloaded[1:], rows, results, strict=True):
        assert line[: len(header)] == [str("" if cell is None else cell) for cell in [*given, None][: len(header)]]
        cells = dict(zip(names, line[len(header) :], strict=True))
        assert cells.pop("model_version") == answer.json()["model_version"]
        problem = cells.pop("problem")
        if "problem" in result:
            assert problem
            assert set(cells.values()) == {""}
        else:
            assert problem == ""
            assert cells.pop("label", None) == result.get("label")
            expected = {f"probabilities.{label}": share for label, share in result.get("probabilities", {}).items()}
            expected |= {name: result[name] for name in cells if name in result}
            assert {name: float(cell) for name, cell in cells.items()} == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_file_is_not_sent_anywhere_where_the_page_scores_it(page: Page, function_url: str, schema: Schema) -> None:
    open_batch(page, function_url)
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    choose(page, write(births(schema)))
    expect_sum(page, "320 rows in SECONDS seconds, all scored.")
    assert sent
    assert {(request.method, request.url.rpartition(".")[2], request.post_data) for request in sent} == {
        ("GET", "js", None)
    }


def test_example_file_can_be_scored(page: Page, function_url: str, schema: Schema) -> None:
    panel = open_batch(page, function_url)
    expect(panel.get_by_role("button").or_(panel.get_by_role("progressbar"))).to_have_count(1)  # the file's own
    needed = [f"{name}: " + ", ".join(f"“{each}”" for each in value["enum"]) for name, value in properties(schema)]
    expect(panel.get_by_role("listitem")).to_have_text(needed)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download an example file").click()
    assert download.value.suggested_filename == "preterm-birth-example.csv"
    records = read(Path(download.value.path()).read_bytes())
    expected = [value["x-example"] for value in schema["properties"].values()]
    assert records[:2] == [list(schema["properties"]), expected]
    assert rows_of(records)[1:] == [example["row"] for example in schema["x-examples"]]
    choose(page, write(records))
    expect_sum(page, f"{len(records) - 1} rows in SECONDS seconds, all scored.")


def test_words_for_missing_are_told_and_written(page: Page, urls: dict[str, str]) -> None:
    panel = open_batch(page, urls["words for missing"])
    expect(panel).to_contain_text("A cell is missing if it holds “n/a” or “-9”.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download an example file").click()
    (row,) = rows_of(records := read(Path(download.value.path()).read_bytes()))
    assert [name for name, cell in row.items() if cell == "n/a"] == [
        name for name, value in TYPICAL.items() if value is None
    ]
    assert "n/a" in row.values()
    choose(page, write(records))
    expect_sum(page, "1 row in SECONDS seconds, all scored.")
    (scored,) = rows_of(read(save(page)))
    answer = httpx.post(f"{urls['words for missing']}/predict", json=TYPICAL).json()
    assert float(scored["value"]) == answer["value"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_separators_line_ends_and_byte_order_marks_are_found(
    page: Page, function_url: str, schema: Schema, separator: str, line_end: str
) -> None:
    open_batch(page, function_url)
    records = births(schema, 12)
    lines = write(records, separator, line_end).split(line_end)
    text = line_end.join([lines[0], "", *lines[1:-1]])  # a blank line, and none at the end
    mark = b"\xef\xbb\xbf"
    choose(page, mark + text.encode())
    expect_sum(page, "12 rows in SECONDS seconds, all scored.")
    expect(page.get_by_role("region", name="The first rows").locator("tbody td").first).to_have_text("3")
    content = save(page)
    assert content.startswith(mark)
    assert [cells[:5] for cells in read(content, separator)] == records


def test_characters_and_quotes_survive_wherever_the_file_is_cut(page: Page, function_url: str, schema: Schema) -> None:
    generator = random.Random(0)
    notes = ["é€😀" * 3, 'say "no"', "two\r\nlines, and\nmore", "", "x"]
    header, *rows = births(schema, 20_000)
    records = [["nöte", *header], *([generator.choice(notes) * generator.randrange(1, 4), *row] for row in rows)]
    content = write(records)
    assert len(content.encode()) > 2**20
    open_batch(page, function_url)
    choose(page, content)
    expect_sum(page, "20,000 rows in SECONDS seconds, all scored.")
    expect(page.get_by_text("Not used, but kept in the download: nöte.")).to_be_visible()
    assert [cells[:6] for cells in read(save(page))] == records


def test_problems_are_told_with_the_line_that_the_row_begins_in(page: Page, function_url: str, schema: Schema) -> None:
    header, good = births(schema, 1)
    *_, care = schema["properties"].values()
    near = [*good[:-1], care["enum"][0].lower()]
    far = ["<b>35</b>", *good[1:]]
    records = [
        ["note", *header],
        ["a\nb\r\nc", *good],
        ["", *near],
        ["", *far],
        ["", *good[:-1], ""],
        ["x"],
        ["", *good, "7"],
    ]
    open_batch(page, function_url)
    choose(page, write(records, line_end="\n"))
    expect_sum(page, "6 rows in SECONDS seconds, 1 scored, 5 with a problem.")
    ages = ", ".join(f"“{age}”" for age in schema["properties"]["age_group"]["enum"])
    told = [
        f"“adequate_prenatal_care” is “{care['enum'][0].lower()}”. Did you mean “{care['enum'][0]}”?",
        f"“age_group” is “<b>35</b>”. Allowed: {ages}.",
        "“adequate_prenatal_care” is missing. Allowed: “Adequate”, “Inadequate”.",
        "The row has 1 cells, the first line has 6.",
        "The row has 7 cells, the first line has 6. Left out here: “7”.",
    ]
    expected = [f"Line {line}: {text}" for line, text in zip(range(5, 10), told, strict=True)]
    problems = page.get_by_role("heading", name="Problems").locator("xpath=..")
    expect(problems.get_by_role("listitem")).to_have_text(expected)
    assert [row["problem"] for row in rows_of(read(save(page)))] == ["", *told]


def test_numbers_are_read_strictly(page: Page, urls: dict[str, str]) -> None:
    cells = ["1e1", " 2.5 ", "+.5", "1,5", "0x10", "", "NaN", "1_0", "1e999"]
    row = ["", "x", "3"]
    open_batch(page, urls["regression"])
    choose(page, write([["10", "20", "a/b~c", "rooms"], *([cell, *row] for cell in cells)]))
    expect_sum(page, "9 rows in SECONDS seconds, 3 scored, 6 with a problem.")
    needed = "A number is needed."
    assert [each["problem"] for each in rows_of(read(save(page)))] == [
        *[""] * 3,
        "“10” is “1,5”. Write decimals with a point: 1.5",
        "“10” is “0x10”. Write decimals with a point, and no other sign: 1234.5",
        f"“10” is missing. {needed}",
        f"“10” is “NaN”. {needed}",
        "“10” is “1_0”. Write decimals with a point, and no other sign: 1234.5",
        "“10” is “1e999”. It is too large.",
    ]


def test_cells_of_each_kind_are_read_and_told(page: Page, urls: dict[str, str]) -> None:
    number, _, boolean, date, text, *_ = MIXED
    good = {"1st": "3.0", boolean: "YES", date: "5/1/2024 12:30", text: "Bergen", "2": "", "'": "2024-01-05T10:00Z"}
    meant = {"1st": 3, boolean: True, date: "2024-01-05", text: "Bergen", "2": None, "'": "2024-01-05"}
    wrong = {number: "2.5", boolean: "oui", date: "31/02/2024", text: "", "2": "1,5", "'": "31/12/2024"}
    usual = {**TYPICAL, "__proto__": "it's", boolean: "f", "2": 1}
    rows = [{**usual, **good}, *({**usual, name: cell} for name, cell in wrong.items())]
    panel = open_batch(page, urls["mixed"])
    escaped = re.sub(r"\s+", " ", text)
    expect(panel.get_by_role("listitem")).to_have_text(
        [
            "1st: a whole number, 0 to 120 in the data (can be left out)",
            "__proto__: “it's”, “b”, “é 🎈”",
            f"{boolean}: true or false, yes or no, 1 or 0 (can be left out)",
            f"{date}: a date, 2019-01-31 to 2024-12-01 in the data, written 2019-01-31 or 31/01/2019 (can be left out)",
            f"{escaped}: “x”, “y”, or any other text",
            "2: a number, 0.5 to 2.5 kg in the data (can be left out)",
            f"{LONG}: “low”, “high”",
            "': a date, 2020-02-29 to 2020-02-29 in the data, written 2020-02-29",
        ]
    )
    choose(page, write([list(MIXED), *([row[name] for name in MIXED] for row in rows)]))
    expect_sum(page, "7 rows in SECONDS seconds, 1 scored, 6 with a problem.")
    first, *others = rows_of(read(save(page)))
    answer = httpx.post(f"{urls['mixed']}/predict", json={**TYPICAL, **meant}).json()
    assert float(first["value"]) == answer["value"]
    assert [row["problem"] for row in others] == [
        "“1st” is “2.5”. A whole number is needed.",
        f"“{boolean}” is “oui”. Allowed: true or false, yes or no, 1 or 0.",
        f"“{date}” is “31/02/2024”. A date is written 2019-01-31 or 31/01/2019.",
        f"“{text}” is missing. A text is needed.",
        "“2” is “1,5”. Write decimals with a point: 1.5",
        "“'” is “31/12/2024”. Did you mean “2024-12-31”?",
    ]


def test_first_rows_and_problems_are_shown_and_the_rest_counted(page: Page, function_url: str, schema: Schema) -> None:
    header, *rows = births(schema, 3_000)
    open_batch(page, function_url)
    choose(page, write([header, *(["35", *row[1:]] if at % 2 else row for at, row in enumerate(rows))]))
    expect_sum(page, "3,000 rows in SECONDS seconds, 1,500 scored, 1,500 with a problem.")
    table = page.get_by_role("table", name="The first rows")
    expect(table.locator("tbody tr")).to_have_count(10)
    expect(table.locator("th")).to_have_text(["Line", "Probability of Pre-term", "Likelier class", *header])
    first = httpx.post(f"{function_url}/predict", json=dict(zip(header, rows[0], strict=True))).json()
    cells = table.locator("tbody tr").first.locator("td")
    expect(cells).to_have_text(["2", re.compile(r"^[\d.]+%$"), first["label"], *rows[0]])
    assert float(cells.nth(1).inner_text()[:-1]) == pytest.approx(first["probability"] * 100, rel=0.01)
    expect(table.locator("tbody tr").nth(1).locator("td").nth(1)).to_have_text("none, see above")
    expect(page.get_by_role("heading", name="Problems").locator("xpath=..").get_by_role("listitem")).to_have_count(20)
    expect(page.get_by_text("And 1,480 more, see the column “problem” of the download.")).to_be_visible()


@pytest.mark.parametrize(
    ("change", "items"),
    [
        (
            lambda names: ["Age Group", "note", *names[2:]],
            ["“age_group” is missing. Is it “Age Group”? Then rename that.", "“reported_race_ethnicity” is missing."],
        ),
        (lambda names: [*names, names[0], "x", "x"], ["“age_group” is there more than once."]),
        (
            lambda names: ["<i>25</i>", "b"],
            [f"“{name}” is missing." for name in ("age_group", "reported_race_ethnicity")],
        ),
    ],
    ids=["missing", "twice", "no header"],
)
def test_header_that_does_not_fit_is_told_whole(
    page: Page, function_url: str, schema: Schema, change: Any, items: list[str]
) -> None:
    header = change(list(schema["properties"]))
    open_batch(page, function_url)
    choose(page, write([header, header]))
    alert = page.get_by_role("alert").filter(has_text="Nothing is scored")
    expect(alert).to_contain_text("the first line has to name each column that is needed, once.")
    told = alert.get_by_role("listitem").all_inner_texts()
    assert told[0] == f"The first line is: {', '.join(header)}"
    assert told[1 : 1 + len(items)] == items
    expect(page.get_by_role("button", name="Download with predictions")).to_be_hidden()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty. Its first line has to name the columns."),
        (b"\r\n\r\n", "The file is empty."),
        (b"HEADER\n\n", "The file has no rows after its first line, which names the columns."),
        (b"PK\x03\x04....", "The file is an Excel workbook, or packed, and no CSV. Save it as “CSV UTF-8”"),
        (b"\xd0\xcf\x11\xe0....", "The file is an Excel workbook"),
        (b"%PDF-1.7", "The file is a PDF, and no CSV."),
        (b"\x1f\x8b\x08", "The file is an Excel workbook, or packed"),
        ("a,b\n1,2".encode("utf-16"), "The file is text in UTF-16, and no CSV."),
        ("a,b\n1,2".encode("utf-16-le"), "The file is text in UTF-16"),
        ("größe,b\n1,2".encode("latin-1"), "The file is not in UTF-8 from line 1 on. Save it as “CSV UTF-8”"),
        (b'HEADER\n"a', "The file cannot be read from line 2 on: a quote is never closed."),
        (b'HEADER\n"' + b"a" * 1_100_000, "from line 2 on: a quote is not closed in a million characters."),
    ],
    ids=lambda value: None if isinstance(value, str) else repr(value[:9]),
)
def test_what_is_no_csv_is_told_with_the_cure(
    page: Page, function_url: str, schema: Schema, content: bytes, message: str
) -> None:
    open_batch(page, function_url)
    choose(page, content.replace(b"HEADER", ",".join(schema["properties"]).encode()))
    expect(page.get_by_role("alert").filter(has_text="The file")).to_contain_text(message)
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.get_by_role("button", name="Download with predictions")).to_be_hidden()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (b'1,"2\n', "The file cannot be read from line 3002 on: a quote is never closed."),
        (b'1,"2"3\n', "The file cannot be read from line 3002 on: a quote is closed before its cell ends."),
        (b"gr\xf6\xdfe\n", "The file is not in UTF-8 from line 3002 on."),
    ],
    ids=["open quote", "early quote", "Latin-1"],
)
def test_rows_before_a_fault_are_scored(
    page: Page, function_url: str, schema: Schema, fault: bytes, message: str
) -> None:
    records = births(schema, 3_000)
    open_batch(page, function_url)
    choose(page, write(records).encode() + fault)
    expect(page.get_by_role("alert").filter(has_text="The file")).to_contain_text(message)
    expect_sum(page, "Stopped: 3,000 rows in SECONDS seconds, all scored.")
    assert [cells[:5] for cells in read(save(page))] == records


def test_cancelled_file_can_be_downloaded_so_far_and_another_replaces_it(
    page: Page, function_url: str, schema: Schema, tmp_path: Path
) -> None:
    records = births(schema, 300_000)
    path = tmp_path / "big.csv"
    path.write_text(write(records), newline="")
    open_batch(page, function_url)
    page.get_by_label("Choose a CSV file").set_input_files(path)
    progress = page.get_by_role("progressbar", name="Share of the file that is scored")
    expect(progress).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+,000 rows, [1-9]\d? % of the file$"))).to_be_visible()
    assert 0 < float(progress.evaluate("(bar) => bar.value")) < 1
    page.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")
    expect(progress).to_be_hidden()
    told = page.get_by_role("status").filter(has_text=re.compile("rows? in"))
    expect(told).to_have_text(re.compile(r"^Stopped: [\d,]+ rows in [\d.]+ seconds, all scored\.$"))
    expect(told).to_be_focused()
    count = int(told.inner_text().split()[1].replace(",", ""))
    assert 0 < count < 300_000
    assert [cells[:5] for cells in read(save(page, "big-predictions.csv"))] == records[: count + 1]
    choose(page, write(records[:3]), "small.tsv")
    expect_sum(page, "2 rows in SECONDS seconds, all scored.")
    assert [cells[:5] for cells in read(save(page, "small-predictions.csv"))] == records[:3]


def test_file_can_be_dropped_one_at_a_time(page: Page, function_url: str, schema: Schema) -> None:
    panel = open_batch(page, function_url)
    zone = panel.locator(".drop")
    text = write(births(schema, 5))
    page.evaluate(DROP, [zone.element_handle(), [["a.csv", text], ["b.csv", text]]])
    expect(page.get_by_role("alert").filter(has_text="These are 2 files.")).to_be_visible()
    page.evaluate(DROP, [page.locator("footer").element_handle(), [["a.csv", text]]])
    expect_sum(page, "5 rows in SECONDS seconds, all scored.")
    expect(page.get_by_role("alert").filter(has_text="These are")).to_have_count(0)
    page.get_by_role("tab", name="One row").click()
    page.evaluate(DROP, [page.locator("footer").element_handle(), [["b.csv", "nonsense"]]])
    page.get_by_role("tab", name="Many rows").click()
    expect_sum(page, "5 rows in SECONDS seconds, all scored.")


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (lambda route: route.abort(), "The function cannot be reached."),
        (lambda route: route.fulfill(status=429), "The function is busy."),
        (lambda route: route.fulfill(status=500, json={"detail": "<i>It</i> broke."}), "It says: <i>It</i> broke."),
        (lambda route: route.fulfill(body="<html>hotel login</html>"), "Something other than the function answered."),
    ],
    ids=["unreachable", "throttled", "failure", "portal"],
)
def test_failure_of_the_api_pauses_and_nothing_is_lost(
    page: Page, function_url: str, schema: Schema, respond: Any, message: str
) -> None:
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        respond(route) if len(asked) == 3 else route.continue_()

    open_batch(page, function_url, is_alone=False)
    page.route("**/predict/batch", answer)
    records = births(schema, 9_000)
    choose(page, write(records))
    expect(page.get_by_role("alert").filter(has_text=message)).to_be_visible()
    expect_sum(page, "So far: 4,000 rows in SECONDS seconds, all scored.")
    assert [cells[:5] for cells in read(save(page))] == records[:4_001]
    page.get_by_role("button", name="Go on").press("Enter")
    expect_sum(page, "9,000 rows in SECONDS seconds, all scored.")
    expect(page.get_by_role("status").filter(has_text=re.compile("rows? in"))).to_be_focused()
    expect(page.get_by_role("alert").filter(has_text=message)).to_have_count(0)
    assert [cells[:5] for cells in read(save(page))] == records
    assert len(asked) == 6


def test_requests_keep_to_the_limits_of_the_function(
    page: Page, trained: Any, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SMALL_LIMITS.items():
        monkeypatch.setenv(name, value)
    with serve(trained.path) as url:
        open_batch(page, url, is_alone=False)
        statuses: list[int] = []
        page.on("response", lambda response: statuses.append(response.status) if "batch" in response.url else None)
        records = births(schema, 3_000)
        choose(page, write(records))
        expect_sum(page, "3,000 rows in SECONDS seconds, all scored.")
        assert [cells[:5] for cells in read(save(page))] == records
    found = [status for status in statuses if status != 304]
    assert len(found) > 6
    assert set(found) == {200}


def test_answer_that_would_be_too_large_is_asked_for_in_parts(page: Page, function_url: str, schema: Schema) -> None:
    sizes: list[int] = []

    def answer(route: Route) -> None:
        sizes.append(len(json.loads(route.request.post_data or "[]")))
        route.continue_() if sizes[-1] <= 600 else route.fulfill(status=413, json={"detail": "Send fewer rows."})

    open_batch(page, function_url, is_alone=False)
    page.route("**/predict/batch", answer)
    records = births(schema, 1_999)
    choose(page, write(records))
    expect_sum(page, "1,999 rows in SECONDS seconds, all scored.")
    assert sizes == [1999, 1000, 500, 500, 999, 500, 499]
    assert [cells[:5] for cells in read(save(page))] == records


def test_another_model_does_not_mix_its_answers_in(page: Page, function_url: str, schema: Schema) -> None:
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        body = route.fetch().json()
        route.fulfill(json=body if len(asked) < 2 else {**body, "model_version": "another"})

    open_batch(page, function_url, is_alone=False)
    page.route("**/predict/batch", answer)
    choose(page, write(births(schema, 5_000)))
    expect(page.get_by_role("alert").filter(has_text="The model has been replaced")).to_be_visible()
    expect_sum(page, "Stopped: 2,000 rows in SECONDS seconds, all scored.")
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)
    assert len(read(save(page))) == 2_001


def test_worker_that_cannot_be_loaded_is_told(page: Page, function_url: str, schema: Schema) -> None:
    open_batch(page, function_url)
    page.route("**/worker.js", lambda route: route.abort())
    choose(page, write(births(schema, 1)))
    message = "What scores a file could not be loaded. Check the connection, then choose the file again."
    expect(page.get_by_role("alert").filter(has_text=message)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.unroute("**/worker.js")
    choose(page, write(births(schema, 1)))
    expect_sum(page, "1 row in SECONDS seconds, all scored.")


def test_added_columns_are_told_apart_from_those_of_the_file(page: Page, function_url: str, schema: Schema) -> None:
    header, row = births(schema, 1)
    open_batch(page, function_url)
    choose(page, write([[*header, "label", "problem", "problem_2"], [*row, "=1+1", "b", "c"]]))
    expect_sum(page, "1 row in SECONDS seconds, all scored.")
    names, cells = read(save(page))
    shares = ["probabilities.Full-term", "probabilities.Pre-term"]
    added = ["label_2", "probability", *shares, "base_rate", "model_version", "problem_2_2"]
    assert names == [*header, "label", "problem", "problem_2", *added]
    assert cells[: len(header) + 3] == [*row, "=1+1", "b", "c"]


def test_hostile_texts_are_shown_as_texts_and_formulas_made_harmless(page: Page, urls: dict[str, str]) -> None:
    answer = make_document("binary")
    open_batch(page, urls["binary"])
    names = list(answer["schema"]["properties"])
    good = [answer["typical_row"][name] for name in names]
    bad = [MARKUP if name == "10" else cell for name, cell in zip(names, good, strict=True)]
    choose(page, write([[*names, f"<img src=x> {MARKUP}"], [*good, MARKUP], [*bad, "=x"]]), f"{MARKUP[:8]}.csv")
    expect_sum(page, "2 rows in SECONDS seconds, 1 scored, 1 with a problem.")
    panel = page.get_by_role("tabpanel", name="Many rows")
    expect(panel.locator("script, img, b, i")).to_have_count(0)
    expect(panel.get_by_role("columnheader").last).to_have_text(f"<img src=x> {MARKUP}")
    expect(panel.get_by_role("cell").filter(has_text=MARKUP).first).to_be_visible()
    expect(panel.get_by_role("listitem").filter(has_text=f"“10” is “{MARKUP}”. Write decimals")).to_be_visible()


def test_label_that_a_spreadsheet_would_run_is_made_harmless(page: Page, tmp_path: Path, trained: Any) -> None:
    document = json.loads(trained.path.read_text())
    labels = ["=1+1", "@x"]
    document["target"]["labels"] = labels
    document["version"] = document_version(document)
    with serve_document(document, tmp_path) as url:
        open_batch(page, url)
        choose(page, write(births(document["schema"], 1)))
        expect_sum(page, "1 row in SECONDS seconds, all scored.")
        (row,) = rows_of(read(save(page)))
    assert row["label"] == "'=1+1"
    assert float(row["probabilities.=1+1"]) + float(row["probabilities.@x"]) == pytest.approx(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_view_is_accessible_and_fits(page: Page, function_url: str, schema: Schema, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    panel = open_batch(page, function_url)
    header, *rows = births(schema, 30)
    choose(page, write([["note", *header], *(["W" * 300, *row] for row in rows), ["short"]]))
    expect_sum(page, "31 rows in SECONDS seconds, 30 scored, 1 with a problem.")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Download with predictions").focus()
    page.keyboard.press("Tab")
    region = panel.get_by_role("region", name="The first rows")
    expect(region).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(region).not_to_have_js_property("scrollLeft", 0)
    assert violations(page) == []
    choose(page, "a,b\n")
    expect(page.get_by_role("alert").filter(has_text="Nothing is scored")).to_be_visible()
    assert violations(page) == []


def test_rows_that_are_all_uneven_are_done_with_by_the_function(page: Page, function_url: str, schema: Schema) -> None:
    header = births(schema, 0)[0]
    open_batch(page, function_url, is_alone=False)
    choose(page, write([header, ["a"], ["b"]]))
    expect_sum(page, "2 rows in SECONDS seconds, 0 scored, 2 with a problem.")
    expect(page.get_by_role("button", name="Download with problems")).to_be_visible()


def test_a_wide_table_is_told_in_a_few_words(page: Page, urls: dict[str, str]) -> None:
    names = list(make_document("regression")["schema"]["properties"])
    open_batch(page, urls["regression"])
    choose(page, write([names, ["1,5", "x", "v", "2,5"]]))
    items = page.locator("#batch li", has_text="Line 2")
    expect(items).to_have_count(1)
    assert (items.text_content() or "").count("“") <= 3 * 13
    choose(page, write([["", "one"], ["1", "2"]]))
    expect(page.locator("#batch [role=alert] li").first).to_have_text("The first line is: , one")


def test_a_class_that_is_a_number_is_left_as_it_is(page: Page, tmp_path: Path) -> None:
    target = {"name": "y", "classes": ["-1", "+1"], "labels": ["-1", "+1"]}
    with serve_document(make_document("binary", target=target), tmp_path) as url:
        page.goto(url)
        open_batch(page, url)
        row = make_document("binary")["typical_row"]
        choose(page, write([list(row), ["" if cell is None else cell for cell in row.values()]]))
        expect_sum(page, "1 row in SECONDS seconds, all scored.")
        header, line = read(save(page))
        assert line[header.index("label")] in target["labels"]
