"""`viewtracker-mock world show` and `world export`."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.cli.output import json_text
from mock_server.clock import Clock, day_of, read_moment, to_rfc3339
from mock_server.errors import SettingsError

_EXPORTED_DAYS = 90
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.group("world")
def world_commands() -> None:
    """Show and export the generated data."""


@world_commands.command()
@settings_options("seed", "world", "now")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(*, as_json: bool, **options: Any) -> None:
    """Print spaces, contents and accounts with their ids."""
    from mock_server.data.site import build_worlds
    from mock_server.world.world import describe

    settings = settings_from(options)
    clock = _clock(settings.now)
    described = [describe(world, clock.now()) for world in build_worlds(settings).values()]
    if as_json:
        click.echo(json_text(described))
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
@click.option(
    "--no-escape",
    "is_raw",
    is_flag=True,
    help="Do not escape CSV cells that spreadsheets would interpret as formulas.",
)
@click.option("--from", "first", help="First day, YYYY-MM-DD; default: 90 days ago.")
@click.option("--to", "last", help="Last day, YYYY-MM-DD; default: today.")
def export(**options: Any) -> None:
    """Print visits or searches as JSON Lines or CSV."""
    from mock_server.data.site import build_worlds
    from mock_server.world.domain import Residency, Search, Visit
    from mock_server.world.world import rows_between

    settings = settings_from(options)
    clock = _clock(settings.now)
    last = _day(options["last"]) or clock.today()
    first = _day(options["first"]) or last - timedelta(days=_EXPORTED_DAYS - 1)
    if first > last:
        raise SettingsError(f"--from {first} is after --to {last}; exchange them.")
    world = build_worlds(settings)[Residency(options["residency"])]
    rows = rows_between(world, options["rows"], first, min(last, clock.today()), clock.now())
    plain = ({**row, "time": to_rfc3339(row["time"])} for row in rows)
    if options["form"] == "csv":
        of_visits = (*Visit._fields, "space_key", "title")
        names = of_visits if options["rows"] == "visits" else Search._fields
        _write_csv(plain, names, is_raw=options["is_raw"])
        return
    for row in plain:
        sys.stdout.write(json_text(row, indent=None) + "\n")


def _day(text: str | None) -> date | None:
    return day_of(read_moment(text)) if text else None


def _write_csv(rows: Iterator[dict[str, Any]], names: Sequence[str], *, is_raw: bool) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    for row in rows:
        writer.writerow([row[name] if is_raw else _escaped(row[name]) for name in names])


def _escaped(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
