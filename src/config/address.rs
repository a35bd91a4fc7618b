//! Where to listen, and the origin that providers call.

use std::fmt;

use url::Url;

/// A place to listen at; the host may be a name, resolved when it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    host: String,
    port: u16,
}

impl HostPort {
    pub(super) fn local(port: u16) -> Self {
        Self { host: "127.0.0.1".to_owned(), port }
    }

    /// Reads `host:port` or `[v6]:port`.
    ///
    /// # Errors
    /// A sentence on the right form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not host:port, such as 127.0.0.1:8080");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let parsed = url::Host::parse(host).map_err(|_| wrong())?;
        Ok(Self { host: bare(&parsed), port })
    }

    /// What the socket functions of `std` and `tokio` take.
    #[must_use]
    pub fn as_pair(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

fn bare(host: &url::Host) -> String {
    match host {
        url::Host::Ipv6(address) => address.to_string(),
        other => other.to_string(),
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// `host:port`, or `off`.
pub(super) fn parse_or_off(text: &str) -> Result<Option<HostPort>, String> {
    if text == "off" { Ok(None) } else { HostPort::parse(text).map(Some) }
}

/// The origin that providers call and that signed URLs begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    assumed: bool,
}

impl PublicUrl {
    pub(super) fn assume(bind: &HostPort) -> Self {
        Self { origin: format!("http://{bind}"), assumed: true }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "not an origin, such as https://segue.example.com, without a path".to_owned();
        let url = Url::parse(text).map_err(|_| wrong())?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_open = url.username().is_empty() && url.password().is_none();
        if matches!(url.scheme(), "http" | "https") && is_bare && is_open {
            Ok(Self { origin: url.origin().ascii_serialization(), assumed: false })
        } else {
            Err(wrong())
        }
    }

    /// Scheme, host and port; no slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether nobody configured it: providers can hardly reach it then.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.assumed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_listen_is_read_and_shown() {
        for text in ["127.0.0.1:8080", "localhost:0", "[::1]:443", "0.0.0.0:65535"] {
            assert_eq!(HostPort::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(HostPort::parse("[::1]:80").unwrap().as_pair(), ("::1", 80));
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in ["8080", ":8080", "localhost", "localhost:99999", "::1:80", "http://a:80", "a b:80"] {
            assert!(HostPort::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_ops_port_can_be_off() {
        assert_eq!(parse_or_off("off"), Ok(None));
        assert!(parse_or_off("127.0.0.1:9090").unwrap().is_some());
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let origin = |text| PublicUrl::parse(text).map(|url| url.origin().to_owned());
        assert_eq!(origin("https://segue.example.com/"), Ok("https://segue.example.com".into()));
        assert_eq!(origin("https://Segue.example.com:443"), Ok("https://segue.example.com".into()));
        assert_eq!(origin("http://localhost:8080"), Ok("http://localhost:8080".into()));
        for text in
            ["segue.example.com", "ftp://a.b", "https://a.b/path", "https://a.b/?q", "https://u:p@a.b"]
        {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn without_one_the_bind_address_is_assumed() {
        let assumed = PublicUrl::assume(&HostPort::local(8080));
        assert_eq!(assumed.origin(), "http://127.0.0.1:8080");
        assert!(assumed.is_assumed());
    }
}
