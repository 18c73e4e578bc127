import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

from contract_tests.model import Outcome, Requirement, Run, Verdict
from contract_tests.reports.pages import fenced, html, inline, markdown
from contract_tests.reports.phrases import seen
from contract_tests.reports.secrets import prepared
from tests.contract_tests.made_reports import make_exchange, make_finding, make_run

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """The elements of a page; each end tag must match its start tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page(run: Run) -> Page:
    return Page(html(prepared(run, [])))


def summary(run: Run) -> str:
    return markdown(prepared(run, []))


def test_the_page_is_well_formed_and_loads_nothing(run: Run) -> None:
    parsed = page(run)
    assert [] == parsed.open
    assert {"data:,"} == {one["href"] for one in parsed.all("link")}
    assert [] == parsed.all("script", "img", "iframe", "object", "form")
    assert [] == [one for one in parsed.all(*{tag for tag, _ in parsed.elements}) if "src" in one]
    policy = parsed.all("meta")[1]["content"] or ""
    assert "default-src 'none'" in policy
    assert "url(" not in "".join(parsed.texts)


def test_links_have_unique_targets(run: Run) -> None:
    parsed = page(run)
    names = [one["id"] for _, one in parsed.elements if "id" in one]
    links = {one["href"] for one in parsed.all("a")}
    assert len(set(names)) == len(names)
    assert {"#outcome-0", "#outcome-2", "#coverage"} <= links
    assert set() == links - {f"#{name}" for name in names}


def test_the_page_is_accessible(run: Run) -> None:
    parsed = page(run)

    assert [{"lang": "en"}] == parsed.all("html")
    assert 1 == len(parsed.all("h1")) == len(parsed.all("main")) == len(parsed.all("title"))
    assert [] == [one for one in parsed.all("th") if "scope" not in one]
    names = {one.get("id") for _, one in parsed.elements}
    assert [] == [
        one
        for one in parsed.all("section", "nav", "div")
        if ("role" in one or "tabindex" in one)
        and not (one.get("aria-label") or one.get("aria-labelledby") in names)
    ]
    tags = [tag for tag, _ in parsed.elements if tag in {"h1", "h2", "h3"}]
    assert [] == [pair for pair in pairwise(tags) if pair == ("h1", "h3")]


def test_the_page_shows_a_failure_in_full(run: Run) -> None:
    text = page(run).text

    for part in (
        "1 of 5 requirements broke, at mock us.",
        "✗ broke SCHEMA-04 Something holds.",
        "Operation getContentVisits",
        "Place in the response /results/0/userId",
        "Place in the document /components/schemas/Visit/properties/userId",
        "GET http://127.0.0.1:8080/api/v2/report/content/7?from=2026-01-01",
        '200 OK Content-Type: application/json {"results": [{"userId": null',
        "curl -H \"Authorization: Bearer $VIEWTRACKER_TOKEN\" 'http://127.0.0.1/x?a=1&b'",
        "viewtracker-contract run --target mock --select SCHEMA-04 --seed 42",
        "? not run MEANING-03 at mock us No content with visits was found.",
        "1 of 2 operations, 1 of 1 parameters, 1 of 2 statuses, 1 of 1 properties",
        "Statuses never seen getContentVisits 404",
    ):
        assert part in text


def test_properties_of_statuses_that_did_not_occur_are_not_missing(run: Run) -> None:
    properties = {"getContentVisits 404 /title": 0, "getContentVisits 200 /size": 0}
    coverage = replace(run.coverage["mock us"], properties=properties)
    *_, found = seen(replace(run, coverage={"mock us": coverage}), "mock us")
    assert ("getContentVisits 200 /size",) == found.missing


def test_the_matrix_has_a_verdict_per_operation(run: Run) -> None:
    text = page(run).text
    heads = "Requirement Source Verdict getContentVisits getSpaceVisits Requests"
    assert f"{heads} SCHEMA-04 Something holds. document ✗ broke ✗ broke ✓ held 1 AUTH-01" in text
    assert "AUTH-01 Something holds. document ✓ held not checked ✓ held 1" in text


def test_responses_are_escaped_in_the_page() -> None:
    hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    finding = make_finding(
        message=hostile, operation=hostile, pointer=hostile, curl=hostile,
        exchange=make_exchange(
            url=hostile, body=hostile.encode(), response_headers=((hostile, hostile),)
        ),
    )  # fmt: skip
    outcome = Outcome(
        Requirement(hostile, hostile, hostile),
        hostile,
        Verdict.BROKE,
        hostile,
        (finding,),
        (hostile,),
    )
    parsed = page(make_run(outcome, notes=(hostile,), document=hostile, targets={hostile: hostile}))

    assert [] == parsed.open
    assert [] == parsed.all("script", "img")
    assert hostile in parsed.text


def test_an_empty_run_has_no_result() -> None:
    empty = make_run(targets={}, coverage={}, versions={}, cut_short="The budget is spent.")
    assert "The run has no result: The budget is spent." in page(empty).text
    expected = "# Contract tests have no result\n\nThe run has no result: The budget is spent."
    assert expected in summary(empty)


def test_the_summary_has_counts_and_failures(run: Run) -> None:
    text = summary(run)
    assert text.startswith("# Contract tests failed\n\n1 of 5 requirements broke, at mock us.\n")
    assert "| mock us | 1 | 1 | 0 | 1 | 2 | 1 of 2 | 1 of 2 | 1 of 1 |\n" in text
    assert "### ✗ SCHEMA-04 at mock us\n" in text
    assert "viewtracker-contract run --target mock --select SCHEMA-04 --seed 42" in text
    assert "| MEANING-03 Something holds. | mock us | No content with visits was found. |" in text
    assert "| V1-01 Something holds. | mock us | 410 since 2023-12-31. |" in text


def test_summary_tables_have_as_many_cells_as_headings(run: Run) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", summary(run), re.MULTILINE)
    assert 2 == len(tables)
    for table in tables:
        assert 1 == len({line.rstrip().count("|") for line in table.splitlines()})


def test_responses_cannot_end_a_block_of_the_summary(broken: Outcome) -> None:
    finding = make_finding(message="</summary>\n\n````\n# Mine\n<b>| cell", operation="a|b")
    text = summary(make_run(replace(broken, findings=(finding,), target="a|b\n\n# c")))
    assert "&lt;/summary&gt; ```` # Mine &lt;b&gt;| cell</summary>" in text
    assert "`````text\n</summary>\n\n````\n# Mine" in text
    assert [] == [line for line in outside_blocks(text) if "# Mine" in line and "&lt;" not in line]
    assert "### ✗ SCHEMA-04 at a\\|b \\# c\n" in text


def outside_blocks(markdown: str) -> list[str]:
    blocks = r"^(`{3,})text\n.*?^\1$"
    return re.sub(blocks, "", markdown, flags=re.DOTALL | re.MULTILINE).split("\n")


def test_summaries_do_not_exceed_the_limit_of_github(broken: Outcome) -> None:
    finding = make_finding(message="é" * 9_000, exchange=make_exchange(body=b"x" * 9_000))
    text = summary(make_run(*[replace(broken, findings=(finding,) * 5)] * 60))
    assert len(text.encode()) < 1024 * 1024
    assert "2 more findings are in the JSON report." in text
    assert "10 more requirements are in the JSON report." in text


def test_markdown_is_escaped_in_a_line() -> None:
    assert r"a \| \<b\> \`c\` \*d\* \[e\](f) g" == inline("a | <b>\n`c` *d* [e](f)\tg")


def test_fences_are_longer_than_those_in_the_text() -> None:
    assert "````text\na ``` b\n````" == fenced("a ``` b")
