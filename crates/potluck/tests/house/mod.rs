//! A real potluck process over a folder of provider files, and a small client to talk to it.

#![expect(dead_code, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use potluck_testkit::{Builder, Fault, Limit, Model, Plan, Pool, SimulatedProvider, Span};

/// Deadlines short enough that a stalled provider costs a test little.
pub(crate) const QUICK: &str = "\
[timeouts]
connect_ms = 500
first_event_ms = 400
thinking_ms = 400
idle_ms = 1500
total_ms = 3000
";

/// A running potluck. Killed when dropped.
pub(crate) struct House {
    child: Child,
    folder: PathBuf,
    pub(crate) address: String,
}

/// One answer, read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl House {
    /// A request with a key, by which things may be changed.
    pub(crate) fn keyed(&self, method: &str, path: &str, key: &str) -> http::request::Builder {
        http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {key}"))
            .header("x-potluck-csrf", "1")
    }

    /// Starts potluck over the files of `pool`, with `config` added to its settings.
    pub(crate) fn over(pool: &Pool, config: &str) -> Self {
        let folder = fresh_folder();
        pool.write_files(&folder.join("providers")).unwrap();
        Self::open(folder, config, ":memory:")
    }

    /// Starts potluck over a prepared folder with a `providers` folder in it. Settings that say nothing
    /// of the catalog leave out the built-in providers and this machine's servers.
    pub(crate) fn open(folder: PathBuf, config: &str, state: &str) -> Self {
        Self::open_with(folder, config, state, &[])
    }

    /// The same, with these variables set.
    #[expect(clippy::disallowed_methods, reason = "the test starts the program under test")]
    pub(crate) fn open_with(
        folder: PathBuf,
        config: &str,
        state: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let catalog = "[catalog]\nbuiltin = false\nlocal = false\n";
        let catalog = if config.contains("[catalog]") { "" } else { catalog };
        std::fs::write(folder.join("potluck.toml"), format!("{catalog}{config}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_potluck"));
        command.arg("serve").arg("--config").arg(folder.join("potluck.toml"));
        command.args(["--bind", "127.0.0.1:0", "--state", state, "--providers"]);
        command.arg(folder.join("providers")).envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("potluck ended before it listened").unwrap();
        let address = line.strip_prefix("listening on ").expect(&line).to_owned();
        Self { child, folder, address }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A new folder with a `providers` folder in it.
pub(crate) fn fresh_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(folder.join("providers")).unwrap();
    folder
}

/// An HTTP client with kept connections.
#[derive(Clone)]
pub(crate) struct Asker(Client<HttpConnector, Full<Bytes>>);

impl Asker {
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    pub(crate) async fn get(&self, url: &str) -> Reply {
        self.send(http::Request::get(url).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn post(&self, url: &str, body: impl Into<Bytes>) -> Reply {
        let request = http::Request::post(url).header("content-type", "application/json");
        self.send(request.body(Full::new(body.into())).unwrap()).await
    }

    pub(crate) async fn send(&self, request: http::Request<Full<Bytes>>) -> Reply {
        self.try_send(request).await.unwrap()
    }

    /// Sends, and reads an answer that is no text: its status, headers and bytes.
    pub(crate) async fn fetch(
        &self,
        request: http::Request<Full<Bytes>>,
    ) -> (u16, http::HeaderMap, Bytes) {
        let (head, body) = self.0.request(request).await.unwrap().into_parts();
        (head.status.as_u16(), head.headers, body.collect().await.unwrap().to_bytes())
    }

    /// Sends to a router that may be gone.
    pub(crate) async fn try_send(
        &self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<Reply, hyper_util::client::legacy::Error> {
        let response = self.0.request(request).await?;
        let (head, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => String::from_utf8(body.to_bytes().to_vec()).unwrap(),
            Err(error) => format!("(broken body: {error})"),
        };
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }
}

/// A model that answers within a few milliseconds, not always the same.
pub(crate) fn brisk(name: &str) -> Model {
    Model::capable(name).first_byte(Duration::from_millis(5), Duration::from_millis(25))
}

/// Three providers whose limits are small enough to be reached between two kills, and large enough that not all is gone at
/// the end.
pub(crate) fn drained() -> Vec<Builder> {
    vec![
        SimulatedProvider::build("days")
            .model(brisk("day-a"))
            .model(brisk("day-b"))
            .limit(Limit::requests(300, Span::Day).calendar()),
        SimulatedProvider::build("minutes")
            .model(brisk("minute"))
            .limit(Limit::requests(40, Span::Minute)),
        SimulatedProvider::build("tokens")
            .model(brisk("token"))
            .limit(Limit::tokens(60_000, Span::Minute))
            .limit(Limit::requests(2_000, Span::Hour)),
    ]
}

/// A provider that has one request a day to give.
pub(crate) fn scarce() -> Builder {
    let rare = Model::new("rare").family("rare").window(4_096, 512);
    SimulatedProvider::build("scarce").model(rare).limit(Limit::requests(1, Span::Day).calendar())
}

/// A provider whose streams all break off.
pub(crate) fn broken() -> Builder {
    let half = Model::new("half").family("half").words(60);
    SimulatedProvider::build("broken").model(half).faults(Plan::always(Fault::CutMidStream))
}

impl Reply {
    /// The events of a stream, with their names where they have them and without comments.
    pub(crate) fn events(&self) -> impl Iterator<Item = &str> {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("content-type"), "text/event-stream");
        self.body.split_terminator("\n\n").filter(|event| !event.starts_with(':'))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// How many offers were tried.
    pub(crate) fn attempts(&self) -> u32 {
        self.header("x-potluck-attempts").parse().unwrap_or(0)
    }

    /// The text of a streamed answer, if the stream is whole: every event readable, one finish
    /// reason, no error, and the end marker.
    pub(crate) fn streamed_text(&self) -> Result<String, String> {
        let mut text = String::new();
        let (mut finishes, mut done) = (0, false);
        for line in self.body.lines().filter(|line| !line.is_empty() && !line.starts_with(':')) {
            let data = line.strip_prefix("data: ").ok_or(format!("not an event: {line}"))?;
            if data == "[DONE]" {
                done = true;
                continue;
            }
            let chunk: serde_json::Value = serde_json::from_str(data).map_err(|e| e.to_string())?;
            if chunk.get("error").is_some() {
                return Err(format!("error in the stream: {data}"));
            }
            for choice in chunk["choices"].as_array().ok_or(format!("no choices: {data}"))? {
                text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
                finishes += u32::from(choice["finish_reason"].is_string());
            }
        }
        match (finishes, done) {
            (1, true) => Ok(text),
            _ => Err(format!("{finishes} finish reasons, done: {done}")),
        }
    }

    /// The text of a whole answer.
    pub(crate) fn whole_text(&self) -> Result<String, String> {
        let answer: serde_json::Value =
            serde_json::from_str(&self.body).map_err(|e| format!("{e}: {}", self.body))?;
        let content = answer["choices"][0]["message"]["content"].as_str();
        content.map(str::to_owned).ok_or(format!("no content: {}", self.body))
    }
}
