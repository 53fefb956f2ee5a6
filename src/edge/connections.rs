//! Connections of the HTTP door: at most so many at once. Whoever comes beyond is told so, not left waiting,
//! so that what is wrong shows at once.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::service::measure;

/// Connections at once: a browser opens six at most, and keeps one or two while its person reads.
pub const CONNECTIONS_AT_MOST: usize = 512;
/// Connections that are being told so; further ones are closed without a word.
const REFUSING_AT_MOST: usize = 64;
/// Whoever was told so gets so long to read it.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);
/// After a failed accept (too many open files) others get room first.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

const REFUSAL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 49\r\nretry-after: 1\r\nconnection: close\r\n\r\n\
    Too many connections; try again in a few moments\n";

/// A listener that keeps to [`CONNECTIONS_AT_MOST`].
pub struct BoundedListener {
    listener: TcpListener,
    room: Arc<Semaphore>,
    refusing: Arc<Semaphore>,
    /// Browsers are told in words; under TLS there are none before a handshake.
    tells: bool,
}

impl BoundedListener {
    /// For plain HTTP.
    pub fn plain(listener: TcpListener) -> Self {
        Self::new(listener, true)
    }

    /// For connections that shake hands before anything is said.
    pub fn silent(listener: TcpListener) -> Self {
        Self::new(listener, false)
    }

    fn new(listener: TcpListener, tells: bool) -> Self {
        BoundedListener {
            listener,
            room: Arc::new(Semaphore::new(CONNECTIONS_AT_MOST)),
            refusing: Arc::new(Semaphore::new(REFUSING_AT_MOST)),
            tells,
        }
    }

    fn refuse(&self, stream: TcpStream) {
        metrics::counter!(measure::HTTP_REFUSED).increment(1);
        let place = self.refusing.clone().try_acquire_owned();
        if let (true, Ok(place)) = (self.tells, place) {
            tokio::spawn(async move {
                let _late = tokio::time::timeout(REFUSED_WITHIN, tell(stream)).await;
                drop(place);
            });
        }
    }
}

/// Says so and waits until it was read: closing on what was sent but not read would take the words back.
async fn tell(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(REFUSAL.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                continue;
            };
            match self.room.clone().try_acquire_owned() {
                Ok(place) => {
                    let connection = Connection {
                        stream,
                        _place: place,
                    };
                    return (connection, peer);
                }
                Err(_full) => self.refuse(stream),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection, with its place among them as long as it lasts.
pub struct Connection {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
