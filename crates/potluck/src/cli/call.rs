//! HTTP to a router: what every command but `serve` uses. Knows no settings and nothing of the answers'
//! meaning beyond the shape of an error.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::Failure;
use crate::settings::Secret;

/// The largest answer that a command takes.
const LARGEST: usize = 64 * 1024 * 1024;

/// A router that can be called.
pub(super) struct Caller {
    base: String,
    key: Option<Secret>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Incoming,
}

// === impl Caller ===

impl Caller {
    /// The router at `base`, such as `http://127.0.0.1:7685`.
    pub(super) fn new(base: &str, key: Option<Secret>) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Failure::Usage(format!(
                "--url takes an address such as http://127.0.0.1:7685, and was given `{base}`"
            )));
        }
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { base: base.to_owned(), key, client })
    }

    /// Where it is.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Reads JSON from `path`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.send(Method::GET, path, &[], Bytes::new()).await?.json().await
    }

    /// Asks `path` for an answer that has no end; its body is still to come.
    pub(super) async fn follow(&self, path: &str) -> Result<Reply, Failure> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    /// Sends JSON to `path`; the answer's body is still to come. A status of failure is an error.
    pub(super) async fn post(
        &self,
        path: &str,
        headers: &[(&'static str, String)],
        body: &Value,
    ) -> Result<Reply, Failure> {
        self.send(Method::POST, path, headers, body.to_string().into()).await
    }

    /// Deletes what is at `path`; the answer's body is still to come. A status of failure is an error.
    pub(super) async fn delete(
        &self,
        path: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Reply, Failure> {
        self.send(Method::DELETE, path, headers, Bytes::new()).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<Reply, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
        }
        let request = request.body(Full::new(body)).map_err(|error| self.odd(&error))?;
        let answer =
            self.client.request(request).await.map_err(|error| self.unreachable(&error))?;
        let (head, body) = answer.into_parts();
        let reply = Reply { status: head.status, headers: head.headers, body };
        if reply.status.is_success() { Ok(reply) } else { Err(reply.refused().await) }
    }

    fn odd(&self, error: &http::Error) -> Failure {
        Failure::Usage(format!("this cannot be sent to {}: {error}", self.base))
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        Failure::Unreachable { url: self.base.clone(), detail: innermost(error) }
    }
}

/// The cause that says something: the outer errors of a client only say that it failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

// === impl Reply ===

impl Reply {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The whole body as JSON.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            anyhow::anyhow!("the router's answer is not as expected: {error}").into()
        })
    }

    /// The next piece of the body; `None` at its end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| broken(&error))?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    async fn bytes(self) -> Result<Bytes, Failure> {
        let body = Limited::new(self.body, LARGEST).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| broken(error.as_ref()))
    }

    async fn refused(self) -> Failure {
        let status = self.status.as_u16();
        match self.bytes().await {
            Ok(bytes) => Failure::Refused { status, message: error_message(&bytes) },
            Err(failure) => failure,
        }
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Failure {
    anyhow::anyhow!("the answer was cut: {}", innermost(error)).into()
}

/// The words of an error in OpenAI's shape; else that there are none.
fn error_message(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| Some(body.pointer("/error/message")?.as_str()?.to_owned()))
        .unwrap_or_else(|| "the router refused, and gave no reason".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_may_end_in_v1_or_a_slash() {
        for base in ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"] {
            assert_eq!(Caller::new(base, None).ok().map(|it| it.base), Some("http://h:1".into()));
        }
        assert!(matches!(Caller::new("h:1", None), Err(Failure::Usage(_))));
    }

    #[test]
    fn an_error_is_told_in_the_routers_words() {
        assert_eq!(error_message(br#"{"error":{"message":"wait 3 s"}}"#), "wait 3 s");
        assert_eq!(error_message(b"<html>"), "the router refused, and gave no reason");
    }
}
