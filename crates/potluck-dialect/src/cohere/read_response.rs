//! A provider's whole answer: one document with all that a stream would say event by event.

use potluck_core::response::ChatResponse;

use super::answer::Answer;
use super::document::Document;
use super::reader::StreamReader;
use crate::BadAnswer;
use crate::dialect::ReadStream;
use crate::fold;

/// Reads a body of status 200.
pub(crate) fn read(body: &[u8]) -> Result<ChatResponse, BadAnswer> {
    let text = std::str::from_utf8(body)
        .map_err(|_| BadAnswer::Garbage("no UTF-8".to_owned()))?
        .trim_start_matches('\u{feff}')
        .trim();
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    let mut events = Vec::new();
    match Document::read(text) {
        Ok(document) if !document.speaks && !document.refuses => {
            return Err(BadAnswer::Garbage("JSON without a message".to_owned()));
        }
        Ok(document) => Answer::default().take(document, text, &mut events),
        // A document that only ends too early was cut on its way.
        Err(broken) if broken.at >= text.len() => return Err(BadAnswer::Cut),
        // Some stream whether or not they were asked to.
        Err(_) if text.starts_with("event:") || text.starts_with("data:") => {
            let mut reader = StreamReader::default();
            reader.push(text.as_bytes(), &mut events)?;
            reader.finish(&mut events)?;
        }
        Err(broken) => return Err(BadAnswer::Garbage(format!("no JSON: {broken}"))),
    }
    fold::fold(events)
}
