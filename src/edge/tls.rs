//! TLS for the HTTP door. Handshakes go on beside each other, so that a slow one holds nobody up.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::Listener;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
    },
    server::TlsStream,
};

use super::connections::{BoundedListener, Connection};

/// Handshakes under way; further connections wait to be accepted.
const HANDSHAKES_AT_ONCE: usize = 64;
/// A handshake that takes longer is given up.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// The certificate of the HTTP door, which asks browsers for none.
pub struct HttpTls {
    /// The certificate chain, PEM.
    pub certificate_pem: Vec<u8>,
    /// Its key, PEM.
    pub key_pem: Vec<u8>,
}

/// Why a certificate can't be served with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No PEM, or the wrong one.
    #[error("certificate or key: {0}")]
    Pem(#[from] pem::Error),
    /// They don't fit each other.
    #[error("certificate and key: {0}")]
    Rustls(#[from] rustls::Error),
}

/// A listener whose connections have shaken hands.
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<Connection>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// Over a bound listener.
    ///
    /// # Errors
    /// Certificate or key can't be read, or don't fit.
    pub fn new(listener: TcpListener, tls: &HttpTls) -> Result<Self, super::server::ServerError> {
        let acceptor = acceptor(tls)?;
        let address = listener.local_addr()?;
        let (shaken, ready) = mpsc::channel(1);
        tokio::spawn(accept(BoundedListener::silent(listener), acceptor, shaken));
        Ok(TlsListener { ready, address })
    }
}

fn acceptor(tls: &HttpTls) -> Result<TlsAcceptor, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&tls.certificate_pem).collect();
    let key = PrivateKeyDer::from_pem_slice(&tls.key_pem)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain?, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(
    mut listener: BoundedListener,
    acceptor: TlsAcceptor,
    shaken: mpsc::Sender<(TlsStream<Connection>, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES_AT_ONCE));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shaken.closed() => return,
        };
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        let (acceptor, shaken) = (acceptor.clone(), shaken.clone());
        tokio::spawn(async move {
            let shaking = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await;
            drop(place);
            if let Ok(Ok(stream)) = shaking {
                // Nobody listens any more once the door closes.
                let _closed = shaken.send((stream, peer)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<Connection>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
