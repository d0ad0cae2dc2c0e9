//! Reads recordings from their JSON files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{RecordedBody, RecordedRequest, RecordedResponse, Recording, RecordingError};

#[derive(Deserialize)]
struct File {
    provider: String,
    dialect: String,
    kind: String,
    tags: Vec<String>,
    model: Option<String>,
    fidelity: String,
    request: FileRequest,
    response: FileResponse,
}

#[derive(Deserialize)]
struct FileRequest {
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_b64: Option<String>,
}

#[derive(Deserialize)]
struct FileResponse {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_sse: Option<String>,
    body_ndjson: Option<String>,
    body_b64: Option<String>,
    #[serde(default)]
    chunk_sizes: Vec<usize>,
}

/// Every recording in the folders of this folder, ordered by name.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<Recording>, RecordingError> {
    let mut files = Vec::new();
    for provider in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let is_json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
        files.extend(entries(&provider)?.into_iter().filter(is_json));
    }
    files.sort();
    files.iter().map(|path| read_file(folder, path)).collect()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let failed = |source| RecordingError::Io { path: folder.to_owned(), source };
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}

fn read_file(folder: &Path, path: &Path) -> Result<Recording, RecordingError> {
    let bytes =
        fs::read(path).map_err(|source| RecordingError::Io { path: path.to_owned(), source })?;
    let file: File = serde_json::from_slice(&bytes)
        .map_err(|source| RecordingError::Json { path: path.to_owned(), source })?;
    let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    Ok(Recording {
        name,
        provider: file.provider,
        dialect: file.dialect,
        kind: file.kind,
        tags: file.tags,
        model: file.model,
        fidelity: file.fidelity,
        request: request(file.request, path)?,
        response: response(file.response, path)?,
    })
}

fn request(file: FileRequest, path: &Path) -> Result<RecordedRequest, RecordingError> {
    let body = match (file.body, file.body_b64) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(text)) => decode(&text, path)?,
        (None, None) => Vec::new(),
    };
    let headers = file.headers.into_iter().collect();
    Ok(RecordedRequest { method: file.method, url: file.url, headers, body })
}

fn response(file: FileResponse, path: &Path) -> Result<RecordedResponse, RecordingError> {
    let body = match (file.body, file.body_sse, file.body_ndjson, file.body_b64) {
        (Some(text), ..) if serde_json::from_str::<IgnoredAny>(&text).is_ok() => {
            RecordedBody::Json(text)
        }
        (Some(text), ..) => RecordedBody::Text(text),
        (None, Some(text), ..) => RecordedBody::Sse(text),
        (None, None, Some(text), _) => RecordedBody::Ndjson(text),
        (None, None, None, Some(text)) => RecordedBody::Binary(decode(&text, path)?),
        (None, None, None, None) => RecordedBody::Text(String::new()),
    };
    let headers = file.headers.into_iter().collect();
    Ok(RecordedResponse { status: file.status, headers, body, chunk_sizes: file.chunk_sizes })
}

fn decode(text: &str, path: &Path) -> Result<Vec<u8>, RecordingError> {
    STANDARD.decode(text).map_err(|_| RecordingError::Base64 { path: path.to_owned() })
}
