//! Which targets may be reached. Names are resolved here, once: the connection then goes to these addresses alone.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::address::is_global;
use super::error::TargetRefused;

/// How far a connection may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The world and the allowed networks: over TLS.
    World,
    /// The allowed networks alone: in the clear.
    Allowed,
}

impl Reach {
    fn of(url: &Url) -> Result<Self, TargetRefused> {
        match url.scheme() {
            "https" => Ok(Self::World),
            "http" => Ok(Self::Allowed),
            _ => Err(TargetRefused::Scheme),
        }
    }
}

/// The rule over addresses.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    allowed: Arc<[IpNet]>,
    reach: Reach,
}

impl Guard {
    pub(super) fn new(allowed: &[IpNet], reach: Reach) -> Self {
        Self { allowed: allowed.into(), reach }
    }

    fn admits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let is_allowed = self.allowed.iter().any(|network| network.contains(&ip));
        is_allowed || (self.reach == Reach::World && is_global(ip))
    }

    fn refusal(&self) -> TargetRefused {
        match self.reach {
            Reach::World => TargetRefused::PrivateAddress,
            Reach::Allowed => TargetRefused::PlainHttp,
        }
    }

    /// The addresses of a name that may be reached.
    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, TargetRefused> {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| TargetRefused::Unresolved)?;
        let admitted: Vec<_> = found.filter(|address| self.admits(address.ip())).collect();
        if admitted.is_empty() { Err(self.refusal()) } else { Ok(admitted) }
    }

    /// A literal address: the client asks no resolver about it.
    pub(super) fn check_literal(&self, url: &Url) -> Result<(), TargetRefused> {
        match literal(url) {
            Some(ip) if !self.admits(ip) => Err(self.refusal()),
            _ => Ok(()),
        }
    }

    /// A target that is to be configured.
    pub(super) async fn check(&self, url: &Url) -> Result<(), TargetRefused> {
        match url.host() {
            Some(Host::Domain(name)) => self.resolve(name).await.map(drop),
            _ => self.check_literal(url),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let admitted =
                guard.resolve(name.as_str()).await.map_err(Box::<dyn Error + Send + Sync>::from)?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
    }
}

/// What can be said of a URL by its text: how far it may go.
pub(super) fn check_shape(url: &Url) -> Result<Reach, TargetRefused> {
    let reach = Reach::of(url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TargetRefused::UserInfo);
    }
    if url.port() == Some(0) || !url.has_host() {
        return Err(TargetRefused::Host);
    }
    Ok(reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Reach, TargetRefused> {
        check_shape(&Url::parse(text).unwrap())
    }

    fn literal(reach: Reach, text: &str) -> Result<(), TargetRefused> {
        let allowed = ["10.1.0.0/16".parse().unwrap()];
        Guard::new(&allowed, reach).check_literal(&Url::parse(text).unwrap())
    }

    #[test]
    fn the_shape_of_a_target_is_checked() {
        assert_eq!(check("https://example.com/hook?x"), Ok(Reach::World));
        assert_eq!(check("http://example.com"), Ok(Reach::Allowed));
        assert_eq!(check("ftp://example.com"), Err(TargetRefused::Scheme));
        assert_eq!(check("https://me@example.com"), Err(TargetRefused::UserInfo));
        assert_eq!(check("https://:pw@example.com"), Err(TargetRefused::UserInfo));
        assert_eq!(check("https://example.com:0"), Err(TargetRefused::Host));
    }

    #[test]
    fn literal_addresses_are_judged_in_every_spelling() {
        for url in [
            "https://127.0.0.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://[::ffff:7f00:1]",
            "https://[::1]",
        ] {
            assert_eq!(literal(Reach::World, url), Err(TargetRefused::PrivateAddress), "{url}");
        }
        assert_eq!(literal(Reach::World, "https://8.8.8.8"), Ok(()));
    }

    #[test]
    fn an_allowed_network_is_reached_in_the_clear_too() {
        assert_eq!(literal(Reach::World, "https://10.1.2.3"), Ok(()));
        assert_eq!(literal(Reach::Allowed, "http://10.1.2.3"), Ok(()));
        assert_eq!(literal(Reach::Allowed, "http://[::ffff:10.1.2.3]"), Ok(()));
        assert_eq!(literal(Reach::Allowed, "http://8.8.8.8"), Err(TargetRefused::PlainHttp));
        assert_eq!(literal(Reach::World, "https://10.2.0.1"), Err(TargetRefused::PrivateAddress));
    }
}
