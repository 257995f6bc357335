"""`baocao status`: the ledger."""

import time
from typing import TYPE_CHECKING

import click

from baocao.cli.options import json_option, print_json, print_table

if TYPE_CHECKING:
    from baocao.run.ledger import Entry

WATCH_SECONDS = 2.0


@click.command("status", short_help="What became of every report: state, time, error.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(["running", "done", "blocked", "failed"]), help="Only these."
)
@click.option("--watch", is_flag=True, help="Show it again every two seconds, until Ctrl-C.")
@json_option
def command(states: tuple[str, ...], watch: bool, as_json: bool) -> None:
    """Every report of the ledger beside the outputs: its state, how often it was tried, how long it took, its error."""
    from baocao.project import find_project
    from baocao.run.ledger import Ledger

    ledger = Ledger(find_project().outputs)
    while True:
        entries = ledger.entries(states)
        if as_json:
            print_json({"jobs": [entry.__dict__ for entry in entries]})
        else:
            if watch:
                click.clear()
            _show(entries)
        if not watch:
            return
        time.sleep(WATCH_SECONDS)


def _show(entries: "list[Entry]") -> None:
    rows = [["report", "state", "tries", "seconds", "started (UTC)", "error"]]
    for entry in entries:
        seconds = "" if entry.seconds is None else f"{entry.seconds:.1f}"
        started = entry.started.removesuffix("+00:00")
        error = (entry.error or "").splitlines()
        rows.append([entry.folder, entry.state, str(entry.attempts), seconds, started, error[0] if error else ""])
    print_table(rows)
    counts = {
        state: sum(entry.state == state for entry in entries) for state in ("done", "running", "blocked", "failed")
    }
    click.echo(", ".join(f"{count} {state}" for state, count in counts.items()))
