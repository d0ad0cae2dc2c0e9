//! What a client asks of the router in headers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use http::HeaderMap;
use potluck_core::requirements::{Priority, Wishes};
use potluck_core::verdict::Refusal;

use crate::http::caller::{self, Caller};

/// Reads the `x-potluck-…` headers, and the session headers that common clients send.
///
/// # Errors
/// 400 naming the header whose value cannot be read: a wish is never ignored in silence.
pub(super) fn read(headers: &HeaderMap) -> Result<Wishes, Refusal> {
    Ok(Wishes {
        seed: number(headers, "x-potluck-seed")?,
        session: session(headers).map(str::to_owned),
        deadline: deadline(headers)?,
        wait: number(headers, "x-potluck-wait-ms")?.map(Duration::from_millis),
        priority: priority(headers)?,
        client: client(headers),
        min_quality: fraction(headers, "x-potluck-min-quality")?,
        min_context: number(headers, "x-potluck-min-context")?,
        no_training: privacy(headers)?,
        permit: None,
    })
}

/// The same, and what the key of whoever asks prescribes: the stricter of both holds.
///
/// # Errors
/// As [`read`].
pub(super) fn of(headers: &HeaderMap, caller: &Caller) -> Result<Wishes, Refusal> {
    let mut wishes = read(headers)?;
    caller.bind(&mut wishes);
    Ok(wishes)
}

/// Whether the client wants to be told which way its answer took, by OpenRouter's header.
pub(super) fn tells_route(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 2] = ["x-openrouter-metadata", "x-openrouter-experimental-metadata"];
    NAMES.iter().any(|name| value(headers, name).is_some_and(|v| v.eq_ignore_ascii_case("enabled")))
}

/// Whether the client wants the decision in a header of the answer.
///
/// # Errors
/// 400 where the header has a value that means nothing.
pub(super) fn explains(headers: &HeaderMap) -> Result<bool, Refusal> {
    match value(headers, "x-potluck-explain") {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(other) => Err(bad("x-potluck-explain", other, "0 or 1")),
    }
}

/// Who asks, by the key that was sent: told apart by a number, so that no key is carried around.
fn client(headers: &HeaderMap) -> String {
    caller::given_key(headers).map_or_else(String::new, |key| {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    })
}

fn session(headers: &HeaderMap) -> Option<&str> {
    const NAMES: [&str; 3] = ["x-potluck-session", "x-session-id", "x-session-affinity"];
    NAMES.iter().find_map(|name| value(headers, name))
}

/// No time at all is no deadline: it would spend a request that nobody waits for.
fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, Refusal> {
    const NAME: &str = "x-potluck-deadline-ms";
    match number(headers, NAME)? {
        Some(0) => Err(bad(NAME, "0", "a whole number from 1")),
        millis => Ok(millis.map(Duration::from_millis)),
    }
}

fn priority(headers: &HeaderMap) -> Result<Priority, Refusal> {
    match value(headers, "x-potluck-priority") {
        None | Some("interactive") => Ok(Priority::Interactive),
        Some("batch") => Ok(Priority::Batch),
        Some(other) => Err(bad("x-potluck-priority", other, "interactive or batch")),
    }
}

fn privacy(headers: &HeaderMap) -> Result<bool, Refusal> {
    match value(headers, "x-potluck-privacy") {
        None => Ok(false),
        Some("no-training") => Ok(true),
        Some(other) => Err(bad("x-potluck-privacy", other, "no-training")),
    }
}

fn fraction(headers: &HeaderMap, name: &str) -> Result<Option<f32>, Refusal> {
    let Some(text) = value(headers, name) else { return Ok(None) };
    match text.parse::<f32>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(Some(number)),
        _ => Err(bad(name, text, "a number from 0 to 1")),
    }
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Result<Option<T>, Refusal> {
    let Some(text) = value(headers, name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| bad(name, text, "a whole number"))
}

/// Looks along the line: a request has a dozen headers, and to hash a name that it has not is dearer than to compare it.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let (_, value) = headers.iter().find(|(known, _)| known.as_str() == name)?;
    value.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

fn bad(name: &str, have: &str, want: &str) -> Refusal {
    Refusal::bad_request(
        "invalid_header",
        format!("the header {name} is {have:?}, and has to be {want}"),
        Some(name.to_owned()),
    )
}
