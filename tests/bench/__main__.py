"""``make bench``: measures Base Shift beside a Celery canvas, bare Redis and itself, in one run on one machine.

``python -m tests.bench --only chain,fanout --repeat 5 --quick``. A figure that misses what is to be reached is
marked so; it does not fail the command.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import ground


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="NAME,…", help="these measurements alone")
    parser.add_argument("--repeat", type=int, default=9, help="runs of each side of a comparison (9)")
    parser.add_argument("--quick", action="store_true", help="smaller amounts, for a first look")
    parser.add_argument("--results", type=Path, default=Path("bench-results"), help="where to keep the record")
    options = parser.parse_args(arguments)
    # As Ctrl-C: the children are ended before we go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ground.prepared() as prepared:
        # Models can be imported only now.
        from tests.bench import runner

        unknown = set(options.only or ()) - runner.MEASUREMENTS.keys()
        if unknown:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(runner.MEASUREMENTS)}")
        names = options.only or list(runner.MEASUREMENTS)
        runner.run(prepared, names=names, repeat=options.repeat, quick=options.quick, results=options.results)


if __name__ == "__main__":
    main()
