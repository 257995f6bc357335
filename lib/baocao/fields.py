"""What a desk handles: the fields (lĩnh vực) an office lists in its tables, in the order it prints them."""

from dataclasses import dataclass, field

from baocao.errors import ConfigurationError
from baocao.locale import fold
from baocao.project import Project, read_rows

COLUMNS = ("name", "aliases")


@dataclass(frozen=True)
class FieldCatalogue:
    """Names of fields in printed order; a table lists them all, also those without a dossier."""

    names: tuple[str, ...]
    aliases: dict[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str | None:
        """The catalogue's spelling of `text` (case, spacing and known aliases apart), None when it is not listed."""
        return self.aliases.get(fold(text))


def load_fields(project: Project, unit: str) -> FieldCatalogue | None:
    """The catalogue of `params/fields/<unit>.csv`; None where the office has stated none."""
    path = project.params / "fields" / f"{unit}.csv"
    if not path.is_file():
        return None
    shown = project.relative(path)
    aliases: dict[str, str] = {}
    names = []
    for where, cells in read_rows(path, shown, COLUMNS):
        names.append(cells["name"])
        for alias in (cells["name"], *cells["aliases"].split(";")):
            if fold(alias) and aliases.setdefault(fold(alias), cells["name"]) != cells["name"]:
                raise ConfigurationError(f"{where}: “{alias}” names two fields")
    if len(set(names)) != len(names) or "" in names:
        raise ConfigurationError(f"{shown}: names must be given and differ from each other")
    return FieldCatalogue(tuple(names), aliases)
