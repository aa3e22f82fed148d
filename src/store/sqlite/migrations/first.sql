CREATE TABLE doc (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    asked_ms INT NOT NULL,
    created_ms INT NOT NULL,
    modified_ms INT NOT NULL,
    edited_ms INT NOT NULL,
    state INT NOT NULL,
    survivor TEXT,
    name TEXT,
    key TEXT,
    native TEXT,
    host TEXT,
    host_key INT,
    site_key INT,
    flags INT NOT NULL,
    more BLOB,
    packed BLOB NOT NULL,
    print INT NOT NULL,
    due_ms INT NOT NULL,
    cause INT NOT NULL,
    attempts INT NOT NULL
);

CREATE TABLE account_site (
    site_key INT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (site_key, id)
) WITHOUT ROWID;
CREATE INDEX account_due ON account (due_ms, id) WHERE due_ms > 0;

CREATE TABLE company (
    id TEXT NOT NULL PRIMARY KEY,
    asked_ms INT NOT NULL,
    created_ms INT NOT NULL,
    modified_ms INT NOT NULL,
    edited_ms INT NOT NULL,
    state INT NOT NULL,
    survivor TEXT,
    name TEXT,
    key TEXT,
    native TEXT,
    host TEXT,
    host_key INT,
    site_key INT,
    flags INT NOT NULL,
    more BLOB,
    packed BLOB NOT NULL,
    print INT NOT NULL,
    due_ms INT NOT NULL,
    cause INT NOT NULL,
    attempts INT NOT NULL
);

CREATE TABLE company_site (
    site_key INT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (site_key, id)
) WITHOUT ROWID;
CREATE INDEX company_due ON company (due_ms, id) WHERE due_ms > 0;

CREATE TABLE link (
    account TEXT NOT NULL PRIMARY KEY,
    company TEXT NOT NULL,
    state INT NOT NULL,
    origin INT NOT NULL,
    since_ms INT NOT NULL,
    run INT NOT NULL,
    base_sf BLOB NOT NULL,
    base_hs BLOB,
    wrote_sf INT NOT NULL,
    wrote_hs INT NOT NULL
);
CREATE UNIQUE INDEX link_company ON link (company);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INT NOT NULL,
    side INT NOT NULL,
    made_ms INT NOT NULL,
    records INT NOT NULL,
    payload BLOB NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    run INT NOT NULL,
    at_ms INT NOT NULL,
    side INT NOT NULL,
    account TEXT,
    company TEXT,
    action TEXT NOT NULL,
    detail BLOB NOT NULL
);

CREATE TABLE record_error (
    side INT NOT NULL,
    record TEXT NOT NULL,
    field TEXT NOT NULL,
    partner TEXT,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    value TEXT,
    message TEXT NOT NULL,
    remedy TEXT,
    first_ms INT NOT NULL,
    last_ms INT NOT NULL,
    next_ms INT NOT NULL,
    attempts INT NOT NULL,
    PRIMARY KEY (side, record, field)
) WITHOUT ROWID;

CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    side INT NOT NULL,
    record TEXT NOT NULL,
    why TEXT NOT NULL,
    rule TEXT NOT NULL,
    candidates TEXT NOT NULL,
    at_ms INT NOT NULL,
    UNIQUE (side, record)
);

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    state INT NOT NULL,
    began_ms INT NOT NULL,
    ended_ms INT NOT NULL,
    position TEXT NOT NULL,
    summary TEXT NOT NULL
);

-- How many of each there are, kept with every change: a quiet pass counts nothing.
CREATE TABLE tally (
    name TEXT NOT NULL PRIMARY KEY,
    n INT NOT NULL
) WITHOUT ROWID;

CREATE TABLE created (
    run INT NOT NULL,
    side INT NOT NULL,
    at_ms INT NOT NULL,
    n INT NOT NULL
);
INSERT INTO tally VALUES ('account', 0), ('company', 0), ('link', 0), ('person', 0);
