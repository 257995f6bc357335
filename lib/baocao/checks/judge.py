"""Great Expectations judges the pairs: in memory, without analytics, progress bars or files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pandas as pd

from baocao.checks.comparisons import Comparison
from baocao.light_imports import import_jsonschema

#: Our severities in Great Expectations' words.
GX_SEVERITY = {"error": "critical", "warning": "warning", "info": "info"}


#: How the printed value must stand to the computed one.
Relation = Literal["equal", "at-least"]


@dataclass(frozen=True)
class Verdict:
    """Which pairs failed (their places in the sequence), and how many could not be compared for a blank."""

    failed: tuple[int, ...]
    missing: int


class Judge:
    """An ephemeral Great Expectations context, made once (the import takes seconds) and used for many expectations."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the package is imported
        import_jsonschema()
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._expectations: Any = gx.expectations
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        asset = context.data_sources.add_pandas("pairs").add_dataframe_asset("pairs")
        self._batch = asset.add_batch_definition_whole_dataframe("pairs")

    def judge(self, pairs: Sequence[Comparison], relation: Relation, *, id: str, severity: str) -> Verdict:
        """Whether printed equals computed (or is at least as large) in every pair."""
        frame = pd.DataFrame(
            {
                "pair": range(len(pairs)),
                "printed": pd.array([pair.printed for pair in pairs], dtype="Int64"),
                "computed": pd.array([pair.computed for pair in pairs], dtype="Int64"),
            }
        )
        terms: dict[str, Any] = {
            "column_A": "printed",
            "column_B": "computed",
            "ignore_row_if": "either_value_is_missing",
            "severity": GX_SEVERITY[severity],
            "meta": {"expectation": id},
        }
        if relation == "equal":
            expectation = self._expectations.ExpectColumnPairValuesToBeEqual(**terms)
        else:
            expectation = self._expectations.ExpectColumnPairValuesAToBeGreaterThanB(or_equal=True, **terms)
        batch = self._batch.get_batch({"dataframe": frame})
        result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": ["pair"]}
        outcome = batch.validate(expectation, result_format=result_format)
        if outcome.exception_info.get("raised_exception"):
            raise RuntimeError(f"{id}: {outcome.exception_info['exception_message']}")
        places = [int(entry["pair"]) for entry in outcome.result.get("unexpected_index_list") or ()]
        if bool(outcome.success) != (not places):
            raise RuntimeError(f"{id}: Great Expectations says {outcome.success} and lists {len(places)} failures")
        return Verdict(tuple(places), sum(pair.printed is None or pair.computed is None for pair in pairs))


@cache
def the_judge() -> Judge:
    """The judge of this process."""
    return Judge()
