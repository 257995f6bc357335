"""What changed is named by what it is to a person: a form, the calendar, a unit's parent."""

import pytest

from baocao.provenance.differences import Difference


@pytest.mark.parametrize(
    ("difference", "told"),
    [
        (Difference("file", "params/forms/x.yaml", "a", "b"), "form: params/forms/x.yaml has changed"),
        (Difference("file", "params/forms/x.yaml", "a", None), "form: params/forms/x.yaml is gone"),
        (Difference("file", "params/units/x.csv", "a", "b"), "units: params/units/x.csv has changed"),
        (Difference("file", "params/calendars.yaml", "a", "b"), "calendar: params/calendars.yaml has changed"),
        (Difference("file", "params/periods/x.yaml", None, "b"), "dates of periods: params/periods/x.yaml is new"),
        (Difference("file", "notebooks/x.ipynb", "a", "b"), "notebook: notebooks/x.ipynb has changed"),
        (Difference("file", "x.csv", "a", "b"), "file: x.csv has changed"),
        (Difference("unit", "x", "parent a", "parent b"), "unit: x: parent a → parent b"),
        (Difference("package", "pandas", "3.0", "3.1"), "package: pandas: 3.0 → 3.1"),
        (Difference("data", "dossiers", "version 0", "version 1"), "data: dossiers: version 0 → version 1"),
    ],
)
def test_a_difference_in_words(difference: Difference, told: str) -> None:
    assert str(difference) == told
    assert difference.record()["kind"] == difference.kind
