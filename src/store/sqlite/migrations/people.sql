-- people as evidence (S3.5, S3.6): addresses as keyed hashes only
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    kind INT NOT NULL,
    state INT NOT NULL,
    modified_ms INT NOT NULL,
    email BLOB,
    next TEXT,
    account TEXT,
    converted INT NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_email ON person (email) WHERE email IS NOT NULL;
CREATE INDEX person_next ON person (next) WHERE next IS NOT NULL;

CREATE TABLE contact (
    id TEXT NOT NULL PRIMARY KEY,
    modified_ms INT NOT NULL,
    email BLOB,
    names_contact TEXT,
    names_lead TEXT,
    company TEXT,
    state INT NOT NULL,
    person TEXT,
    account TEXT,
    converted INT NOT NULL
) WITHOUT ROWID;
CREATE INDEX contact_email ON contact (email) WHERE email IS NOT NULL;
CREATE INDEX contact_names_contact ON contact (names_contact) WHERE names_contact IS NOT NULL;
CREATE INDEX contact_names_lead ON contact (names_lead) WHERE names_lead IS NOT NULL;
CREATE INDEX contact_person ON contact (person) WHERE person IS NOT NULL;
CREATE INDEX contact_account ON contact (account) WHERE account IS NOT NULL;

CREATE TABLE company_contact (
    company TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (company, contact)
) WITHOUT ROWID;
CREATE INDEX company_contact_contact ON company_contact (contact);

CREATE TABLE unsettled (
    contact TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE chosen_list (
    kind INT NOT NULL PRIMARY KEY,
    list TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE list_member (
    kind INT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, record)
) WITHOUT ROWID;

-- Those that may become accounts; nearly all linked ones have our key, so it stays small.
CREATE INDEX company_candidate ON company (id) WHERE state = 0 AND flags & 2 = 0 AND key IS NULL;
