"""`make bench`: the same work done by us and by the stock tools, in one run; results lie in `benchmarks/results/`."""

import sys

from benchmarks import batch, dossiers, formats, report

BENCHMARKS = {"report": report.main, "formats": formats.main, "dossiers": dossiers.main, "batch": batch.main}


def main() -> None:
    names = sys.argv[1:] or ["report", "formats", "dossiers"]  # `batch` takes as long again: `make bench-batch`
    for name in names:
        if name not in BENCHMARKS:
            sys.exit(f"unknown benchmark {name}; known: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
