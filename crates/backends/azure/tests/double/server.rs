//! Connections: TLS for vaults and directories, and plain http for identity services and for a proxy that leads every
//! host to the double.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use azure_core::http::Url;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::certificates::certificates;
use super::{Asked, Double, Fault, Reply, Shared, State};

/// The hosts in the certificate. Some clients do not accept wildcards for these.
const NAMES: [&str; 7] = [
    "localhost",
    "127.0.0.1",
    "*.vault.azure.net",
    "*.vault.azure.cn",
    "login.microsoftonline.com",
    "login.chinacloudapi.cn",
    "login.test",
];

pub(super) async fn start() -> Double {
    let (acceptor, ca) = certificates(&NAMES);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (tls, plain) = (listener.local_addr().unwrap(), plain_listener.local_addr().unwrap());
    let shared = Arc::new(Shared { state: Mutex::new(State::default()), tls });
    let (over_tls, over_plain) = (shared.clone(), shared.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, shared) = (acceptor.clone(), over_tls.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate closes the connection.
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, shared).await;
                }
            });
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = plain_listener.accept().await {
            tokio::spawn(serve(stream, over_plain.clone()));
        }
    });
    Double { shared, tls, plain, ca: Arc::new(ca) }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>) {
    let service = service_fn(move |request| answer(request, shared.clone()));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error here is a connection that a fault or the client has closed.
    drop(connection.with_upgrades().await);
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Full<Bytes>>> {
    if request.method() == Method::CONNECT {
        return Ok(tunnel(request, shared.tls));
    }
    let asked = read(request).await?;
    let fault = {
        let mut state = shared.state();
        let token = asked.query.get("$skiptoken").map_or("", |_| " next");
        let silent = if asked.headers.contains_key("authorization") { "" } else { " without token" };
        state.log.push(format!("{} {}{token}{silent}", asked.method, asked.path));
        state.fault(&asked)
    };
    if let Some(Fault::Delay(time)) = fault {
        tokio::time::sleep(time).await;
    }
    let reply = match fault {
        Some(Fault::Answer(reply)) => reply,
        fault => {
            let reply = {
                let mut state = shared.state();
                match state.tokens.serve(&asked) {
                    Some(reply) => reply,
                    None => state.serve(&asked),
                }
            };
            if matches!(fault, Some(Fault::Lose)) {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            reply
        }
    };
    let Reply { status, headers, body } = reply;
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::from(body)).map_err(io::Error::other)
}

/// A proxy that connects every host to the double.
fn tunnel(request: Request<Incoming>, tls: SocketAddr) -> Response<Full<Bytes>> {
    tokio::spawn(async move {
        let client = hyper::upgrade::on(request).await.unwrap();
        let mut server = TcpStream::connect(tls).await.unwrap();
        // Errors at the end of a connection are expected.
        drop(copy_bidirectional(&mut TokioIo::new(client), &mut server).await);
    });
    Response::new(Full::default())
}

async fn read(request: Request<Incoming>) -> io::Result<Asked> {
    let (head, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    Ok(Asked {
        method: head.method.to_string(),
        host: head.headers.get(HOST).map(text).unwrap_or_default(),
        path: head.uri.path().to_owned(),
        query: query(&format!("?{}", head.uri.query().unwrap_or_default())),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    })
}

/// The parameters in `?a=b&c=d`.
pub(super) fn query(text: &str) -> BTreeMap<String, String> {
    let url = Url::parse(&format!("http://double.test/{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}
