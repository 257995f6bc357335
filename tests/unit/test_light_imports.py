"""What packages import only to have it is not imported by us, and still there for whoever uses it."""

import subprocess
import sys

UNUSED = ("rfc3987_syntax", "isoduration", "boto3", "requests", "scipy.stats", "altair")

_PAPERMILL = f"""
import sys
from baocao.light_imports import import_papermill
import_papermill()
print([name for name in {UNUSED} if name in sys.modules])
import papermill.iorw
print(papermill.iorw.requests.codes.ok, "requests" in sys.modules)
import requests
print(requests.codes.ok)
"""

_EXPECTATIONS = f"""
import os, sys
os.environ["GX_ANALYTICS_ENABLED"] = "false"
from baocao.light_imports import import_great_expectations
import_great_expectations()
print([name for name in {UNUSED} if name in sys.modules and name != "requests"])
import great_expectations as gx
import pandas as pd
asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("a").add_dataframe_asset("b")
frame = pd.DataFrame({{"x": ["a", "a", "b"]}})
batch = asset.add_batch_definition_whole_dataframe("c").get_batch({{"dataframe": frame}})
partition = {{"values": ["a", "b"], "weights": [0.5, 0.5]}}
for threshold in (0.001, 1):
    expectation = gx.expectations.ExpectColumnKLDivergenceToBeLessThan(
        column="x", partition_object=partition, threshold=threshold)
    print(batch.validate(expectation).success)
"""


def _printed(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_papermill_comes_without_what_it_needs_for_the_web() -> None:
    assert _printed(_PAPERMILL) == ["[]", "200 True", "200"]


def test_great_expectations_comes_without_distributions_until_they_are_asked_for() -> None:
    assert _printed(_EXPECTATIONS) == ["[]", "False", "True"]
