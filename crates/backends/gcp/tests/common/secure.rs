//! TLS in front of the double.

#[path = "../../../../http/testing/certificates.rs"]
mod certificates;

use std::path::Path;

use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use certificates::certificates;

/// A TLS proxy in front of a double; it stops with the test's runtime.
pub(crate) struct Secure {
    url: String,
    authority: NamedTempFile,
}

impl Secure {
    /// In front of the double at `plain`.
    pub(crate) async fn before(plain: &str) -> Self {
        let plain = plain.trim_start_matches("http://").to_owned();
        let (acceptor, authority) = certificates(&["localhost"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, plain) = (acceptor.clone(), plain.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate closes the connection, so errors are expected.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut double = TcpStream::connect(plain).await.unwrap();
                    drop(copy_bidirectional(&mut stream, &mut double).await);
                });
            }
        });
        Self { url, authority }
    }

    /// The address of the proxy.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The PEM file of its certificate authority.
    pub(crate) fn authority(&self) -> &Path {
        self.authority.path()
    }
}
