//! How a command can fail, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use crate::settings::SettingsError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It was asked wrongly.
    #[error("{0}")]
    Usage(String),
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The router answered that it cannot.
    #[error("{message} (HTTP {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The router's words.
        message: String,
    },
    /// Nobody answers there.
    #[error(
        "no router answers at {url}: {detail}. Start one with `potluck serve`, or leave --url out"
    )]
    Unreachable {
        /// Where.
        url: String,
        /// What the system said.
        detail: String,
    },
    /// Who reads our output has left, as in `potluck models | head -1`: no failure of ours.
    #[error("nobody reads this any more")]
    NobodyReads,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

// === impl Failure ===

impl Failure {
    /// What to tell the person; `None`: nothing.
    pub(super) fn message(&self) -> Option<String> {
        match self {
            Self::NobodyReads => None,
            Self::Other(error) => Some(format!("{error:#}")),
            other => Some(other.to_string()),
        }
    }

    /// The exit code, as `potluck --help` lists them.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::NobodyReads => 0,
            Self::Refused { status: 429, .. } => 3,
            Self::Refused { .. } | Self::Other(_) => 1,
            Self::Usage(_) | Self::Settings(_) => 2,
            Self::Unreachable { .. } => 4,
        })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Other(error.into()),
        }
    }
}
