"""`viewtracker-mock world show` and `world export`."""

import csv
import sys
from datetime import timedelta
from typing import Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.cli.output import json_option, json_text
from mock_server.clock import Clock, day_of, read_moment, to_rfc3339
from mock_server.errors import SettingsError

_EXPORTED_DAYS = 90
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.group("world")
def world_commands() -> None:
    """Show and export the generated data."""


@world_commands.command()
@settings_options("seed", "world", "now")
@json_option
def show(*, to_json: bool, **options: Any) -> None:
    """Print spaces, contents and accounts with their ids."""
    from mock_server.data.site import build_worlds
    from mock_server.world.world import describe

    settings = settings_from(options)
    clock = Clock(read_moment(settings.now) if settings.now else None)
    described = [describe(world, clock.now()) for world in build_worlds(settings).values()]
    click.echo(json_text(described) if to_json else "\n".join(map(_as_text, described)))


def _as_text(site: dict[str, Any]) -> str:
    lines = [f"{site['residency'].upper()}  {site['site']}  data since {site['installed']}"]
    lines += ["", "Spaces", *(f"  {space['key']:<28} {space['name']}" for space in site["spaces"])]
    lines += ["", "Contents"]
    for content in site["contents"]:
        state = " (in the trash)" if content["trashed"] else ""
        place = f"  {content['id']:<20} {content['type']:<11} {content['space']:<12} "
        lines.append(f"{place}{content['title']}{state}")
    lines += ["", "Accounts"]
    for account in site["accounts"]:
        state = " (protected)" if account["protected"] else ""
        lines.append(f"  {account['id']:<45} {account['name']}{state}")
    return "\n".join([*lines, ""])


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
    clock = Clock(read_moment(settings.now) if settings.now else None)
    last = day_of(read_moment(options["last"])) if options["last"] else clock.today()
    first = last - timedelta(days=_EXPORTED_DAYS - 1)
    if options["first"]:
        first = day_of(read_moment(options["first"]))
    if first > last:
        raise SettingsError(f"--from {first} is after --to {last}; exchange them.")
    world = build_worlds(settings)[Residency(options["residency"])]
    rows = rows_between(world, options["rows"], first, min(last, clock.today()), clock.now())
    plain = ({**row, "time": to_rfc3339(row["time"])} for row in rows)
    if options["form"] == "jsonl":
        for row in plain:
            sys.stdout.write(json_text(row, indent=None) + "\n")
        return
    is_visits = options["rows"] == "visits"
    names = (*Visit._fields, "space_key", "title") if is_visits else Search._fields
    writer = csv.DictWriter(sys.stdout, names, extrasaction="ignore")
    writer.writeheader()
    for row in plain:
        cells = {name: _escaped(cell) for name, cell in row.items()}
        writer.writerow(row if options["is_raw"] else cells)


def _escaped(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
