"""How documents write times, counts and ids."""

from datetime import datetime
from uuid import UUID

import pytest

from mock_server.binding.fields import Part
from mock_server.binding.infer import bind
from tests.made_documents import (
    DAY,
    MOMENT,
    SEEN,
    TEXT,
    fields,
    get,
    listed,
    listing,
    query,
    responding,
    rows_of,
    searches,
)

pytestmark = pytest.mark.usefixtures("small_site")

FORMS = [
    ({"description": "UTC, Y-m-d H:i:s"}, "%Y-%m-%d %H:%M:%S"),
    ({"example": "2026-01-15 08:30"}, "%Y-%m-%d %H:%M"),
    ({"description": "yyyy-MM-dd'T'HH:mm:ss"}, "%Y-%m-%dT%H:%M:%S"),
    ({"description": "im Format TT.MM.JJJJ"}, "%d.%m.%Y"),
    ({"description": "MM/DD/YYYY"}, "%m/%d/%Y"),
    ({"description": "as yyyyMMdd"}, "%Y%m%d"),
    ({"example": "01/2026"}, "%m/%Y"),
]


@pytest.mark.parametrize(("written", "form"), FORMS)
def test_times_are_written_as_a_description_or_an_example_shows(
    written: dict[str, str], form: str
) -> None:
    times = [row["when"] for row in rows_of(listing({"when": {**TEXT, **written}}))]
    usual = [datetime.fromisoformat(row["when"]) for row in rows_of(listing(SEEN))]

    assert times == [f"{moment:{form}}" for moment in usual]


@pytest.mark.parametrize(("written", "form"), FORMS)
def test_ranges_are_read_as_a_description_or_an_example_shows(
    written: dict[str, str], form: str
) -> None:
    edges = [query(name, {**TEXT, **written}) for name in ("from", "to")]
    document, day = listing(SEEN, edges), datetime.fromisoformat("2026-01-20")
    usual = listing(SEEN, [query("from"), query("to")])
    is_month, is_day = "%d" not in form, "%H" not in form
    last = "2026-01-31" if is_month else "2026-01-20" if is_day else "2026-01-20T00:00:00Z"
    first = "2026-01-01" if is_month else "2026-01-20"
    sent = {"from": f"{day:{form}}", "to": f"{day:{form}}"}

    assert rows_of(document, **sent) == rows_of(usual, **{"from": first, "to": last})
    assert get(document, **{**sent, "to": "soon"}).status_code == 400


@pytest.mark.parametrize("text", [
    "YYYY-MM-DDTHH:mm:ssZ", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "Like 2026-01-15T08:30:00.000Z", "a date",
])  # fmt: skip
def test_other_times_are_those_of_rfc_3339(text: str) -> None:
    assert rows_of(listing({"when": {**TEXT, "description": text}})) == [
        {"when": row["when"]} for row in rows_of(listing(SEEN))
    ]


def test_counts_may_be_text_as_protocol_buffers_write_them() -> None:
    count = {**TEXT, "description": "Number of page views. (int64)"}
    row = {"contentId": TEXT, "viewCount": count}
    document = responding(fields(counts=listed(fields(**row)), totalViews=count))
    found = get(document).json()
    views = [int(one["viewCount"]) for one in found["counts"]]

    assert views == sorted(views, reverse=True)
    assert found["totalViews"] == str(sum(views))


LOCAL = [
    {"example": "2026-01-01T00:00:00"}, {"description": "In UTC, ohne Zeitzone"},
    {"description": "Local date-time"},
]  # fmt: skip


@pytest.mark.parametrize("about", LOCAL)
def test_a_date_time_has_no_offset_where_the_document_shows_or_says_so(
    about: dict[str, str],
) -> None:
    local = {**MOMENT, **about}
    usual = [row["when"] for row in rows_of(listing(SEEN))]
    bound = query("from", MOMENT, **about)
    document = listing({"when": local}, [bound, query("to", local)])
    sent = {"from": "2026-01-20T00:00:00", "to": "2026-01-20T23:59:59.999"}
    times = [row["when"] for row in rows_of(document, **sent)]

    assert [row["when"] for row in rows_of(document)] == [time.removesuffix("Z") for time in usual]
    assert times == [time[:-1] for time in usual if time.startswith("2026-01-20")]
    assert get(document, **{**sent, "to": "yesterday"}).status_code == 400
    end = bind(document).operations["views"].parameter(Part.END)
    assert end is not None
    assert end.form == "%Y-%m-%dT%H:%M:%S"


def test_times_are_in_full_seconds_where_a_description_says_so() -> None:
    seconds = {**MOMENT, "description": "Time of the search, in full seconds"}
    usual = [row["at"] for row in rows_of(searches(at=MOMENT))]

    assert [row["at"] for row in rows_of(searches(at=seconds))] == [
        f"{time[:19]}Z" for time in usual
    ]


def test_a_guid_is_a_uuid() -> None:
    guid = {**TEXT, "format": "guid"}
    rows = rows_of(listing({"id": guid, "requestId": guid, "contentId": guid}))

    assert all(str(UUID(text)) == text for row in rows for text in row.values())
    assert len({row["id"] for row in rows}) == len(rows)


def test_an_example_shows_how_the_offset_of_utc_is_written() -> None:
    shown = {**MOMENT, "example": "2026-01-30T07:58:12.000+00:00"}
    whole = {**MOMENT, "example": "2026-01-30T07:58:12+00:00"}
    row = rows_of(listing({"viewTime": MOMENT, "viewedAt": shown, "visitedAt": whole}))[0]

    assert row["viewedAt"] == row["viewTime"].replace("Z", "+00:00")
    assert row["visitedAt"] == f"{row['viewTime'][:19]}+00:00"


def test_a_pattern_may_allow_no_fractions_of_seconds() -> None:
    pattern = {**TEXT, "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"}
    row = rows_of(listing({"viewTime": MOMENT, "viewedAt": pattern}))[0]

    assert row["viewedAt"] == f"{row['viewTime'][:19]}Z"


def test_the_description_of_the_api_says_that_times_are_in_full_seconds() -> None:
    document = responding(
        fields(results=listed(fields(viewTime=MOMENT)), since=DAY), [query("since", DAY)]
    )
    document.content["info"]["description"] = "All times are in UTC, without fractions of a second."
    body = get(type(document)(document.content, origin="")).json()

    assert len("2026-01-31T12:00:00Z") == len(body["results"][0]["viewTime"])
    assert "2026-01-02" == body["since"]
