//! Text inside an address.

/// Percent-encodes everything that is not unreserved (RFC 3986, section 2.3): a prompt may hold slashes and queries.
pub(super) fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A dot too, since a path of two dots leads elsewhere.
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
