-- what the brakes count (S12.3), one row a run, side, kind and field
CREATE TABLE braked (
    run INT NOT NULL,
    side INT NOT NULL,
    what INT NOT NULL,
    map INT NOT NULL,
    at_ms INT NOT NULL,
    n INT NOT NULL,
    PRIMARY KEY (run, side, what, map)
) WITHOUT ROWID;
INSERT INTO braked
    SELECT c.run, c.side, 0, 0, max(c.at_ms), sum(c.n)
    FROM created c
    JOIN run r ON r.id = c.run
    WHERE r.kind <> 'import'
    GROUP BY c.run, c.side;
DROP TABLE created;
