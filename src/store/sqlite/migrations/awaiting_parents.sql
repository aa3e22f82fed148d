-- linked records whose parent is not linked (S11.2)
CREATE TABLE awaiting (
    side INT NOT NULL,
    parent TEXT NOT NULL,
    child TEXT NOT NULL,
    PRIMARY KEY (side, parent, child)
) WITHOUT ROWID;
