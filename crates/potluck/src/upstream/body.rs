//! Reading an answer whole, with a cap on its size and on the time it takes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::Semaphore;

use crate::upstream::{Fault, fault_of};

/// From here on an answer is large: nobody who chats reads so much at once.
const LARGE: usize = 256 << 10;

/// Large answers are taken in by turns, a piece a turn. Sixteen pictures that come at the same moment would otherwise
/// stand before every event of every stream, each with a piece of some hundred KiB.
static TURN: Semaphore = Semaphore::const_new(1);

/// Why a body could not be read whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// The connection broke.
    #[error(transparent)]
    Broken(#[from] Fault),
    /// It is larger than allowed.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// It did not end in time.
    #[error("not complete within {} ms", .0.as_millis())]
    TooLate(Duration),
}

/// Reads a whole body of at most `cap` bytes within `within`.
///
/// # Errors
/// [`ReadFault`]: broken, too large, or too late.
pub async fn collect(body: Incoming, cap: usize, within: Duration) -> Result<Bytes, ReadFault> {
    match tokio::time::timeout(within, gather(body, cap)).await {
        Ok(read) => read,
        Err(_late) => Err(ReadFault::TooLate(within)),
    }
}

pub(super) async fn gather(mut body: Incoming, cap: usize) -> Result<Bytes, ReadFault> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > cap {
        return Err(ReadFault::TooLarge(cap));
    }
    let mut first: Option<Bytes> = None;
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| fault_of(&error))?.into_data() else { continue };
        if all.len() + first.as_ref().map_or(0, Bytes::len) + data.len() > cap {
            return Err(ReadFault::TooLarge(cap));
        }
        // While one waits for its turn, its connection reads no further.
        let _turn = if all.len() < LARGE { None } else { TURN.acquire().await.ok() };
        // Most answers arrive in one read: those are not copied.
        match first.take() {
            None if all.is_empty() => first = Some(data),
            Some(before) => {
                // Growing by doubling would leave as much again behind, for every large answer at once.
                all.reserve(announced);
                all.extend_from_slice(&before);
                all.extend_from_slice(&data);
            }
            None => all.extend_from_slice(&data),
        }
    }
    Ok(first.unwrap_or_else(|| all.freeze()))
}
