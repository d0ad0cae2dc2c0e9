//! What shapes of several steps share: names of tasks, which become part of a path, and tasks that fail.

use potluck_core::response::StreamError;

use crate::{BadAnswer, answer};

/// The longest name of a task that is believed.
const LONGEST: usize = 128;

/// The name of a task, if nothing in it could lead to another path.
pub(super) fn checked(id: &str) -> Result<&str, BadAnswer> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.is_empty() || id.len() > LONGEST || !id.bytes().all(plain) {
        return Err(BadAnswer::Garbage("a task whose name cannot stand in a path".to_owned()));
    }
    Ok(id)
}

/// A task that ended without a picture: by the provider's own words where it has some.
pub(super) fn failed(body: &[u8], what: &str) -> BadAnswer {
    match answer::lacks(body, what) {
        told @ BadAnswer::ErrorInside(_) => told,
        _ => BadAnswer::ErrorInside(StreamError {
            message: what.to_owned(),
            // A server that took a task and dropped it is one that broke.
            status: Some(503),
            code: None,
            body: crate::wire::unlossy(body).into_owned(),
        }),
    }
}
