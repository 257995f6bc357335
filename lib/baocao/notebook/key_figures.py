"""The few figures a reader wants first, chosen as data in `params/reports/` or `params/outlines/`."""

from collections.abc import Callable, Sequence

from baocao.document.blocks import KeyFigure, KeyFigures
from baocao.document.narrative import NO_DATA, figure_run, typed_digits
from baocao.errors import NarrativeError
from baocao.indicators.measure import Measure
from baocao.indicators.targets import Target
from baocao.reports import KeyFigureChoice

PLACE = "key-figures"


def key_figures(
    chosen: Sequence[KeyFigureChoice],
    figure: Callable[[str], Measure],
    level: Callable[[str], Measure],
    note: Callable[[Measure, str], None],
) -> KeyFigures:
    """The chosen figures with their units of measure, each held against its target where it has one.

    Parameters
    ----------
    figure, level
        The measure of an indicator, and of a target by its name.
    note
        Called with every figure printed, and where.
    """
    shown = []
    for choice in chosen:
        typed = typed_digits(f"{choice.label} {choice.none}")
        if typed:
            raise NarrativeError(f"key figure “{choice.label}”: figures are never typed: “{'”, “'.join(typed)}”")
        measure = figure(choice.figure)
        note(measure, PLACE)
        value = figure_run(measure, choice.none if measure.value == 0 else _with_unit(measure))
        remark = ""
        if choice.target is not None:
            target = Target(choice.label, measure, level(choice.target), choice.none)
            note(target.level, PLACE)
            remark = f"Mục tiêu {_with_unit(target.level)}: {target.verdict.lower()}"
        shown.append(KeyFigure(label=choice.label, value=value, remark=remark))
    return KeyFigures(figures=shown)


def _with_unit(measure: Measure) -> str:
    """The value as a reader says it, “873 hồ sơ”; a blank is no zero."""
    if measure.value is None:
        return NO_DATA
    text = measure.text(keep_zeros=False)
    if measure.is_percentage:
        return f"{text}%"
    unit = measure.unit_of_measure
    return f"{text} {unit if unit.isupper() else unit[:1].lower() + unit[1:]}".rstrip()
