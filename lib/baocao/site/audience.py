"""Who may see what: a site for one unit holds that unit and those below it, and nothing of anybody else."""

from collections.abc import Iterable

from baocao.site.left_out import LeftOut
from baocao.site.records import Record
from baocao.site.scan import Scan
from baocao.units import UnitRegistry


def seen_by(found: Scan, registry: UnitRegistry, unit: str, periods: Iterable[str] = ()) -> Scan:
    """What of the outputs a unit may see.

    Its own documents and those of the units below it at any time – except those that hold a figure, a finding or a
    change of another office. What lies in the outputs of others is not even mentioned.

    Parameters
    ----------
    periods
        Only of these, if there are any.

    Raises
    ------
    ConfigurationError
        If there is no such unit.
    """
    own = {one.code for one in registry.within(unit)}
    above = {one.code for one in registry.above(unit)}
    wanted = set(periods)
    # The names of those above stand in any letterhead; a name several offices share gives none of them away.
    spoken = {text for one in registry if one.code in own | above for text in (one.code, one.name)}
    records: list[Record] = []
    left_out = [one for one in found.left_out if one.unit in own and _of(one, wanted)]
    for record in found.records:
        if record.unit not in own or (wanted and record.period not in wanted):
            continue
        others = sorted((set(record.subjects) - own) | (set(record.mentions) - spoken))
        if others:
            left_out = [one for one in left_out if one.place != record.folder]
            left_out.append(LeftOut(record.folder, record.unit, "other-units", ", ".join(others)))
        else:
            records.append(record)
    return Scan(tuple(records), tuple(sorted(left_out, key=lambda one: one.place)))


def _of(one: LeftOut, periods: set[str]) -> bool:
    return not periods or one.place.split("/")[1].partition("~")[0] in periods


def told_to_readers(left_out: Iterable[LeftOut], unit: str | None) -> tuple[LeftOut, ...]:
    """What the page says: on a site for one unit the other offices a document names are not named again."""
    if unit is None:
        return tuple(left_out)
    return tuple(LeftOut(one.place, one.unit, "others") if one.why == "other-units" else one for one in left_out)


def registry_for(registry: UnitRegistry, unit: str | None) -> UnitRegistry:
    """The units a site's readers may know of."""
    return registry if unit is None else UnitRegistry(tuple(registry.within(unit)))
