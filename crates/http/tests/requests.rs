//! Requests to servers that fail in every way a connection can.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use airbridge_core::{Environment, ErrorKind, Operation};
use airbridge_http::{
    Address, ConnectError, ConnectHints, HttpOptions, TransportError, outcome_unknown, read_body,
};

const HINTS: ConnectHints = ConnectHints { certificate: "certificate", address: "address", proxy: "proxy" };

/// The address of a server that reads one request, sends `answer` and closes the connection after `delay`.
fn server(answer: &'static str, delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream.write_all(answer.as_bytes()).unwrap();
        std::thread::sleep(delay);
    });
    address
}

async fn get(url: &str, options: &HttpOptions) -> Result<(u16, String), TransportError> {
    let address = Address::parse(url, "`endpoint_url`", options.allow_http).unwrap();
    let client = options.client(&address, &Environment::default()).unwrap();
    let response = client.get(url).send().await.map_err(|error| TransportError::of(&error))?;
    let status = response.status().as_u16();
    let body = read_body(response, 100).await?;
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let answer = "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let address = server(answer, Duration::ZERO);
    assert_eq!(get(&format!("http://{address}"), &HttpOptions::default()).await, Ok((307, String::new())));
}

#[tokio::test]
async fn refused_connection_was_not_sent() {
    let error = get("http://127.0.0.1:1", &HttpOptions::default()).await.unwrap_err();
    assert_eq!(error, TransportError::Connect(ConnectError::Refused));
    let error = error.into_error(Operation::Write, outcome_unknown(true), "kv:x", &HINTS);
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(error.message(), "cannot connect to kv:x: connection refused");
    assert_eq!(error.hint(), Some("address"));
}

#[tokio::test]
async fn answer_that_is_cut_off_leaves_the_outcome_unknown() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"data\""] {
        let address = server(answer, Duration::ZERO);
        let error = get(&format!("http://{address}"), &HttpOptions::default()).await.unwrap_err();
        assert_eq!(error, TransportError::Interrupted, "{answer}");
        let error = error.into_error(Operation::Write, outcome_unknown(true), "kv:x", &HINTS);
        assert_eq!(error.kind(), ErrorKind::AnswerLost);
    }
}

#[tokio::test]
async fn answer_that_is_late_leaves_the_outcome_unknown() {
    let options = HttpOptions { timeout: Some(Duration::from_millis(200)), ..HttpOptions::default() };
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"data\""] {
        let address = server(answer, Duration::from_secs(2));
        let error = get(&format!("http://{address}"), &options).await.unwrap_err();
        assert_eq!(error, TransportError::TimedOut, "{answer}");
        let error = error.into_error(Operation::Read, outcome_unknown(false), "kv:x", &HINTS);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "kv:x did not answer in time"));
    }
}

#[tokio::test]
async fn answer_over_the_limit_is_rejected() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
        concat!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n",
            "12345678901234567890123456789012345678901234567890\r\n33\r\n",
            "123456789012345678901234567890123456789012345678901\r\n0\r\n\r\n",
        ),
    ] {
        let address = server(answer, Duration::ZERO);
        let error = get(&format!("http://{address}"), &HttpOptions::default()).await.unwrap_err();
        assert_eq!(error, TransportError::TooLarge, "{answer}");
        let error = error.into_error(Operation::List, outcome_unknown(false), "kv:x", &HINTS);
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Unexpected, "the answer of kv:x is too large")
        );
    }
}

#[tokio::test]
async fn plain_server_at_an_https_address_does_not_speak_tls() {
    let address = server("HTTP/1.1 400 Bad Request\r\n\r\n", Duration::ZERO);
    let error = get(&format!("https://{address}"), &HttpOptions::default()).await.unwrap_err();
    assert_eq!(error, TransportError::Connect(ConnectError::NotTls));
}

#[tokio::test]
async fn proxy_that_wants_a_password_is_a_config_error() {
    let address = server("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Duration::ZERO);
    let options = HttpOptions { proxy: Some(address), ..HttpOptions::default() };
    let error = get("https://kv.invalid", &options).await.unwrap_err();
    assert_eq!(error, TransportError::Connect(ConnectError::ProxyAuthentication));
}
