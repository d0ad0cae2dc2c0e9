//! What can be wrong with a painter's answer.

use serde_json::json;

use super::canvas::{FileKind, black, bomb};
use crate::server::Reply;

/// What is wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// 402 with the words of a queue that is full.
    QueueFull,
    /// 503.
    Broken,
    /// 200 with no body.
    Empty,
    /// 200 with an error inside.
    ErrorInside,
    /// A black picture, marked as filtered where the manner can mark it.
    Filtered,
    /// The picture, under a content type that is no picture's. Harmless to who looks at the bytes.
    WrongType,
    /// The first half of the picture.
    Truncated,
    /// A few thousand bytes that unfold to 400 megapixels.
    Bomb,
    /// Bytes that are no picture.
    Garbage,
    /// An address to fetch the picture from, such as a private one; for manners that give addresses.
    UrlTo(String),
}

/// The edge of a bomb, in pixels.
const BOMB_EDGE: u32 = 20_000;

impl Flaw {
    /// The whole answer, where it is decided before anything is painted.
    pub(super) fn refusal(&self) -> Option<Reply> {
        Some(match self {
            Self::QueueFull => Reply::json(
                402,
                json!({"error": "Payment Required", "message": "[simulated] Queue full for IP 127.0.0.1"}),
            ),
            Self::Broken => {
                Reply::json(503, json!({"error": {"message": "[simulated] out of paint"}}))
            }
            Self::Empty => Reply::text(200, "application/json", ""),
            Self::ErrorInside => Reply::json(
                200,
                json!({"error": {"message": "[simulated] no worker", "code": 503}}),
            ),
            _ => return None,
        })
    }

    /// The file, spoilt.
    pub(super) fn spoil(&self, good: &[u8]) -> Vec<u8> {
        match self {
            Self::Truncated => good[..good.len() / 2].to_vec(),
            Self::Bomb => bomb(BOMB_EDGE),
            Self::Garbage => b"[simulated] this is no picture".to_vec(),
            Self::Filtered => black(64, 64, FileKind::Jpeg),
            _ => good.to_vec(),
        }
    }

    /// Whether the picture is there and as it should be.
    pub(super) const fn is_harmless(&self) -> bool {
        matches!(self, Self::WrongType)
    }
}
