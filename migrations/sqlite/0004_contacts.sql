-- People on channels: when they last wrote, what else they are called, and the one-time words by which a chat goes from one to another.

-- An address as pairs and deliveries name it, on the connection that knows it.
CREATE TABLE contact (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    address      TEXT NOT NULL,
    -- Their last message: it opens the window for free text.
    heard_at     INTEGER,
    -- The form of the address that was last seen, where it is another one: messages go there.
    sends_to     TEXT,
    -- Whose it is beyond doubt: they sent our one-time code from it.
    visitor      TEXT,
    PRIMARY KEY (organization, connection, address)
) STRICT, WITHOUT ROWID;

-- What else the provider calls the same person.
CREATE TABLE form (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    form         TEXT NOT NULL,
    address      TEXT NOT NULL,
    PRIMARY KEY (organization, connection, form)
) STRICT, WITHOUT ROWID;

-- One-time words, by their hashes: a code that a phone sends, or a link that a browser opens.
CREATE TABLE ticket (
    organization TEXT NOT NULL,
    hash         TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('code', 'return')),
    conversation TEXT NOT NULL,
    -- The leg that a link was asked for on.
    leg          INTEGER CHECK ((kind = 'return') = (leg IS NOT NULL)),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    PRIMARY KEY (organization, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_conversation ON ticket (organization, conversation, created_at);

-- Browsers that came by a link: whose visitor they are, and from where in the log they may read.
CREATE TABLE pass (
    organization TEXT NOT NULL,
    token_hash   TEXT NOT NULL,
    visitor      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    -- The leg that their link came by.
    leg          INTEGER NOT NULL,
    -- The first entry that they may read.
    since        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, token_hash)
) STRICT, WITHOUT ROWID;

-- The template that a message is sent as.
ALTER TABLE delivery ADD COLUMN template TEXT;
