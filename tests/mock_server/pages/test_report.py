"""The report page: its numbers, its charts, its form, and its API calls."""

import html
import re
import shlex
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer
from tests.mocks import BEARER, MakeClient

REPORT = "/__pages/report"
WEEK = {"from": "2026-01-12", "to": "2026-01-18"}
DATES = {"startDate": "2026-01-12", "endDate": "2026-01-18"}


def figures(page: str) -> dict[str, int]:
    found = re.findall(r"<div><dt>(\w+)</dt><dd>([\d,]+)</dd></div>", page)
    return {name: int(text.replace(",", "")) for name, text in found}


def table(page: str, title: str) -> list[list[str]]:
    """Return the rows of the table with this title, as text."""
    (found,) = re.findall(
        rf'aria-label="{title}, the numbers".*?<tbody>(.*?)</tbody>', page, re.DOTALL
    )
    rows = re.findall(r"<tr>(.*?)</tr>", found)
    cells = [re.findall(r"<t[dh].*?</t[dh]>", row) for row in rows]
    return [[re.sub("<[^>]+>", "", cell) for cell in row] for row in cells]


def calls(page: str) -> list[str]:
    return [html.unescape(line) for line in re.findall(r'<pre tabindex="0">(.*?)</pre>', page)]


def rows_of(client: httpx.Client, path: str) -> list[dict[str, object]]:
    response = client.get(path, params={**DATES, "limit": 1000}, headers=BEARER)
    assert response.json()["size"] == response.json()["totalSize"]
    found: list[dict[str, object]] = response.json()["results"]
    return found


@pytest.fixture
def visits(client: httpx.Client, mock: MockServer) -> list[dict[str, object]]:
    """The visits of a week in all spaces, from the API."""
    keys = [space.key for space in mock.sites["us"].world.spaces]
    return [row for key in keys for row in rows_of(client, f"/api/v2/report/spaces/{key}/visits")]


def test_numbers_match_the_api(client: httpx.Client, visits: list[dict[str, object]]) -> None:
    page = client.get(REPORT, params=WEEK).text
    per_day, per_hour = table(page, "Views per day"), table(page, "Weekdays and hours")
    times = [str(row["viewTime"]) for row in visits]

    assert len(visits) == figures(page)["Views"] > 0
    assert 7 == figures(page)["Days"] == len(per_day)
    for day, views, _ in per_day:
        assert int(views) == sum(time.startswith(day) for time in times)
    assert len(visits) == sum(int(cell) for row in per_hour for cell in row[1:])
    title, views, *_ = table(page, "Busiest contents")[0]
    assert int(views) == [row["contentName"] for row in visits].count(html.unescape(title))


def test_the_heat_map_counts_views_by_weekday_and_hour(
    client: httpx.Client, visits: list[dict[str, object]]
) -> None:
    rows = table(client.get(REPORT, params=WEEK).text, "Weekdays and hours")
    hours = Counter(str(row["viewTime"])[:13] for row in visits)
    assert ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] == [row[0] for row in rows]
    for day, (_, *views) in enumerate(rows, 12):
        assert [str(hours[f"2026-01-{day}T{hour:02}"]) for hour in range(24)] == views


def test_searches_without_results_are_counted(client: httpx.Client) -> None:
    searches = rows_of(client, "/api/v2/report/searches")
    page = client.get(REPORT, params=WEEK).text
    unsuccessful = [row["searchTerm"] for row in searches if row["numberOfResults"] == 0]
    for term, count, _ in table(page, "Searches that found nothing"):
        assert int(count) == unsuccessful.count(html.unescape(term)) > 0


def test_the_report_can_be_filtered_by_space(client: httpx.Client) -> None:
    found = rows_of(client, "/api/v2/report/spaces/FIN/visits")
    page = client.get(REPORT, params={**WEEK, "space": "FIN"}).text
    assert len(found) == figures(page)["Views"] > 0
    assert '<option value="FIN" selected>' in page


def test_listed_api_calls_return_the_shown_totals(client: httpx.Client) -> None:
    page = client.get(REPORT, params={**WEEK, "space": "FIN"}).text
    urls = [shlex.split(line)[-1] for line in calls(page)]
    totals = [client.get(url, headers=BEARER).json()["totalSize"] for url in urls]
    assert 5 == len(urls)
    assert [figures(page)["Views"]] * 3 == totals[:3]
    assert [len(rows_of(client, "/api/v2/report/searches"))] * 2 == totals[3:]


@pytest.mark.parametrize("document", [
    "daily_epoch.json", "blind/go-terse.json", "blind/odata-graph.yaml",
    "variants/springdoc-viewers.yaml",
])  # fmt: skip
def test_listed_api_calls_fit_other_documents(document: str, make_client: MakeClient) -> None:
    folder = Path(__file__).parents[2] / "documents"
    client = make_client(document=folder / document)
    urls = {shlex.split(line)[-1] for line in calls(client.get(REPORT).text)}
    assert urls
    assert {200} == {client.get(url, headers=BEARER).status_code for url in urls}


@pytest.mark.parametrize(("query", "status", "sentence"), [
    ({"from": "yesterday"}, 400, "from: &#39;yesterday&#39; is not an existing day"),
    ({"to": "2026-02-30"}, 400, "to: &#39;2026-02-30&#39; is not an existing day"),
    ({"from": "2026-01-02", "to": "2026-01-01", "space": "NONE"}, 400,
     "ends on 2026-01-01, before it starts"),
    ({"from": "2024-01-01", "to": "2026-01-01"}, 400, "366 days at most"),
    ({"space": "<i>"}, 404, "There is no space &#39;&lt;i&gt;&#39;"),
], ids=str)  # fmt: skip
def test_invalid_input_is_explained_and_kept_in_the_form(
    query: dict[str, str], status: int, sentence: str, client: httpx.Client
) -> None:
    response = client.get(REPORT, params=query)
    assert status == response.status_code
    assert sentence in response.text
    for name in ("from", "to"):  # so that it can be corrected
        assert name not in query or f'name="{name}" value="{query[name]}"' in response.text
    if "space" in query:
        assert f'<option value="{html.escape(query["space"])}" selected>' in response.text


@pytest.mark.parametrize("query", [
    {"from": "0001-01-01", "to": "0001-01-02"}, {"from": "9999-12-31", "to": "9999-12-31"},
], ids=str)  # fmt: skip
def test_days_without_rows_are_no_error(query: dict[str, str], client: httpx.Client) -> None:
    page = client.get(REPORT, params=query)
    assert (200, 0) == (page.status_code, figures(page.text)["Views"])
    assert 5 == page.text.count("There are none in these days.")


@pytest.mark.parametrize("now", ["0001-01-01", "9999-12-31T23:59:59Z"])
def test_the_report_is_shown_at_the_first_and_last_time(now: str, make_client: MakeClient) -> None:
    assert 200 == make_client(now=now, freeze=True).get(REPORT).status_code


def test_each_day_has_bars_with_their_numbers_as_title(client: httpx.Client) -> None:
    page = client.get(REPORT, params=WEEK).text
    (chart,) = re.findall(r'<svg class="days".*?</svg>', page, re.DOTALL)
    days = table(page, "Views per day")
    groups = ET.fromstring(chart).findall("g")

    titles = [group.findtext("title") for group in groups]
    assert [f"{day}: {views} views, {viewers} viewers" for day, views, viewers in days] == titles
    heights = [float(group.findall("rect")[1].get("height", "")) for group in groups]
    most = max(int(views) for _, views, _ in days)
    assert [round(100 * int(views) / most, 2) for _, views, _ in days] == heights


def test_bar_widths_are_proportional_to_their_numbers(client: httpx.Client) -> None:
    page = client.get(REPORT, params=WEEK).text
    widths = [float(width) for width in re.findall(r'<rect width="([0-9.]+)" height="1"/>', page)]
    views = [int(row[1]) for row in table(page, "Busiest contents")]
    assert [round(100 * one / views[0], 2) for one in views] == widths[: len(views)]
    assert "style=" not in page


def test_days_without_rows_are_listed_with_zeros(client: httpx.Client) -> None:
    page = client.get(REPORT, params={"from": "2026-01-31", "to": "2026-02-03"}).text
    (head,) = re.findall(r"Views per day, the numbers.*?<thead>(.*?)</thead>", page, re.DOTALL)
    assert ["Day", "Views", "Viewers"] == re.findall(r"<th[^>]*>(\w+)</th>", head)
    assert ["2026-02-03", "0", "0"] == table(page, "Views per day")[-1]
    page = client.get(REPORT, params={"from": "2025-12-31", "to": "2026-01-31"}).text
    assert all(row[0].startswith("20") for row in table(page, "Views per day"))
