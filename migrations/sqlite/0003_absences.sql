-- A provider's list that does not have a message proves nothing until time enough has passed, and then only said more than once.

-- How often it has said so since then; begins anew whenever the message is handed over.
ALTER TABLE delivery ADD COLUMN absent INTEGER NOT NULL DEFAULT 0;
