"""`make bench`: the same work done by us and by the stock tools, in one run; results lie in `benchmarks/results/`."""

import sys

from benchmarks import dossiers, report

BENCHMARKS = {"report": report.main, "dossiers": dossiers.main}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    for name in names:
        if name not in BENCHMARKS:
            sys.exit(f"unknown benchmark {name}; known: {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
