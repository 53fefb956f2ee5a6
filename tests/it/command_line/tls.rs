//! Mutual TLS: a client with a certificate of ours is served, and nobody else.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::{
    Finished, Kind, Server, event, folder, program, run_with_input, write_json_lines,
};

/// Certificates made as an operator would, with `openssl`.
struct Certificates(PathBuf);

impl Certificates {
    fn make(folder: &Path) -> Certificates {
        let made = Certificates(folder.join("certificates"));
        std::fs::create_dir(&made.0).unwrap();
        for authority in ["authority", "stranger-authority"] {
            let subject = format!("/CN={authority}");
            made.openssl(&[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                &subject,
                "-keyout",
                &format!("{authority}.key"),
                "-out",
                &format!("{authority}.pem"),
            ]);
        }
        made.sign("server", "authority");
        made.sign("client", "authority");
        made.sign("stranger", "stranger-authority");
        made
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(&self.0)
            .output();
        let told = Finished::from(output.expect("openssl is installed: `make tools`"));
        assert_eq!(told.code, 0, "openssl {arguments:?}: {}", told.stderr);
    }

    fn sign(&self, name: &str, authority: &str) {
        let extensions = format!("{name}.ext");
        std::fs::write(
            self.0.join(&extensions),
            "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        let (key, request, signed) = (
            format!("{name}.key"),
            format!("{name}.csr"),
            format!("{name}.pem"),
        );
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            &format!("/CN={name}"),
            "-keyout",
            &key,
            "-out",
            &request,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &format!("{authority}.pem"),
            "-CAkey",
            &format!("{authority}.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &extensions,
            "-out",
            &signed,
        ]);
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

/// A server on every address, which TLS allows.
fn serve(folder: &Path, certificates: &Certificates) -> Server {
    let configuration = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nclient_authority = {:?}\n",
        certificates.path("server.pem"),
        certificates.path("server.key"),
        certificates.path("authority.pem"),
    );
    let path = folder.join("sameuser.toml");
    std::fs::write(&path, configuration).unwrap();
    let mut command = program();
    command
        .args(["serve".as_ref(), "--config".as_ref(), path.as_os_str()])
        .args(["--data".as_ref(), folder.join("data").as_os_str()])
        .args(["--listen", "0.0.0.0:0", "--http", "127.0.0.1:0"]);
    Server::spawn(command)
}

#[test]
fn a_client_with_a_certificate_is_served_and_one_without_is_refused() {
    let folder = folder();
    let certificates = Certificates::make(folder.path());
    let server = serve(folder.path(), &certificates);
    let url = format!("https://127.0.0.1:{}", server.grpc.port());
    let login = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
    let events = write_json_lines(folder.path(), "events", [login]);
    let replay = |url: &str, more: &[&str]| {
        let mut command = program();
        command
            .args(["replay".as_ref(), events.as_os_str()])
            .args(["--server", url])
            .args(more);
        Finished::from(command.output().unwrap())
    };
    let authority = certificates.path("authority.pem");
    let strangers_authority = certificates.path("stranger-authority.pem");
    let own = |name: &str| {
        [
            certificates.path(&format!("{name}.pem")),
            certificates.path(&format!("{name}.key")),
        ]
    };
    let [certificate, key] = own("client");
    let [strange_certificate, strange_key] = own("stranger");
    let ours = ["--server-authority", &authority];
    let shown = ["--client-certificate", &certificate, "--client-key", &key];
    let strange = [
        "--client-certificate",
        &strange_certificate,
        "--client-key",
        &strange_key,
    ];

    let refused = [
        ("no certificate", url.as_str(), [&ours[..], &[]].concat()),
        (
            "a stranger's certificate",
            &url,
            [&ours[..], &strange].concat(),
        ),
        ("no trust in the server", &url, shown.to_vec()),
        (
            "trust in a stranger",
            &url,
            [&["--server-authority", &strangers_authority], &shown[..]].concat(),
        ),
        (
            "no TLS",
            &format!("http://127.0.0.1:{}", server.grpc.port()),
            Vec::new(),
        ),
    ];
    for (name, url, more) in refused {
        let told = replay(url, &more);
        assert_eq!(told.code, 1, "{name}: {}", told.stdout);
        assert!(
            told.stderr.starts_with("sameuser: "),
            "{name}: {}",
            told.stderr
        );
        assert_eq!(told.stdout, "", "{name}");
    }
    let served = replay(&url, &[&ours[..], &shown].concat()).expect(0);
    assert_eq!(served.summary()["accepted"], 1, "and nothing got in before");
    assert_eq!(server.get("/readyz").0, 200);
}

/// A certificate that isn't there, or is none, stops the start.
#[test]
fn a_bad_certificate_stops_the_start() {
    let folder = folder();
    let certificates = Certificates::make(folder.path());
    let nonsense = folder.path().join("nonsense.pem");
    std::fs::write(&nonsense, "no certificate").unwrap();
    for broken in [
        certificates.path("nothing.pem"),
        nonsense.display().to_string(),
    ] {
        let configuration = format!(
            "[tls]\ncertificate = {broken:?}\nkey = {:?}\nclient_authority = {:?}\n",
            certificates.path("server.key"),
            certificates.path("authority.pem"),
        );
        let path = folder.path().join("sameuser.toml");
        std::fs::write(&path, configuration).unwrap();
        let mut command = program();
        command
            .args(["serve".as_ref(), "--config".as_ref(), path.as_os_str()])
            .args(["--data".as_ref(), folder.path().join("data").as_os_str()])
            .args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        let told = Finished::from(command.output().unwrap());
        assert_eq!(told.code, 1, "{broken}: {}", told.stderr);
    }
}

/// Sends a request over TLS with `openssl`, as a browser that trusts our authority would.
fn over_tls(server: &Server, certificates: &Certificates, request: &str) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-quiet", "-verify_return_error", "-connect"])
        .arg(format!("127.0.0.1:{}", server.http.port()))
        .args(["-CAfile", &certificates.path("authority.pem")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request.as_bytes()).unwrap();
    let told = Finished::from(child.wait_with_output().unwrap());
    drop(stdin);
    told.stdout
}

#[test]
fn the_console_is_reached_from_elsewhere_over_tls_alone() {
    let folder = folder();
    let certificates = Certificates::make(folder.path());
    let data = folder.path().join("data");
    let add = ["people", "add", "lin", "--role", "lead", "--data"];
    let add = add.into_iter().chain([data.to_str().unwrap()]);
    run_with_input(add, b"a good long password").expect(0);
    let configuration = format!(
        "[http_tls]\ncertificate = {:?}\nkey = {:?}\n",
        certificates.path("server.pem"),
        certificates.path("server.key"),
    );
    let path = folder.path().join("console.toml");
    std::fs::write(&path, configuration).unwrap();
    let mut command = program();
    command
        .arg("serve")
        .arg("--data")
        .arg(&data)
        .arg("--config");
    command.arg(&path);
    command.args(["--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"]);
    let server = Server::spawn_unready(command);

    let body = r#"{"name":"lin","password":"a good long password"}"#;
    let request = format!(
        "POST /session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = over_tls(&server, &certificates, &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("SameSite=Strict") && answer.contains("; Secure"),
        "{answer}"
    );
    assert!(
        answer.contains("strict-transport-security: max-age="),
        "{answer}"
    );
    // In clear nothing is answered.
    let address = SocketAddr::from(([127, 0, 0, 1], server.http.port()));
    assert!(crate::support::server::get(address, "/healthz").is_err());
}
