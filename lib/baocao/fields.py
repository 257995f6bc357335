"""What a desk handles: the fields (lĩnh vực) an office lists in its tables, in the order it prints them."""

import csv
from dataclasses import dataclass, field

from baocao.errors import ConfigurationError
from baocao.locale import clean, fold
from baocao.project import Project

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
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ConfigurationError(f"{shown}, row 1: expected the columns {', '.join(COLUMNS)}")
        for number, row in enumerate(reader, start=2):
            name = clean(row["name"] or "")
            names.append(name)
            for alias in (name, *(row["aliases"] or "").split(";")):
                if fold(alias) and aliases.setdefault(fold(alias), name) != name:
                    raise ConfigurationError(f"{shown}, row {number}: “{alias}” names two fields")
    if len(set(names)) != len(names) or "" in names:
        raise ConfigurationError(f"{shown}: names must be given and differ from each other")
    return FieldCatalogue(tuple(names), aliases)
