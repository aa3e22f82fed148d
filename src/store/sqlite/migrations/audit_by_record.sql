-- whose history it is: by record, on either side
CREATE INDEX audit_account ON audit (account) WHERE account IS NOT NULL;
CREATE INDEX audit_company ON audit (company) WHERE company IS NOT NULL;
CREATE INDEX audit_run ON audit (run);
