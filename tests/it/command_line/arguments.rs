//! Help, usage, and settings: what is wrong stops the start and is named.

use std::path::Path;

use crate::support::{Finished, folder, program, run, run_ok};

const COMMANDS: [&str; 20] = [
    "serve",
    "replay",
    "check",
    "clusters",
    "scores",
    "explain",
    "why",
    "adjustments",
    "audit",
    "reconcile",
    "verify",
    "backup",
    "evaluate",
    "export",
    "train",
    "simulate",
    "produce",
    "dead-letters",
    "people",
    "config",
];

#[test]
fn every_command_has_help_with_an_example() {
    let overview = run_ok(["--help"]).stdout;
    for command in COMMANDS {
        assert!(
            overview.contains(&format!("\n  {command} ")),
            "{command}: {overview}"
        );
        let help = run_ok([command, "--help"]).stdout;
        assert!(help.contains("Example"), "{command}: {help}");
        assert!(
            help.contains(&format!("  sameuser {command}")),
            "{command}: {help}"
        );
        assert_eq!(run_ok(["help", command]).stdout, help, "{command}");
    }
    assert!(overview.contains("Examples:"), "{overview}");
}

/// Every command that the overview lists is in the list above.
#[test]
fn the_overview_lists_every_command() {
    let overview = run_ok(["--help"]).stdout;
    let (_, commands) = overview.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let listed: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(listed, COMMANDS);
}

#[test]
fn the_version_is_that_of_the_crate() {
    let expected = concat!("sameuser ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run_ok(["--version"]).stdout, expected);
}

/// Wrong usage and input that isn't there exit with 2, say why on stderr, and print nothing.
#[test]
fn wrong_usage_exits_with_2() {
    let wrong: &[&[&str]] = &[
        &[],
        &["guess"],
        &["serve", "--listen", "somewhere"],
        &["serve", "--config", "/nowhere/sameuser.toml"],
        &["replay"],
        &["replay", "/nowhere/events.jsonl", "--data", "DATA"],
        &["replay", "-", "--checks", "/dev/null", "--data", "DATA"],
        &["replay", "-", "--verdicts", "/dev/null", "--data", "DATA"],
        &[
            "replay",
            "-",
            "--data",
            "DATA",
            "--server",
            "http://127.0.0.1:1",
        ],
        &["check"],
        &[
            "check",
            "--batch",
            "/nowhere/checks.jsonl",
            "--data",
            "DATA",
        ],
        &["check", "--batch", "-", "--server", "no url"],
        &["clusters", "--frobnicate"],
        &[
            "scores",
            "--data",
            "DATA",
            "--pseudonym-key",
            "/nowhere/pseudonym.key",
        ],
        &["adjustments", "--kind", "theft"],
        &["backup", "--data", "DATA"],
    ];
    for arguments in wrong {
        let folder = folder();
        let data = folder.path().to_str().unwrap();
        let arguments = arguments
            .iter()
            .map(|word| if *word == "DATA" { data } else { word });
        let told = run(arguments.clone());
        let words: Vec<&str> = arguments.collect();
        assert_eq!(told.code, 2, "{words:?}: {}", told.stderr);
        assert!(!told.stderr.is_empty(), "{words:?}");
        assert_eq!(told.stdout, "", "{words:?}");
    }
}

/// What is called rightly but can't be done exits with 1, and says why in one line.
#[test]
fn what_fails_exits_with_1() {
    let nobody = "http://127.0.0.1:1";
    let failing: &[(&[&str], &str)] = &[
        (
            &["clusters", "--server", nobody],
            "no server at http://127.0.0.1:1",
        ),
        (
            &["replay", "-", "--server", nobody],
            "no server at http://127.0.0.1:1",
        ),
        (&["verify", "--data", "DATA"], "there is no store in"),
        (
            &["backup", "--data", "DATA", "--to", "DATA/copy"],
            "there is no store in",
        ),
    ];
    for (arguments, says) in failing {
        let folder = folder();
        let data = folder.path().to_str().unwrap();
        let arguments = arguments.iter().map(|word| word.replace("DATA", data));
        let told = run(arguments).expect(1);
        assert!(told.stderr.starts_with("sameuser: "), "{}", told.stderr);
        assert!(told.stderr.contains(says), "{} says {says}", told.stderr);
        assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
    }
}

/// A reader that closes the pipe early, such as `head`, is no fault of anybody's.
#[test]
fn a_closed_pipe_is_quiet() {
    let folder = folder();
    super::Set::write(folder.path()).replay_into(&folder.path().join("data"));
    let script = "\"$0\" scores --data \"$1\" | true";
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .arg(crate::support::binary())
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    let told = Finished::from(output).expect(0);
    assert_eq!(told.stderr, "");
}

/// The configuration that `config` prints is the default: every key explained, and accepted as it is.
#[test]
fn the_printed_configuration_is_accepted() {
    let folder = folder();
    let printed = run_ok(["config"]).stdout;
    let keys: toml::Table = toml::from_str(&printed).unwrap();
    for (key, _) in &keys {
        let place = printed
            .find(&format!("\n{key} ="))
            .or_else(|| printed.find(&format!("\n[{key}]")))
            .unwrap();
        let before = printed[..place].lines().next_back().unwrap();
        assert!(before.starts_with("# "), "{key} is explained: {before}");
    }
    // With every optional section too, once its comment signs go.
    let path = folder.path().join("sameuser.toml");
    std::fs::write(&path, printed).unwrap();
    let server = crate::support::Server::start_with(folder.path(), |command| {
        command.arg("--config").arg(&path);
    });
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}

/// Starts a server that must not start; answers what it said.
fn refuses_to_start(configuration: &str, more: &[&str]) -> String {
    let folder = folder();
    let path = folder.path().join("sameuser.toml");
    std::fs::write(&path, configuration).unwrap();
    let data = folder.path().join("data");
    let output = program()
        .args(["serve".as_ref(), "--config".as_ref(), path.as_os_str()])
        .args(["--data".as_ref(), data.as_os_str()])
        .args(more)
        .output()
        .unwrap();
    let told = Finished::from(output).expect(2);
    assert!(!Path::new(&data).exists(), "nothing was made");
    told.stderr
}

/// An unknown or bad key stops the start with its name.
#[test]
fn a_bad_key_stops_the_start_and_is_named() {
    for (configuration, named) in [
        ("country = \"CN\"", "country"),
        ("listen = 50051", "listen"),
        ("listen = \"localhost\"", "listen"),
        ("http = \"127.0.0.1\"", "http"),
        ("expected_accounts = -1", "expected_accounts"),
        ("expected_accounts = 100000001", "expected_accounts"),
        ("log_format = \"xml\"", "log_format"),
        ("[redis]\nbatch = 0\nurl = \"redis://x\"", "redis.batch"),
        ("[tls]\ncertificate = \"server.pem\"", "key"),
        ("[tls]\nverify = true", "verify"),
        ("data = ", "data"),
    ] {
        let told = refuses_to_start(configuration, &[]);
        assert!(told.contains(named), "{configuration}: {told}");
    }
}

/// Without TLS and sign-in, only on loopback: in the file as by a flag, gRPC as HTTP.
#[test]
fn listening_beyond_loopback_without_tls_is_refused() {
    for (configuration, more, named) in [
        ("listen = \"0.0.0.0:0\"", &[][..], "listen = 0.0.0.0:0"),
        ("listen = \"[::]:0\"", &[], "listen = [::]:0"),
        ("http = \"0.0.0.0:0\"", &[], "http = 0.0.0.0:0"),
        ("", &["--listen", "0.0.0.0:0"], "listen = 0.0.0.0:0"),
        ("", &["--http", "192.0.2.1:0"], "http = 192.0.2.1:0"),
    ] {
        let told = refuses_to_start(configuration, more);
        assert!(told.contains(named) && told.contains("loopback"), "{told}");
    }
}

/// An address that is taken is named.
#[test]
fn a_taken_address_fails_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder();
    let data = folder.path().to_str().unwrap();
    let told = run([
        "serve",
        "--data",
        data,
        "--listen",
        &address,
        "--http",
        "127.0.0.1:0",
    ]);
    let told = told.expect(1);
    assert!(told.stderr.contains(&address), "{}", told.stderr);
}
