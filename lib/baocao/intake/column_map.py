"""Which heading means which canonical column: `params/maps/*.yaml`, matched without regard to case and spacing."""

from collections.abc import Collection

from baocao.errors import ConfigurationError, one_of
from baocao.project import Project, StrictModel, read_model

PATH = " / "


class ColumnMap(StrictModel):
    """Headings of one kind of export.

    Attributes
    ----------
    columns
        Canonical column → the headings it goes by. Under grouped headings write the end of the path,
        “Số hồ sơ đã giải quyết / Đúng hạn”.
    required
        Canonical columns without which the file is refused.
    ignored
        Headings known and deliberately not stored, with the reason.
    total_labels
        What the first cell of a total row says.
    """

    id: str
    dataset: str
    name: str
    columns: dict[str, list[str]]
    required: list[str]
    ignored: dict[str, str] = {}
    total_labels: list[str] = []

    @property
    def file(self) -> str:
        """Where a heading is to be added."""
        return f"params/maps/{self.id}.yaml"


def load_map(project: Project, dataset: str, name: str | None, known: Collection[str]) -> ColumnMap:
    """The map `name` of `params/maps/`, by default the one named like the dataset, checked for `known` columns."""
    folder = project.params / "maps"
    wanted = name or dataset
    path = folder / f"{wanted}.yaml"
    if not path.is_file():
        raise ConfigurationError(one_of("column map", wanted, (file.stem for file in folder.glob("*.yaml"))))
    column_map = read_model(path, ColumnMap)
    if column_map.dataset != dataset:
        raise ConfigurationError(f"column map “{wanted}” is for {column_map.dataset}, not for {dataset}")
    for column in column_map.columns:
        if column not in known:
            raise ConfigurationError(f"{project.relative(path)}: columns: {one_of('column', column, known)}")
    for column in column_map.required:
        if column not in column_map.columns:
            wrong = one_of("column", column, column_map.columns)
            raise ConfigurationError(f"{project.relative(path)}: required: {wrong}")
    return column_map


def maps_of(project: Project, dataset: str, known: Collection[str]) -> list[ColumnMap]:
    """All maps of a dataset, in the order of their names."""
    names = sorted(path.stem for path in (project.params / "maps").glob("*.yaml"))
    datasets = {name: read_model(project.params / "maps" / f"{name}.yaml", ColumnMap).dataset for name in names}
    return [load_map(project, dataset, name, known) for name in names if datasets[name] == dataset]
