//! Reading a request's body: capped, and not for ever.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body::Body as _;
use http_body_util::BodyExt;
use potluck_core::verdict::Refusal;

/// The longest pause between two pieces of a body.
const PAUSE: Duration = Duration::from_secs(30);

/// The longest a whole body may take: a client of one byte a second holds nothing but its own socket.
const WHOLE: Duration = Duration::from_secs(120);

/// How much of a body that is too large is read and thrown away, so that the client reads our answer
/// instead of a reset connection.
const DRAIN: usize = 64 << 20;

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// 413 when it is larger, 408 when it comes too slowly, 400 when it breaks off.
pub(super) async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(WHOLE, gather(body, limit)).await {
        Ok(read) => read,
        Err(_late) => Err(too_slow()),
    }
}

async fn gather(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit as u64 {
        drain(body).await;
        return Err(too_large(limit));
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(data) = next(&mut body).await? {
        if all.len() + first.len() + data.len() > limit {
            drain(body).await;
            return Err(too_large(limit));
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            // Most bodies arrive in one piece: only longer ones are copied together.
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        // Most is here already, and needs no timer.
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => tokio::time::timeout(PAUSE, body.frame()).await.map_err(|_late| too_slow())?,
        };
        match frame {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => return Err(broken_off()),
            None => return Ok(None),
        }
    }
}

async fn drain(mut body: Body) {
    let mut left = DRAIN;
    let pour_out = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(5), pour_out).await;
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        413,
        "invalid_request_error",
        "body_too_large",
        format!(
            "the request body is larger than {} MiB. Send less, or raise server.body_limit_mib in the router's configuration.",
            limit >> 20
        ),
    )
}

fn too_slow() -> Refusal {
    Refusal::new(
        408,
        "invalid_request_error",
        "body_too_slow",
        "the request body did not arrive in time (30 s between two pieces, 120 s in all). Send it again.",
    )
}

fn broken_off() -> Refusal {
    Refusal::bad_request(
        "body_cut",
        "the request body broke off before its announced end. Send it again.",
        None,
    )
}
