//! Where browsers reach this server: passkeys belong to the name of a site, and open only there.

use http::Uri;
use ring::digest::{SHA256, digest};
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// A site that passkeys can belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The name that passkeys are kept under: for ever, or they are lost.
    name: String,
    /// What a browser calls the place of our pages: scheme, name, and port unless it is the usual.
    origin: String,
}

/// Why passkeys cannot belong to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSite {
    /// It is not an address, or it has more than a scheme, a name and a port.
    Shape,
    /// It has a number instead of a name.
    Number,
    /// It is neither https nor on this machine.
    Open,
}

impl fmt::Display for NoSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoSite::Shape => "say scheme, name and port, such as https://pay.example.com",
            NoSite::Number => {
                "passkeys belong to a name, and 127.0.0.1 is none: say http://localhost:PORT on \
                 this machine, or the name that people type"
            }
            NoSite::Open => "browsers have passkeys only over https, or on localhost",
        })
    }
}

impl std::error::Error for NoSite {}

impl FromStr for Site {
    type Err = NoSite;

    fn from_str(text: &str) -> Result<Site, NoSite> {
        let uri: Uri = text.parse().map_err(|_| NoSite::Shape)?;
        let authority = uri.authority().ok_or(NoSite::Shape)?;
        let bare = uri.path_and_query().is_none_or(|it| it.as_str() == "/");
        if !bare || authority.as_str().contains('@') {
            return Err(NoSite::Shape);
        }
        let name = authority.host().to_ascii_lowercase();
        if name.starts_with('[') || name.parse::<Ipv4Addr>().is_ok() {
            return Err(NoSite::Number);
        }
        let here = name == "localhost" || name.ends_with(".localhost");
        let usual = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") if here => 80,
            Some("http") => return Err(NoSite::Open),
            Some(_) | None => return Err(NoSite::Shape),
        };
        let label = |it: &str| {
            let letters = it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
            letters && !it.is_empty() && !it.starts_with('-') && !it.ends_with('-')
        };
        if !name.split('.').all(label) || !(here || name.contains('.')) {
            return Err(NoSite::Shape);
        }
        let scheme = if usual == 443 { "https" } else { "http" };
        let origin = match uri.port_u16().filter(|it| *it != usual) {
            Some(port) => format!("{scheme}://{name}:{port}"),
            None => format!("{scheme}://{name}"),
        };
        Ok(Site { name, origin })
    }
}

impl Site {
    /// This machine, as its own browsers reach it.
    pub fn local(port: u16) -> Site {
        let name = "localhost".to_owned();
        let origin =
            if port == 80 { format!("http://{name}") } else { format!("http://{name}:{port}") };
        Site { name, origin }
    }

    /// The name that passkeys are kept under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where our pages are, such as `https://pay.example.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a page that was asked for at this origin is a page of the site. A proxy may have
    /// ended TLS without telling us, so the scheme does not count: the browser checks that itself.
    pub fn has(&self, origin: &str) -> bool {
        let place = |it: &str| it.split_once("://").map(|it| it.1.to_ascii_lowercase());
        place(&self.origin) == place(origin)
    }

    /// What an authenticator says the name is.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, self.name.as_bytes()).as_ref());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<String, NoSite> {
        text.parse().map(|it: Site| it.origin)
    }

    #[test]
    fn a_site_has_a_name_and_is_safe_to_reach() {
        for (text, expected) in [
            ("https://pay.example.com", "https://pay.example.com"),
            ("https://Pay.Example.com:443/", "https://pay.example.com"),
            ("https://pay.example.com:8443", "https://pay.example.com:8443"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://a.localhost", "http://a.localhost"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(Site::local(8080), "http://localhost:8080".parse().unwrap());
        assert_eq!(Site::local(80), "http://localhost:80".parse().unwrap());
        for text in ["http://127.0.0.1:8080", "https://10.0.0.1", "https://[::1]:8080"] {
            assert_eq!(origin(text), Err(NoSite::Number), "{text}");
        }
        assert_eq!(origin("http://pay.example.com"), Err(NoSite::Open));
        for text in [
            "",
            "pay.example.com",
            "ftp://pay.example.com",
            "https://pay.example.com/shop",
            "https://pay.example.com/?a=b",
            "https://me@pay.example.com",
            "https://com",
            "https://pay..example.com",
            "https://-pay.example.com",
            "https://担保.example.com",
        ] {
            assert_eq!(origin(text), Err(NoSite::Shape), "{text}");
        }
    }

    #[test]
    fn a_page_is_a_page_of_the_site_by_name_and_port() {
        let site = Site::local(8080);
        assert!(site.has("http://localhost:8080"));
        assert!(site.has("http://LOCALHOST:8080"));
        assert!(!site.has("http://127.0.0.1:8080"));
        assert!(!site.has("http://localhost:8081"));
        assert!(!site.has(""));
        let site: Site = "https://pay.example.com".parse().unwrap();
        assert!(site.has("http://pay.example.com"), "behind a proxy");
        assert!(!site.has("https://pay.example.com.evil.test"));
    }
}
