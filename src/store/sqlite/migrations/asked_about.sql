-- about whom records wait for a person (S7.2); `side` is theirs who wait
CREATE TABLE asked (
    side INT NOT NULL,
    candidate TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (side, candidate, record)
) WITHOUT ROWID;
INSERT OR IGNORE INTO asked
    WITH RECURSIVE about (side, record, id, rest) AS (
        SELECT side, record, '', candidates || ';' FROM review WHERE fields = ''
        UNION ALL
        SELECT side, record, substr(rest, 1, instr(rest, ';') - 1),
            substr(rest, instr(rest, ';') + 1)
        FROM about
        WHERE rest <> ''
    )
    SELECT side, id, record FROM about WHERE id <> '';
-- why one may enter was forgotten with its question: somebody listed it, or edited it; and that a
-- duplicate rule had blocked it
INSERT INTO account_wait
    SELECT r.record, 0, 256 + 512 * (r.why = 'duplicate_rule'), 0
    FROM review r
    WHERE r.side = 0 AND NOT EXISTS (SELECT 1 FROM link l WHERE l.account = r.record)
    ON CONFLICT (id) DO UPDATE SET cause = cause | excluded.cause;
INSERT INTO company_wait
    SELECT r.record, 0, 256 + 512 * (r.why = 'duplicate_rule'), 0
    FROM review r
    WHERE r.side = 1 AND NOT EXISTS (SELECT 1 FROM link l WHERE l.company = r.record)
    ON CONFLICT (id) DO UPDATE SET cause = cause | excluded.cause;
