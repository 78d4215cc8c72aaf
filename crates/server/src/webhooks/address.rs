//! Where webhooks may go: public addresses only, so that nobody can make this server talk to its
//! own network (server-side request forgery).
//!
//! The address is looked up once, every answer is looked at, and the connection is made to one that
//! was looked at: a name that points elsewhere a moment later gains nothing. Redirections are not
//! followed.

use http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How strict to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Public addresses over TLS.
    Live,
    /// The same, and this machine, also without TLS.
    Sandbox,
}

impl Policy {
    /// That of a sandbox, or of a live platform.
    pub fn of(sandbox: bool) -> Policy {
        if sandbox { Policy::Sandbox } else { Policy::Live }
    }

    /// Whether a connection may be made to this address.
    pub fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        (self == Policy::Sandbox && address.is_loopback())
            || match address {
                IpAddr::V4(it) => is_public_v4(it),
                IpAddr::V6(it) => is_public_v6(it),
            }
    }
}

/// An address that webhooks may be sent to, as far as can be said without looking it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The name or address of the host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path and the query.
    pub path: String,
}

/// Why nothing may be sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no URL.
    NoUrl,
    /// It does not begin with `https://`.
    NotSecure,
    /// It has no host.
    NoHost,
    /// It has a user name or a password.
    Password,
    /// Its host is no public address.
    NotPublic,
}

impl Unfit {
    /// What is wrong with it, in words.
    pub const fn said(self) -> &'static str {
        match self {
            Unfit::NoUrl => "it is no URL",
            Unfit::NotSecure => "it must begin with https://",
            Unfit::NoHost => "it names no host",
            Unfit::Password => "it must not contain a user name or a password",
            Unfit::NotPublic => "its address is not a public one",
        }
    }
}

/// Reads an address; the error says what is wrong with it.
pub fn target(url: &str, policy: Policy) -> Result<Target, Unfit> {
    let uri: Uri = url.parse().map_err(|_| Unfit::NoUrl)?;
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") if policy == Policy::Sandbox => false,
        Some(_) | None => return Err(Unfit::NotSecure),
    };
    let authority = uri.authority().ok_or(Unfit::NoHost)?;
    if authority.as_str().contains('@') {
        return Err(Unfit::Password);
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(Unfit::NoHost);
    }
    if let Ok(address) = host.parse::<IpAddr>()
        && !policy.allows(address)
    {
        return Err(Unfit::NotPublic);
    }
    let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let path = uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
    Ok(Target { tls, host: host.to_owned(), port, path })
}

/// Whether an address is reachable from anywhere: the registry of IANA for special-purpose
/// addresses (RFC 6890), and multicast, left out.
fn is_public_v4(it: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u8); 15] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let bits = it.to_bits();
    !SPECIAL.iter().any(|(network, length)| {
        let network = Ipv4Addr::from(*network).to_bits();
        (bits ^ network).leading_zeros() >= u32::from(*length)
    })
}

/// Only what IANA gives out for use on the internet (`2000::/3`) is public, without the parts that
/// stand for something else, or contain an address of the older kind that is not.
fn is_public_v6(it: Ipv6Addr) -> bool {
    let segments = it.segments();
    let old = |high: u16, low: u16| {
        is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match (segments[0], segments[1]) {
        // NAT64: an older address behind a well-known prefix.
        (0x64, 0xff9b) if segments[2..6] == [0; 4] => old(segments[6], segments[7]),
        // 6to4: an older address in the middle.
        (0x2002, _) => old(segments[1], segments[2]),
        // Protocol assignments, tunnels among them; documentation.
        (0x2001, ..0x200 | 0xdb8) | (0x3fff, ..0x1000) => false,
        (0x2000..0x4000, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_allowed() {
        let table = [
            ("8.8.8.8", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("198.20.0.1", true),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
            ("2001:4860:4860::8888", true),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("2002:7f00:1::", false),
            ("2002:808:808::", true),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ];
        for (text, public) in table {
            assert_eq!(Policy::Live.allows(text.parse().unwrap()), public, "{text}");
        }
        assert!(Policy::Sandbox.allows("127.0.0.1".parse().unwrap()));
        assert!(Policy::Sandbox.allows("::1".parse().unwrap()));
        assert!(!Policy::Sandbox.allows("10.0.0.1".parse().unwrap()));
        assert!(!Policy::Sandbox.allows("169.254.169.254".parse().unwrap()));
    }

    #[test]
    fn addresses_are_read_strictly() {
        let good = target("https://shop.example:8443/hook?a=b", Policy::Live).unwrap();
        assert!(good.tls);
        let parts = (&*good.host, good.port, &*good.path);
        assert_eq!(parts, ("shop.example", 8_443, "/hook?a=b"));
        assert_eq!(target("https://shop.example", Policy::Live).unwrap().port, 443);
        for bad in [
            "http://shop.example/",
            "ftp://shop.example/",
            "shop.example/hook",
            "/hook",
            "https://user:word@shop.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.1:443/",
            "https://",
            "",
        ] {
            assert!(target(bad, Policy::Live).is_err(), "{bad}");
        }
        assert_eq!(target("http://[::1]:9000/x", Policy::Sandbox).unwrap().host, "::1");
    }
}
