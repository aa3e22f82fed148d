-- the fields that a person is asked about (S5.5)
ALTER TABLE review ADD COLUMN fields TEXT NOT NULL DEFAULT '';
