//! From which network a request comes: the peer's own, or what a proxy that we trust says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The client's network as text: limits count by it, and an address alone would be a person.
pub fn of(parts: &Parts, trusted: &[IpNet]) -> String {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    peer.map_or_else(
        || "unknown".to_owned(),
        |peer| network(client(peer, &parts.headers, trusted)),
    )
}

/// Reads `X-Forwarded-For` from the right, as far as those who wrote it are trusted.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| {
        trusted
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
    };
    let mut client = peer.to_canonical();
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    for written in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        let Some(address) = address(written.trim()) else {
            break;
        };
        client = address;
    }
    client
}

/// Some proxies write a port behind the address.
fn address(written: &str) -> Option<IpAddr> {
    let bare = written
        .parse::<IpAddr>()
        .or_else(|_| written.parse::<SocketAddr>().map(|address| address.ip()));
    bare.ok().map(|address| address.to_canonical())
}

/// IPv4 /24, IPv6 /56: what one household or office has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Net::new_assert(address, 24).trunc().to_string(),
        IpAddr::V6(address) => Ipv6Net::new_assert(address, 56).trunc().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        network(client(peer.parse().unwrap(), &headers, &trusted))
    }

    #[test]
    fn a_client_is_known_by_its_network() {
        assert_eq!(seen("203.0.113.77", &[], &[]), "203.0.113.0/24");
        assert_eq!(seen("::ffff:203.0.113.77", &[], &[]), "203.0.113.0/24");
        assert_eq!(seen("2001:db8:1:2fe::5", &[], &[]), "2001:db8:1:200::/56");
    }

    #[test]
    fn what_an_untrusted_client_says_of_itself_is_not_believed() {
        assert_eq!(
            seen("203.0.113.77", &["198.51.100.1"], &[]),
            "203.0.113.0/24"
        );
        assert_eq!(
            seen("203.0.113.77", &["198.51.100.1"], &["10.0.0.0/8"]),
            "203.0.113.0/24"
        );
    }

    #[test]
    fn a_list_is_read_from_the_right_as_far_as_it_is_trusted() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.1"], &trusted),
            "198.51.100.0/24"
        );
        assert_eq!(
            seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.9.9.9"], &trusted),
            "198.51.100.0/24"
        );
        assert_eq!(
            seen(
                "10.0.0.1",
                &["1.1.1.1", "198.51.100.1:4711", "fd00::1"],
                &trusted
            ),
            "198.51.100.0/24"
        );
        assert_eq!(seen("10.0.0.1", &["unknown"], &trusted), "10.0.0.0/24");
    }
}
