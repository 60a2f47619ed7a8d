-- Files that go with messages: what is known of each here, the bytes in a file of their own.

CREATE TABLE attachment (
    organization TEXT NOT NULL,
    id           TEXT NOT NULL,
    -- The message that it goes with; none for an upload that nobody has used yet.
    conversation TEXT,
    seq          INTEGER CHECK ((conversation IS NULL) = (seq IS NULL)),
    -- Its place among the files of that message.
    nth          INTEGER NOT NULL DEFAULT 0,
    -- Who brought it: 'v:' and a visitor, 'o:' and an operator, 'p:' and a connection.
    uploader     TEXT NOT NULL,
    name         TEXT NOT NULL,
    -- What its bytes show it to be; until they are here, what is said of it.
    content_type TEXT NOT NULL,
    size         INTEGER,
    sha256       TEXT,
    -- Which file holds the bytes.
    key          TEXT CHECK ((state = 'here') = (key IS NOT NULL)),
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'here', 'gone', 'refused')),
    -- What its provider says of it, and when it is asked next.
    source       TEXT CHECK (state <> 'waiting' OR source IS NOT NULL),
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_message ON attachment (organization, conversation, seq) WHERE conversation IS NOT NULL;
CREATE INDEX attachment_due ON attachment (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX attachment_unused ON attachment (created_at) WHERE conversation IS NULL;
CREATE INDEX attachment_kept ON attachment (created_at) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX attachment_file ON attachment (key) WHERE key IS NOT NULL;

-- What links to files are signed with.
CREATE TABLE link_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
