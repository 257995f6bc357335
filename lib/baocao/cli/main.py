"""`baocao`: commands are imported only when asked for, so that `--help` answers at once."""

import importlib
import sys
from collections.abc import Sequence

import click

from baocao import __version__
from baocao.errors import BaocaoError

#: Command → (module, what it does in a line).
COMMANDS = {
    "batch": ("baocao.cli.batch", "Make many reports: those that changed, several at a time."),
    "check": ("baocao.cli.check", "Run the data checks on what has been ingested."),
    "collect": ("baocao.cli.collect", "Workbooks out to the units, back in, and who is missing."),
    "diff": ("baocao.cli.diff", "What two outputs say differently, and why."),
    "export": ("baocao.cli.export", "Make further formats of finished reports, without running them again."),
    "finalize": ("baocao.cli.finalize", "Mark a finished report as issued: number, date, read-only."),
    "ingest": ("baocao.cli.ingest", "Take delivered files into the store."),
    "init": ("baocao.cli.init", "Make an office's own project in an empty folder."),
    "list": ("baocao.cli.list", "List reports, units, periods, indicators, forms, datasets or batches."),
    "new-period": ("baocao.cli.new_period", "Carry an office's texts over into a new period, to be confirmed."),
    "rerun": ("baocao.cli.rerun", "Make a past report again with something changed."),
    "roll-up": ("baocao.cli.roll_up", "Sum the figures of a province or district, and name who is missing."),
    "run": ("baocao.cli.run", "Make one report: notebook, HTML, PDF."),
    "sample": ("baocao.cli.sample", "Make up lists of dossiers to try things on."),
    "schema": ("baocao.cli.schema", "Write the JSON Schemas of the YAML files."),
    "site": ("baocao.cli.site", "What leadership opens: a static site of all outputs, for one unit, as a zip."),
    "status": ("baocao.cli.status", "What became of every report: state, time, error."),
    "store": ("baocao.cli.store", "Versions of the stored tables; corrections."),
    "summary": ("baocao.cli.summary", "Summarise dossiers of any units in any period."),
    "upgrade": ("baocao.cli.upgrade", "What the package changed in forms and templates since they were copied."),
    "verify": ("baocao.cli.verify", "Make finished reports again and compare the bytes."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="baocao")
def command() -> None:
    """Reproducible administrative-reform reports: from data to the signed document.

    Exit codes: 0 ok, 1 failed, 2 wrong usage or configuration, 3 data checks blocked the report.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; errors raised on purpose become a message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8")  # a Windows console of another code page would fail on Vietnamese
    try:
        command.main(arguments, prog_name="baocao", standalone_mode=True)
    except BaocaoError as error:
        click.echo(f"baocao: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"baocao: {error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(1)
