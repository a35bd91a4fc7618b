-- Since when a platform says that the customer cannot be reached in a conversation; gone with their next message.
ALTER TABLE conversation ADD COLUMN unreachable_since BIGINT;

-- codes an account asked for in a day
CREATE INDEX proof_codes ON proof (holder_id, created_at) WHERE kind = 'code';
