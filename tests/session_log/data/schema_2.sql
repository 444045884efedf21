PRAGMA application_id = 1130905970;
PRAGMA user_version = 2;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE sessions (
        id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
        title TEXT NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'left', 'complete', 'partial')),
        created_utc TEXT NOT NULL,
        updated_utc TEXT NOT NULL,
        version TEXT NOT NULL,
        seed INTEGER NOT NULL,
        protocol TEXT NOT NULL,
        cast_name TEXT NOT NULL,
        agents TEXT NOT NULL CHECK (json_valid(agents)),
        models TEXT NOT NULL CHECK (json_valid(models)),
        participant INTEGER NOT NULL CHECK (participant IN (0, 1)),
        choice TEXT NOT NULL DEFAULT '',
        n_turns INTEGER NOT NULL DEFAULT 0,
        n_events INTEGER NOT NULL DEFAULT 0
    , name TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT '', parent TEXT NOT NULL DEFAULT '', chain TEXT NOT NULL DEFAULT '');
CREATE TABLE entries (
        session TEXT NOT NULL REFERENCES sessions (id),
        seq INTEGER NOT NULL CHECK (seq >= 0),
        at_utc TEXT NOT NULL,
        at REAL NOT NULL,
        elapsed REAL NOT NULL,
        kind TEXT NOT NULL,
        audience TEXT NOT NULL,
        agent TEXT,
        round INTEGER,
        body TEXT NOT NULL CHECK (json_valid(body)),
        PRIMARY KEY (session, seq)
    );
CREATE TABLE words (
        id INTEGER PRIMARY KEY,
        session TEXT NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('decision', 'turn', 'participant')),
        speaker TEXT NOT NULL,
        round INTEGER NOT NULL,
        text TEXT NOT NULL,
        FOREIGN KEY (session, seq) REFERENCES entries (session, seq)
    );
CREATE TABLE erasing (session TEXT PRIMARY KEY NOT NULL);
CREATE INDEX words_entry ON words (session, seq);
CREATE VIRTUAL TABLE "words_fts" USING FTS5 (
    "text",
    tokenize='trigram',
    content="words"
);
CREATE TRIGGER "words_ai" AFTER INSERT ON "words" BEGIN
  INSERT INTO "words_fts" (rowid, "text") VALUES (new.rowid, new."text");
END;
CREATE TRIGGER "words_ad" AFTER DELETE ON "words" BEGIN
  INSERT INTO "words_fts" ("words_fts", rowid, "text") VALUES('delete', old.rowid, old."text");
END;
CREATE TRIGGER "words_au" AFTER UPDATE ON "words" BEGIN
  INSERT INTO "words_fts" ("words_fts", rowid, "text") VALUES('delete', old.rowid, old."text");
  INSERT INTO "words_fts" (rowid, "text") VALUES (new.rowid, new."text");
END;
CREATE TRIGGER sessions_keep BEFORE DELETE ON sessions
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE session = OLD.id)
        BEGIN SELECT RAISE(ABORT, 'sessions are append-only: a session is deleted as a whole, by the program'); END;
CREATE TRIGGER entries_keep BEFORE DELETE ON entries
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE session = OLD.session)
        BEGIN SELECT RAISE(ABORT, 'entries are append-only: a session is deleted as a whole, by the program'); END;
CREATE TRIGGER entries_unchanged BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER words_keep BEFORE DELETE ON words
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE session = OLD.session)
        BEGIN SELECT RAISE(ABORT, 'words are append-only: a session is deleted as a whole, by the program'); END;
CREATE TRIGGER words_unchanged BEFORE UPDATE ON words
        BEGIN SELECT RAISE(ABORT, 'words are append-only'); END;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
    WHEN NEW.seq <> (SELECT coalesce(max(seq) + 1, 0) FROM entries WHERE session = NEW.session)
    BEGIN SELECT RAISE(ABORT, 'entries of a session are numbered 0, 1, 2, ... without gaps'); END;
CREATE TRIGGER sessions_header_fixed
    BEFORE UPDATE OF id, title, question, created_utc, version, seed, protocol, cast_name, agents, models ON sessions
    BEGIN SELECT RAISE(ABORT, 'the header of a session is fixed'); END;
CREATE VIEW v_turns AS
SELECT e.session, e.seq, e.at_utc, e.round, e.agent, e.audience,
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
FROM entries e WHERE e.kind = 'turn_taken';
CREATE VIEW v_missed AS
SELECT e.session, e.seq, e.at_utc, e.round, e.agent,
    json_extract(e.body, '$.cause') AS cause,
    json_extract(e.body, '$.reason') AS reason,
    json_extract(e.body, '$.error') AS error,
    json_extract(e.body, '$.retryable') AS retryable,
    json_extract(e.body, '$.partial') AS partial
FROM entries e WHERE e.kind = 'turn_missed';
CREATE VIEW v_options AS
SELECT e.session, o.key AS position,
    json_extract(o.value, '$.id') AS option,
    json_extract(o.value, '$.label') AS label,
    json_extract(o.value, '$.detail') AS detail
FROM entries e, json_each(e.body, '$.decision.options') o WHERE e.kind = 'session_opened';
CREATE VIEW v_agents AS
SELECT e.session, e.agent,
    json_extract(e.body, '$.commitment.agent.name') AS name,
    json_extract(e.body, '$.commitment.agent.model') AS model,
    json_extract(e.body, '$.commitment.agent.objective') AS objective,
    json_extract(e.body, '$.commitment.agent.tags') AS tags,
    json_extract(e.body, '$.commitment.agent.aligned') AS aligned,
    json_extract(e.body, '$.commitment.fingerprint') AS fingerprint
FROM entries e WHERE e.kind = 'agent_committed';
CREATE VIEW v_prices AS
SELECT e.session,
    json_extract(p.value, '$.model') AS model,
    json_extract(p.value, '$.input_per_token') AS input_usd_per_token,
    json_extract(p.value, '$.output_per_token') AS output_usd_per_token,
    json_extract(p.value, '$.source') AS source
FROM entries e, json_each(e.body, '$.prices') p WHERE e.kind = 'session_opened';
CREATE VIEW v_claims AS
SELECT e.session, e.seq, e.at_utc, e.round, e.agent,
    json_extract(e.body, '$.method') AS method,
    json_extract(r.value, '$.option') AS option,
    nullif(json_extract(r.value, '$.state'), '') AS state,
    json_extract(r.value, '$.value') AS value,
    nullif(json_extract(r.value, '$.absence'), '') AS absence,
    json_extract(r.value, '$.logit') AS logit
FROM entries e, json_each(e.body, '$.ratings') r WHERE e.kind = 'claim_made';
CREATE VIEW v_appraisals AS
SELECT e.session, e.seq, e.at_utc, e.round, e.agent,
    json_extract(e.body, '$.method') AS method,
    json_extract(r.value, '$.option') AS option,
    nullif(json_extract(r.value, '$.state'), '') AS state,
    json_extract(r.value, '$.value') AS value,
    nullif(json_extract(r.value, '$.absence'), '') AS absence,
    json_extract(r.value, '$.logit') AS logit
FROM entries e, json_each(e.body, '$.ratings') r WHERE e.kind = 'appraisal_made';
CREATE VIEW v_ratings AS
SELECT e.session, e.seq, e.at_utc, e.round, e.agent,
    json_extract(e.body, '$.phase') AS phase, json_extract(e.body, '$.seconds') AS seconds,
    json_extract(r.value, '$.option') AS option,
    nullif(json_extract(r.value, '$.state'), '') AS state,
    json_extract(r.value, '$.value') AS value,
    nullif(json_extract(r.value, '$.absence'), '') AS absence,
    json_extract(r.value, '$.logit') AS logit
FROM entries e, json_each(e.body, '$.ratings') r WHERE e.kind = 'ratings_given';
CREATE VIEW v_beliefs AS
SELECT e.session, e.seq, e.at_utc, e.round,
    json_extract(e.body, '$.phase') AS phase,
    p.key AS position,
    json_extract(h.body, '$.decision.states[' || p.key || '].label') AS state,
    p.value AS probability,
    json_extract(e.body, '$.seconds') AS seconds
FROM entries e JOIN entries h ON h.session = e.session AND h.seq = 0, json_each(e.body, '$.probabilities') p
WHERE e.kind = 'beliefs_given';
CREATE VIEW v_choices AS
SELECT e.session, e.seq, e.at_utc,
    json_extract(e.body, '$.option') AS option,
    o.label AS label,
    json_extract(e.body, '$.confidence') AS confidence,
    json_extract(e.body, '$.seconds') AS seconds
FROM entries e LEFT JOIN v_options o ON o.session = e.session AND o.option = json_extract(e.body, '$.option')
WHERE e.kind = 'choice_made';
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
FROM made;
CREATE VIEW v_spending AS
SELECT session, count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens,
    CASE WHEN count(*) = count(cost_usd) THEN sum(cost_usd) END AS cost_usd,
    count(*) - count(cost_usd) AS calls_of_unknown_cost
FROM v_calls GROUP BY session;
CREATE TABLE tags (
        session TEXT NOT NULL REFERENCES sessions (id),
        tag TEXT NOT NULL CHECK (tag <> ''),
        PRIMARY KEY (session, tag)
    );
CREATE INDEX tags_tag ON tags (tag);
CREATE INDEX entries_kind ON entries (kind, session);
CREATE VIEW v_sessions AS
SELECT s.id AS session, s.name,
    (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM tags WHERE session = s.id ORDER BY tag)) AS tags,
    s.title, s.status, CASE s.origin WHEN '' THEN 'here' ELSE s.origin END AS origin, nullif(s.parent, '') AS parent,
    s.created_utc, s.updated_utc, s.protocol, s.cast_name, s.agents, s.models, s.participant,
    nullif(s.choice, '') AS choice, s.n_turns AS turns,
    (SELECT count(*) FROM entries e WHERE e.session = s.id AND e.kind = 'turn_missed') AS missed_turns,
    s.n_events AS entries, s.version, s.seed
FROM sessions s;
CREATE VIEW v_gaps AS
WITH claims AS MATERIALIZED (SELECT * FROM v_claims),
    appraisals AS MATERIALIZED (SELECT * FROM v_appraisals),
    options AS MATERIALIZED (SELECT * FROM v_options)
SELECT c.session, c.seq, c.round, c.agent, t.method, c.option, o.label, c.state,
    c.value AS said, t.value AS thought, c.value - t.value AS gap
FROM claims c
JOIN appraisals t ON t.session = c.session AND t.agent = c.agent AND t.round = c.round AND t.option = c.option
    AND t.state IS c.state
LEFT JOIN options o ON o.session = c.session AND o.option = c.option;
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (1, 'chatarena', 'm001_first', '2026-11-26 23:12:29.913535+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (2, 'chatarena', 'm002_library', '2026-11-26 23:12:29.920487+00:00');
INSERT INTO sessions (id, title, question, status, created_utc, updated_utc, version, seed, protocol, cast_name, agents, models, participant, choice, n_turns, n_events, name, origin, parent, chain) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 'Should we move to the coast?', 'Should we move
to the coast?', 'complete', '2026-09-21T14:13:20.000Z', '2026-09-21T14:13:46.000Z', '0.1.0', 7, 'simultaneous', 'diverse', '["Ash", "樺"]', '["local/m", "openai/gpt-x"]', 1, 'Stay', 2, 27, '', '', '', '00843dc8281dfbb417fe8f7725d0fb796e8ac46fa3a2fb4321791fcb5232ebc8');
INSERT INTO sessions (id, title, question, status, created_utc, updated_utc, version, seed, protocol, cast_name, agents, models, participant, choice, n_turns, n_events, name, origin, parent, chain) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 'Should we move to the coast?', 'Should we move
to the coast?', 'open', '2026-09-21T14:13:20.000Z', '2026-09-21T14:13:26.000Z', '0.1.0', 7, 'simultaneous', 'diverse', '["Ash", "樺"]', '["local/m", "openai/gpt-x"]', 1, '', 1, 7, 'The borrowed one', 'fork', 'S9', 'c7010681c0ac94d902a6141b643faeae880aeb7d0b1b6d4be65753285c6bbce8');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 0, '2026-09-21T14:13:20.000Z', 1790000000.0, 0.25, 'session_opened', 'public', NULL, NULL, '{"kind":"session_opened","version":"0.1.0","decision":{"question":"Should we move\nto the coast?","options":[{"id":"move","label":"Move","detail":""},{"id":"stay","label":"Stay","detail":"near the zugzwang club"}],"context":"We both work from home.","states":[{"id":"sun","label":"It is sunny","probability":0.7},{"id":"rain","label":"It rains","probability":0.3}],"evidence":[]},"faces":[{"label":"Ash","model":"openai/gpt-x","fingerprint":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},{"label":"樺","model":"local/m","fingerprint":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],"protocol":{"name":"simultaneous","rounds":2,"shuffle":true,"hearing":[]},"settings":{"appraise":["verbal","logprob"],"source":"auto","precision":8.0,"budget":null,"token_budget":null,"fallback":"","participant":true},"seed":7,"prices":[{"model":"openai/gpt-x","input_per_token":1e-6,"output_per_token":null,"source":"test"}],"cast":"diverse","records":[]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 1, '2026-09-21T14:13:21.000Z', 1790000001.0, 1.25, 'agent_committed', 'analyst', 'Ash', NULL, '{"kind":"agent_committed","commitment":{"agent":{"name":"ash","label":"Ash","objective":"Sell houses.","goal":"","persona":"","tags":["seller"],"model":"openai/gpt-x","sampling":{"temperature":0.7,"top_p":null,"max_tokens":220,"repeat_penalty":null,"stop":[]},"favours":"","evidence":[],"aligned":false},"rule":[{"purpose":"brief","text":"You are ⟦own⟧."}],"fingerprint":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 2, '2026-09-21T14:13:22.000Z', 1790000002.0, 2.25, 'agent_committed', 'analyst', '樺', NULL, '{"kind":"agent_committed","commitment":{"agent":{"name":"樺","label":"樺","objective":"Sell houses.","goal":"","persona":"","tags":["seller"],"model":"openai/gpt-x","sampling":{"temperature":0.7,"top_p":null,"max_tokens":220,"repeat_penalty":null,"stop":[]},"favours":"","evidence":[],"aligned":false},"rule":[{"purpose":"brief","text":"You are ⟦own⟧."}],"fingerprint":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 3, '2026-09-21T14:13:23.000Z', 1790000003.0, 3.25, 'ratings_given', 'participant', NULL, 0, '{"kind":"ratings_given","phase":"prior","round":0,"ratings":[{"option":"move","value":80.0,"absence":"","state":"","logit":null},{"option":"stay","value":null,"absence":"not in the reply","state":"","logit":null}],"seconds":4.5}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 4, '2026-09-21T14:13:24.000Z', 1790000004.0, 4.25, 'beliefs_given', 'participant', NULL, 0, '{"kind":"beliefs_given","phase":"prior","round":0,"probabilities":[0.6,0.4],"seconds":2.5}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 5, '2026-09-21T14:13:25.000Z', 1790000005.0, 5.25, 'round_opened', 'public', NULL, 1, '{"kind":"round_opened","round":1,"order":["樺","Ash"]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 6, '2026-09-21T14:13:26.000Z', 1790000006.0, 6.25, 'turn_taken', 'public', 'Ash', 1, '{"kind":"turn_taken","agent":"Ash","round":1,"text":"The sea is good for you.","status":"complete","audience":"public","trimmed":false,"call":{"fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","requested_model":"openai/gpt-x","served_model":"gpt-x-2026","finish_reason":"stop","prompt_tokens":100,"completion_tokens":20,"cost":0.25,"first_token_seconds":0.5,"total_seconds":2.0,"attempts":1,"from_cache":false,"fallback":false}}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 7, '2026-09-21T14:13:27.000Z', 1790000007.0, 7.25, 'turn_missed', 'participant', '樺', 1, '{"kind":"turn_missed","agent":"樺","round":1,"cause":"failed","reason":"the provider is down","error":"ProviderUnavailable","partial":"","retryable":false}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 8, '2026-09-21T14:13:28.000Z', 1790000008.0, 8.25, 'claim_made', 'public', 'Ash', 1, '{"kind":"claim_made","agent":"Ash","round":1,"ratings":[{"option":"move","value":80.0,"absence":"","state":"","logit":null},{"option":"stay","value":null,"absence":"not in the reply","state":"","logit":null}],"audience":"public","method":"verbal","raw":"{\"move\": 80}","calls":[{"fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","requested_model":"openai/gpt-x","served_model":"gpt-x-2026","finish_reason":"stop","prompt_tokens":100,"completion_tokens":20,"cost":0.25,"first_token_seconds":0.5,"total_seconds":2.0,"attempts":1,"from_cache":false,"fallback":false},{"fingerprint":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","requested_model":"local/m","served_model":"m","finish_reason":"length","prompt_tokens":null,"completion_tokens":null,"cost":null,"first_token_seconds":null,"total_seconds":null,"attempts":1,"from_cache":false,"fallback":false}]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 9, '2026-09-21T14:13:29.000Z', 1790000009.0, 9.25, 'appraisal_made', 'analyst', 'Ash', 1, '{"kind":"appraisal_made","agent":"Ash","round":1,"ratings":[{"option":"move","value":61.5,"absence":"","state":"sun","logit":0.46}],"method":"logprob","raw":"","calls":[{"fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","requested_model":"openai/gpt-x","served_model":"gpt-x-2026","finish_reason":"stop","prompt_tokens":100,"completion_tokens":20,"cost":0.25,"first_token_seconds":0.5,"total_seconds":2.0,"attempts":1,"from_cache":false,"fallback":false}]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 10, '2026-09-21T14:13:30.000Z', 1790000010.0, 10.25, 'forecast_shown', 'participant', NULL, 1, '{"kind":"forecast_shown","round":1,"forecast":{"source":"panel","precision":8.0,"utilities":[0.8,null],"probabilities":[1.0,null],"normalisation":"ratings divided by 100","entropy":0.0,"margin":null,"best":["move"],"heard":["Ash"],"absence":""}}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 11, '2026-09-21T14:13:31.000Z', 1790000011.0, 11.25, 'participant_spoke', 'agent:Ash', NULL, 1, '{"kind":"participant_spoke","text":"And the schools?","round":1,"to":"Ash"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 12, '2026-09-21T14:13:32.000Z', 1790000012.0, 12.25, 'precision_set', 'participant', NULL, NULL, '{"kind":"precision_set","precision":4.0}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 13, '2026-09-21T14:13:33.000Z', 1790000013.0, 13.25, 'floor_passed', 'participant', NULL, 1, '{"kind":"floor_passed","round":1,"seconds":1.5}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 14, '2026-09-21T14:13:34.000Z', 1790000014.0, 14.25, 'round_added', 'public', NULL, NULL, '{"kind":"round_added"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 15, '2026-09-21T14:13:35.000Z', 1790000015.0, 15.25, 'round_opened', 'public', NULL, 2, '{"kind":"round_opened","round":2,"order":["Ash","樺"]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 16, '2026-09-21T14:13:36.000Z', 1790000016.0, 16.25, 'turn_taken', 'agent:樺', '樺', 2, '{"kind":"turn_taken","agent":"樺","round":2,"text":"海辺の町は静かです。","status":"interrupted","audience":"agent:樺","trimmed":false,"call":null}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 17, '2026-09-21T14:13:37.000Z', 1790000017.0, 17.25, 'round_stopped', 'public', NULL, 2, '{"kind":"round_stopped","round":2}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 18, '2026-09-21T14:13:38.000Z', 1790000018.0, 18.25, 'debate_stopped', 'public', NULL, NULL, '{"kind":"debate_stopped","by":"participant","reason":"enough"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 19, '2026-09-21T14:13:39.000Z', 1790000019.0, 19.25, 'session_left', 'participant', NULL, NULL, '{"kind":"session_left","reason":"the program ended"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 20, '2026-09-21T14:13:40.000Z', 1790000020.0, 20.25, 'session_resumed', 'participant', NULL, NULL, '{"kind":"session_resumed","version":"0.1.1","retry_missed":true}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 21, '2026-09-21T14:13:41.000Z', 1790000021.0, 21.25, 'ratings_given', 'participant', NULL, 2, '{"kind":"ratings_given","phase":"final","round":2,"ratings":[{"option":"move","value":null,"absence":"declined","state":"","logit":null}],"seconds":null}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 22, '2026-09-21T14:13:42.000Z', 1790000022.0, 22.25, 'recommendation_shown', 'participant', NULL, NULL, '{"kind":"recommendation_shown","card":{"status":"partial","recommended":["move"],"probability":0.75,"runner_up":"stay","lead":12.5,"source":"panel","heard":1,"seats":2,"missed":[{"agent":"樺","reason":"did not speak"}],"unrated":["stay"],"flips":[{"agent":"Ash","recommended":["stay"],"flipped":true}],"bound":{"total":null,"logit_term":0.08,"hull_term":null,"learning_term":null,"vacuous":false,"assumptions":["a"],"missing":["b"],"source":"T2"},"precision":8.0,"absence":""}}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 23, '2026-09-21T14:13:43.000Z', 1790000023.0, 23.25, 'agent_selected', 'participant', 'Ash', NULL, '{"kind":"agent_selected","agent":"Ash","seconds":3.25}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 24, '2026-09-21T14:13:44.000Z', 1790000024.0, 24.25, 'choice_made', 'participant', NULL, NULL, '{"kind":"choice_made","option":"stay","confidence":55.0,"seconds":6.5}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 25, '2026-09-21T14:13:45.000Z', 1790000025.0, 25.25, 'revealed', 'participant', NULL, NULL, '{"kind":"revealed"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N001', 26, '2026-09-21T14:13:46.000Z', 1790000026.0, 26.25, 'session_closed', 'participant', NULL, NULL, '{"kind":"session_closed","status":"complete"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 0, '2026-09-21T14:13:20.000Z', 1790000000.0, 0.25, 'session_opened', 'public', NULL, NULL, '{"kind":"session_opened","version":"0.1.0","decision":{"question":"Should we move\nto the coast?","options":[{"id":"move","label":"Move","detail":""},{"id":"stay","label":"Stay","detail":"near the zugzwang club"}],"context":"We both work from home.","states":[{"id":"sun","label":"It is sunny","probability":0.7},{"id":"rain","label":"It rains","probability":0.3}],"evidence":[]},"faces":[{"label":"Ash","model":"openai/gpt-x","fingerprint":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},{"label":"樺","model":"local/m","fingerprint":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],"protocol":{"name":"simultaneous","rounds":2,"shuffle":true,"hearing":[]},"settings":{"appraise":["verbal","logprob"],"source":"auto","precision":8.0,"budget":null,"token_budget":null,"fallback":"","participant":true},"seed":7,"prices":[{"model":"openai/gpt-x","input_per_token":1e-6,"output_per_token":null,"source":"test"}],"cast":"diverse","records":[]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 1, '2026-09-21T14:13:21.000Z', 1790000001.0, 1.25, 'session_imported', 'participant', NULL, NULL, '{"kind":"session_imported","format":"debates","source":"one.json","key":"7","sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","remarks":["turns are in file order"],"unmapped":[{"where":"votes","count":3,"why":"no place for them","sample":"+1"}]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 2, '2026-09-21T14:13:22.000Z', 1790000002.0, 2.25, 'session_rerun', 'participant', NULL, NULL, '{"kind":"session_rerun","parent":"S0","prefix":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","version":"0.2.0","models":["local/m"]}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 3, '2026-09-21T14:13:23.000Z', 1790000003.0, 3.25, 'session_forked', 'participant', NULL, NULL, '{"kind":"session_forked","parent":"S9","at":4,"prefix":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","version":"0.2.0","without":["Ash"],"unheeded":[],"order":"reversed","precision":2.5,"weights":[{"agent":"樺","weight":0.5}],"participant":false,"reason":"what if"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 4, '2026-09-21T14:13:24.000Z', 1790000004.0, 4.25, 'outcome_known', 'participant', NULL, NULL, '{"kind":"outcome_known","state":"rain"}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 5, '2026-09-21T14:13:25.000Z', 1790000005.0, 5.25, 'belief_scored', 'participant', NULL, NULL, '{"kind":"belief_scored","rule":{"log_base":2.0,"coefficient":1.0,"constant":0.0,"penalty":0.1},"rounds":1,"value":-1.4}');
INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 6, '2026-09-21T14:13:26.000Z', 1790000006.0, 6.25, 'turn_taken', 'public', 'Ash', 1, '{"kind":"turn_taken","agent":"Ash","round":1,"text":"The sea is good for you.","status":"complete","audience":"public","trimmed":false,"call":{"fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","requested_model":"openai/gpt-x","served_model":"gpt-x-2026","finish_reason":"stop","prompt_tokens":100,"completion_tokens":20,"cost":0.25,"first_token_seconds":0.5,"total_seconds":2.0,"attempts":1,"from_cache":false,"fallback":false}}');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (1, '01K5PZ4V00SEC0NDVERS10N001', 0, 'decision', '', 0, 'Should we move
to the coast?
We both work from home.
Move
Stay
near the zugzwang club');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (2, '01K5PZ4V00SEC0NDVERS10N001', 6, 'turn', 'Ash', 1, 'The sea is good for you.');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (3, '01K5PZ4V00SEC0NDVERS10N001', 11, 'participant', '', 1, 'And the schools?');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (4, '01K5PZ4V00SEC0NDVERS10N001', 16, 'turn', '樺', 2, '海辺の町は静かです。');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (5, '01K5PZ4V00SEC0NDVERS10N002', 0, 'decision', '', 0, 'Should we move
to the coast?
We both work from home.
Move
Stay
near the zugzwang club');
INSERT INTO words (id, session, seq, kind, speaker, round, text) VALUES (6, '01K5PZ4V00SEC0NDVERS10N002', 6, 'turn', 'Ash', 1, 'The sea is good for you.');
INSERT INTO tags (session, tag) VALUES ('01K5PZ4V00SEC0NDVERS10N002', 'pilot');
INSERT INTO tags (session, tag) VALUES ('01K5PZ4V00SEC0NDVERS10N002', '海');
