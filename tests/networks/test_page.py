"""The examples of the page on aggregation are run, and its sentences say the numbers that they print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "aggregation.md"


def test_examples() -> None:
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= 55


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(".5 .3333 .2549 .2114 .1837 .1643 .1497 .1383", id="cyclic"),
        pytest.param(".24995 .00164 .003", id="worst cases"),
        pytest.param("0.0113 0.0114", id="circle"),
        pytest.param(".04908 .03326 .02136 .01408 .00952", id="labels"),
        pytest.param("0.40 0.20", id="rounding"),
    ],
)
def test_sentences_say_what_the_examples_print(numbers: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    printed = "".join(re.findall(r"```python\n.*?```", text, re.DOTALL))
    said = re.sub(r"```python\n.*?```", "", text, flags=re.DOTALL)
    assert all(number in said and number in printed for number in numbers.split())
