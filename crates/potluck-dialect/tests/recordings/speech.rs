//! The providers' dialects that are recorded, and how each is read independently of potluck.

use potluck_dialect::Dialect;
use potluck_testkit::recordings::Recording;

use crate::plain::{self, Answer};
use crate::{anthropic, cohere, exceptions, gemini, ollama};

/// One dialect, as it was recorded.
pub(super) struct Speech {
    /// What the recordings call it.
    pub(super) name: &'static str,
    pub(super) dialect: Dialect,
    /// Whether an exchange is a chat.
    pub(super) is_chat: fn(&Recording) -> bool,
    pub(super) whole: fn(&str) -> Answer,
    pub(super) stream: fn(&str) -> Answer,
    pub(super) excepted_answers: &'static [(&'static str, &'static str)],
    pub(super) excepted_streams: &'static [(&'static str, &'static str)],
}

/// All of them.
pub(super) const ALL: [Speech; 5] = [
    Speech {
        name: "openai-chat",
        dialect: Dialect::OpenAi,
        is_chat: |_| true,
        whole: plain::whole,
        stream: plain::stream,
        excepted_answers: exceptions::RESPONSES,
        excepted_streams: exceptions::STREAMS,
    },
    Speech {
        name: "gemini",
        dialect: Dialect::Gemini,
        is_chat: |recording| recording.request.url.contains("enerateContent"),
        whole: gemini::whole,
        stream: gemini::stream,
        excepted_answers: &[],
        excepted_streams: &[],
    },
    Speech {
        name: "ollama-native",
        dialect: Dialect::Ollama,
        is_chat: |recording| recording.request.url.ends_with("/api/chat"),
        whole: ollama::read,
        stream: ollama::read,
        excepted_answers: &[],
        excepted_streams: &[],
    },
    Speech {
        name: "anthropic",
        dialect: Dialect::Anthropic,
        is_chat: |recording| {
            let path = recording.request.url.split('?').next().unwrap_or_default();
            path.ends_with("/messages")
        },
        whole: anthropic::whole,
        stream: anthropic::stream,
        excepted_answers: &[],
        excepted_streams: &[],
    },
    Speech {
        name: "cohere-v2",
        dialect: Dialect::Cohere,
        is_chat: |_| true,
        whole: cohere::whole,
        stream: cohere::stream,
        excepted_answers: &[],
        excepted_streams: &[],
    },
];

impl Speech {
    /// Its exchanges among all that were recorded.
    pub(super) fn of<'a>(&self, all: &'a [Recording]) -> impl Iterator<Item = &'a Recording> {
        let (name, is_chat) = (self.name, self.is_chat);
        all.iter().filter(move |recording| recording.dialect == name && is_chat(recording))
    }
}
