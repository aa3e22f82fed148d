-- fields that automations fight about (S8.5); mostly empty
CREATE TABLE duel (
    account TEXT NOT NULL,
    map INT NOT NULL,
    holds INT NOT NULL,
    tried INT NOT NULL,
    at_ms INT NOT NULL,
    PRIMARY KEY (account, map)
) WITHOUT ROWID;
