-- what waits, apart: it comes and goes without touching wide rows
CREATE TABLE account_wait (
    id TEXT NOT NULL PRIMARY KEY,
    due_ms INT NOT NULL,
    cause INT NOT NULL,
    attempts INT NOT NULL
) WITHOUT ROWID;
INSERT INTO account_wait
    SELECT id, due_ms, cause, attempts
    FROM account
    WHERE due_ms <> 0 OR cause <> 0 OR attempts <> 0;
DROP INDEX account_due;
ALTER TABLE account DROP COLUMN due_ms;
ALTER TABLE account DROP COLUMN cause;
ALTER TABLE account DROP COLUMN attempts;
CREATE INDEX account_due ON account_wait (due_ms, id) WHERE due_ms > 0;

CREATE TABLE company_wait (
    id TEXT NOT NULL PRIMARY KEY,
    due_ms INT NOT NULL,
    cause INT NOT NULL,
    attempts INT NOT NULL
) WITHOUT ROWID;
INSERT INTO company_wait
    SELECT id, due_ms, cause, attempts
    FROM company
    WHERE due_ms <> 0 OR cause <> 0 OR attempts <> 0;
DROP INDEX company_due;
ALTER TABLE company DROP COLUMN due_ms;
ALTER TABLE company DROP COLUMN cause;
ALTER TABLE company DROP COLUMN attempts;
CREATE INDEX company_due ON company_wait (due_ms, id) WHERE due_ms > 0;
