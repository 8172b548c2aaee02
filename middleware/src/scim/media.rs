//! Media types (RFC 7644, 3.1 and 8.1): what may come, and what may be answered.

/// What is answered.
pub const SCIM_JSON: &str = "application/scim+json";

/// Whether a body of this `Content-Type` is read: `application/scim+json` or `application/json`, with any parameters
/// but a charset other than UTF-8.
#[must_use]
pub fn is_read(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let charset_fits = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset")
            || value.eq_ignore_ascii_case("utf-8")
            || value.eq_ignore_ascii_case("utf8")
    });
    is_ours(media_type) && charset_fits
}

/// Whether an `Accept` takes our answers. One that cannot be read takes everything.
#[must_use]
pub fn is_accepted(accept: &str) -> bool {
    let mut ranges = accept.split(',').map(str::trim).filter(|range| !range.is_empty()).peekable();
    ranges.peek().is_none()
        || ranges.any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media_range = parts.next().unwrap_or_default();
            let refused = parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
                name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|q| q <= 0.0)
            });
            let fits =
                is_ours(media_range) || media_range == "*/*" || media_range.eq_ignore_ascii_case("application/*");
            fits && !refused
        })
}

fn is_ours(media_type: &str) -> bool {
    media_type.eq_ignore_ascii_case(SCIM_JSON) || media_type.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn res_16_bodies_in_utf_8_are_read() {
        for good in [
            "application/scim+json",
            "application/json",
            "application/scim+json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "application/json; profile=x; charset=utf8",
        ] {
            assert!(is_read(good), "{good}");
        }
        for bad in ["", "text/plain", "application/json+scim", "application/json; charset=latin1", "application/*"] {
            assert!(!is_read(bad), "{bad}");
        }
    }

    #[test]
    fn res_107_what_takes_our_answers() {
        for good in
            ["", "*/*", "application/json", "application/scim+json;charset=utf-8", "text/html, application/*;q=0.1"]
        {
            assert!(is_accepted(good), "{good}");
        }
        for bad in ["text/html", "application/xml, text/plain", "application/json;q=0", "*/*;q=0.0"] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }
}
