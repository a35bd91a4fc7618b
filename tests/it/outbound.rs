//! The HTTP client door against real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use segue::domain::secret::Secret;
use segue::outbound::{MaybeSent, NotSent, Outbound, OutboundError, TargetRefused};
use segue::providers::HttpRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

const LONG: Duration = Duration::from_secs(10);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn open_door() -> Outbound {
    let loopback: IpNet = "127.0.0.0/8".parse().unwrap();
    Outbound::new(&[loopback]).unwrap()
}

fn shut_door() -> Outbound {
    Outbound::new(&[]).unwrap()
}

fn get(url: &str) -> HttpRequest {
    HttpRequest { method: "GET", url: url.to_owned(), headers: vec![], body: Bytes::new() }
}

/// Answers the first request with these bytes, then closes; gives the request back.
async fn answer(with: impl Into<Vec<u8>>) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let with = with.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let mut socket = listener.accept().await.unwrap().0;
        let request = read_head(&mut socket).await;
        // A client that has read enough hangs up first.
        let _ = socket.write_all(&with).await;
        request
    });
    (address, served)
}

async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = vec![0; 4096];
    let length = socket.read(&mut head).await.unwrap();
    String::from_utf8(head[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn a_request_is_sent_as_composed_and_the_answer_comes_back() {
    let (address, served) =
        answer("HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nwait").await;
    let request = HttpRequest {
        method: "POST",
        url: format!("http://{address}/send?a=b"),
        headers: vec![("authorization", Secret::new("Bearer t"))],
        body: Bytes::from_static(b"hello"),
    };
    let reply = open_door().send(request, LONG).await.unwrap();
    assert_eq!((reply.status, reply.retry_after), (429, Some(Duration::from_secs(7))));
    assert_eq!(reply.body, "wait");
    let sent = served.await.unwrap();
    assert!(sent.starts_with("POST /send?a=b HTTP/1.1\r\n"), "{sent}");
    assert!(sent.contains("authorization: Bearer t\r\n") && sent.contains("user-agent: Segue/"), "{sent}");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (address, _) =
        answer("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    let reply = open_door().send(get(&format!("http://{address}/")), LONG).await.unwrap();
    assert_eq!(reply.status, 302);
}

#[tokio::test]
async fn a_long_body_is_cut() {
    let mut long = b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n".to_vec();
    long.resize(long.len() + 300_000, b'x');
    let (address, _) = answer(long).await;
    let reply = open_door().send(get(&format!("http://{address}/")), LONG).await.unwrap();
    assert_eq!(reply.body.len(), 64 * 1024);
}

#[tokio::test]
async fn a_status_counts_even_when_its_body_breaks_off() {
    let (address, _) = answer("HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\nha").await;
    let reply = open_door().send(get(&format!("http://{address}/")), LONG).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (201, 0));
}

#[tokio::test]
async fn silence_after_the_request_may_have_been_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let outcome = open_door().send(get(&url), Duration::from_millis(50)).await;
    assert_eq!(outcome.unwrap_err(), OutboundError::MaybeSent(MaybeSent::TimedOut));
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_may_have_been_sent() {
    let (address, _) = answer("").await;
    let outcome = open_door().send(get(&format!("http://{address}/")), LONG).await;
    assert_eq!(outcome.unwrap_err(), OutboundError::MaybeSent(MaybeSent::Lost));
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let outcome = open_door().send(get(&url), LONG).await;
    assert_eq!(outcome.unwrap_err(), OutboundError::NotSent(NotSent::Unreachable));
}

#[tokio::test]
async fn a_failed_tls_handshake_was_not_sent() {
    let (address, _) = answer("this is not TLS").await;
    let outcome = open_door().send(get(&format!("https://{address}/")), LONG).await;
    assert_eq!(outcome.unwrap_err(), OutboundError::NotSent(NotSent::Unreachable));
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_and_by_name() {
    let refused = |why| OutboundError::NotSent(NotSent::Refused(why));
    for host in ["127.0.0.1", "[::1]", "localhost", "169.254.169.254"] {
        let outcome = shut_door().send(get(&format!("https://{host}/")), LONG).await;
        assert_eq!(outcome.unwrap_err(), refused(TargetRefused::PrivateAddress), "{host}");
        let outcome = shut_door().send(get(&format!("http://{host}/")), LONG).await;
        assert_eq!(outcome.unwrap_err(), refused(TargetRefused::PlainHttp), "{host}");
    }
}

#[tokio::test]
async fn a_name_in_an_allowed_network_is_reached() {
    let (address, _) = answer(OK).await;
    let url = format!("http://localhost:{}/", address.port());
    assert_eq!(open_door().send(get(&url), LONG).await.unwrap().body, "ok");
}

#[tokio::test]
async fn a_target_is_checked_before_it_is_configured() {
    let check = async |door: &Outbound, url: &str| door.check_target(&Url::parse(url).unwrap()).await;
    assert_eq!(check(&shut_door(), "https://localhost/x").await, Err(TargetRefused::PrivateAddress));
    assert_eq!(check(&shut_door(), "http://8.8.8.8/x").await, Err(TargetRefused::PlainHttp));
    assert_eq!(check(&shut_door(), "https://8.8.8.8/x").await, Ok(()));
    assert_eq!(check(&shut_door(), "https://no-such-host.invalid/").await, Err(TargetRefused::Unresolved));
    assert_eq!(check(&open_door(), "http://localhost:3000/hook").await, Ok(()));
}

#[tokio::test]
async fn a_malformed_request_was_not_sent() {
    let mut request = get("https://8.8.8.8/");
    request.headers.push(("x-token", Secret::new("line\nbreak")));
    assert_eq!(shut_door().send(request, LONG).await.unwrap_err(), NotSent::Malformed.into());
}
