-- private SF contacts that wait for their company's account (S3.7)
CREATE TABLE placing (
    person TEXT NOT NULL PRIMARY KEY,
    contact TEXT NOT NULL,
    company TEXT NOT NULL,
    run INT NOT NULL,
    due_ms INT NOT NULL,
    attempts INT NOT NULL
) WITHOUT ROWID;
