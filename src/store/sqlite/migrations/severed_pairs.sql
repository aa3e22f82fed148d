-- pairs that were unlinked, with the link as it was (S7.6, S9.2)
CREATE TABLE severed (
    account TEXT NOT NULL,
    company TEXT NOT NULL,
    why INT NOT NULL,
    at_ms INT NOT NULL,
    state INT NOT NULL,
    origin INT NOT NULL,
    since_ms INT NOT NULL,
    run INT NOT NULL,
    base_sf BLOB NOT NULL,
    base_hs BLOB,
    wrote_sf INT NOT NULL,
    wrote_hs INT NOT NULL,
    PRIMARY KEY (account, company)
) WITHOUT ROWID;
CREATE INDEX severed_company ON severed (company);
