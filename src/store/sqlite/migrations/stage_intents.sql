-- what was about to be written to a company (S8.2)
ALTER TABLE stage_move ADD COLUMN was TEXT;
ALTER TABLE stage_move ADD COLUMN becomes TEXT;
