"""Every figure a report prints, once: its value, how it was computed, and all the places it stands in."""

from collections.abc import Mapping
from typing import Any

from baocao.errors import ExportError
from baocao.indicators.measure import Measure


class FigureRegister:
    """The figures of one document. One id has one value: two computed values of it are an error, not two sentences."""

    def __init__(self) -> None:
        self._measures: dict[str, Measure] = {}
        self._places: dict[str, list[str]] = {}

    def note(self, measure: Measure, place: str) -> None:
        """Record that `measure` is printed at `place` (`form/row/column`, `narrative:cell`, `chart:id`)."""
        known = self._measures.setdefault(measure.id, measure)
        if (known.value, known.numerator, known.denominator) != (measure.value, measure.numerator, measure.denominator):
            raise ExportError(
                f"{measure.id} has two values: {known.value} ({known.source}; {', '.join(self._places[measure.id])}) "
                f"and {measure.value} ({measure.source}; {place}); correct the data or the definition"
            )
        places = self._places.setdefault(measure.id, [])
        if place not in places:
            places.append(place)

    def record(self, indicators: Mapping[str, str], units: Mapping[str, str]) -> dict[str, Any]:
        """The content of `indicators.json`.

        Parameters
        ----------
        indicators, units
            What readers call them; a figure that is no indicator goes by its definition.
        """
        return {
            figure: {
                "name": indicators.get(measure.indicator, measure.definition),
                "unit_name": units.get(measure.subject.unit, measure.subject.unit),
                **measure.record(),
                "printed": self._places[figure],
            }
            for figure, measure in sorted(self._measures.items())
        }
