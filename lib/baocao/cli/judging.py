"""Checks of stored tables, judged by the command that stored them, so that no report has to wait for them."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from baocao.project import Project


def judge_stored(project: "Project", stored: Iterable[tuple[str, date]]) -> None:
    """Have the checks of newly stored tables judged.

    The tables are stored by now, whatever the checks find or whether they can be made at all: reports say so.

    Parameters
    ----------
    stored
        As `judge_ahead` takes it.
    """
    from baocao.checks.one_stop import judge_ahead
    from baocao.run.freezing import freeze
    from baocao.store.frozen import reading_frozen

    try:
        with reading_frozen(freeze(project)):
            judge_ahead(project, stored)
    except Exception as error:
        click.echo(f"not checked ahead ({type(error).__name__}: {error}); reports will check it", err=True)
