"""The log for human eyes: views with one scalar a column, for Datasette, a spreadsheet or SQL by hand.

Ratings are in long form, one row an option; a missing number is NULL and `absence` says why. Costs are US dollars and
NULL where unknown: v_spending never sums over an unknown cost.
"""

from __future__ import annotations

from typing import Final

_ENTRY = "e.session, e.seq, e.at_utc, e.round, e.agent"

_TURNS = f"""
CREATE VIEW v_turns AS
SELECT {_ENTRY}, e.audience,
    json_extract(e.body, '$.status') AS status,
    json_extract(e.body, '$.text') AS text,
    length(json_extract(e.body, '$.text')) AS characters,
    json_extract(e.body, '$.trimmed') AS trimmed,
    json_extract(e.body, '$.call.served_model') AS served_model,
    json_extract(e.body, '$.call.prompt_tokens') AS prompt_tokens,
    json_extract(e.body, '$.call.completion_tokens') AS completion_tokens,
    json_extract(e.body, '$.call.cost') AS cost_usd,
    json_extract(e.body, '$.call.first_token_seconds') AS first_token_seconds,
    json_extract(e.body, '$.call.total_seconds') AS total_seconds
FROM entries e WHERE e.kind = 'turn_taken'
"""

_MISSED = f"""
CREATE VIEW v_missed AS
SELECT {_ENTRY},
    json_extract(e.body, '$.cause') AS cause,
    json_extract(e.body, '$.reason') AS reason,
    json_extract(e.body, '$.error') AS error,
    json_extract(e.body, '$.retryable') AS retryable,
    json_extract(e.body, '$.partial') AS partial
FROM entries e WHERE e.kind = 'turn_missed'
"""

_OPTIONS = """
CREATE VIEW v_options AS
SELECT e.session, o.key AS position,
    json_extract(o.value, '$.id') AS option,
    json_extract(o.value, '$.label') AS label,
    json_extract(o.value, '$.detail') AS detail
FROM entries e, json_each(e.body, '$.decision.options') o WHERE e.kind = 'session_opened'
"""

_AGENTS = """
CREATE VIEW v_agents AS
SELECT e.session, e.agent,
    json_extract(e.body, '$.commitment.agent.name') AS name,
    json_extract(e.body, '$.commitment.agent.model') AS model,
    json_extract(e.body, '$.commitment.agent.objective') AS objective,
    json_extract(e.body, '$.commitment.agent.tags') AS tags,
    json_extract(e.body, '$.commitment.agent.aligned') AS aligned,
    json_extract(e.body, '$.commitment.fingerprint') AS fingerprint
FROM entries e WHERE e.kind = 'agent_committed'
"""

_PRICES = """
CREATE VIEW v_prices AS
SELECT e.session,
    json_extract(p.value, '$.model') AS model,
    json_extract(p.value, '$.input_per_token') AS input_usd_per_token,
    json_extract(p.value, '$.output_per_token') AS output_usd_per_token,
    json_extract(p.value, '$.source') AS source
FROM entries e, json_each(e.body, '$.prices') p WHERE e.kind = 'session_opened'
"""


def _ratings(view: str, kind: str, extra: str) -> str:
    return f"""
CREATE VIEW {view} AS
SELECT {_ENTRY},
    {extra}
    json_extract(r.value, '$.option') AS option,
    nullif(json_extract(r.value, '$.state'), '') AS state,
    json_extract(r.value, '$.value') AS value,
    nullif(json_extract(r.value, '$.absence'), '') AS absence,
    json_extract(r.value, '$.logit') AS logit
FROM entries e, json_each(e.body, '$.ratings') r WHERE e.kind = '{kind}'
"""


_METHOD = "json_extract(e.body, '$.method') AS method,"
_PHASE = "json_extract(e.body, '$.phase') AS phase, json_extract(e.body, '$.seconds') AS seconds,"

_BELIEFS = """
CREATE VIEW v_beliefs AS
SELECT e.session, e.seq, e.at_utc, e.round,
    json_extract(e.body, '$.phase') AS phase,
    p.key AS position,
    json_extract(h.body, '$.decision.states[' || p.key || '].label') AS state,
    p.value AS probability,
    json_extract(e.body, '$.seconds') AS seconds
FROM entries e JOIN entries h ON h.session = e.session AND h.seq = 0, json_each(e.body, '$.probabilities') p
WHERE e.kind = 'beliefs_given'
"""

_CHOICES = """
CREATE VIEW v_choices AS
SELECT e.session, e.seq, e.at_utc,
    json_extract(e.body, '$.option') AS option,
    o.label AS label,
    json_extract(e.body, '$.confidence') AS confidence,
    json_extract(e.body, '$.seconds') AS seconds
FROM entries e LEFT JOIN v_options o ON o.session = e.session AND o.option = json_extract(e.body, '$.option')
WHERE e.kind = 'choice_made'
"""

_CALLS = """
CREATE VIEW v_calls AS
WITH made AS (
    SELECT session, seq, at_utc, round, agent, 'turn' AS purpose, json_extract(body, '$.call') AS call
    FROM entries WHERE kind = 'turn_taken' AND json_type(body, '$.call') = 'object'
    UNION ALL
    SELECT e.session, e.seq, e.at_utc, e.round, e.agent,
        CASE e.kind WHEN 'claim_made' THEN 'claim' ELSE 'appraisal' END, c.value
    FROM entries e, json_each(e.body, '$.calls') c WHERE e.kind IN ('claim_made', 'appraisal_made')
)
SELECT session, seq, at_utc, round, agent, purpose,
    json_extract(call, '$.requested_model') AS requested_model,
    json_extract(call, '$.served_model') AS served_model,
    json_extract(call, '$.finish_reason') AS finish_reason,
    json_extract(call, '$.prompt_tokens') AS prompt_tokens,
    json_extract(call, '$.completion_tokens') AS completion_tokens,
    json_extract(call, '$.cost') AS cost_usd,
    json_extract(call, '$.first_token_seconds') AS first_token_seconds,
    json_extract(call, '$.total_seconds') AS total_seconds,
    json_extract(call, '$.attempts') AS attempts,
    json_extract(call, '$.from_cache') AS from_cache,
    json_extract(call, '$.fallback') AS fallback,
    json_extract(call, '$.fingerprint') AS fingerprint
FROM made
"""

_SPENDING = """
CREATE VIEW v_spending AS
SELECT session, count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens,
    CASE WHEN count(*) = count(cost_usd) THEN sum(cost_usd) END AS cost_usd,
    count(*) - count(cost_usd) AS calls_of_unknown_cost
FROM v_calls GROUP BY session
"""

VIEWS: Final = (
    _TURNS,
    _MISSED,
    _OPTIONS,
    _AGENTS,
    _PRICES,
    _ratings("v_claims", "claim_made", _METHOD),
    _ratings("v_appraisals", "appraisal_made", _METHOD),
    _ratings("v_ratings", "ratings_given", _PHASE),
    _BELIEFS,
    _CHOICES,
    _CALLS,
    _SPENDING,
)

_SESSIONS = """
CREATE VIEW v_sessions AS
SELECT s.id AS session, s.name,
    (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM tags WHERE session = s.id ORDER BY tag)) AS tags,
    s.title, s.status, CASE s.origin WHEN '' THEN 'here' ELSE s.origin END AS origin, nullif(s.parent, '') AS parent,
    s.created_utc, s.updated_utc, s.protocol, s.cast_name, s.agents, s.models, s.participant,
    nullif(s.choice, '') AS choice, s.n_turns AS turns,
    (SELECT count(*) FROM entries e WHERE e.session = s.id AND e.kind = 'turn_missed') AS missed_turns,
    s.n_events AS entries, s.version, s.seed
FROM sessions s
"""

# What an agent said in public against what it thought in private, in the same round; both are ratings of 0 to 100.
_GAPS = """
CREATE VIEW v_gaps AS
WITH claims AS MATERIALIZED (SELECT * FROM v_claims),
    appraisals AS MATERIALIZED (SELECT * FROM v_appraisals),
    options AS MATERIALIZED (SELECT * FROM v_options)
SELECT c.session, c.seq, c.round, c.agent, t.method, c.option, o.label, c.state,
    c.value AS said, t.value AS thought, c.value - t.value AS gap
FROM claims c
JOIN appraisals t ON t.session = c.session AND t.agent = c.agent AND t.round = c.round AND t.option = c.option
    AND t.state IS c.state
LEFT JOIN options o ON o.session = c.session AND o.option = c.option
"""

VIEWS_2: Final = (_SESSIONS, _GAPS)
