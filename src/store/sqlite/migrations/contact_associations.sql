-- Accounts and primary companies that are to agree (S11.1): where contacts were when last handled,
-- and those that moved since; nothing while it is off.
CREATE TABLE association_watch (since_ms INT NOT NULL);
CREATE TABLE association (
    contact TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    account TEXT,
    company TEXT
) WITHOUT ROWID;
CREATE TABLE association_move (
    contact TEXT NOT NULL PRIMARY KEY,
    due_ms INT NOT NULL,
    attempts INT NOT NULL,
    awaits TEXT,
    side INT NOT NULL,
    was TEXT,
    becomes TEXT
) WITHOUT ROWID;
CREATE INDEX association_move_awaits ON association_move (awaits) WHERE awaits IS NOT NULL;
