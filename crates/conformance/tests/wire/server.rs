//! A small HTTP key-value server that compares entity tags.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::store::TYPE;

#[derive(Default)]
struct Values {
    /// Path, entity tag and value.
    values: BTreeMap<String, (u64, Bytes)>,
    writes: u64,
}

/// Starts the server on a free port. Returns its address.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let values: Arc<Mutex<Values>> = Arc::default();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let values = Arc::clone(&values);
            tokio::spawn(async move {
                let answer = service_fn(|request| answer(&values, request));
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(connection), answer)
                    .await
            });
        }
    });
    format!("http://127.0.0.1:{port}/kv")
}

async fn answer(
    values: &Mutex<Values>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = head.uri.path().to_owned();
    let mut kept = values.lock().unwrap();
    let current = kept.values.get(&path).map(|(etag, _)| format!("\"{etag}\""));
    let header = |name| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (matches, none) = (header(IF_MATCH), header(IF_NONE_MATCH));
    let stale = matches.is_some_and(|expected| Some(expected) != current);
    let taken = none.is_some() && current.is_some();
    Ok(match head.method {
        Method::GET if path == "/kv" => {
            let names = kept.values.keys().map(|path| path.trim_start_matches("/kv/").to_owned());
            let lines: Vec<_> = std::iter::once("names:".to_owned()).chain(names).collect();
            status(StatusCode::OK, lines.join("\n").into(), None)
        }
        Method::GET => match kept.values.get(&path) {
            Some((etag, value)) => status(StatusCode::OK, value.clone(), Some(*etag)),
            None => status(StatusCode::NOT_FOUND, Bytes::new(), None),
        },
        _ if stale || taken => status(StatusCode::PRECONDITION_FAILED, Bytes::new(), None),
        Method::PUT => {
            kept.writes += 1;
            let etag = kept.writes;
            kept.values.insert(path, (etag, body));
            status(StatusCode::OK, Bytes::new(), Some(etag))
        }
        Method::DELETE => {
            kept.values.remove(&path);
            status(StatusCode::NO_CONTENT, Bytes::new(), None)
        }
        _ => status(StatusCode::METHOD_NOT_ALLOWED, Bytes::new(), None),
    })
}

fn status(status: StatusCode, body: Bytes, etag: Option<u64>) -> Response<Full<Bytes>> {
    let mut answer = Response::builder().status(status).header(CONTENT_TYPE, TYPE);
    if let Some(etag) = etag {
        answer = answer.header(ETAG, format!("\"{etag}\""));
    }
    answer.body(Full::new(body)).unwrap()
}
