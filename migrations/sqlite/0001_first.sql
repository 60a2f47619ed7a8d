-- Everything belongs to an organization: it leads every key, so that the tables can be spread by it.
-- Ids are text (time-ordered where they are ours), times are milliseconds since the epoch, documents are JSON text.

CREATE TABLE organization (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    widget_key TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE operator (
    organization  TEXT NOT NULL,
    id            TEXT NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'operator')),
    password_hash TEXT NOT NULL,
    presence      TEXT NOT NULL DEFAULT 'offline' CHECK (presence IN ('online', 'busy', 'offline')),
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operator_email ON operator (organization, email);
CREATE INDEX operator_sign_in ON operator (email);

CREATE TABLE session (
    organization TEXT NOT NULL,
    token_hash   TEXT NOT NULL,
    operator     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, token_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE visitor (
    organization TEXT NOT NULL,
    id           TEXT NOT NULL,
    token_hash   TEXT,
    name         TEXT,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX visitor_token ON visitor (organization, token_hash) WHERE token_hash IS NOT NULL;

CREATE TABLE conversation (
    organization      TEXT NOT NULL,
    id                TEXT NOT NULL,
    visitor           TEXT NOT NULL,
    widget            TEXT NOT NULL,
    version           INTEGER NOT NULL,
    state             TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('waiting', 'in_progress', 'resolved')),
    holder            TEXT CHECK ((status = 'in_progress') = (holder IS NOT NULL)),
    channel           TEXT,
    last_seq          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    queued_at         INTEGER NOT NULL,
    -- When the clock alone changes it: the deadline of a greeting.
    due_at            INTEGER,
    last_message      TEXT,
    -- How far each side has seen and read; they only rise.
    visitor_seen      INTEGER NOT NULL DEFAULT 0,
    visitor_read      INTEGER NOT NULL DEFAULT 0,
    operator_seen     INTEGER NOT NULL DEFAULT 0,
    operator_read     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, id)
) STRICT;
CREATE UNIQUE INDEX conversation_open ON conversation (organization, visitor, widget) WHERE status <> 'resolved';
CREATE INDEX conversation_visitor ON conversation (organization, visitor, updated_at);
CREATE INDEX conversation_inbox ON conversation (organization, status, updated_at);
CREATE INDEX conversation_queue ON conversation (organization, queued_at) WHERE status = 'waiting';
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;

-- The log, clustered: a page of history is a few pages of the file.
CREATE TABLE event (
    organization TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (organization, conversation, seq)
) STRICT, WITHOUT ROWID;

-- What a client's id stood for, for ever: a repeat gets the first answer again.
CREATE TABLE client_key (
    organization TEXT NOT NULL,
    author       TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    digest       TEXT NOT NULL,
    PRIMARY KEY (organization, author, client_id, conversation)
) STRICT, WITHOUT ROWID;

-- Messages that providers brought us, for ever: a duplicate webhook changes nothing.
CREATE TABLE provider_message (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    extra        TEXT NOT NULL,
    PRIMARY KEY (organization, connection, provider_id)
) STRICT, WITHOUT ROWID;

-- Which conversation a pair of connection and address leads to. Past kept_until it leads nowhere; before, it yields to whoever asks.
CREATE TABLE pair (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    address      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    kept_until   INTEGER,
    PRIMARY KEY (organization, connection, address)
) STRICT, WITHOUT ROWID;

-- One message on its way to one leg: the outbox.
CREATE TABLE delivery (
    organization TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    leg          INTEGER NOT NULL,
    connection   TEXT NOT NULL,
    address      TEXT NOT NULL,
    text         TEXT NOT NULL,
    welcome      INTEGER,
    network      TEXT,
    state        TEXT NOT NULL CHECK (state IN ('held', 'queued', 'sending', 'uncertain', 'failed', 'withdrawn', 'sent', 'delivered', 'read')),
    reason       TEXT CHECK ((state = 'failed') = (reason IS NOT NULL)),
    doubt        INTEGER NOT NULL DEFAULT 0,
    attempt      INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    handed_at    INTEGER,
    asked        INTEGER NOT NULL DEFAULT 0,
    provider_id  TEXT,
    code         TEXT,
    PRIMARY KEY (organization, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX delivery_provider ON delivery (organization, connection, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX delivery_due ON delivery (organization, connection, due_at) WHERE state IN ('queued', 'sending', 'uncertain');

-- Callbacks for messages whose id we have not learnt yet.
CREATE TABLE parked_receipt (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    fate         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (organization, connection, provider_id, fate)
) STRICT, WITHOUT ROWID;

-- Every word of consent, in order; the last one holds.
CREATE TABLE consent (
    organization TEXT NOT NULL,
    channel      TEXT NOT NULL,
    address      TEXT NOT NULL,
    n            INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    word         TEXT NOT NULL CHECK (word IN ('opt_out', 'opt_in')),
    source       TEXT NOT NULL,
    PRIMARY KEY (organization, channel, address, n)
) STRICT, WITHOUT ROWID;

-- Welcomes handed over, for the guard's rolling limits.
CREATE TABLE welcome (
    organization TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    number       TEXT NOT NULL,
    visitor      TEXT NOT NULL,
    network      TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    cost         REAL NOT NULL,
    answered     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX welcome_number ON welcome (organization, number, at);
CREATE INDEX welcome_visitor ON welcome (organization, visitor, at);
CREATE INDEX welcome_network ON welcome (organization, network, at);
CREATE INDEX welcome_prefix ON welcome (organization, prefix, at);
CREATE INDEX welcome_at ON welcome (organization, at);

-- The last time that was given out: the store's clock never runs back, not even over a restart.
CREATE TABLE clock (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO clock (one, last) VALUES (1, 0);
