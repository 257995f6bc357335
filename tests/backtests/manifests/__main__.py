"""Make the five documents and keep what their files come to; to be called where bytes were meant to change."""

import json
import sys
import tempfile
from pathlib import Path

from tests.backtests.manifests import DOCUMENTS, KEPT, make_document, slim


def main() -> None:
    """Write every manifest anew."""
    for unit in DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder:
            _, made = make_document(Path(folder).resolve() / "project", unit)
            content = json.dumps(slim(made), ensure_ascii=False, indent=1) + "\n"
        (KEPT / f"{unit}.json").write_text(content, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {unit}.json\n")


if __name__ == "__main__":
    main()
