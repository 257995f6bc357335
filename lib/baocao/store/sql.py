"""Text in SQL that DuckDB runs: quoted here, in one place."""

from collections.abc import Iterable


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def is_one_of(column: str, texts: Iterable[str]) -> str:
    """`column` is one of `texts`: false, never null, for a blank."""
    listed = ", ".join(map(literal, texts))
    return f"coalesce({column} IN ({listed}), false)" if listed else "false"
