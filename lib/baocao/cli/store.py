"""`baocao store`: versions of the stored tables."""

from datetime import date

import click

from baocao.cli.options import Day, json_option, print_json, print_table


@click.group("store", short_help="Versions of the stored tables; corrections.")
def command() -> None:
    """Look at the versions of the stored tables, join their files, apply corrections."""


@command.command("history")
@click.argument("table", default="dossiers")
@json_option
def history_command(table: str, as_json: bool) -> None:
    """List the versions of TABLE (by default the dossiers), oldest first."""
    from baocao.project import find_project
    from baocao.store.history import history
    from baocao.store.tables import Store

    versions = history(Store(find_project().store), table)
    if as_json:
        print_json({"table": table, "versions": [version.record() for version in versions]})
        return
    print_table(
        [
            [
                str(version.version),
                f"{version.time:%Y-%m-%d %H:%M:%S}",
                version.what,
                ", ".join(f"{count} {name}" for name, count in (version.balance or {}).items()),
            ]
            for version in versions
        ]
    )


@command.command("compact")
@click.argument("table", default="dossiers")
@click.option("--forget-before", type=Day(), help="Delete for good what only versions replaced before this day need.")
@json_option
def compact_command(table: str, forget_before: date | None, as_json: bool) -> None:
    """Join the small files of TABLE; its content does not change and every version stays readable."""
    from baocao.project import find_project
    from baocao.store.history import compact
    from baocao.store.tables import Store

    done = compact(Store(find_project().store), table, forget_before)
    if as_json:
        print_json(
            {
                "table": table,
                "version": done.version,
                "files_before": done.files_before,
                "files_after": done.files_after,
                "deleted": done.deleted,
            }
        )
        return
    click.echo(f"{table} version {done.version}: {done.files_before} files joined to {done.files_after}")
    if forget_before is not None:
        click.echo(
            f"{done.deleted} old files deleted; versions replaced before {forget_before} cannot be read any more"
        )


@command.command("correct")
@json_option
def correct_command(as_json: bool) -> None:
    """Apply the corrections of params/corrections/ to the dossiers stored already, as a new version."""
    from baocao.checks.dossiers import correct_and_check
    from baocao.project import find_project

    done = correct_and_check(find_project())
    if as_json:
        print_json({"table": "dossiers", "version": done.version, "applied": done.applied})
    else:
        click.echo(f"{len(done.applied)} corrections applied{': ' if done.applied else ''}{', '.join(done.applied)}")
        click.echo(f"dossiers version {done.version}")
