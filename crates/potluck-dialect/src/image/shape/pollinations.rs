//! Pollinations' old anonymous host: the prompt is the path, the rest its query, and a file comes back.

use potluck_core::capability::{Parameter, Parameters};

use super::super::plan::Plan;
use super::super::step::{Ask, Method, Step, Target};

/// What a request can say.
pub(super) fn carries() -> Parameters {
    Parameter::Size | Parameter::Seed
}

/// Writes a request. A seed has to be sent: without one the same picture comes again, out of a cache.
pub(super) fn write(mut plan: Plan<'_>, target: &Target<'_>) -> Ask {
    // A larger number is not read back as it was sent.
    let seed = plan.seed_or(target.chance % (1 << 31));
    let mut path = String::from("/prompt/");
    escape(&mut path, &plan.request.prompt);
    path.push_str("?model=");
    escape(&mut path, target.model);
    if let Some(size) = plan.size {
        path.push_str(&format!("&width={}&height={}", size.wide, size.high));
    }
    // Private: kept out of the public feed.
    path.push_str(&format!("&seed={seed}&nologo=true&private=true&safe=true"));
    let step = Step { accept: "image/*", ..Step::bare(Method::Get, path) };
    plan.ask(step)
}

/// Percent-encodes everything that is not unreserved (RFC 3986, section 2.3): a prompt may hold slashes and queries.
fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A dot too, since a path of two dots leads elsewhere.
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
