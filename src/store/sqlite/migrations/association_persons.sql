-- Whom of Salesforce an intent, or an error, of a contact is of: the contact may sync with another by
-- the time it is looked at (S8.2, S15.1). An undo's intent is settled as an undo (S12.5).
ALTER TABLE association_move ADD COLUMN person TEXT;
ALTER TABLE association_move ADD COLUMN undoes INT NOT NULL DEFAULT 0;
UPDATE association_move SET person = (SELECT person FROM contact c WHERE c.id = contact);
