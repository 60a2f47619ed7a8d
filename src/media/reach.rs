//! Which addresses of the network a fetch may go to: providers name the places, so none inside our own network may be among them.
//!
//! Names are resolved by [`Guarded`], which gives out public addresses alone; what it checked is what is connected to, so a name that
//! changes between two looks gains nothing. A host that is an address is checked where the URL is read.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use contract::MediaSource;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Origin};

/// Whether an address belongs to the public network: the blocks that IANA keeps for other uses are not asked
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and the one for IPv6).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(matches!(a, 0 | 10 | 127)
        || a >= 224
        || (a, b) == (169, 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || matches!(
            (a, b, c),
            (192, 168, _)
                | (192, 0, 0 | 2)
                | (192, 31, 196)
                | (192, 52, 193)
                | (192, 88, 99)
                | (192, 175, 48)
                | (198, 51, 100)
                | (203, 0, 113)
        ))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, ..] = address.segments();
    // An address of the other family in this one's clothes is judged as what it is.
    let inner = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(w, x, y, z))
    };
    let [.., g, h] = address.segments();
    match (a, b) {
        // NAT64, and 6to4.
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => inner(g, h),
        (0x2002, _) => inner(b, c),
        // Protocol assignments (Teredo among them), documentation.
        (0x2001, b) if b < 0x200 => false,
        (0x2001, 0xdb8) | (0x3fff, 0..0x1000) => false,
        // Only 2000::/3 is given to anybody; the rest is local, multicast, mapped or not in use.
        (a, _) => (0x2000..0x4000).contains(&a),
    }
}

/// Resolves names to public addresses alone.
#[derive(Clone, Copy, Debug)]
pub struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            if let Some(inside) = found.iter().find(|address| !is_public(address.ip())) {
                return Err(Inside(name.as_str().to_owned(), inside.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A name that leads into our own network.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to {1}, which is no public address")]
pub struct Inside(String, IpAddr);

/// Why a place is not asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It cannot be read.
    #[error("it is no URL")]
    NoUrl,
    /// Only TLS on its own port will do.
    #[error("it is not https on its own port")]
    NotTls,
    /// It carries a name and a password.
    #[error("it carries credentials")]
    Credentials,
    /// The provider does not keep files there.
    #[error("{0} is no host of this provider")]
    Stranger(String),
    /// An address that is not public.
    #[error("{0} is no public address")]
    Inside(IpAddr),
}

/// By which way a place may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The connection's own `api_base`, which its owner configured: asked wherever it is.
    Own,
    /// A host of the provider's, asked at public addresses alone.
    Public,
}

/// By which way a place may be asked for media of that source, by a connection whose `api_base` has that origin.
///
/// # Errors
/// When it may not be asked.
pub fn way(url: &str, source: &MediaSource, own: Option<&Origin>) -> Result<(Url, Way), Closed> {
    let url = Url::parse(url).map_err(|_| Closed::NoUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Closed::Credentials);
    }
    if own.is_some_and(|own| *own == url.origin()) {
        return Ok((url, Way::Own));
    }
    if url.scheme() != "https" || url.port().is_some() {
        return Err(Closed::NotTls);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(Closed::NoUrl),
    };
    if let Some(address) = address.filter(|address| !is_public(*address)) {
        return Err(Closed::Inside(address));
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    if !source.hosts.iter().any(|known| is_of(host, known)) {
        return Err(Closed::Stranger(host.to_owned()));
    }
    Ok((url, Way::Public))
}

/// Whether a host is that one, or below it where that begins with a dot.
fn is_of(host: &str, known: &str) -> bool {
    match known.strip_prefix('.') {
        Some(_) => {
            host.len() > known.len()
                && host
                    .to_ascii_lowercase()
                    .ends_with(&known.to_ascii_lowercase())
        }
        None => host.eq_ignore_ascii_case(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_public_is_not_asked() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:101::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2002:808:808::",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    fn asked(url: &str) -> Result<Way, Closed> {
        let source = MediaSource {
            url: String::new(),
            authorization: None,
            hosts: vec!["api.pics.example", ".cdn.example"].into(),
        };
        let own = Url::parse("http://127.0.0.1:8080/prefix").unwrap().origin();
        way(url, &source, Some(&own)).map(|(_, way)| way)
    }

    #[test]
    fn only_the_providers_hosts_and_the_configured_one_are_asked() {
        for url in [
            "https://api.pics.example/a?b",
            "https://API.pics.example/",
            "https://eu.cdn.example/a",
            "https://a.b.cdn.example.",
        ] {
            assert_eq!(asked(url), Ok(Way::Public), "{url}");
        }
        assert_eq!(asked("http://127.0.0.1:8080/other"), Ok(Way::Own));
        for (url, closed) in [
            ("", Closed::NoUrl),
            ("/a", Closed::NoUrl),
            ("file:///etc/passwd", Closed::NotTls),
            ("http://api.pics.example/", Closed::NotTls),
            ("https://api.pics.example:8443/", Closed::NotTls),
            ("http://127.0.0.1:8081/", Closed::NotTls),
            ("https://me:secret@api.pics.example/", Closed::Credentials),
            (
                "https://127.0.0.1/",
                Closed::Inside(Ipv4Addr::LOCALHOST.into()),
            ),
            (
                "https://2130706433/",
                Closed::Inside(Ipv4Addr::LOCALHOST.into()),
            ),
            (
                "https://0x7f.1/",
                Closed::Inside(Ipv4Addr::LOCALHOST.into()),
            ),
            ("https://[::1]/", Closed::Inside(Ipv6Addr::LOCALHOST.into())),
            ("https://8.8.8.8/", Closed::Stranger("8.8.8.8".to_owned())),
            (
                "https://evil.example/",
                Closed::Stranger("evil.example".to_owned()),
            ),
            (
                "https://cdn.example/",
                Closed::Stranger("cdn.example".to_owned()),
            ),
            (
                "https://evilcdn.example/",
                Closed::Stranger("evilcdn.example".to_owned()),
            ),
            (
                "https://api.pics.example.evil.example/",
                Closed::Stranger("api.pics.example.evil.example".to_owned()),
            ),
        ] {
            assert_eq!(asked(url), Err(closed), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_resolved() {
        let name: Name = "localhost".parse().unwrap();
        let error = Guarded.resolve(name).await.err().expect("it leads inside");
        assert!(error.to_string().contains("no public address"), "{error}");
    }
}
