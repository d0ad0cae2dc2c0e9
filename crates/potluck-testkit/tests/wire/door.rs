//! The port: refused, opened again, encrypted, stopped.

use std::io::ErrorKind;
use std::sync::Arc;

use potluck_testkit::{Fault, Model, Plan, Pool, SimulatedProvider, Transport};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::PATIENCE;
use crate::raw::{Ending, ask, exchange, post, read_all};

async fn provider(transport: Transport) -> SimulatedProvider {
    let model = Model::new("m");
    SimulatedProvider::build("sim-door").model(model).transport(transport).start().await.unwrap()
}

#[tokio::test]
async fn a_closed_port_refuses_and_opens_again() {
    let provider = provider(Transport::Plain).await;
    let mut kept = TcpStream::connect(provider.address()).await.unwrap();
    for _ in 0..3 {
        provider.set_faults(Plan::always(Fault::Refused)).await;
        let refused = TcpStream::connect(provider.address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        provider.heal().await;
        let got = exchange(provider.address(), &post(&ask("m", false)), PATIENCE).await;
        assert_eq!(got.status(), 200);
    }
    assert_ne!(read_all(&mut kept, PATIENCE).await.ending, Ending::Silent);
}

#[tokio::test]
async fn a_provider_may_start_with_its_port_closed() {
    let provider = crate::failing(Fault::Refused).await;
    assert!(TcpStream::connect(provider.address()).await.is_err());
    provider.heal().await;
    let got = exchange(provider.address(), &post(&ask("m", false)), PATIENCE).await;
    assert_eq!(got.status(), 200);
}

#[tokio::test]
async fn a_stopped_provider_is_gone_even_in_the_middle_of_an_answer() {
    let provider = provider(Transport::Plain).await;
    let address = provider.address();
    provider.set_faults(Plan::always(Fault::StallAfterHeaders)).await;
    let mut stalled = TcpStream::connect(address).await.unwrap();
    stalled.write_all(&post(&ask("m", true))).await.unwrap();
    assert_ne!(stalled.read(&mut [0; 64]).await.unwrap(), 0);
    provider.stop().await;
    assert_ne!(read_all(&mut stalled, PATIENCE).await.ending, Ending::Silent);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn many_requests_use_one_connection() {
    let provider = provider(Transport::Plain).await;
    let request = String::from_utf8(post(&ask("m", true))).unwrap();
    let request = request.replacen("connection: close\r\n", "", 1);
    let mut socket = TcpStream::connect(provider.address()).await.unwrap();
    // two at once, then one more with its body in two parts
    socket.write_all(format!("{request}{request}").as_bytes()).await.unwrap();
    let (first, second) = request.as_bytes().split_at(request.len() - 7);
    socket.write_all(first).await.unwrap();
    tokio::time::sleep(crate::STALL).await;
    socket.write_all(second).await.unwrap();
    let got = read_all(&mut socket, crate::STALL).await;
    assert_eq!(got.text().matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(got.text().matches("data: [DONE]").count(), 3);
}

#[tokio::test]
async fn a_large_body_is_asked_for_when_the_client_waits() {
    let provider = provider(Transport::Plain).await;
    let request = String::from_utf8(post(&ask("m", false))).unwrap();
    let request = request.replacen("host: x", "host: x\r\nexpect: 100-continue", 1);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut socket = TcpStream::connect(provider.address()).await.unwrap();
    socket.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = [0; 25];
    socket.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(read_all(&mut socket, PATIENCE).await.status(), 200);
}

#[tokio::test]
async fn what_is_no_http_gets_a_400() {
    let provider = provider(Transport::Plain).await;
    let got = exchange(provider.address(), b"\x16\x03\x01\x02\x00\x01", PATIENCE).await;
    assert_eq!(got.status(), 400);
}

async fn handshake(
    provider: &SimulatedProvider,
    roots: RootCertStore,
) -> std::io::Result<TlsStream<TcpStream>> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(provider.address()).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_unless_it_is_trusted() {
    let provider = provider(Transport::SelfSigned).await;
    assert!(provider.base_url().starts_with("https://127.0.0.1:"));
    let error = handshake(&provider, RootCertStore::empty()).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(provider.certificate().unwrap().to_vec())).unwrap();
    let mut stream = handshake(&provider, roots).await.unwrap();
    stream.write_all(&post(&ask("m", false))).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn an_https_port_without_tls_breaks_the_handshake() {
    let provider = provider(Transport::NoTls).await;
    assert!(provider.base_url().starts_with("https://"));
    assert!(handshake(&provider, RootCertStore::empty()).await.is_err());
}

#[tokio::test]
async fn half_of_twelve_fails_and_the_other_half_does_not() {
    for fault in [Fault::Refused, Fault::Tls, Fault::Reset] {
        let pool = Pool::twelve_half_failing(fault.clone()).await.unwrap();
        assert_eq!(pool.providers().iter().map(|each| each.models().len()).sum::<usize>(), 12);
        for (at, provider) in pool.providers().iter().enumerate() {
            let model = format!("beta-{}", at + 1);
            let alive = match TcpStream::connect(provider.address()).await {
                Err(_) => false,
                Ok(mut socket) => {
                    socket.write_all(&post(&ask(&model, false))).await.unwrap();
                    read_all(&mut socket, PATIENCE).await.status() == 200
                }
            };
            assert_eq!(alive, at >= 3, "{fault:?} at {}", provider.name());
        }
        pool.stop().await;
    }
}
