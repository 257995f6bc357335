"""A plan's units with their figures, from the files its groups name or else from the store, and their targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from baocao.errors import ConfigurationError
from baocao.indicators.allocation import GroupAllocation, UnitBase, UnitTarget, allocate
from baocao.indicators.allocation_table import AllocationLine
from baocao.indicators.own_counts import own_counts
from baocao.indicators.printed_allocation import bases_of, read_printed
from baocao.indicators.target_findings import TargetFinding
from baocao.indicators.target_plan import FOLDER, TargetGroup, TargetPlan
from baocao.project import Project
from baocao.store.versions import Versions
from baocao.units import UnitRegistry


@dataclass(frozen=True)
class GroupFigures:
    """A group's units with their figures of the base months.

    Attributes
    ----------
    lines
        Lines of the group's file; empty where the figures come from the store.
    source
        The file, or the lists and tables of the store.
    problems
        What was left out of the store's figures, and why.
    """

    group: TargetGroup
    bases: tuple[UnitBase, ...]
    lines: tuple[AllocationLine, ...]
    source: str
    problems: tuple[TargetFinding, ...] = ()

    @property
    def is_printed(self) -> bool:
        """Whether the file states targets, and not base figures alone."""
        return any(line.target_pct is not None for line in self.lines)


def load_figures(
    project: Project, plan: TargetPlan, registry: UnitRegistry, versions: Versions, *, given: bool = True
) -> list[GroupFigures]:
    """The figures of every group of a plan.

    Parameters
    ----------
    given
        Take the projections a file states; else all follow from the base.

    Raises
    ------
    ConfigurationError
        If a group's file is not there.
    InputError
        With every problem of a file.
    """
    return [_of_group(project, plan, group, registry, versions, given=given) for group in plan.groups]


def _of_group(
    project: Project, plan: TargetPlan, group: TargetGroup, registry: UnitRegistry, versions: Versions, *, given: bool
) -> GroupFigures:
    if group.figures:
        path = project.params / FOLDER / plan.id / group.figures
        shown = project.relative(path)
        if not path.is_file():
            raise ConfigurationError(
                f"params/{FOLDER}/{plan.id}.yaml: groups: {group.id}: figures: {shown} is not there; put the file in "
                "place, or leave `figures` out to count the dossiers of the base months in the store"
            )
        lines = read_printed(path, shown, group, plan.unit, registry)
        return GroupFigures(group, tuple(bases_of(lines, given=given)), tuple(lines), shown)
    units = [unit.code for unit in registry.below(plan.unit) if unit.level == group.level]
    found = own_counts(project, registry, units, [(plan.base.from_date, plan.base.to_date)], versions)
    known = {unit: found.known(unit, 0) for unit in units}
    bases = [UnitBase(unit, own.total if own else None, own.online if own else None) for unit, own in known.items()]
    sources = dict.fromkeys(own.source for own in known.values() if own is not None)
    return GroupFigures(group, tuple(bases), (), ", ".join(sources), tuple(found.problems))


def allocate_all(plan: TargetPlan, figures: Sequence[GroupFigures], registry: UnitRegistry) -> list[GroupAllocation]:
    """Every group's extra shared out by the plan's rule."""
    return [allocate(plan, of_group.group.id, of_group.bases, registry) for of_group in figures]


def issued_targets(plan: TargetPlan, figures: Sequence[GroupFigures], registry: UnitRegistry) -> list[UnitTarget]:
    """The targets units are held to: as printed where a file states them, else by the rule."""
    targets = []
    for of_group, allocation in zip(figures, allocate_all(plan, figures, registry), strict=True):
        printed = {line.unit: line for line in of_group.lines} if of_group.is_printed else {}
        targets += [_issued(target, printed.get(target.unit)) for target in allocation.targets]
    return targets


def _issued(target: UnitTarget, line: AllocationLine | None) -> UnitTarget:
    if line is None or (target.extra, target.target_pct) == (line.extra_online, line.target_pct):
        return target
    return replace(target, extra=line.extra_online or 0, target_pct=line.target_pct)
