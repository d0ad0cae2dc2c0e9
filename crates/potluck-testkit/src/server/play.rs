//! Plays a script to a client, and notices when the client leaves.

use std::time::Duration;

use super::conversation::Ended;
use super::script::{Script, Step};
use super::wire::Wire;

/// After playing: the wire for the next request, unless the script or the client ended it.
pub(super) struct Played {
    pub(super) wire: Option<Wire>,
    pub(super) ended: Ended,
}

/// Plays the whole script; `used` is whether the connection has answered before.
pub(super) async fn play(mut wire: Wire, script: Script, used: bool) -> Played {
    for step in script.steps {
        let stayed = match step {
            Step::Send(bytes) => wire.write(&bytes).await.is_ok(),
            Step::Pause(pause) => wait(&mut wire, pause).await,
            Step::Again { bytes, every, times } => again(&mut wire, &bytes, every, times).await,
            Step::Hang => {
                wire.gone().await;
                false
            }
            Step::ResetUsed if !used => true,
            Step::Reset | Step::ResetUsed => {
                wire.reset();
                return Played { wire: None, ended: Ended::Sent };
            }
        };
        if !stayed {
            return Played { wire: None, ended: Ended::ClientLeft };
        }
    }
    if script.keep_alive {
        return Played { wire: Some(wire), ended: Ended::Sent };
    }
    wire.close().await;
    Played { wire: None, ended: Ended::Sent }
}

async fn wait(wire: &mut Wire, pause: Duration) -> bool {
    if pause.is_zero() {
        return true;
    }
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        () = wire.gone() => false,
    }
}

async fn again(wire: &mut Wire, bytes: &[u8], every: Duration, times: u64) -> bool {
    for _ in 0..times {
        if !wait(wire, every).await || wire.write(bytes).await.is_err() {
            return false;
        }
    }
    true
}
