//! What X is asked to send, and what its answers come to.
