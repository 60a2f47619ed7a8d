-- What a mark of having read somebody's last message names: the provider's id of it.
ALTER TABLE contact ADD COLUMN last_message TEXT;
-- Who is known by something else is asked for their number.
CREATE INDEX form_address ON form (organization, address);
