//! Mutual TLS: a client with a certificate of ours is served, and nobody else.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{Finished, Kind, Server, event, folder, program, write_json_lines};

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
