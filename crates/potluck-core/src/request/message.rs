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

impl Message {
    /// A turn with nothing but who speaks and what is said.
    #[must_use]
    pub const fn new(role: Role, content: Content) -> Self {
        Self {
            role,
            name: None,
            content,
            tool_calls: Vec::new(),
            tool_call_id: None,
            refusal: None,
            reasoning: None,
            reasoning_details: None,
            extra: Extra::new(),
        }
    }
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

    /// The media type and the base64 of inline data (RFC 2397); `None` of an address, and of data that is not
    /// base64. The type may be empty.
    #[must_use]
    pub fn base64(&self) -> Option<(&str, &str)> {
        let Self::Inline(url) = self else { return None };
        let (head, data) = url.get(5..)?.split_once(',')?;
        let (kind, encoding) = head.rsplit_once(';')?;
        let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
        encoding.trim().eq_ignore_ascii_case("base64").then_some((kind, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_data_says_its_type_and_its_base64() {
        let base64 = |url: &str| {
            Media::from_url(url.to_owned())
                .base64()
                .map(|(kind, data)| (kind.to_owned(), data.to_owned()))
        };
        let told = |kind: &str, data: &str| Some((kind.to_owned(), data.to_owned()));
        assert_eq!(base64("data:image/png;base64,AA=="), told("image/png", "AA=="));
        assert_eq!(base64("DATA:image/png;name=a.png;BASE64,AA"), told("image/png", "AA"));
        assert_eq!(base64("data:;base64,AA"), told("", "AA"));
        for other in ["data:text/plain,AA", "data:image/png;base64", "https://x/a.png", "data:"] {
            assert_eq!(base64(other), None, "{other}");
        }
    }
}
