-- The request of a callback with one event, sealed, in the row of that event; that of a callback with several stands in
-- its own row of callback.
ALTER TABLE inbound_event ADD COLUMN raw BYTEA;
