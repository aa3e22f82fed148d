-- near names (S7.4)
ALTER TABLE account ADD COLUMN name_key INT;
ALTER TABLE company ADD COLUMN name_key INT;
