//! The closed list of faults.

use std::time::Duration;

use crate::quota::RefusalStyle;

/// One way of failing, or of being odd while still answering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The port refuses connections. Only a plan that is always so closes the port; a request
    /// that has already come in is reset instead.
    Refused,
    /// The connection is reset (RST) instead of an answer.
    Reset,
    /// A connection that has answered before is reset when the next request comes in on it; a new one is answered. How a
    /// server looks that closes what was kept open at the moment when it is used again.
    Stale,
    /// The answer is a TLS alert, as when an https port is spoken to in plain text. For an https
    /// address that fails in the handshake see [`Transport`](crate::Transport).
    Tls,
    /// 429, although the quota is not used up; `wait` is what it says, when it says anything.
    RateLimited {
        /// In whose shape.
        style: RefusalStyle,
        /// The stated wait.
        wait: Option<Duration>,
    },
    /// 429 for the day, until midnight UTC.
    QuotaSpent(RefusalStyle),
    /// The model cannot be had, or not for nothing.
    NotFree(NotFree),
    /// 401.
    Unauthorized,
    /// The provider is overloaded or broken and says so.
    Trouble(ServerTrouble),
    /// 413: the prompt is too long for this model.
    ContextTooLong,
    /// 400 `content_policy_violation`.
    PolicyRefused,
    /// 302 to another address.
    Redirect {
        /// The `location`.
        to: String,
    },
    /// Takes the request and never writes a byte.
    StallBeforeFirstByte,
    /// Writes the headers and then nothing.
    StallAfterHeaders,
    /// Writes half of the answer and then nothing.
    StallMidStream,
    /// Keep-alive comments for ever (blanks, when no stream was asked for), never content.
    TrickleComments {
        /// Pause between two comments.
        every: Duration,
    },
    /// The right answer, very slowly.
    TrickleContent {
        /// Pause between two pieces.
        every: Duration,
    },
    /// The connection is closed before any content.
    CutBeforeContent(CutBefore),
    /// The connection is closed after half of the answer, between two events.
    CutMidStream,
    /// The connection is closed inside an event; a whole body is cut and its length says so.
    CutMidEvent,
    /// HTTP ends in good order after half of the events: no finish reason, no `[DONE]`.
    EndedEarly,
    /// A chunk whose size is not a number.
    BadChunking,
    /// An answer without an answer.
    Empty(Empty),
    /// Status 200 and an error inside.
    ErrorIn200(ErrorPlace),
    /// Bytes that are no answer.
    Garbage(Garbage),
    /// A line without an end.
    EndlessLine {
        /// How long until the server gives up.
        bytes: u64,
    },
    /// A right answer of this size.
    Gigantic {
        /// Bytes of content.
        bytes: u64,
    },
    /// `content-encoding: gzip`, not asked for, that unpacks to this size.
    GzipBomb {
        /// Bytes when unpacked.
        bytes: u64,
    },
    /// Tool calls whose arguments are no JSON. Answers without tool calls stay as they are.
    ToolArgumentsBroken,
    /// An answer in good order that says this, whatever was asked for: how models break a demanded form.
    Says {
        /// The whole text.
        text: String,
    },
    /// Strange and still readable.
    Odd(Oddity),
}

/// How a provider says that a model cannot be had for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFree {
    /// 404, no such model.
    Unknown,
    /// 410, retired.
    Gone,
    /// 403, "requires a subscription".
    Subscription,
    /// 429 with `limit: 0`.
    ZeroLimit,
}

/// How a provider says that it is in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTrouble {
    /// 500 with a JSON error.
    Internal,
    /// 502 with an HTML page.
    BadGateway,
    /// 503 with a JSON error.
    Unavailable,
    /// 529 with a JSON error.
    Overloaded,
    /// 400 with `DEGRADED function cannot be invoked`, as NVIDIA.
    Degraded,
}

/// What came before the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutBefore {
    /// The headers.
    Headers,
    /// The headers and the delta with the role.
    RoleDelta,
    /// The headers and keep-alive comments.
    Comments,
}

/// An answer without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// No bytes at all after the headers.
    Body,
    /// `choices: []`.
    NoChoices,
    /// `content: ""`.
    Content,
    /// Blanks and line ends.
    Whitespace,
    /// A finish reason and nothing else.
    FinishOnly,
}

/// Where the error stands in an answer with status 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPlace {
    /// The whole body is a JSON error, also when a stream was asked for.
    Body,
    /// The first event.
    FirstEvent,
    /// An event after keep-alive comments.
    AfterComments,
    /// An event after half of the content; in a whole body, an error beside the choices.
    MidStream,
    /// An event that is named `error`, after half of the content, as Groq; in a whole body as
    /// [`ErrorPlace::Body`].
    NamedEvent,
}

/// Bytes that are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// A web page.
    Html,
    /// JSON that does not parse, in full length.
    InvalidJson,
    /// Content that is not UTF-8.
    InvalidUtf8,
    /// Random bytes.
    Binary,
}

/// Strange and still readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// `text/plain`, whatever the body is.
    WrongContentType,
    /// No `[DONE]` at the end.
    NoDone,
    /// No finish reason.
    NoFinishReason,
    /// Lines end in CRLF.
    Crlf,
    /// `data:` without a space.
    NoSpaceAfterData,
    /// Keep-alive comments before and between events.
    Comments,
    /// Each byte of the body in its own write.
    SingleByteWrites,
    /// All events in one write.
    OneWrite,
    /// Usage in every chunk.
    UsageEveryChunk,
    /// A usage chunk after the finish reason, asked for or not.
    UsageAfterFinish,
    /// No usage anywhere.
    NoUsage,
    /// Numbers beyond 64 bits.
    HugeNumbers,
    /// A stream, though none was asked for.
    StreamForPlain,
    /// One JSON body, though a stream was asked for.
    PlainForStream,
    /// Another model's name.
    WrongModelEchoed,
}

const MIB: u64 = 1024 * 1024;

impl Fault {
    /// One of each kind, with moderate sizes and times.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let minute = Some(Duration::from_secs(60));
        let mut all = vec![Self::Refused, Self::Reset, Self::Stale, Self::Tls];
        for style in RefusalStyle::ALL {
            all.push(Self::RateLimited { style, wait: minute });
            all.push(Self::QuotaSpent(style));
        }
        all.extend(NotFree::ALL.map(Self::NotFree));
        all.push(Self::Unauthorized);
        all.extend(ServerTrouble::ALL.map(Self::Trouble));
        all.extend([
            Self::ContextTooLong,
            Self::PolicyRefused,
            Self::Redirect { to: "http://elsewhere.invalid/v1/chat/completions".to_owned() },
            Self::StallBeforeFirstByte,
            Self::StallAfterHeaders,
            Self::StallMidStream,
            Self::TrickleComments { every: Duration::from_millis(200) },
            Self::TrickleContent { every: Duration::from_millis(200) },
        ]);
        all.extend(CutBefore::ALL.map(Self::CutBeforeContent));
        all.extend([Self::CutMidStream, Self::CutMidEvent, Self::EndedEarly, Self::BadChunking]);
        all.extend(Empty::ALL.map(Self::Empty));
        all.extend(ErrorPlace::ALL.map(Self::ErrorIn200));
        all.extend(Garbage::ALL.map(Self::Garbage));
        all.extend([
            Self::EndlessLine { bytes: 8 * MIB },
            Self::Gigantic { bytes: 8 * MIB },
            Self::GzipBomb { bytes: 64 * MIB },
            Self::ToolArgumentsBroken,
            Self::Says { text: "[simulated] not what was asked for".to_owned() },
        ]);
        all.extend(Oddity::ALL.map(Self::Odd));
        all
    }

    /// The fault of this [`Fault::name`], with moderate sizes and times.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|fault| fault.name() == name)
    }

    /// Lower-case words with hyphens, such as `stall-after-headers` or `odd-crlf`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::RateLimited { style, .. } => kebab("RateLimited", style),
            Self::QuotaSpent(style) => kebab("QuotaSpent", style),
            Self::NotFree(how) => kebab("NotFree", how),
            Self::Trouble(what) => kebab("Trouble", what),
            Self::CutBeforeContent(after) => kebab("CutBeforeContentAfter", after),
            Self::Empty(what) => kebab("Empty", what),
            Self::ErrorIn200(place) => kebab("ErrorIn200", place),
            Self::Garbage(what) => kebab("Garbage", what),
            Self::Odd(what) => kebab("Odd", what),
            other => {
                let debug = format!("{other:?}");
                kebab(debug.split([' ', '(']).next().unwrap_or_default(), &"")
            }
        }
    }

    /// Whether a client that is patient, and asks again where a kept connection broke, still gets a right answer.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(
            self,
            Self::Odd(_) | Self::TrickleContent { .. } | Self::Gigantic { .. } | Self::Stale
        )
    }
}

fn kebab(family: &str, member: &dyn std::fmt::Debug) -> String {
    let mut name = String::new();
    for letter in family.chars().chain(format!("{member:?}").chars()) {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        }
    }
    name
}

// === every member ===

impl NotFree {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Gone, Self::Subscription, Self::ZeroLimit];
}

impl ServerTrouble {
    /// Every way.
    pub const ALL: [Self; 5] =
        [Self::Internal, Self::BadGateway, Self::Unavailable, Self::Overloaded, Self::Degraded];
}

impl CutBefore {
    /// Every place.
    pub const ALL: [Self; 3] = [Self::Headers, Self::RoleDelta, Self::Comments];
}

impl Empty {
    /// Every way.
    pub const ALL: [Self; 5] =
        [Self::Body, Self::NoChoices, Self::Content, Self::Whitespace, Self::FinishOnly];
}

impl ErrorPlace {
    /// Every place.
    pub const ALL: [Self; 5] =
        [Self::Body, Self::FirstEvent, Self::AfterComments, Self::MidStream, Self::NamedEvent];
}

impl Garbage {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Html, Self::InvalidJson, Self::InvalidUtf8, Self::Binary];
}

impl Oddity {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::WrongContentType,
        Self::NoDone,
        Self::NoFinishReason,
        Self::Crlf,
        Self::NoSpaceAfterData,
        Self::Comments,
        Self::SingleByteWrites,
        Self::OneWrite,
        Self::UsageEveryChunk,
        Self::UsageAfterFinish,
        Self::NoUsage,
        Self::HugeNumbers,
        Self::StreamForPlain,
        Self::PlainForStream,
        Self::WrongModelEchoed,
    ];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_has_its_own_name_and_is_found_by_it() {
        let all = Fault::all();
        let names: BTreeSet<String> = all.iter().map(Fault::name).collect();
        assert_eq!(names.len(), all.len());
        for fault in all {
            assert_eq!(Fault::named(&fault.name()), Some(fault));
        }
        assert_eq!(Fault::StallBeforeFirstByte.name(), "stall-before-first-byte");
        assert_eq!(Fault::Odd(Oddity::Crlf).name(), "odd-crlf");
    }
}
