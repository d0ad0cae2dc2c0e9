//! Downloads from addresses that a provider's answer names: nobody chose them, so nobody is trusted.
//!
//! Only https, only the public internet, no credentials, a cap on size and time, and every redirect is looked at like the
//! first address. A name is resolved once, and what was looked at is what is connected to: a name that changes its
//! mind in between changes nothing. One exception: a provider that is itself configured under http, such as a server
//! on this machine, may name pictures at its own host and port.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::reach::is_public;
use super::{AGENT, Fault, ReadFault, fault_of, gather};

/// How often an address may send on to another.
const REDIRECTS: usize = 3;

/// The addresses of a name, when they come.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Whoever knows the addresses of names.
pub trait Resolve: Debug + Send + Sync {
    /// All addresses of a host, with the port that was asked for.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// The system's own resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Why something was not downloaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The address cannot be read.
    #[error("the address is none")]
    NoAddress,
    /// Neither https nor the provider's own address.
    #[error("the address is not https")]
    NotHttps,
    /// It leads into this machine or its network. Nothing was sent there.
    #[error("the address leads into a private network")]
    Private,
    /// It sent on more often than is followed.
    #[error("more than {REDIRECTS} redirects")]
    Redirects,
    /// The answer was no success.
    #[error("status {0}")]
    Status(u16),
    /// Broken, too large or too late.
    #[error(transparent)]
    Unread(#[from] ReadFault),
}

impl From<Fault> for FetchFault {
    fn from(fault: Fault) -> Self {
        Self::Unread(ReadFault::Broken(fault))
    }
}

/// Whoever downloads.
#[derive(Clone)]
pub struct Downloads {
    tls: TlsConnector,
    connect: Duration,
    resolver: Arc<dyn Resolve>,
}

impl Debug for Downloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Downloads").field("resolver", &self.resolver).finish_non_exhaustive()
    }
}

/// What one address gave.
enum Step {
    Body(Bytes),
    Elsewhere(Uri),
}

impl Downloads {
    pub(super) fn new(tls: Arc<rustls::ClientConfig>, connect: Duration) -> Self {
        Self { tls: TlsConnector::from(tls), connect, resolver: Arc::new(System) }
    }

    /// The same with another resolver.
    #[must_use]
    pub fn resolving_by(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, ..self }
    }

    /// Downloads at most `cap` bytes within `within`. `own` is the address of the provider that named it, where that is
    /// http: the only one of this kind that is followed.
    ///
    /// # Errors
    /// [`FetchFault`]: an address that is not followed, or a download that broke, was too large or too late.
    pub async fn fetch(
        &self,
        address: &str,
        own: Option<&Authority>,
        cap: usize,
        within: Duration,
    ) -> Result<Bytes, FetchFault> {
        match tokio::time::timeout(within, self.follow(address, own, cap)).await {
            Ok(fetched) => fetched,
            Err(_late) => Err(ReadFault::TooLate(within).into()),
        }
    }

    async fn follow(
        &self,
        address: &str,
        own: Option<&Authority>,
        cap: usize,
    ) -> Result<Bytes, FetchFault> {
        let mut place: Uri = address.parse().map_err(|_| FetchFault::NoAddress)?;
        for _ in 0..=REDIRECTS {
            match self.step(&place, own, cap).await? {
                Step::Body(bytes) => return Ok(bytes),
                Step::Elsewhere(next) => place = next,
            }
        }
        Err(FetchFault::Redirects)
    }

    async fn step(
        &self,
        place: &Uri,
        own: Option<&Authority>,
        cap: usize,
    ) -> Result<Step, FetchFault> {
        let target = Target::of(place, own)?;
        let socket = self.connect(&target).await?;
        if target.is_secure {
            let name = ServerName::try_from(target.host.to_owned());
            let name = name.map_err(|_| FetchFault::NoAddress)?;
            let socket = self.tls.connect(name, socket).await;
            let socket = socket.map_err(|error| Fault::Tls(error.to_string()))?;
            exchange(socket, place, &target, cap).await
        } else {
            exchange(socket, place, &target, cap).await
        }
    }

    /// Connects to an address that was looked at, and to none that was not.
    async fn connect(&self, target: &Target<'_>) -> Result<TcpStream, FetchFault> {
        let addresses = self.addresses(target).await?;
        if !target.is_own && !addresses.iter().all(|address| is_public(address.ip())) {
            return Err(FetchFault::Private);
        }
        let mut last = Fault::Name;
        for address in addresses {
            match tokio::time::timeout(self.connect, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) => last = fault_of(&error),
                Err(_late) => last = Fault::ConnectTimeout,
            }
        }
        Err(last.into())
    }

    async fn addresses(&self, target: &Target<'_>) -> Result<Vec<SocketAddr>, FetchFault> {
        if let Ok(address) = target.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, target.port)]);
        }
        let found = self.resolver.resolve(target.host, target.port).await;
        found.map_err(|_| Fault::Name.into())
    }
}

/// Where a download goes.
struct Target<'a> {
    host: &'a str,
    port: u16,
    is_secure: bool,
    /// Whether it is the provider's own address.
    is_own: bool,
}

impl<'a> Target<'a> {
    fn of(place: &'a Uri, own: Option<&Authority>) -> Result<Self, FetchFault> {
        let authority = place.authority().ok_or(FetchFault::NoAddress)?;
        if authority.as_str().contains('@') {
            // names and passwords inside an address are there to mislead
            return Err(FetchFault::NoAddress);
        }
        let is_secure = match place.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(FetchFault::NotHttps),
        };
        let port = place.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_own = !is_secure
            && own.is_some_and(|own| {
                own.host().eq_ignore_ascii_case(authority.host())
                    && own.port_u16().unwrap_or(80) == port
            });
        if !is_secure && !is_own {
            return Err(FetchFault::NotHttps);
        }
        Ok(Self { host, port, is_secure, is_own })
    }
}

/// Asks over an open connection, which is then closed.
async fn exchange<S>(
    socket: S,
    place: &Uri,
    target: &Target<'_>,
    cap: usize,
) -> Result<Step, FetchFault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(socket)).await.map_err(|error| fault_of(&error))?;
    let path = place.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request = Request::get(path)
        .header(header::HOST, host_header(place, target))
        .header(header::ACCEPT, "image/*, application/octet-stream;q=0.5")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, AGENT)
        .body(Empty::<Bytes>::new())
        .map_err(|_| FetchFault::NoAddress)?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(|error| fault_of(&error))?;
        read(answer, place, cap).await
    };
    // the connection moves only while it is polled; that it ends says nothing of the answer
    let driven = async {
        let _ended = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        step = asked => step,
        never = driven => never,
    }
}

async fn read(answer: Response<Incoming>, place: &Uri, cap: usize) -> Result<Step, FetchFault> {
    let status = answer.status();
    if status.is_redirection() {
        let next = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let next = next.and_then(|next| resolve(place, next)).ok_or(FetchFault::NoAddress)?;
        return Ok(Step::Elsewhere(next));
    }
    if status != StatusCode::OK {
        return Err(FetchFault::Status(status.as_u16()));
    }
    Ok(Step::Body(gather(answer.into_body(), cap).await?))
}

fn host_header(place: &Uri, target: &Target<'_>) -> String {
    let host = place.host().unwrap_or(target.host);
    match (target.is_secure, target.port) {
        (true, 443) | (false, 80) => host.to_owned(),
        (_, port) => format!("{host}:{port}"),
    }
}

/// Where a redirect leads; only the forms that servers send.
fn resolve(place: &Uri, next: &str) -> Option<Uri> {
    let scheme = place.scheme_str()?;
    if next.starts_with("//") {
        return format!("{scheme}:{next}").parse().ok();
    }
    if next.starts_with('/') {
        return format!("{scheme}://{}{next}", place.authority()?).parse().ok();
    }
    let next: Uri = next.parse().ok()?;
    next.scheme().is_some().then_some(next)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::trust;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Tells of one address, and counts how often it was asked.
    #[derive(Debug)]
    struct Told(Vec<SocketAddr>, AtomicUsize);

    impl Resolve for Told {
        fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Resolving<'a> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(Ok(self.0.clone())))
        }
    }

    fn downloads(told: &Arc<Told>) -> Downloads {
        let resolver: Arc<dyn Resolve> = told.clone();
        Downloads::new(Arc::new(trust()), SECOND).resolving_by(resolver)
    }

    /// A listener that counts who comes, and answers each with the same bytes.
    async fn listener(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, met) = (listener.local_addr().expect("an address"), Arc::default());
        let count = Arc::clone(&met);
        crate::tasks::Tasks::default().start(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                AtomicUsize::fetch_add(&count, 1, Ordering::Relaxed);
                let mut asked = [0; 1024];
                let _ = socket.read(&mut asked).await;
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        (address, met)
    }

    const PICTURE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_before_anything_is_sent() {
        let (inside, met) = listener(PICTURE).await;
        let told = Arc::new(Told(vec![inside], AtomicUsize::new(0)));
        let url = format!("https://pictures.example:{}/a.png", inside.port());
        let fetched = downloads(&told).fetch(&url, None, 100, SECOND).await;
        assert_eq!(fetched, Err(FetchFault::Private));
        assert_eq!(told.1.load(Ordering::Relaxed), 1, "resolved once");
        for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1"] {
            let url = format!("https://{host}:{}/a.png", inside.port());
            let fetched = downloads(&told).fetch(&url, None, 100, SECOND).await;
            assert_eq!(fetched, Err(FetchFault::Private), "{host}");
        }
        assert_eq!(met.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn a_name_of_which_one_address_is_private_is_refused() {
        let (inside, met) = listener(PICTURE).await;
        let both = vec!["93.184.216.34:443".parse().expect("an address"), inside];
        let told = Arc::new(Told(both, AtomicUsize::new(0)));
        let fetched = downloads(&told).fetch("https://both.example/", None, 100, SECOND).await;
        assert_eq!(fetched, Err(FetchFault::Private));
        assert_eq!(met.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn only_the_providers_own_address_may_be_http() {
        let (own, _) = listener(PICTURE).await;
        let (other, met) = listener(PICTURE).await;
        let told = Arc::new(Told(vec![other], AtomicUsize::new(0)));
        let authority: Authority = own.to_string().parse().expect("an authority");
        let fetch =
            async |url: String| downloads(&told).fetch(&url, Some(&authority), 100, SECOND).await;
        assert_eq!(fetch(format!("http://{own}/a.png")).await, Ok(Bytes::from_static(b"abc")));
        assert_eq!(fetch(format!("http://{other}/a.png")).await, Err(FetchFault::NotHttps));
        assert_eq!(fetch(format!("https://{other}/a.png")).await, Err(FetchFault::Private));
        assert_eq!(fetch(format!("http://a@{own}/")).await, Err(FetchFault::NoAddress));
        assert_eq!(fetch("file:///etc/passwd".to_owned()).await, Err(FetchFault::NoAddress));
        assert_eq!(fetch("ftp://example.com/a".to_owned()).await, Err(FetchFault::NotHttps));
        assert_eq!(met.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn redirects_are_looked_at_and_counted() {
        let (inside, met) = listener(PICTURE).await;
        let away = format!(
            "HTTP/1.1 302 Found\r\nlocation: http://{inside}/x\r\ncontent-length: 0\r\n\r\n"
        );
        let (own, _) = listener(away.leak()).await;
        let (turning, turns) =
            listener("HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n").await;
        let told = Arc::new(Told(Vec::new(), AtomicUsize::new(0)));
        let fetch = async |address: SocketAddr| {
            let authority: Authority = address.to_string().parse().expect("an authority");
            let url = format!("http://{address}/");
            downloads(&told).fetch(&url, Some(&authority), 100, SECOND).await
        };
        assert_eq!(fetch(own).await, Err(FetchFault::NotHttps));
        assert_eq!(met.load(Ordering::Relaxed), 0);
        assert_eq!(fetch(turning).await, Err(FetchFault::Redirects));
        assert_eq!(turns.load(Ordering::Relaxed), 1 + REDIRECTS);
    }

    #[tokio::test]
    async fn what_is_too_large_or_no_success_is_left_alone() {
        let told = Arc::new(Told(Vec::new(), AtomicUsize::new(0)));
        let fetch = async |answer: &'static str| {
            let (own, _) = listener(answer).await;
            let authority: Authority = own.to_string().parse().expect("an authority");
            downloads(&told).fetch(&format!("http://{own}/"), Some(&authority), 2, SECOND).await
        };
        assert_eq!(fetch(PICTURE).await, Err(FetchFault::Unread(ReadFault::TooLarge(2))));
        let gone = fetch("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(gone, Err(FetchFault::Status(410)));
        let cut = fetch("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na").await;
        assert!(
            matches!(cut, Err(FetchFault::Unread(ReadFault::Broken(_) | ReadFault::TooLate(_)))),
            "{cut:?}"
        );
    }
}
