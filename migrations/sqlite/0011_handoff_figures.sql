-- When a handoff got so far for the first time, beside its steps: so that figures over many are read from one index.
ALTER TABLE handoff ADD COLUMN proven_at INTEGER;
ALTER TABLE handoff ADD COLUMN agreed_at INTEGER;
ALTER TABLE handoff ADD COLUMN active_at INTEGER;

UPDATE handoff SET
    proven_at = (SELECT MIN(s.at) FROM handoff_step s WHERE s.handoff_id = handoff.id
        AND s.state IN ('account_proven', 'token_sent', 'code_sent', 'consent_pending', 'bound', 'active')),
    agreed_at = (SELECT MIN(s.at) FROM handoff_step s WHERE s.handoff_id = handoff.id AND s.state IN ('bound', 'active')),
    active_at = (SELECT MIN(s.at) FROM handoff_step s WHERE s.handoff_id = handoff.id AND s.state = 'active');

CREATE INDEX handoff_figures ON handoff (workspace_id, created_at, path, channel, state, proven_at, agreed_at, active_at)
    WHERE parent_id IS NULL;
