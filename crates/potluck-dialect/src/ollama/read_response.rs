//! A provider's whole answer: one document with all that a stream would say line by line.

use potluck_core::response::ChatResponse;

use super::line::Line;
use super::reader::{State, StreamReader};
use crate::BadAnswer;
use crate::dialect::ReadStream;
use crate::fold;
use crate::quirk::Quirks;

/// Reads a body of status 200.
pub(crate) fn read(body: &[u8], quirks: Quirks) -> Result<ChatResponse, BadAnswer> {
    let text = std::str::from_utf8(body)
        .map_err(|_| BadAnswer::Garbage("no UTF-8".to_owned()))?
        .trim_start_matches('\u{feff}')
        .trim();
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    let mut events = Vec::new();
    match Line::read(text) {
        Ok(line) if line.done == Some(false) => return Err(BadAnswer::Cut),
        Ok(line) if line.error.is_none() && !line.speaks => {
            return Err(BadAnswer::Garbage("JSON without a message".to_owned()));
        }
        Ok(line) => {
            State::new(quirks).take_line(Line { done: Some(true), ..line }, &mut events);
        }
        // A document that only ends too early was cut on its way.
        Err(broken) if broken.at >= text.len() => return Err(BadAnswer::Cut),
        Err(broken) if !text.contains('\n') => {
            return Err(BadAnswer::Garbage(format!("no JSON: {broken}")));
        }
        // Some stream whether or not they were asked to.
        Err(_) => {
            let mut reader = StreamReader::new(quirks);
            reader.push(text.as_bytes(), &mut events)?;
            reader.finish(&mut events)?;
        }
    }
    fold::fold(events)
}
