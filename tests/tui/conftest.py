"""A home of its own for tests that open the whole program."""

from tests.cli.conftest import home as home
