//! Accepting connections, and ending without cutting a stream.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::house::House;
use crate::http;
use crate::tasks::Tasks;

/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long to rest when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Serves until the tasks are told to stop; then waits at most `grace` for the streams that still run.
///
/// Returns whether every stream ended by itself.
pub async fn listen(
    house: Arc<House>,
    listener: TcpListener,
    tasks: &Tasks,
    grace: Duration,
) -> bool {
    let service = TowerToHyperService::new(http::router(&house));
    let graceful = GracefulShutdown::new();
    tasks.start_until_stop(http::look_out(Arc::clone(&house)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).half_close(false);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = tasks.stopping() => break,
        };
        match stream {
            Ok((stream, _)) => {
                prepare(&stream);
                let connection = builder.serve_connection(TokioIo::new(stream), service.clone());
                let watched = graceful.watch(connection);
                tasks.start(async move {
                    // A connection that breaks is the client's business: its requests settle by themselves.
                    let _ = watched.await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(OUT_OF_SOCKETS).await;
            }
        }
    }
    drop(listener);
    // Listeners have no end of their own.
    house.events.close();
    let all_ended = tokio::time::timeout(grace, graceful.shutdown()).await.is_ok();
    house.close();
    all_ended
}

/// Without this, head and body of a small answer meet Nagle's algorithm and the client's delayed
/// acknowledgement: 40 ms for nothing.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}
