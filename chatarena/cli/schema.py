"""`chatarena schema`: the JSON Schema of a bundle's lines, for whoever reads bundles with other programs."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.epilog = "Every line of a bundle satisfies it: header, entries, end. Fields left out have their default."
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Prints the schema itself, not an envelope: it is a document to be saved."""
    import json

    from chatarena.exchange.schema import bundle_schema

    print(json.dumps(bundle_schema(), indent=2))
    return 0
