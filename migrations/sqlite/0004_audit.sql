-- Who changed what about connections, webhooks, keys and workspaces: written with the change, never changed.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
-- where a page ends
CREATE UNIQUE INDEX audit_id ON audit (id);
-- list, newest first
CREATE INDEX audit_workspace ON audit (workspace_id, seq);
