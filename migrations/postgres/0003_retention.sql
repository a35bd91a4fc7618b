-- Retention: what is over is found by its age.

-- prune: webhook deliveries that are over
CREATE INDEX delivery_over ON delivery (created_at) WHERE kind = 'webhook' AND state IN ('settled', 'dead');
