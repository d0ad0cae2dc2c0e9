//! Recorded real exchanges with providers, read from a folder outside the repository.
//!
//! Tests replay them. When the folder is missing, [`load`] says so in a value that a test prints
//! before it skips: a silent skip would look like a pass.

mod read;

use std::path::{Path, PathBuf};

use read::read_folder;

/// Where the recordings are, unless the caller says.
const VARIABLE: &str = "POTLUCK_RECORDINGS";

/// What was found.
#[derive(Debug)]
pub enum Recordings {
    /// All of them, ordered by name.
    Present(Vec<Recording>),
    /// The folder does not exist.
    Absent(PathBuf),
}

/// One recorded exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Path inside the folder, such as `groq/001-chat-x.json`.
    pub name: String,
    /// Who answered.
    pub provider: String,
    /// The shape of the exchange, such as `openai-chat` or `gemini`.
    pub dialect: String,
    /// What it shows, such as `chat_stream`, `error` or `rate_limit`.
    pub kind: String,
    /// Facts found in the bytes, such as `finish:stop` or `no_done_marker`.
    pub tags: Vec<String>,
    /// The model asked for.
    pub model: Option<String>,
    /// How true it is to the bytes: `raw`, `json_reserialised`, `normalised` or `response_only`.
    pub fidelity: String,
    /// What was asked.
    pub request: RecordedRequest,
    /// What was answered.
    pub response: RecordedResponse,
}

/// The client's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers that matter; none that authenticate.
    pub headers: Vec<(String, String)>,
    /// The exact body; empty when there was none.
    pub body: Vec<u8>,
}

/// The provider's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers, spelled as received; none about encoding and length.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked and dechunked.
    pub body: RecordedBody,
    /// The sizes in bytes of the reads in which a stream arrived, where they are known.
    pub chunk_sizes: Vec<usize>,
}

/// A body by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedBody {
    /// Text that parses as JSON.
    Json(String),
    /// Any other text; also an empty body.
    Text(String),
    /// The text of an event stream, line ends as received.
    Sse(String),
    /// JSON values, one a line.
    Ndjson(String),
    /// Bytes that were recorded in base64.
    Binary(Vec<u8>),
}

/// Why the recordings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A file or folder could not be read.
    #[error("{path}: cannot be read")]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not a recording.
    #[error("{path}: is no recording")]
    Json {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A body is not base64.
    #[error("{path}: holds broken base64")]
    Base64 {
        /// Which one.
        path: PathBuf,
    },
}

/// Reads every recording of the usual folder: `$POTLUCK_RECORDINGS`, else `../shared/recordings`
/// beside the workspace.
///
/// # Errors
///
/// [`RecordingError`] when a file is there and cannot be read.
pub fn load() -> Result<Recordings, RecordingError> {
    load_from(&usual_folder())
}

/// Reads every recording of this folder.
///
/// # Errors
///
/// [`RecordingError`] when a file is there and cannot be read.
pub fn load_from(folder: &Path) -> Result<Recordings, RecordingError> {
    if !folder.is_dir() {
        return Ok(Recordings::Absent(folder.to_owned()));
    }
    Ok(Recordings::Present(read_folder(folder)?))
}

#[expect(clippy::disallowed_methods, reason = "where test data lies is no setting of potluck")]
fn usual_folder() -> PathBuf {
    match std::env::var_os(VARIABLE) {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings"),
    }
}

impl Recordings {
    /// The recordings, or None after saying loudly on standard error that a test is skipped.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that is skipped must be seen")]
    pub fn or_skip(self, test: &str) -> Option<Vec<Recording>> {
        match self {
            Self::Present(recordings) => {
                eprintln!("{test}: {} recordings", recordings.len());
                Some(recordings)
            }
            Self::Absent(folder) => {
                eprintln!("SKIPPED {test}: no recordings in {} (${VARIABLE})", folder.display());
                None
            }
        }
    }
}

impl Recording {
    /// Whether it has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|each| each == tag)
    }
}

impl RecordedResponse {
    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        crate::server::find_header(&self.headers, name)
    }
}

impl RecordedBody {
    /// The bytes as they came from the provider.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Json(text) | Self::Text(text) | Self::Sse(text) | Self::Ndjson(text) => {
                text.as_bytes()
            }
            Self::Binary(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests;
