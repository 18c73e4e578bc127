"""`viewtracker-mock scenarios`."""

import json
from pathlib import Path

import click

from mock_server.cli.options import settings_from, settings_options


@click.command()
@settings_options("scenario_file")
@click.option("--json", "to_json", is_flag=True, help="Print JSON.")
def scenarios(*, to_json: bool, scenario_file: tuple[Path, ...]) -> None:
    """List the scenarios for `serve --scenario NAME`."""
    from mock_server.faults.faults import read_scenarios

    found = read_scenarios(settings_from({"scenario_file": scenario_file}).scenario_file)
    if to_json:
        click.echo(
            json.dumps({name: scenario.description for name, scenario in found.items()}, indent=2)
        )
        return
    width = max(map(len, found))
    for name, scenario in found.items():
        click.echo(f"{name:<{width}}  {scenario.description}")
