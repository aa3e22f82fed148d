-- contacts' lifecycle stages, and those that changed (S10.1)
ALTER TABLE contact ADD COLUMN stage TEXT;

CREATE TABLE stage_move (
    contact TEXT NOT NULL PRIMARY KEY,
    due_ms INT NOT NULL,
    attempts INT NOT NULL
) WITHOUT ROWID;
