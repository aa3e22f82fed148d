-- A base is nearly always what its record holds: NULL then, and written out by the record's own
-- change. So links are narrow, and a moved record touches few of their pages.
CREATE TABLE pair (
    account TEXT NOT NULL PRIMARY KEY,
    company TEXT NOT NULL,
    state INT NOT NULL,
    origin INT NOT NULL,
    since_ms INT NOT NULL,
    run INT NOT NULL,
    base_sf BLOB,
    base_hs BLOB,
    wrote_sf INT NOT NULL,
    wrote_hs INT NOT NULL
);
INSERT INTO pair
    SELECT l.account, l.company, l.state, l.origin, l.since_ms, l.run,
        nullif(l.base_sf, a.packed), nullif(coalesce(l.base_hs, l.base_sf), c.packed),
        l.wrote_sf, l.wrote_hs
    FROM link l
    LEFT JOIN account a ON a.id = l.account
    LEFT JOIN company c ON c.id = l.company
    ORDER BY l.account;
DROP TABLE link;
ALTER TABLE pair RENAME TO link;
CREATE UNIQUE INDEX link_company ON link (company);

CREATE TRIGGER account_moves BEFORE UPDATE OF packed ON account
    WHEN old.packed IS NOT new.packed BEGIN
    UPDATE link SET base_sf = old.packed WHERE account = old.id AND base_sf IS NULL;
END;

CREATE TRIGGER company_moves BEFORE UPDATE OF packed ON company
    WHEN old.packed IS NOT new.packed BEGIN
    UPDATE link SET base_hs = old.packed WHERE company = old.id AND base_hs IS NULL;
END;
