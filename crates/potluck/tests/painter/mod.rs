//! Simulated image servers over loopback: small gradients in every shape that this test needs, and everything that goes
//! wrong with pictures. What they send is made here and not by the crate under test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use image::{ImageFormat, Rgb, RgbImage};
use potluck::tasks::Tasks;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a server does when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The picture as base64.
    Base64(ImageFormat),
    /// The picture's bytes, under a content type that is not theirs.
    Raw(ImageFormat),
    /// An address at its own host and port, which sends on once.
    Address,
    /// An address elsewhere.
    Elsewhere(String),
    /// A status and words.
    Refuse(u16, &'static str),
    /// Half of a file.
    Cut,
    /// A file that claims 60000 x 60000 pixels.
    Bomb,
    /// Words where a picture belongs.
    Words,
    /// A picture, after a while.
    Slow(Duration),
}

/// One server.
pub(crate) struct Painter {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Seen>,
    limits: String,
    ability: String,
    _tasks: Tasks,
}

/// What a server saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When pictures were asked for, in milliseconds of the runtime's clock.
    pub(crate) asked: Mutex<Vec<u64>>,
    /// The bodies.
    pub(crate) bodies: Mutex<Vec<Value>>,
    /// How many work at once now, and how many did at most.
    pub(crate) now: AtomicUsize,
    pub(crate) most: AtomicUsize,
}

impl Painter {
    /// Starts a server that does these, one after the other and over again.
    pub(crate) async fn start(name: &'static str, acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, tasks) = (Arc::new(Seen::default()), Tasks::default());
        let state = Arc::new(State { acts, address, seen: Arc::clone(&seen) });
        let own = tasks.clone();
        tasks.start_until_stop(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                own.start_until_stop(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&state), request));
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { name, address, seen, limits: String::new(), ability: String::new(), _tasks: tasks }
    }

    /// With `[[limits]]` in its file.
    pub(crate) fn limited(self, limits: &str) -> Self {
        Self { limits: limits.to_owned(), ..self }
    }

    /// With these lines under `[models.image]`.
    pub(crate) fn able(self, ability: &str) -> Self {
        Self { ability: ability.to_owned(), ..self }
    }

    /// Writes the provider file with which potluck finds it.
    pub(crate) fn write_file(&self, folder: &Path) {
        let Self { name, address, limits, ability, .. } = self;
        let file = format!(
            "name = \"{name} (simulated)\"\ndialect = \"openai\"\nsimulated = true\nbase_url = \"http://{address}/v1\"\n\
             [auth]\nkeyless = true\n{limits}\n\
             [[models]]\nid = \"brush\"\nfamily = \"{name}-brush\"\ninput = [\"text\", \"image\"]\noutput = [\"image\"]\n\
             [models.image]\nsources = 2\nmasks = true\n{ability}\n"
        );
        std::fs::write(folder.join(format!("{name}.toml")), file).unwrap();
    }

    /// How many pictures were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.seen.asked.lock().unwrap().len()
    }
}

struct State {
    acts: Vec<Act>,
    address: SocketAddr,
    seen: Arc<Seen>,
}

type Answered = Result<Response<Full<Bytes>>, std::convert::Infallible>;

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Answered {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(match path.as_str() {
        "/files/moved.png" => Response::builder()
            .status(302)
            .header("location", "/files/fox.png")
            .body(Full::default())
            .unwrap(),
        "/files/fox.png" => kind("text/plain", picture(ImageFormat::Png)),
        _ => paint(&state, &body).await,
    })
}

async fn paint(state: &State, body: &[u8]) -> Response<Full<Bytes>> {
    let number = {
        let mut asked = state.seen.asked.lock().unwrap();
        asked.push(millis());
        asked.len() - 1
    };
    if let Ok(body) = serde_json::from_slice(body) {
        state.seen.bodies.lock().unwrap().push(body);
    }
    let now = state.seen.now.fetch_add(1, Ordering::SeqCst) + 1;
    state.seen.most.fetch_max(now, Ordering::SeqCst);
    let answered = act(state, &state.acts[number % state.acts.len()]).await;
    state.seen.now.fetch_sub(1, Ordering::SeqCst);
    answered
}

async fn act(state: &State, act: &Act) -> Response<Full<Bytes>> {
    match act {
        Act::Base64(format) => base64(&picture(*format)),
        Act::Raw(format) => kind("application/json", picture(*format)),
        Act::Address => address(&format!("http://{}/files/moved.png", state.address)),
        Act::Elsewhere(url) => address(url),
        Act::Refuse(status, words) => {
            let body = json!({"error": {"message": words}}).to_string();
            let mut response = kind("application/json", body.into_bytes());
            *response.status_mut() = http::StatusCode::from_u16(*status).unwrap();
            response
        }
        Act::Cut => {
            let whole = picture(ImageFormat::Png);
            kind("image/png", whole[..whole.len() / 2].to_vec())
        }
        Act::Bomb => {
            let mut bomb = picture(ImageFormat::Png);
            bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
            bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
            base64(&bomb)
        }
        Act::Words => kind("image/png", b"<html>maintenance</html>".to_vec()),
        Act::Slow(span) => {
            tokio::time::sleep(*span).await;
            base64(&picture(ImageFormat::Png))
        }
    }
}

fn base64(bytes: &[u8]) -> Response<Full<Bytes>> {
    let body = json!({"created": 1, "data": [{"b64_json": STANDARD.encode(bytes)}]});
    kind("application/json", body.to_string().into_bytes())
}

fn address(url: &str) -> Response<Full<Bytes>> {
    let body = json!({"created": 1, "data": [{"url": url}]});
    kind("application/json", body.to_string().into_bytes())
}

fn kind(kind: &str, body: Vec<u8>) -> Response<Full<Bytes>> {
    Response::builder().header("content-type", kind).body(Full::new(Bytes::from(body))).unwrap()
}

fn millis() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A gradient of 96 x 64.
pub(crate) fn picture(format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(96, 64, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, 90]));
    let mut out = Cursor::new(Vec::new());
    pixels.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A form with fields of text and files.
pub(crate) fn form(fields: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file, bytes) in fields {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let head =
            format!("--XXYY\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XXYY--\r\n");
    ("multipart/form-data; boundary=XXYY".to_owned(), body)
}
