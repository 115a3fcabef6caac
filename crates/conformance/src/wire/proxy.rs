//! The server behind [`Wire`](super::Wire): one connection to the real server for each request.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::fault::{State, WireFault, WireRequest, held};
use crate::CANARY;

type Body = BoxBody<Bytes, io::Error>;

/// Listens on a free port of this machine. Returns the port.
pub(super) async fn listen(state: Arc<State>) -> io::Result<(u16, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let server = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                let answer = service_fn(|request| answer(&state, request));
                let server = hyper::server::conn::http1::Builder::new();
                // An error here is a connection that was cut, which is what the test asked for.
                let _cut = server.serve_connection(TokioIo::new(connection), answer).await;
            });
        }
    });
    Ok((port, server))
}

/// Answers one request. An error closes the connection without an answer.
async fn answer(state: &State, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let fault = {
        let mut requests = held(&state.requests);
        let request = WireRequest {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            number: requests.len(),
        };
        let cue = Arc::clone(&held(&state.cue));
        let fault = cue(&request);
        requests.push(request);
        fault
    };
    match fault {
        WireFault::Nothing => pass_on(state, request).await.map(|answer| answer.map(whole)),
        WireFault::Answer { status, retry_after } => {
            // The body is read, so that the client has sent all of it before the answer comes.
            request.into_body().collect().await.map_err(io::Error::other)?;
            let body = format!("{{\"message\": \"refused: {CANARY}\"}}");
            let mut answer = Response::builder().status(status);
            if let Some(delay) = retry_after {
                answer = answer.header(RETRY_AFTER, delay.as_secs());
            }
            answer.body(whole(body.into())).map_err(io::Error::other)
        }
        WireFault::CutBefore => {
            request.into_body().collect().await.map_err(io::Error::other)?;
            Err(cut())
        }
        WireFault::CutAfter => {
            pass_on(state, request).await?;
            Err(cut())
        }
        WireFault::CutWithin => {
            let (mut head, body) = pass_on(state, request).await?.into_parts();
            // The header promises one byte more than ever comes.
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len() + 1));
            let frames = [Ok(Frame::data(body)), Err(cut())];
            Ok(Response::from_parts(head, BodyExt::boxed(StreamBody::new(stream::iter(frames)))))
        }
        WireFault::Silence => std::future::pending().await,
    }
}

fn cut() -> io::Error {
    io::Error::other("the connection was cut on cue")
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}

/// The real server's answer.
async fn pass_on(state: &State, request: Request<Incoming>) -> io::Result<Response<Bytes>> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    head.uri = target.parse::<Uri>().map_err(io::Error::other)?;
    head.headers.insert(HOST, HeaderValue::from_str(&state.upstream).map_err(io::Error::other)?);
    let connection = TcpStream::connect(&state.upstream).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(connection)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    let request = Request::from_parts(head, Full::new(body));
    let answer = sender.send_request(request).await.map_err(io::Error::other)?;
    let (mut head, body) = answer.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    // The body is whole now, however it came.
    head.headers.remove(hyper::header::TRANSFER_ENCODING);
    head.headers.remove(hyper::header::CONNECTION);
    Ok(Response::from_parts(head, body))
}
