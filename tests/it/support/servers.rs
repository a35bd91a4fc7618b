//! The servers the tests run against, started beforehand.
#![expect(clippy::disallowed_methods, reason = "tests are told where their servers are by the environment")]

/// A Redis of the tests' own.
pub(crate) fn redis_url() -> String {
    required("SEGUE_TEST_REDIS_URL")
}

/// A PostgreSQL of the tests' own, with the rights of a superuser.
pub(crate) fn postgres_url() -> String {
    required("SEGUE_TEST_POSTGRES_URL")
}

fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set. Run the tests with `scripts/test`, or `scripts/servers -- cargo test`.")
    })
}
