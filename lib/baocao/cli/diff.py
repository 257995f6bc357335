"""`baocao diff`: what two outputs say differently, and why."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from baocao.cli.options import AS_OF, json_option, print_json, print_table

if TYPE_CHECKING:
    from baocao.provenance.explanation import Explanation


@click.command("diff", short_help="What two outputs say differently, and why.")
@click.argument("targets", nargs=-1, required=True, metavar="A [B]")
@click.option("--as-of", "moments", multiple=True, metavar="WHEN", help=f"Once or twice. {AS_OF}")
@click.option("--report", metavar="REPORT", help="Report to make of UNIT/PERIOD.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the explanation as document.")
@json_option
def command(
    targets: tuple[str, ...], moments: tuple[str, ...], report: str | None, out: Path | None, as_json: bool
) -> None:
    """Compare two outputs figure by figure and cell by cell, and trace every difference to its rows.

    Those of two periods have no rows in common; of their counts the units and fields are named that differ most.

    A and B are folders of finished reports, or UNIT/PERIOD with --report. A alone is compared with itself as of --as-of
    WHEN, or as of two of them. Exits 0 if nothing differs, 1 if something does.
    """
    if (len(targets), len(moments)) not in ((2, 0), (1, 1), (1, 2)):
        raise click.UsageError("name two outputs; or one with --as-of once or twice")

    from baocao.light_imports import import_jsonschema
    from baocao.project import find_project

    project = find_project()
    import_jsonschema()
    from baocao.provenance.explanation_document import FILES, explanation_files
    from baocao.run.comparison import Wanted, compare

    sides = [(target, None) for target in targets] if not moments else [(targets[0], moment) for moment in moments]
    if len(sides) == 1:
        sides = [(targets[0], None), *sides]
    old, new = (Wanted(target, report, moment) for target, moment in sides)
    explanation = compare(project, old, new, progress=lambda line: None if as_json else click.echo(line, err=True))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in zip(FILES, explanation_files(explanation), strict=True):
            (out / name).write_bytes(content)
    if as_json:
        print_json(explanation.record())
    else:
        _show(explanation, out)
    if not explanation.same:
        sys.exit(1)


def _show(explanation: "Explanation", out: Path | None) -> None:
    for warning in explanation.warnings:
        click.echo(f"warning {warning}")
    for difference in explanation.inputs:
        click.echo(f"input {difference}")
    if explanation.same:
        click.echo("nothing differs")
    rows = [["figure", "old", "new", "difference", "cause"]]
    for figure in explanation.figures:
        told = [*figure.values, figure.difference]
        causes = "; ".join(cause.text for cause in figure.causes)
        rows.append([figure.id, *("" if value is None else str(value) for value in told), causes])
    if len(rows) > 1:
        print_table(rows)
    for cell in explanation.cells:
        click.echo(f"cell {cell.table} / {cell.row} / {cell.column}: {cell.old or '–'} → {cell.new or '–'}")
    for text in explanation.texts:
        click.echo(f"text {text.old or '–'}\n  → {text.new or '–'}")
    kinds = Counter(change.kind for change in explanation.data.dossiers if change.counts)
    if kinds:
        click.echo("dossiers: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    if out is not None:
        click.echo(f"written: {out}")
