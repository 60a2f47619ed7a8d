-- The guard of the number: more to count by, the challenge, the switch that stops messages, alarms, and how far a provider's list was read.

-- The ISO code of the number's country; none where nobody asked before this.
ALTER TABLE welcome ADD COLUMN country TEXT NOT NULL DEFAULT '';
-- An attempt that came to nothing counts against whoever asked, and against no number.
ALTER TABLE welcome ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
DROP INDEX welcome_number;
DROP INDEX welcome_prefix;
DROP INDEX welcome_at;
CREATE INDEX welcome_number ON welcome (organization, number, at) WHERE refused = 0;
CREATE INDEX welcome_prefix ON welcome (organization, prefix, at) WHERE refused = 0;
CREATE INDEX welcome_country ON welcome (organization, country, at) WHERE refused = 0;
CREATE INDEX welcome_at ON welcome (organization, at) WHERE refused = 0;

-- Secrets that every node must know and nobody configures.
CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Challenges that were met, until they expire: each counts once.
CREATE TABLE challenge (
    organization TEXT NOT NULL,
    signature    TEXT NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, signature)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_expires ON challenge (organization, expires_at);

-- Where messages were stopped by hand. The organization '' stands for all of them.
CREATE TABLE messaging (
    organization TEXT NOT NULL PRIMARY KEY,
    stopped      TEXT CHECK (stopped IN ('welcomes', 'all')),
    reason       TEXT,
    by           TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an organization's people should look at, for as long as it is so.
CREATE TABLE alarm (
    organization TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('few_answers', 'spend_near_limit', 'connection_sick', 'webhook_gap')),
    connection   TEXT NOT NULL,
    since        INTEGER NOT NULL,
    detail       TEXT NOT NULL,
    PRIMARY KEY (organization, kind, connection)
) STRICT, WITHOUT ROWID;

-- Up to when a provider's list of what people wrote was read, and since when it is.
CREATE TABLE watermark (
    organization TEXT NOT NULL,
    connection   TEXT NOT NULL,
    began_at     INTEGER NOT NULL,
    read_to      INTEGER NOT NULL,
    PRIMARY KEY (organization, connection)
) STRICT, WITHOUT ROWID;
