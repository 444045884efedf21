"""A loopback provider that a whole debate can be held with: prose for a turn, fitting JSON for a rating."""

from __future__ import annotations

import json

from tests.support.loopback_server import NAMED, Behaviour, LoopbackServer


class Provider(LoopbackServer):
    """Answers requests for JSON with ratings that fit the schema, all others as their model's name says."""

    def pick(self, body: dict[str, object]) -> Behaviour:
        wanted = body.get("response_format")
        usual = super().pick(body)
        if not isinstance(wanted, dict) or usual is NAMED["garbage"]:
            return usual
        keys = wanted["json_schema"]["schema"]["required"] if "json_schema" in wanted else ["lisbon", "oslo", "stay"]
        return Behaviour(pieces=(json.dumps({key: 20 * index + 10 for index, key in enumerate(keys)}),))
