//! A whole answer: one document, or a list of chunks.

use potluck_core::response::ChatResponse;

use super::answer::Answer;
use super::reader::{StreamReader, take_whole};
use crate::BadAnswer;
use crate::dialect::ReadStream;
use crate::fold::fold;

/// Reads a body of status 200.
pub(crate) fn read(body: &[u8]) -> Result<ChatResponse, BadAnswer> {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    if start.starts_with(b"data:") {
        let (mut reader, mut events) = (StreamReader::default(), Vec::new());
        reader.push(body, &mut events)?;
        reader.finish(&mut events)?;
        return fold(events);
    }
    let mut answer = Answer::default();
    take_whole(&mut answer, body)?;
    answer.end_of_whole()?;
    fold(answer.events)
}
