//! What a browser does: HTTP/1.1 with a cookie, and gRPC-Web in it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use prost::Message;
use serde_json::{Value, json};
use tonic::Code;

/// A browser that may be signed in.
pub struct Browser {
    http: SocketAddr,
    /// As it would be sent: `name=value`.
    pub cookie: Option<String>,
    pub csrf_token: Option<String>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}", self.text()))
    }

    /// What the head of a gRPC answer says.
    pub fn code(&self) -> Code {
        let status = self.header("grpc-status");
        status.map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()))
    }
}

impl Browser {
    pub fn new(http: SocketAddr) -> Self {
        Browser {
            http,
            cookie: None,
            csrf_token: None,
        }
    }

    /// Sends a request and reads all of the answer.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut reader = self.send(method, path, headers, body);
        let mut answer = read_head(&mut reader);
        if answer.header("transfer-encoding") == Some("chunked") {
            read_chunks(&mut reader, &mut answer.body);
        } else {
            reader.read_to_end(&mut answer.body).unwrap();
        }
        answer
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.http).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.http,
            body.len()
        );
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("Cookie: theme=dark; {cookie}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        BufReader::new(stream)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    /// Signs in; on success keeps the cookie and the token.
    pub fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let body = json!({"name": name, "password": password}).to_string();
        let json = [("content-type", "application/json")];
        let answer = self.request("POST", "/session", &json, body.as_bytes());
        if answer.status == 200 {
            let cookie = answer.header("set-cookie").unwrap();
            self.cookie = Some(cookie.split(';').next().unwrap().into());
            self.csrf_token = Some(answer.json()["csrf_token"].as_str().unwrap().into());
        }
        answer
    }

    fn grpc_headers(&self) -> Vec<(&str, &str)> {
        let mut headers = vec![
            ("content-type", "application/grpc-web+proto"),
            ("x-grpc-web", "1"),
        ];
        if let Some(token) = &self.csrf_token {
            headers.push(("x-csrf-token", token));
        }
        headers
    }

    /// What the head of the answer to a call without fields says; the rest is not waited for.
    pub fn code_of(&self, path: &str) -> Code {
        let headers = self.grpc_headers();
        let mut reader = self.send("POST", path, &headers, &frame(b""));
        let answer = read_head(&mut reader);
        assert_eq!(answer.status, 200, "{path}");
        answer.code()
    }

    /// Calls an RPC that answers once.
    pub fn call<Q: Message, A: Message + Default>(
        &self,
        rpc: &str,
        request: &Q,
    ) -> Result<A, (Code, String)> {
        let path = format!("/sameuser.v1.{rpc}");
        let message = frame(&request.encode_to_vec());
        let answer = self.request("POST", &path, &self.grpc_headers(), &message);
        let words = answer.header("grpc-message").unwrap_or_default().into();
        match answer.code() {
            Code::Ok => {}
            code => return Err((code, words)),
        }
        let (flag, length) = (answer.body[0], &answer.body[1..5]);
        assert_eq!(flag, 0, "a message comes first");
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let rest = &answer.body[5 + length..];
        let trailers = String::from_utf8_lossy(rest);
        assert!(
            rest[0] & 0x80 != 0 && trailers.contains("grpc-status:0"),
            "{trailers}"
        );
        Ok(A::decode(&answer.body[5..5 + length]).unwrap())
    }
}

/// One message as gRPC frames it.
fn frame(message: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend(message);
    framed
}

fn read_head(reader: &mut impl BufRead) -> Answer {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut answer = Answer {
        status: status.unwrap_or_else(|| panic!("no HTTP: {line}")),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return answer;
        };
        answer.headers.push((name.to_lowercase(), value.into()));
    }
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) {
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).unwrap();
        if length == 0 {
            return;
        }
        body.extend(&chunk[..length]);
    }
}
