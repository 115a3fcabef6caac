//! TLS in front of the double, as the service has it.

#[path = "../../../../http/testing/certificates.rs"]
mod certificates;

use std::path::Path;

use tempfile::NamedTempFile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use certificates::certificates;

/// What leads to a double over TLS, until the test's runtime ends.
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
                    // Who does not trust the certificate hangs up; how a connection ends is its clients' affair.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut double = TcpStream::connect(plain).await.unwrap();
                    drop(copy_bidirectional(&mut stream, &mut double).await);
                });
            }
        });
        Self { url, authority }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The file of the authority that its certificate is from.
    pub(crate) fn authority(&self) -> &Path {
        self.authority.path()
    }
}
