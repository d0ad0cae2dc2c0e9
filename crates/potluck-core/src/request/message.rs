//! One turn of a conversation.

use crate::request::ToolCall;
use crate::sealed::{Extra, Sealed};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Instructions.
    System,
    /// Instructions, under their newer name.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The answer of a tool.
    Tool,
    /// The answer of a function, the older form of a tool.
    Function,
}

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The speaker's name, where several share a role.
    pub name: Option<String>,
    /// What is said.
    pub content: Content,
    /// The tools that the assistant called in this turn.
    pub tool_calls: Vec<ToolCall>,
    /// Which call a tool's answer belongs to.
    pub tool_call_id: Option<String>,
    /// The assistant's refusal, in its own words.
    pub refusal: Option<String>,
    /// What the assistant thought before this turn.
    pub reasoning: Option<String>,
    /// The same as typed items, which must travel back unmodified and in order to whoever made them.
    pub reasoning_details: Option<Sealed>,
    /// Unknown fields.
    pub extra: Extra,
}

/// What is said in a turn. The four forms are kept apart so that reading and writing is the identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// The field was not there.
    #[default]
    Absent,
    /// The field was null.
    Null,
    /// One text.
    Text(String),
    /// Typed parts.
    Parts(Vec<Part>),
}

/// One typed part of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words.
    Text {
        /// The words.
        text: String,
        /// Unknown fields, such as a cache mark.
        extra: Extra,
    },
    /// A picture.
    Image {
        /// Where it is.
        media: Media,
        /// `auto`, `low`, `high`, ...
        detail: Option<String>,
        /// Unknown fields of the part.
        extra: Extra,
    },
    /// Sound.
    Audio {
        /// Base64.
        data: String,
        /// `wav`, `mp3`, ...
        format: String,
        /// Unknown fields.
        extra: Extra,
    },
    /// Moving pictures.
    Video {
        /// Where they are.
        media: Media,
        /// Unknown fields.
        extra: Extra,
    },
    /// A document; its description (`file_data`, `file_id`, `filename`) stays sealed.
    File {
        /// The description.
        file: Sealed,
        /// Unknown fields.
        extra: Extra,
    },
    /// A refusal of the assistant, as a part.
    Refusal(String),
    /// A part of a kind that no dialect of ours knows.
    Other(Sealed),
}

/// Where a picture or a film is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// An http or https address, which somebody has to fetch.
    Remote(String),
    /// A `data:` address, whole.
    Inline(String),
}

impl Media {
    /// Tells inline data from an address.
    #[must_use]
    pub fn from_url(url: String) -> Self {
        if url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
            Self::Inline(url)
        } else {
            Self::Remote(url)
        }
    }

    /// The address, whichever it is.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Remote(url) | Self::Inline(url) => url,
        }
    }
}
