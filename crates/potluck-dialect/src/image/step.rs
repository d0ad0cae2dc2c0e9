//! One step of a provider's shape: what is sent, and what came of it.

use std::borrow::Cow;
use std::time::Duration;

use potluck_core::capability::Parameters;
use potluck_core::image::{Fit, Format, ImageAbility};

use crate::BadAnswer;
use crate::quirk::Quirks;
use crate::rates::Headers;

/// Where a picture is asked for.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The provider's own id of the model.
    pub model: &'a str,
    /// What it can do.
    pub ability: &'a ImageAbility,
    /// Parameters that it does not take.
    pub drops: Parameters,
    /// How the provider deviates.
    pub quirks: Quirks,
    /// The seed that the client wants of this picture: of several, each has its own.
    pub seed: Option<u64>,
    /// A number by chance, for providers that must be given a seed and whose client gave none.
    pub chance: u64,
}

/// The first step towards a picture, and what of the question could not cross.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What to send.
    pub step: Step,
    /// Parameters that were asked for and could not cross, by the names that clients use.
    pub dropped: Vec<String>,
    /// What crossed only in part, in words for the client.
    pub notes: Vec<String>,
    /// How the wished size is met.
    pub fit: Fit,
    /// The seed that is sent.
    pub seed: Option<u64>,
    /// The steps that are sent.
    pub steps: Option<u32>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

/// One request to a provider, below its base address for pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How.
    pub method: Method,
    /// What follows the base address: a path that begins with a slash, a query, both or nothing.
    pub path: String,
    /// What may come back.
    pub accept: &'static str,
    /// Headers of this shape alone.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// What the body is, where there is one.
    pub content_type: Option<Cow<'static, str>>,
    /// The body.
    pub body: Vec<u8>,
}

/// The head of a provider's answer.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Its status, 200 to 299.
    pub status: u16,
    /// What it says that its body is.
    pub content_type: Option<&'a str>,
    /// Its other headers.
    pub headers: &'a dyn Headers,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Pictures; at least one, and some of them may be [filtered](Made::filtered).
    Pictures(Vec<Made>),
    /// Nothing yet.
    Later(Box<Later>),
}

/// What to do for the picture to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Later {
    /// What to send next.
    pub ask: Step,
    /// How long to wait before that.
    pub after: Duration,
    /// How many are before this one, where the provider says.
    pub queue: Option<u32>,
    /// How long it will take, where the provider says.
    pub estimate: Option<Duration>,
    /// What to send when nobody wants the picture any more.
    pub cancel: Option<Step>,
    /// Where in the walk this is; for the shape that reads the answer.
    pub phase: Phase,
}

/// Where in a walk of several steps an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It says how far the picture is.
    Check,
    /// It has the picture.
    Fetch,
}

/// A picture that a provider made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Where it is.
    pub file: File,
    /// The seed it was made from, where the provider says.
    pub seed: Option<u64>,
    /// The prompt as the provider rewrote it.
    pub revised_prompt: Option<String>,
    /// Whether the provider marks it as held back: it shows black, or a notice.
    pub filtered: bool,
}

/// A picture's file.
#[derive(Clone, PartialEq, Eq)]
pub enum File {
    /// Its bytes, which begin as those of a picture do.
    Bytes(Vec<u8>),
    /// An address from which it can be fetched, for a while. Nobody has vouched for it.
    Url(String),
}

impl Step {
    /// A request without a body.
    pub(super) fn bare(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            accept: ANYTHING,
            headers: Vec::new(),
            content_type: None,
            body: Vec::new(),
        }
    }

    /// A request with a body of JSON.
    pub(super) fn json(path: impl Into<String>, body: Vec<u8>) -> Self {
        let content_type = Some(Cow::Borrowed("application/json"));
        Self { content_type, body, ..Self::bare(Method::Post, path) }
    }

    /// Its address below a base, either of which may have a query.
    #[must_use]
    pub fn address(&self, base: &str) -> String {
        let (base, key) = base.split_once('?').unwrap_or((base, ""));
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut address = format!("{base}{path}");
        for (query, mark) in [query, key].iter().filter(|q| !q.is_empty()).zip(['?', '&']) {
            address.push(mark);
            address.push_str(query);
        }
        address
    }
}

/// Pictures, and the JSON in which some come.
const ANYTHING: &str = "image/*, application/json;q=0.9, */*;q=0.1";

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl Made {
    /// A picture of which nothing else is said.
    pub(super) const fn plain(file: File) -> Self {
        Self { file, seed: None, revised_prompt: None, filtered: false }
    }

    /// A picture in a text: base64, a `data:` address or an address on the web.
    ///
    /// # Errors
    /// It is none of these, or no picture.
    pub(super) fn of_text(text: &str) -> Result<Self, BadAnswer> {
        if text.starts_with("https://") || text.starts_with("http://") {
            return Ok(Self::plain(File::Url(text.to_owned())));
        }
        let bytes = super::base64::decode(text).ok_or_else(|| no_picture("broken base64"))?;
        Self::of_bytes(bytes)
    }

    /// A picture's own bytes.
    ///
    /// # Errors
    /// They are no picture.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Result<Self, BadAnswer> {
        match Format::sniff(&bytes) {
            Some(_) => Ok(Self::plain(File::Bytes(bytes))),
            None if bytes.is_empty() => Err(BadAnswer::Empty),
            None => Err(no_picture("bytes that begin like no picture")),
        }
    }
}

/// What stands where a picture was expected.
pub(super) fn no_picture(what: &str) -> BadAnswer {
    BadAnswer::Garbage(format!("{what} instead of a picture"))
}

/// The pictures that the provider did not hold back.
///
/// # Errors
/// It held back all of them.
pub fn unfiltered(made: Vec<Made>) -> Result<Vec<Made>, BadAnswer> {
    let kept: Vec<Made> = made.into_iter().filter(|made| !made.filtered).collect();
    if kept.is_empty() { Err(BadAnswer::Filtered) } else { Ok(kept) }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Url(url) => write!(f, "Url({url})"),
        }
    }
}

impl std::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head({}, {:?})", self.status, self.content_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_both_queries() {
        let step = |path: &str| Step::bare(Method::Get, path);
        assert_eq!(step("/a").address("https://x/v1"), "https://x/v1/a");
        assert_eq!(step("").address("https://x/v1"), "https://x/v1");
        assert_eq!(step("/a?b=1").address("https://x/v1"), "https://x/v1/a?b=1");
        assert_eq!(step("/a").address("https://x/v1?key=k"), "https://x/v1/a?key=k");
        assert_eq!(step("/a?b=1").address("https://x?key=k"), "https://x/a?b=1&key=k");
    }
}
