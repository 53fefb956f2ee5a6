//! Servers in processes of their own: the program, or the bench itself in another part.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::Failure;

/// A server in a process of its own; killed when dropped.
pub struct Server {
    child: Child,
    /// Where gRPC listens.
    pub grpc: SocketAddr,
    /// Where HTTP listens, if it does.
    pub http: Option<SocketAddr>,
}

impl Server {
    /// The program over a store.
    pub fn of_store(store: &Path) -> Result<Self, Failure> {
        Self::of_store_with(store, &[])
    }

    /// The same with more arguments.
    pub fn of_store_with(store: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sameuser"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"])
            .arg("--data")
            .arg(store)
            .args(arguments)
            .env("NO_COLOR", "1")
            .env("RUST_LOG", "info");
        Self::start(command)
    }

    /// This bench again, playing the part that its arguments name.
    pub fn of_part(arguments: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self, Failure> {
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().ok_or("no stderr")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut told = String::new();
        let serving = loop {
            let Some(line) = lines.next() else {
                return Err(format!("the server ended before it served:\n{told}").into());
            };
            let line = line?;
            if line.contains("grpc=") {
                break line;
            }
            told.push_str(&line);
            told.push('\n');
        };
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                eprintln!("server: {line}");
            }
        });
        let address = |name: &str| {
            let word = serving
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name));
            word.and_then(|word| word.parse().ok())
        };
        Ok(Server {
            grpc: address("grpc=").ok_or("no gRPC address")?,
            http: address("http="),
            child,
        })
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The value of a metric, over all its labels; 0 where it has none yet.
    pub fn metric(&self, name: &str) -> Result<f64, Failure> {
        let address = self.http.ok_or("no HTTP address")?;
        let mut stream = TcpStream::connect(address)?;
        let request = "GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes())?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        let values = page.lines().filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            let key = key.split('{').next()?;
            (key == name).then(|| value.parse::<f64>().ok())?
        });
        Ok(values.sum())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It works on a copy that nobody opens again.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
