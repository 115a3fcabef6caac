//! The server behind [`Wire`](super::Wire): one connection to the real server for each request.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::fault::{State, WireFault, WireRequest, held};
use crate::CANARY;

type Body = BoxBody<Bytes, io::Error>;

/// Listens on a free port of this machine, with TLS if there is an `acceptor`. Returns the port.
pub(super) async fn listen(
    state: Arc<State>,
    acceptor: Option<TlsAcceptor>,
) -> io::Result<(u16, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let server = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (state, acceptor) = (Arc::clone(&state), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => serve(&state, connection).await,
                    // A client that does not trust the certificate closes the connection.
                    Some(acceptor) => {
                        if let Ok(connection) = acceptor.accept(connection).await {
                            serve(&state, connection).await;
                        }
                    }
                }
            });
        }
    });
    Ok((port, server))
}

async fn serve(state: &Arc<State>, connection: impl AsyncRead + AsyncWrite + Unpin) {
    let answer = service_fn(|request| answer(state, request));
    let server = hyper::server::conn::http1::Builder::new();
    // An error here is a connection that was cut, which is what the test asked for.
    let _cut = server.serve_connection(TokioIo::new(connection), answer).await;
}

/// Answers one request. An error closes the connection without an answer.
async fn answer(state: &Arc<State>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let fault = {
        let mut requests = held(&state.requests);
        let request = WireRequest {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            target: header(&request, "x-amz-target"),
            number: requests.len(),
        };
        let cue = Arc::clone(&held(&state.cue));
        let fault = cue(&request);
        requests.push(request);
        fault
    };
    match fault {
        WireFault::Nothing => return pass_on(state, request).await.map(|answer| answer.map(whole)),
        WireFault::CutAfter => {
            pass_on(state, request).await?;
            return Err(cut());
        }
        WireFault::CutWithin => {
            let (mut head, body) = pass_on(state, request).await?.into_parts();
            // The header promises one byte more than ever comes.
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len() + 1));
            return Ok(Response::from_parts(head, broken(body)));
        }
        _ => {}
    }
    // The body is read, so that the client has sent all of it before the answer comes.
    let asked = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let answer = Response::builder();
    let json = |status: u16| Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    let answer = match fault {
        WireFault::Nothing | WireFault::CutAfter | WireFault::CutWithin | WireFault::CutBefore => {
            return Err(cut());
        }
        WireFault::Answer { status, retry_after } => {
            let mut answer = answer.status(status);
            if let Some(delay) = retry_after {
                answer = answer.header(RETRY_AFTER, delay.as_secs());
            }
            answer.body(whole(format!("{{\"message\": \"refused: {CANARY}\"}}").into()))
        }
        WireFault::Silence => std::future::pending().await,
        WireFault::Redirect(to) => answer.status(307).header(LOCATION, to).body(whole(Bytes::new())),
        WireFault::Page => {
            let page = format!("<!DOCTYPE html><html><body>Sign in: {CANARY}</body></html>");
            answer.header(CONTENT_TYPE, "text/html; charset=utf-8").body(whole(page.into()))
        }
        WireFault::Empty(status) => json(status).body(whole(Bytes::new())),
        WireFault::Endless { announced } => {
            let answer = json(200);
            let answer = if announced { answer.header(CONTENT_LENGTH, 10_000_000_000_u64) } else { answer };
            answer.body(endless(Arc::clone(state)))
        }
        WireFault::Slow => json(200).body(slow()),
        WireFault::CutAnswer(status) => {
            let half = Bytes::from(format!("{{\"message\": \"refused: {CANARY}"));
            let answer = json(status).header(CONTENT_LENGTH, half.len() + 100);
            answer.body(broken(half))
        }
        WireFault::Says { status, body } => json(status).body(whole(body.into())),
        WireFault::Echo { status, form } => {
            let asked = String::from_utf8_lossy(&asked);
            let quoted = asked.replace('\\', "\\\\").replace('"', "\\\"");
            json(status).body(whole(form.replace("ECHO", &quoted).into()))
        }
    };
    answer.map_err(io::Error::other)
}

fn header(request: &Request<Incoming>, name: &str) -> String {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// A body that ends with a cut, a moment after the client got the part before it.
fn broken(body: Bytes) -> Body {
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(cut())
    });
    BodyExt::boxed(StreamBody::new(stream::iter([Ok(Frame::data(body))]).chain(end)))
}

/// White space, which could be the start of JSON, until the client has had enough.
fn endless(state: Arc<State>) -> Body {
    const CHUNK: usize = 64 << 10;
    let chunk = Bytes::from(vec![b' '; CHUNK]);
    let chunks = stream::unfold(0, move |sent| {
        let (chunk, state) = (chunk.clone(), Arc::clone(&state));
        async move {
            state.taken.fetch_max(sent, Ordering::SeqCst);
            let next = if sent < WireFault::ENDLESS { Ok(Frame::data(chunk)) } else { Err(cut()) };
            Some((next, sent + CHUNK))
        }
    });
    BodyExt::boxed(StreamBody::new(chunks))
}

/// White space, a byte at a time.
fn slow() -> Body {
    let bytes = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Some((Ok(Frame::data(Bytes::from_static(b" "))), ()))
    });
    BodyExt::boxed(StreamBody::new(bytes))
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
