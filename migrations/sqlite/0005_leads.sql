-- What is known of a visitor, or of somebody who never was one: they may have no conversation yet.

CREATE TABLE lead (
    organization TEXT NOT NULL,
    id           TEXT NOT NULL,
    visitor      TEXT,
    name         TEXT,
    company      TEXT,
    place        TEXT,
    industry     TEXT,
    needs        TEXT,
    message      TEXT,
    source       TEXT NOT NULL CHECK (source IN ('form', 'operator', 'import', 'conversation')),
    state        TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'contacted', 'won', 'closed')),
    -- The conversation that its reconnect began or went on with.
    conversation TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lead_visitor ON lead (organization, visitor) WHERE visitor IS NOT NULL;
CREATE INDEX lead_newest ON lead (organization, created_at, id);
CREATE INDEX lead_state ON lead (organization, state, created_at, id);

-- Addresses that were given for a lead itself, by whoever it is or by an operator, with what shows that they may be used.
CREATE TABLE lead_address (
    organization   TEXT NOT NULL,
    lead           TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('phone', 'email')),
    address        TEXT NOT NULL,
    given_at       INTEGER NOT NULL,
    given_in       TEXT NOT NULL CHECK (given_in IN ('lead', 'operator')),
    consent_text   TEXT,
    consent_at     INTEGER,
    consent_source TEXT CHECK ((consent_source IS NULL) = (consent_at IS NULL)),
    PRIMARY KEY (organization, lead, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_address_address ON lead_address (organization, address);

-- Addresses that a conversation brought: one row as long as somebody has asked for it, the visitor's own from `since` on.
CREATE TABLE identity (
    organization TEXT NOT NULL,
    visitor      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    address      TEXT NOT NULL,
    proof        TEXT NOT NULL CHECK (proof IN ('claimed', 'delivered', 'replied', 'linked')),
    given_at     INTEGER NOT NULL,
    given_in     TEXT NOT NULL CHECK (given_in IN ('switch', 'form', 'operator', 'message')),
    -- When the window of its first switch is over, or when it was heard: before, it is nobody's to offer.
    since        INTEGER,
    heard_at     INTEGER,
    gone         TEXT CHECK (gone IN ('taken_back', 'lost')),
    gone_at      INTEGER CHECK ((gone IS NULL) = (gone_at IS NULL)),
    PRIMARY KEY (organization, visitor, channel, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_address ON identity (organization, address);
