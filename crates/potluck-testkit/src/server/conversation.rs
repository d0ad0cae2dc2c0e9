//! One connection from greeting to end: request, answer, request, answer.

use std::sync::Arc;

use tokio::net::TcpStream;

use super::play::{Played, play};
use super::reply::{Framing, Reply};
use super::request::{BadRequest, Request, take_body, take_head};
use super::script::Script;
use super::wire::{Greeting, Wire};

/// What answers requests.
pub(crate) trait Host: Send + Sync + 'static {
    /// Kept while the answer is under way.
    type Ticket: Send;

    /// Decides the whole answer.
    fn answer(self: &Arc<Self>, request: Request) -> (Script, Self::Ticket);

    /// The answer is over. A ticket that is dropped without this was cut off by a stop.
    fn finish(&self, ticket: Self::Ticket, ended: Ended);
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything in the script was done.
    Sent,
    /// The client closed the connection before that.
    ClientLeft,
}

/// Serves one connection until either side ends it.
pub(super) async fn converse<H: Host>(stream: TcpStream, greeting: Greeting, host: Arc<H>) {
    let Some(mut wire) = Wire::greet(stream, &greeting).await else { return };
    let mut used = false;
    loop {
        let request = match next_request(&mut wire).await {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(BadRequest) => return refuse(wire).await,
        };
        let keep_alive = request.keep_alive;
        let (mut script, ticket) = host.answer(request);
        script.keep_alive &= keep_alive;
        let Played { wire: next, ended } = play(wire, script, used).await;
        used = true;
        host.finish(ticket, ended);
        let Some(next) = next else { return };
        wire = next;
    }
}

/// The next request; None when the client has closed.
async fn next_request(wire: &mut Wire) -> Result<Option<Request>, BadRequest> {
    let head = loop {
        if let Some(head) = take_head(&mut wire.inbox)? {
            break head;
        }
        if more(wire).await.is_none() {
            return Ok(None);
        }
    };
    if head.expects && wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err() {
        return Ok(None);
    }
    let mut request = head.request;
    loop {
        if let Some(body) = take_body(&mut wire.inbox, head.length)? {
            request.body = body;
            return Ok(Some(request));
        }
        if more(wire).await.is_none() {
            return Ok(None);
        }
    }
}

async fn more(wire: &mut Wire) -> Option<()> {
    wire.read().await.ok().filter(|&read| read > 0).map(|_| ())
}

async fn refuse(wire: Wire) {
    let text = "[simulated] this is no HTTP/1.1 request that can be read\n";
    let mut script = Reply::text(400, "text/plain", text).script(&Framing::default());
    script.keep_alive = false;
    play(wire, script, false).await;
}
