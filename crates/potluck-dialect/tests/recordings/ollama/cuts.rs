//! Streams that end before their last line.

use potluck_dialect::{BadAnswer, Dialect};
use potluck_testkit::recordings::{RecordedBody, Recording};

use crate::streams::read;
use crate::{check_each, recorded};

fn streamed(recording: &Recording) -> Option<&str> {
    match &recording.response.body {
        RecordedBody::Ndjson(text) if recording.request.url.ends_with("/api/chat") => Some(text),
        _ => None,
    }
}

#[test]
fn cut_streams_of_ollama_are_told_as_cut() {
    let Some(recordings) = recorded("cut_streams_of_ollama_are_told_as_cut") else { return };
    let streams = recordings.iter().filter(|recording| streamed(recording).is_some());
    check_each("ollama-native, cut streams", streams, &[], |recording| {
        let text = streamed(recording).unwrap().trim_end();
        let last = text.rfind('\n').ok_or("one line only")?;
        for at in [last, last + 1, text.len() - 1] {
            let (_, ended) = read(Dialect::Ollama, std::iter::once(&text.as_bytes()[..at]));
            if ended != Err(BadAnswer::Cut) {
                return Err(format!("cut at {at} it is read as {ended:?}"));
            }
        }
        Ok(())
    });
}
