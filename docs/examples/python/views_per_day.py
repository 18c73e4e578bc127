"""Prints how often a space was viewed on each day, and by how many people: `views_per_day.py SUP`."""

import os
import sys

import httpx
import pandas as pd


def visits(http: httpx.Client, space_key: str, **dates: str) -> pd.DataFrame:
    """Give every visit of a space as a row, page by page."""
    rows: list[dict[str, object]] = []
    total = 1
    while len(rows) < total:
        page = {"start": len(rows), "limit": 1000, **dates}
        answer = http.get(f"/api/v2/report/spaces/{space_key}/visits", params=page)
        answer.raise_for_status()
        report = answer.json()
        rows += report["results"]
        total = report["totalSize"]
    return pd.DataFrame(rows)


def main() -> None:
    """Ask the service, or the mock, that the environment names."""
    token = {"Authorization": f"Bearer {os.environ['VIEWTRACKER_TOKEN']}"}
    dates = {"startDate": "2026-01-01", "endDate": "2026-01-31"}
    with httpx.Client(base_url=os.environ["VIEWTRACKER_BASE_URL"], headers=token) as http:
        found = visits(http, sys.argv[1], **dates)
    if found.empty:
        sys.exit("Nobody viewed the space.")
    day = pd.to_datetime(found["viewTime"]).dt.date.rename("day")
    report = found.groupby(day).agg(views=("viewTime", "size"), viewers=("userId", "nunique"))
    print(report.to_string())


if __name__ == "__main__":
    main()
