"""`viewtracker-mock world show` and `world export`."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.clock import Clock, day_of, read_moment, to_rfc3339
from mock_server.errors import SettingsError

_EXPORTED_DAYS = 90


@click.group("world")
def world_commands() -> None:
    """Look at the made-up Confluence sites."""


@world_commands.command()
@settings_options("seed", "world", "now")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(*, as_json: bool, **options: Any) -> None:
    """Print each site's spaces, contents and accounts, with the ids to ask for."""
    from mock_server.data.site import build_worlds
    from mock_server.world.world import describe

    settings = settings_from(options)
    clock = _clock(settings.now)
    described = [describe(world, clock.now()) for world in build_worlds(settings).values()]
    if as_json:
        click.echo(json.dumps(described, ensure_ascii=False, indent=2))
        return
    for site in described:
        click.echo("\n".join(_lines(site)))


def _clock(now: str | None) -> Clock:
    return Clock(None if now is None else read_moment(now))


def _lines(site: dict[str, Any]) -> Iterator[str]:
    yield f"{site['residency'].upper()}  {site['site']}  data since {site['installed']}"
    yield "\nSpaces"
    yield from (f"  {space['key']:<28} {space['name']}" for space in site["spaces"])
    yield "\nContents"
    for content in site["contents"]:
        state = " (in the trash)" if content["trashed"] else ""
        yield (
            f"  {content['id']:<20} {content['type']:<11} {content['space']:<12} "
            f"{content['title']}{state}"
        )
    yield "\nAccounts"
    for account in site["accounts"]:
        state = " (protected)" if account["protected"] else ""
        yield f"  {account['id']:<45} {account['name']}{state}"
    yield ""


@world_commands.command()
@settings_options("seed", "world", "now")
@click.option("--residency", type=click.Choice(["us", "de"]), default="us", show_default=True)
@click.option(
    "--rows", type=click.Choice(["visits", "searches"]), default="visits", show_default=True
)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--from", "first", help="First day, YYYY-MM-DD; 90 days ago if left out.")
@click.option("--to", "last", help="Last day, YYYY-MM-DD; today if left out.")
def export(**options: Any) -> None:
    """Write visits or searches to standard output, as JSON Lines or CSV."""
    from mock_server.data.site import build_worlds, rows_between
    from mock_server.world.domain import Residency

    settings = settings_from(options)
    clock = _clock(settings.now)
    last = day_of(read_moment(options["last"])) if options["last"] else clock.today()
    first = (
        day_of(read_moment(options["first"]))
        if options["first"]
        else last - timedelta(days=_EXPORTED_DAYS - 1)
    )
    if first > last:
        raise SettingsError(f"--from {first} is after --to {last}; exchange them.")
    world = build_worlds(settings)[Residency(options["residency"])]
    rows = rows_between(world, options["rows"], first, last, clock.now())
    write = _write_csv if options["form"] == "csv" else _write_jsonl
    write(_plain(row) for row in rows)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "time": to_rfc3339(row["time"])}


def _write_jsonl(rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_csv(rows: Iterator[dict[str, Any]]) -> None:
    for index, row in enumerate(rows):
        line = io.StringIO()
        writer = csv.DictWriter(line, row)
        if index == 0:
            writer.writeheader()
        writer.writerow(row)
        sys.stdout.write(line.getvalue())
