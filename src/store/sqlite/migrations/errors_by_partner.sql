-- a record's errors, whichever of the two it is in them
CREATE INDEX record_error_partner ON record_error (partner) WHERE partner IS NOT NULL;
