"""The log of a stored table, rewritten as if time had passed."""

import json
from datetime import datetime
from pathlib import Path

from baocao.store.tables import Store


def replaced_on(store: Store, table: str, moment: datetime) -> None:
    """Let the log say that every file that was replaced was replaced at `moment`."""
    assert isinstance(store.root, Path)
    for entry in (store.root / table / "_delta_log").glob("*.json"):
        actions = [json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines()]
        for action in actions:
            if "remove" in action:
                action["remove"]["deletionTimestamp"] = int(moment.timestamp() * 1000)
        entry.write_text("\n".join(map(json.dumps, actions)) + "\n", encoding="utf-8")
