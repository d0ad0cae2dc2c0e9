//! The closed words of client files.

use serde::{Deserialize, Serialize};

/// What a client is.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Called by one's own program.
    Library,
    /// Typed into a shell.
    Command,
    /// Works on its own.
    Agent,
    /// In an editor, or one.
    Editor,
    /// With windows or pages.
    App,
    /// Serves others.
    Server,
}

/// Which of potluck's dialects a client uses.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Speaks {
    /// OpenAI's chat.
    Openai,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Anthropic,
    /// Ollama's own.
    Ollama,
    /// OpenRouter's, under /api/v1.
    Openrouter,
}

/// What a program is written in.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// A POSIX shell.
    Sh,
    /// Python.
    Python,
    /// A module for Node.
    Javascript,
}

// === impl Kind ===

impl Kind {
    /// The word of the files.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Command => "command",
            Self::Agent => "agent",
            Self::Editor => "editor",
            Self::App => "app",
            Self::Server => "server",
        }
    }
}

// === impl Speaks ===

impl Speaks {
    /// The word of the files.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Responses => "responses",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
            Self::Openrouter => "openrouter",
        }
    }
}
