//! Web pages where an API should have answered: a proxy, a firewall or a wrong address speaks.

/// Whether a text is a web page.
pub(super) fn is_page(text: &str) -> bool {
    let start = text[..text.floor_char_boundary(512)].to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with('<') && (start.contains("<html") || start.contains("<head")))
}

/// Its title, or its first heading, or nothing.
pub(super) fn title(text: &str) -> String {
    let start = &text[..text.floor_char_boundary(16_384)];
    inside(start, "title").or_else(|| inside(start, "h1")).unwrap_or_default()
}

fn inside(text: &str, tag: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let open = lower.find(&format!("<{tag}"))?;
    let from = open + lower[open..].find('>')? + 1;
    let to = from + lower[from..].find(&format!("</{tag}"))?;
    let plain = without_tags(&text[from..to]);
    (!plain.is_empty()).then_some(plain)
}

fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => plain.push(c),
            _ => {}
        }
    }
    plain.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"").trim().to_owned()
}
