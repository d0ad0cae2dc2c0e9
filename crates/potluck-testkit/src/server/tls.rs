//! A certificate that nobody trusts, made anew at each start.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("no certificate could be made")]
    Made(#[from] rcgen::Error),
    #[error("the certificate was refused")]
    Refused(#[from] rustls::Error),
}

/// A TLS acceptor for 127.0.0.1 and localhost, and its certificate in DER for a client that wants
/// to trust it.
pub(crate) fn self_signed() -> Result<(TlsAcceptor, Vec<u8>), CertificateError> {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names)?;
    let der = made.cert.der().to_vec();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(der.clone())], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), der))
}
