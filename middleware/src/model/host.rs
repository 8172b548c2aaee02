//! Which hosts of a URL can only be this machine (RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3).

use url::{Host, Url};

/// Whether the host of a URL can only be this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_addresses_that_never_leave_this_machine() {
        let loopback = |url: &str| is_loopback(&Url::parse(url).unwrap());
        for url in
            ["http://localhost:3000", "http://app.localhost", "http://127.0.0.1", "http://127.8.8.8", "http://[::1]"]
        {
            assert!(loopback(url), "{url}");
        }
        for url in [
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://127.0.0.1.example.com",
            "http://0.0.0.0",
            "http://10.0.0.1",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "data:localhost",
        ] {
            assert!(!loopback(url), "{url}");
        }
    }
}
