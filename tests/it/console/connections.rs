//! How many connections the HTTP door takes, and what it says to one too many.

use std::net::TcpStream;

use sameuser::edge::connections::CONNECTIONS_AT_MOST;

use super::Browser;
use crate::support::{Server, folder};

#[test]
fn one_connection_too_many_is_told_so_and_room_is_given_back() {
    let folder = folder();
    let server = Server::start(folder.path());
    let browser = Browser::new(server.http);
    // Others of this process may still be closing: the door is full once it says so.
    let mut held = Vec::new();
    while browser.get("/healthz").status == 200 {
        assert!(held.len() <= CONNECTIONS_AT_MOST, "never full");
        held.push(TcpStream::connect(server.http).unwrap());
    }
    assert!(held.len() >= CONNECTIONS_AT_MOST - 1, "{}", held.len());
    let refused = browser.get("/queue");
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.text().contains("Too many connections"));

    // gRPC has a door of its own; and a connection that ends makes room.
    held.clear();
    let mut turns = 0;
    while browser.get("/healthz").status != 200 {
        turns += 1;
        assert!(turns < 10_000, "no room is given back");
    }
    let refused = server.metric("sameuser_http_refused_connections_total");
    assert!(refused >= 2.0, "{refused}");
    server.stop();
}
