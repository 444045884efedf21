"""Test runs are the same everywhere: hypothesis draws the same examples and no slow machine fails one."""

from hypothesis import settings

settings.register_profile("chatarena", deadline=None, derandomize=True)
settings.load_profile("chatarena")
