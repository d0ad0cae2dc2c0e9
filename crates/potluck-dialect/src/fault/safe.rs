//! Words that are safe to show: in errors, logs, the journal and on the dashboard.
//!
//! Providers put keys, account ids and addresses into their messages, and text of the prompt as well. What
//! leaves this room has no control characters, no address, nothing that looks like a key, and at most
//! [`LONGEST`] characters. It errs on the side of hiding too much.

/// The most characters of a detail.
pub const LONGEST: usize = 300;

/// How many bytes of a text are looked at.
const LOOKED_AT: usize = 16 * LONGEST;

/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";
/// What stands in the place of an address.
const ADDRESS: &str = "[address]";

/// How keys begin.
const KEY_STARTS: [&str; 24] = [
    "sk-",
    "sk_",
    "pk-",
    "gsk_",
    "aiza",
    "hf_",
    "nvapi-",
    "xai-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "r8_",
    "pplx-",
    "csk-",
    "fw_",
    "tgp_",
    "eyj",
    "akia",
    "ya29.",
    "rk_",
    "gsk-",
    "org-",
    "org_",
];

/// Words after which the next one is a secret: `API key provided: abc`, `Bearer abc`.
const BEFORE_A_SECRET: [&str; 8] =
    ["bearer", "provided:", "key:", "api_key:", "apikey:", "token:", "key=", "authorization:"];

/// A text made safe to show.
#[must_use]
pub fn detail(text: &str) -> String {
    let plain: String = text[..text.floor_char_boundary(LOOKED_AT)]
        .chars()
        .map(|c| if is_harmless(c) { c } else { ' ' })
        .collect();
    let mut safe = String::new();
    let mut previous = "";
    for word in plain.split_whitespace() {
        if !safe.is_empty() {
            safe.push(' ');
        }
        safe.push_str(&safe_word(word, previous));
        previous = word;
    }
    cut(safe)
}

/// No controls, and nothing that turns or hides text.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn cut(safe: String) -> String {
    if safe.chars().count() <= LONGEST {
        return safe;
    }
    let mut short: String = safe.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

/// One word between spaces: its secret parts replaced, the punctuation around them kept.
fn safe_word(word: &str, previous: &str) -> String {
    let (before, core, after) = peel(word);
    let previous = previous.to_ascii_lowercase();
    if BEFORE_A_SECRET.iter().any(|mark| previous.ends_with(mark)) && core.len() > 3 {
        return format!("{before}{HIDDEN}{after}");
    }
    if is_address(core) {
        return format!("{before}{ADDRESS}{after}");
    }
    let mut safe = before.to_owned();
    for part in core.split_inclusive(|c: char| ",;\"'`()[]{}<>=|".contains(c)) {
        let end = part.trim_end_matches(|c: char| ",;\"'`()[]{}<>=|".contains(c));
        let shown = match end {
            end if is_address(end) => ADDRESS,
            end if is_secret(end) => HIDDEN,
            end => end,
        };
        safe.push_str(shown);
        safe.push_str(&part[end.len()..]);
    }
    safe.push_str(after);
    safe
}

/// A word without the punctuation around it.
fn peel(word: &str) -> (&str, &str, &str) {
    let edge = |c: char| ",;.:\"'`()[]{}<>!?*“”‘’".contains(c);
    let core = word.trim_start_matches(edge);
    let before = &word[..word.len() - core.len()];
    let trimmed = core.trim_end_matches(edge);
    (before, trimmed, &core[trimmed.len()..])
}

fn is_address(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.contains("://")
        || lower.starts_with("www.")
        || lower.starts_with("localhost:")
        || word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        || is_ip(word)
        || is_host_and_port(word)
}

/// `api.example.org:443`, and not `qwen2.5:72`.
fn is_host_and_port(word: &str) -> bool {
    let Some((host, port)) = word.split_once(':') else { return false };
    let top = host.rsplit_once('.').map(|(_, top)| top);
    let named =
        top.is_some_and(|top| top.len() > 1 && top.bytes().all(|b| b.is_ascii_alphabetic()));
    named && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ip(word: &str) -> bool {
    word.parse::<std::net::IpAddr>().is_ok() || word.parse::<std::net::SocketAddr>().is_ok()
}

fn is_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let keyed = KEY_STARTS.iter().any(|start| lower.starts_with(start)) && word.len() >= 9;
    // a UUID names an account, a team or a key
    keyed || is_uuid(word) || word.split(|c: char| !c.is_ascii_alphanumeric()).any(is_random)
}

fn is_uuid(word: &str) -> bool {
    let groups: Vec<&str> = word.rsplit(['-', '/', ':', '_']).take(5).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [12, 4, 4, 4, 8]
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A run of letters and digits that no model or word has: long, and mixed as only chance mixes.
fn is_random(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let upper = run.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = run.bytes().filter(u8::is_ascii_lowercase).count();
    let mixed = digits >= 3 && upper + lower >= 2;
    (run.len() >= 16 && mixed) || (run.len() >= 64 && upper > 0 && lower > 0)
}

#[cfg(test)]
mod tests;
