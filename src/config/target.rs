//! Which private networks outbound calls may reach, and where other services are.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use crate::domain::secret::Secret;

/// A comma list of networks; a lone address is a network of one.
pub(super) fn parse_networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse_network).collect()
}

fn parse_network(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| alone()).map_err(|_| format!("{text:?} is not a network, such as 10.0.0.0/8"))
}

/// Redis or Valkey; the URL may hold a password.
pub(super) fn parse_redis(text: &str) -> Result<Secret, String> {
    let is_redis =
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host());
    if is_redis {
        Ok(Secret::new(text))
    } else {
        Err("not redis://host:6379 or rediss://host:6379".to_owned())
    }
}

/// A collector of traces.
pub(super) fn parse_collector(text: &str) -> Result<Url, String> {
    let wrong = || format!("{text:?} is not a URL, such as http://127.0.0.1:4318");
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_come_as_a_comma_list() {
        let networks = parse_networks("10.0.0.0/8, 127.0.0.1,::1").unwrap();
        assert_eq!(
            networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "127.0.0.1/32", "::1/128"]
        );
        assert!(parse_networks("10.0.0.0/8,intranet").unwrap_err().contains("\"intranet\""));
    }

    #[test]
    fn redis_is_known_by_its_scheme_and_a_wrong_url_is_not_shown() {
        assert!(parse_redis("rediss://:pw@cache:6380/1").is_ok());
        assert!(!parse_redis("http://:hunter2@cache").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn a_collector_is_a_web_address() {
        assert!(parse_collector("http://127.0.0.1:4318").is_ok());
        assert!(parse_collector("127.0.0.1:4318").is_err());
    }
}
