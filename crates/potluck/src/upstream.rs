//! Bytes to providers and back: sockets, TLS and what can go wrong with them.
//!
//! This room knows addresses and deadlines. It does not know what the bytes mean, which model they are
//! for, or whether another provider could be tried.

mod body;
mod fault;
mod fetch;
mod line;
mod reach;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use line::{Dial, Served};

pub use body::{ReadFault, collect};
pub use fault::{Fault, fault_of};
pub use fetch::{Downloads, FetchFault, Resolve, Resolving, System};
pub use reach::is_public;

use body::gather;

/// How long a kept connection may rest before it is closed: below what common servers allow (60 s).
const IDLE: Duration = Duration::from_secs(50);

/// The most that is read from a connection at once, head or body: a piece of a large answer that the nearest caches hold,
/// and that keeps no event waiting for long.
const PIECE: usize = 128 << 10;

/// Connections to all providers, kept and reused.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: Client<HttpsConnector<Dial>, Full<Bytes>>,
    /// What providers' answers only name the address of.
    pub downloads: Downloads,
}

impl Upstream {
    /// `connect`: the longest a TCP connection may take to open.
    ///
    /// HTTP/1.1 only: one stalled HTTP/2 connection would hold up every stream of its provider.
    /// Redirects are not followed and answers are not decompressed: neither was asked for.
    #[must_use]
    pub fn new(connect: Duration) -> Self {
        let tls = trust();
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(connect));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(Dial(tcp));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(128)
            .http1_max_buf_size(PIECE)
            .build(https);
        Self { client, downloads: Downloads::new(Arc::new(tls), connect) }
    }

    /// Whether a connection to the host of an address comes about. Not a byte is sent over it.
    pub async fn reaches(&self, address: &Uri, within: Duration) -> bool {
        let usual = if address.scheme() == Some(&http::uri::Scheme::HTTP) { 80 } else { 443 };
        let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = address.port_u16().unwrap_or(usual);
        let connecting = tokio::net::TcpStream::connect((host, port));
        matches!(tokio::time::timeout(within, connecting).await, Ok(Ok(_)))
    }

    /// Sends a request and waits for the head of its answer, at most `within`.
    ///
    /// # Errors
    /// A [`Fault`] when no head arrived: refused, reset, stale, TLS, too late, or no HTTP.
    pub async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        within: Duration,
    ) -> Result<Response<Incoming>, Fault> {
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
        match tokio::time::timeout(within, self.client.request(request)).await {
            Ok(Ok(response)) => {
                if let Some(served) = response.extensions().get::<Served>() {
                    served.mark();
                }
                Ok(response)
            }
            Ok(Err(error)) => Err(no_head(&error)),
            Err(_late) => Err(Fault::NoHeadInTime(within)),
        }
    }
}

/// Why no head came. A kept connection that broke before it was closed by the server, as every server may.
fn no_head(error: &Error) -> Fault {
    match fault_of(error) {
        Fault::Reset if had_served(error) => Fault::Stale,
        fault => fault,
    }
}

fn had_served(error: &Error) -> bool {
    let mut extras = http::Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Served>().is_some_and(Served::is_marked)
}

/// How potluck names itself to providers: truthfully, never as another client.
const AGENT: &str = concat!("potluck/", env!("CARGO_PKG_VERSION"));

fn trust() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
    match rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
    {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        Err(error) => unreachable_versions(&error),
    }
}

#[expect(
    clippy::panic,
    reason = "ring supports the default versions; a build where it does not must not start"
)]
fn unreachable_versions(error: &rustls::Error) -> ! {
    panic!("the TLS library refuses its own default versions: {error}")
}
