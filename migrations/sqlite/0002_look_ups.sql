-- Three questions that read everything an organization has: who has an address, what else went to it, and is its like on its way.

-- With the conversation in it, it answers alone; without, the key of the organization is chosen over it.
CREATE INDEX pair_address ON pair (organization, address, conversation);
CREATE INDEX delivery_address ON delivery (organization, connection, address, created_at);

-- A visitor has few conversations; an index that holds when each last changed would be rewritten by every message.
DROP INDEX conversation_visitor;
CREATE INDEX conversation_visitor ON conversation (organization, visitor);
