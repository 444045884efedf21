"""`chatarena serve` with tabs on the demo's script."""

from __future__ import annotations

import argparse
import sys

from chatarena.cli.serve import configure, open_for

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    configure(parser)
    sys.exit(open_for(parser.parse_args(), (sys.executable, "-m", "tests.e2e.scripted_tab")))
