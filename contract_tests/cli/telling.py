"""`viewtracker-contract list` and `plan`, which send nothing."""

from typing import TYPE_CHECKING, Any

import click

from contract_tests.cli.options import run_options

if TYPE_CHECKING:
    from contract_tests.model import Requirement


@click.command("list")
@click.option("--select", multiple=True, help="Only these: ids, families or tags.")
def list_command(select: tuple[str, ...]) -> int:
    """Print the requirements, and what each sends."""
    for made in _selected(select):
        tags = f"  [{', '.join(sorted(made.tags))}]" if made.tags else ""
        click.echo(f"{made.id}  {made.sentence}{tags}\n    {made.source}; sends {made.sends}")
    return 0


@click.command("plan")
@run_options()
def plan_command(**told: Any) -> int:
    """Print what a run would send, at most, without sending anything."""
    from contract_tests.inquiry import Inquiry
    from contract_tests.options import options_from
    from contract_tests.wire.limits import Limits
    from contract_tests.wire.targets import goes_live

    options = options_from(told)
    chosen = _selected(options.select)
    with Inquiry(options) as inquiry:
        operations = inquiry.document.operations
        names = inquiry.target_names
    click.echo(f"{len(operations)} operations, {options.examples} made-up inputs for each:")
    shared: dict[str, int] = {}
    for made in chosen:
        most = made.most(len(operations), options.examples)
        name = made.shares or made.id
        shared[name] = max(most, shared.get(name, 0))
        counted = f"{most:>6}" if not made.shares else f"{most:>6} shared by {made.shares!r}"
        click.echo(f"{counted}  {made.id}  {made.sends}")
    total = sum(shared.values())
    for name in names:
        limits = Limits(options, is_live=goes_live(name, options))
        click.echo(f"{name}: at most {min(total, limits.budget)} requests ({limits.told}).")
        if total > limits.budget:
            click.echo(f"    They may need {total}; a run that comes to its budget is cut short.")
    return 0


def _selected(words: tuple[str, ...]) -> "list[Requirement]":
    from contract_tests.requirements import select
    from contract_tests.running import requirements

    known = requirements()
    wanted = select(known, words)
    return [made for made in known if made in wanted]
