-- Version 1. Times are nanoseconds since 1970 in UTC. Texts named folded are compared without regard to case; they were
-- folded as they were written. Ids are compared octet by octet.

CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    status INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How many there are of each kind: totalResults is read here, never counted.
CREATE TABLE counter (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE connection (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    status INTEGER NOT NULL,
    version INTEGER NOT NULL,
    nested INTEGER NOT NULL,
    roles TEXT,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_tenant ON connection (tenant, id);

CREATE TABLE connection_domain (
    domain TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    connection TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_domain_of ON connection_domain (tenant, connection);

CREATE TABLE connection_token (
    key TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    connection TEXT NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_token_of ON connection_token (tenant, connection);

-- seq is the order in which they were made; lists are in this order. AUTOINCREMENT, since a page goes on behind the last
-- one that was shown, who may be gone.
CREATE TABLE person (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    user_name TEXT NOT NULL, -- folded
    display_name TEXT NOT NULL,
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    attributes TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_id ON person (tenant, id);
CREATE UNIQUE INDEX person_name ON person (tenant, user_name);
CREATE INDEX person_seq ON person (tenant);
CREATE INDEX person_modified ON person (tenant, modified_at);

CREATE TABLE person_email (
    tenant TEXT NOT NULL,
    email TEXT NOT NULL, -- folded
    person TEXT NOT NULL,
    PRIMARY KEY (tenant, email, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_email_of ON person_email (tenant, person);

-- "group" and "user" are words of SQL.
CREATE TABLE team (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    attributes TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX team_id ON team (tenant, id);
CREATE INDEX team_name ON team (tenant, folded_name, id);
CREATE INDEX team_seq ON team (tenant);
CREATE INDEX team_modified ON team (tenant, modified_at);

-- kind: 0 a person, 1 a group.
CREATE TABLE member (
    tenant TEXT NOT NULL,
    team TEXT NOT NULL,
    kind INTEGER NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (tenant, team, kind, member)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_of ON member (tenant, member, kind, team);

CREATE TABLE resource (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    attributes TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource (tenant, kind, id);
CREATE INDEX resource_seq ON resource (tenant, kind);

-- A NameID is the JSON array of its value, format and both qualifiers.
CREATE TABLE link (
    tenant TEXT NOT NULL,
    connection TEXT NOT NULL,
    name_id TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (tenant, connection, name_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_of ON link (tenant, person, connection);

-- kind: the name of the resource type.
CREATE TABLE provisioned (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    connection TEXT NOT NULL,
    external_id TEXT,
    by_scim INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id, connection)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX provisioned_external_id ON provisioned (tenant, connection, kind, external_id);

CREATE TABLE login (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    connection TEXT NOT NULL,
    client BLOB,
    expires_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    used_for BLOB,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_waiting ON login (tenant, connection, expires_at) WHERE used_for IS NULL;
CREATE INDEX login_client ON login (tenant, connection, client, expires_at) WHERE used_for IS NULL;
CREATE INDEX login_kept ON login (kept_until);

CREATE TABLE assertion (
    tenant TEXT NOT NULL,
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant, connection, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX assertion_until ON assertion (until);

CREATE TABLE emergency (
    key BLOB PRIMARY KEY,
    tenant TEXT NOT NULL,
    used_at INTEGER,
    expires_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_tenant ON emergency (tenant);
CREATE INDEX emergency_kept ON emergency (kept_until);

CREATE TABLE session (
    key BLOB PRIMARY KEY,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    connection TEXT,
    expires_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (tenant, person);
CREATE INDEX session_connection ON session (tenant, connection);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT,
    connection TEXT,
    at INTEGER NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant);
CREATE INDEX audit_connection ON audit (tenant, connection);
CREATE INDEX audit_at ON audit (at);

-- state: 0 behind another of its lane, 1 first of its lane and free, 2 first of its lane and free from not_before on,
-- 3 given up at not_before.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    lane TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    not_before INTEGER,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_lane ON outbox (tenant, lane, seq);
CREATE INDEX outbox_ready ON outbox (seq) WHERE state = 1;
CREATE INDEX outbox_later ON outbox (not_before) WHERE state = 2;
CREATE INDEX outbox_dead ON outbox (not_before) WHERE state = 3;
CREATE INDEX outbox_of ON outbox (tenant, id);
