//! Where pictures are decoded and written anew: beside the requests, and never more at once than memory allows.
//!
//! Decoding takes tens of milliseconds and tens of megabytes, so threads of a lower priority do it, one core is left to those
//! that carry streams, and a picture waits until there is room for what its own header says that it needs. Knows no
//! provider and no client.

mod hands;

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use potluck_picture::{Fault, Header, Limits, Origin, Ready, Wish, decode, prepare};
use tokio::sync::Semaphore;

use hands::Hands;

/// The most that are worked on at once, however many cores there are.
const MOST_HANDS: usize = 4;

const MIB: u64 = 1 << 20;

/// Bytes that are worked on in less than a tenth of a millisecond.
const LITTLE: usize = 64 << 10;

/// Where pictures are worked on.
#[derive(Debug)]
pub struct Darkroom {
    hands: Hands,
    /// In MiB.
    memory: Arc<Semaphore>,
    /// All of it, in MiB.
    room: u32,
    limits: Limits,
}

impl Darkroom {
    /// `memory`: the most that all pictures in work may take together, in bytes; one picture may take all of it.
    #[must_use]
    pub fn new(memory: u64) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let hands = Hands::new(cores.saturating_sub(1).clamp(1, MOST_HANDS));
        let room = u32::try_from(memory / MIB).unwrap_or(u32::MAX).max(1);
        let usual = Limits::default();
        let limits = Limits { memory: usual.memory.min(u64::from(room) * MIB), ..usual };
        let memory = Arc::new(Semaphore::new(room as usize));
        Self { hands, memory, room, limits }
    }

    /// Makes of what a provider sent what the client wished.
    ///
    /// # Errors
    /// It is no whole picture, asks for too much, or cannot be written as wished.
    pub async fn develop(&self, bytes: Bytes, wish: Wish, origin: Origin) -> Result<Ready, Fault> {
        let limits = self.limits;
        self.work(bytes, move |bytes| prepare(bytes, &wish, &origin, &limits)).await
    }

    /// Looks whether a picture can be decoded.
    ///
    /// # Errors
    /// It is no whole picture, or asks for too much.
    pub async fn inspect(&self, bytes: Bytes) -> Result<Header, Fault> {
        let limits = self.limits;
        self.work(bytes, move |bytes| decode(bytes, &limits).map(|picture| picture.header)).await
    }

    /// Work on many bytes that needs no picture decoded, such as base64: beside the streams where it would hold them up,
    /// at once where there is little of it. `None` where it failed.
    pub async fn aside<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if bytes < LITTLE { Some(work()) } else { self.hands.work(work).await }
    }

    async fn work<T: Send + 'static>(
        &self,
        bytes: Bytes,
        work: impl FnOnce(&[u8]) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let header = Header::read(&bytes)?;
        header.check(&self.limits)?;
        let need = header.memory() + bytes.len() as u64;
        let need = u32::try_from(need.div_ceil(MIB)).unwrap_or(u32::MAX).min(self.room);
        let memory = Arc::clone(&self.memory).acquire_many_owned(need).await.ok();
        let worked = self.hands.work(move || {
            let made = work(&bytes);
            drop((bytes, memory));
            made
        });
        let broken =
            || Fault::Broken { format: header.format, why: "its decoder failed".to_owned() };
        worked.await.unwrap_or_else(|| Err(broken()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_picture_never_reaches_a_hand() {
        let darkroom = Darkroom::new(64 * MIB);
        let page = Bytes::from_static(b"<html>not today</html>");
        let fault = darkroom.develop(page, Wish::default(), Origin::default()).await;
        assert_eq!(fault.err(), Some(Fault::Unknown));
        let fault = darkroom.inspect(Bytes::new()).await;
        assert_eq!(fault.err(), Some(Fault::Empty));
        for bytes in [0, LITTLE] {
            assert_eq!(darkroom.aside(bytes, move || bytes + 1).await, Some(bytes + 1));
        }
    }
}
