-- Whether a record moved is asked of its values.
ALTER TABLE account DROP COLUMN print;
ALTER TABLE company DROP COLUMN print;
