-- Who changed what about connections, webhooks, keys and workspaces: written with the change, never changed.
CREATE TABLE audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
-- where a page ends
CREATE UNIQUE INDEX audit_id ON audit (id);
-- list, newest first
CREATE INDEX audit_workspace ON audit (workspace_id, seq);
