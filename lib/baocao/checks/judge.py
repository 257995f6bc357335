"""Great Expectations judges the pairs: in memory, without analytics, progress bars or files, each pair once.

A verdict depends on nothing but the pairs, so it is kept by their hash: what has been judged, at ingest, in a batch or
by an earlier run, is not judged again, and a report of it need not import Great Expectations, which takes seconds.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from baocao.checks.comparisons import Comparison
from baocao.checks.findings import Severity
from baocao.checks.verdicts import KeptVerdicts, Verdict
from baocao.light_imports import import_great_expectations

#: Our severities in Great Expectations' words.
GX_SEVERITY: dict[Severity, str] = {"error": "critical", "warning": "warning", "info": "info"}


#: How the printed value must stand to the computed one.
Relation = Literal["equal", "at-least"]


@dataclass(frozen=True)
class Question:
    """Pairs of one expectation, how their two sides must stand to each other, and how much it matters."""

    id: str
    pairs: Sequence[Comparison]
    relation: Relation
    severity: Severity

    @property
    def key(self) -> str:
        """Hash of all a verdict depends on."""
        text = repr((self.relation, [(pair.printed, pair.computed) for pair in self.pairs], _version()))
        return hashlib.sha256(text.encode()).hexdigest()


class Judge:
    """Answers questions: from the kept verdicts, else by Great Expectations, one validation for all of one kind."""

    def __init__(self) -> None:
        self._kept = KeptVerdicts(None)
        self._collected: list[Question] | None = None

    @contextmanager
    def collecting(self) -> Iterator[list[Question]]:
        """Only collect what is asked, answering that all is well: the questions of many reports are judged at once."""
        self._collected = []
        try:
            yield self._collected
        finally:
            self._collected = None

    def keep_in(self, folder: Path) -> None:
        """Keep verdicts in a file of `folder` from now on, and use those that are there."""
        self._kept = KeptVerdicts(folder / "verdicts.sqlite")

    def judge(self, pairs: Sequence[Comparison], relation: Relation, *, id: str, severity: Severity) -> Verdict:
        """Whether printed equals computed (or is at least as large) in every pair."""
        (verdict,) = self.judge_all([Question(id, pairs, relation, severity)])
        return verdict

    def judge_all(self, questions: Iterable[Question]) -> list[Verdict]:
        """A verdict for each question, in order."""
        if self._collected is not None:
            asked = list(questions)
            self._collected += asked
            return [Verdict((), 0) for _ in asked]
        keyed = [(question.key, question) for question in questions]
        known = self._kept.read({key for key, _ in keyed})
        unknown = {key: question for key, question in keyed if key not in known}
        if unknown:
            fresh = dict(zip(unknown, _the_context().validate(list(unknown.values())), strict=True))
            self._kept.add(fresh)
            known |= fresh
        return [known[key] for key, _ in keyed]


class _Context:
    """An ephemeral Great Expectations context, made once and used for all validations of this process."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the package is imported
        import_great_expectations()
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._expectations: Any = gx.expectations
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        asset = context.data_sources.add_pandas("pairs").add_dataframe_asset("pairs")
        self._batch = asset.add_batch_definition_whole_dataframe("pairs")

    def validate(self, questions: Sequence[Question]) -> list[Verdict]:
        """Verdicts of all questions, by one validation for each relation and severity among them."""
        failed: dict[int, list[int]] = {}
        for kind in dict.fromkeys((question.relation, question.severity) for question in questions):
            asked = [
                (number, place, pair)
                for number, question in enumerate(questions)
                if (question.relation, question.severity) == kind
                for place, pair in enumerate(question.pairs)
            ]
            for row in self._failed_rows([pair for _, _, pair in asked], *kind):
                number, place, _ = asked[row]
                failed.setdefault(number, []).append(place)
        return [
            Verdict(
                tuple(failed.get(number, ())),
                sum(pair.printed is None or pair.computed is None for pair in question.pairs),
            )
            for number, question in enumerate(questions)
        ]

    def _failed_rows(self, pairs: Sequence[Comparison], relation: Relation, severity: Severity) -> list[int]:
        import pandas as pd

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
        }
        if relation == "equal":
            expectation = self._expectations.ExpectColumnPairValuesToBeEqual(**terms)
        else:
            expectation = self._expectations.ExpectColumnPairValuesAToBeGreaterThanB(or_equal=True, **terms)
        batch = self._batch.get_batch({"dataframe": frame})
        result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": ["pair"]}
        outcome = batch.validate(expectation, result_format=result_format)
        if outcome.exception_info.get("raised_exception"):
            raise RuntimeError(f"{relation}: {outcome.exception_info['exception_message']}")
        rows = [int(entry["pair"]) for entry in outcome.result.get("unexpected_index_list") or ()]
        if bool(outcome.success) != (not rows):
            raise RuntimeError(f"{relation}: Great Expectations says {outcome.success} and lists {len(rows)} failures")
        return rows


@cache
def _version() -> str:
    return metadata.version("great-expectations")


@cache
def _the_context() -> _Context:
    return _Context()


@cache
def the_judge() -> Judge:
    """The judge of this process."""
    return Judge()
