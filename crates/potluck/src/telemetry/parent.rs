//! The trace that a request belongs to, as its client says in the headers of W3C's Trace Context.
//!
//! What is not exactly as that says is taken for nothing: then the request begins a trace of its own. Providers are told of
//! neither.

use http::{HeaderMap, HeaderValue};

/// The header of the trace and of the client's span, and that of what vendors add.
const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// The most that is handed on of what vendors add: what everybody has to hand on.
const LONGEST_STATE: usize = 512;

/// The span of a client, above ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// 32 digits of hexadecimal, in small letters.
    pub(super) trace: String,
    /// 16 of them.
    pub(super) span: String,
    /// Whether the client records its own spans; where it does not, ours would have nothing above them.
    pub(super) is_sampled: bool,
    /// What vendors add, as it came.
    pub(super) state: Option<String>,
}

impl Parent {
    /// Reads it; `None` where there is none, or more than one, or a wrong one.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(PARENT).iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        let mut parts = only.to_str().ok()?.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_known = match version {
            "ff" => false,
            // Later versions may say more behind these four.
            "00" => parts.next().is_none(),
            _ => is_hex(version, 2),
        };
        let is_right = is_known && is_id(trace, 32) && is_id(span, 16) && is_hex(flags, 2);
        let flags = is_right.then(|| u8::from_str_radix(flags, 16).ok()).flatten()?;
        let (trace, span) = (trace.to_owned(), span.to_owned());
        Some(Self { trace, span, is_sampled: flags & 1 == 1, state: state(headers) })
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// An id of zeros is none.
fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|b| b != b'0')
}

/// Several headers of that name are one list.
fn state(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(STATE).iter().map(HeaderValue::to_str);
    let listed = all.collect::<Result<Vec<_>, _>>().ok()?.join(",");
    (1..=LONGEST_STATE).contains(&listed.len()).then_some(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(headers: &[(&'static str, &str)]) -> Option<Parent> {
        let each =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Parent::read(&each.collect())
    }

    #[test]
    fn a_parent_is_read_with_what_vendors_add() {
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let parent = read(&[(PARENT, &parent), (STATE, "a=1"), (STATE, "b=2")]).unwrap();
        assert_eq!((parent.trace.as_str(), parent.span.as_str()), (TRACE, SPAN));
        assert_eq!((parent.is_sampled, parent.state.as_deref()), (true, Some("a=1,b=2")));
        let later = read(&[(PARENT, &format!("cc-{TRACE}-{SPAN}-02-more"))]).unwrap();
        assert_eq!((later.is_sampled, later.state), (false, None));
        let long = "a=".to_owned() + &"x".repeat(LONGEST_STATE);
        let parent = read(&[(PARENT, &format!("00-{TRACE}-{SPAN}-00")), (STATE, &long)]);
        assert_eq!(parent.unwrap().state, None);
    }

    #[test]
    fn what_is_wrong_is_taken_for_none() {
        let zero = "0".repeat(32);
        let wrong = [
            String::new(),
            "00".to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{zero}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-zz"),
            format!("00-{}-{SPAN}-01", "g".repeat(32)),
        ];
        for text in &wrong {
            assert_eq!(read(&[(PARENT, text)]), None, "{text}");
        }
        let right = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(read(&[(PARENT, &right), (PARENT, &right)]), None, "two are none");
        assert_eq!(read(&[(STATE, "a=1")]), None);
    }
}
