//! What can be said on the command line; its help is generated from here.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Decides, before billing applies a promotion's discount, whether the account behind a task may
/// have it.
#[derive(Parser)]
#[command(
    name = "sameuser",
    version,
    after_help = "Examples:\n  \
        sameuser serve --data ./data\n  \
        sameuser replay events.jsonl --server http://127.0.0.1:50051\n  \
        sameuser check --batch checks.jsonl --data ./data\n  \
        sameuser verify --data ./data"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve gRPC to billing and login services, and HTTP to people and probes.
    Serve(ServeArguments),
    /// Publish JSON-lines events, and with --checks ask billing's questions in between.
    Replay(ReplayArguments),
    /// Ask billing's questions: one CheckDiscountRequest a line in, one answer a line out.
    Check(CheckArguments),
    /// Print every account with the same user it belongs to, as JSON lines.
    #[command(after_help = "Example:\n  sameuser clusters --data ./data")]
    Clusters(Target),
    /// Print every account's abuse probability with its reasons, as JSON lines.
    #[command(after_help = "Example:\n  sameuser scores --server http://127.0.0.1:50051")]
    Scores(Target),
    /// Print the latest state of every adjustment, as JSON lines.
    Adjustments(AdjustmentsArguments),
    /// Compare billing's own list of applied discounts with the ledger.
    Reconcile(ReconcileArguments),
    /// Check a store: hash chains, ledger, and every verdict judged again from its record.
    Verify(VerifyArguments),
    /// Copy a store, also while a server holds it.
    Backup(BackupArguments),
    /// Print the default configuration, every key explained.
    #[command(after_help = "Example:\n  sameuser config > sameuser.toml")]
    Config,
}

/// A store directory that no server holds, or a running server.
#[derive(Args)]
pub(super) struct Target {
    /// Directory of the store; made where there is none [default: ./data].
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub data: Option<PathBuf>,
    /// A running server instead, such as http://127.0.0.1:50051.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The store's pseudonym key [default: DIR/pseudonym.key, made where there is none].
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub pseudonym_key: Option<PathBuf>,
    /// Lists of networks and numbers: networks.txt and numbers.txt [default: those of this release].
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub reference_data: Option<PathBuf>,
    /// For an https:// server: who signed its certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub server_authority: Option<PathBuf>,
    /// For an https:// server: our certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "client_key")]
    pub client_certificate: Option<PathBuf>,
    /// For an https:// server: our certificate's key, PEM.
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sameuser serve\n  \
    sameuser serve --config sameuser.toml --data /var/lib/sameuser\n\n\
    Without TLS the server listens on loopback only; `sameuser config` shows the keys.")]
pub(super) struct ServeArguments {
    /// Configuration file; `sameuser config` prints one. Flags win over it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the store; made where there is none [default: ./data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where gRPC listens [default: 127.0.0.1:50051].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where HTTP listens: /metrics, /healthz, /readyz [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<SocketAddr>,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sameuser replay events.jsonl --data ./data\n  \
    zcat events.jsonl.gz | sameuser replay - --server http://127.0.0.1:50051\n  \
    sameuser replay events.jsonl --checks checks.jsonl --verdicts verdicts.jsonl\n\n\
    Prints {\"accepted\":…,\"duplicate\":…,\"refused\":…}; a refused line is named on stderr and \
    stops nothing.")]
pub(super) struct ReplayArguments {
    /// Files of one proto3-JSON Event a line, in their order of arrival; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// CheckDiscountRequests to ask in between: each once an event's time passes the task's completion.
    #[arg(long, value_name = "FILE", requires = "verdicts")]
    pub checks: Option<PathBuf>,
    /// Where the answers go, in the order of asking.
    #[arg(long, value_name = "FILE", requires = "checks")]
    pub verdicts: Option<PathBuf>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser check --batch checks.jsonl --data ./data\n\n\
    A refused line answers {\"error\":…} in its place; the exit code is then 1."
)]
pub(super) struct CheckArguments {
    /// One proto3-JSON CheckDiscountRequest a line; - reads standard input.
    #[arg(long, value_name = "FILE")]
    pub batch: PathBuf,
    /// Decide afresh and record nothing.
    #[arg(long)]
    pub validate_only: bool,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    Recovery,
    Restoration,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser adjustments --campaign kimi-work-desktop-2026-06 --kind recovery"
)]
pub(super) struct AdjustmentsArguments {
    /// Only this campaign.
    #[arg(long, value_name = "ID")]
    pub campaign: Option<String>,
    /// Only this kind.
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser reconcile applied.jsonl --data ./data\n\n\
    A line is {\"check\":{…a CheckDiscountRequest…},\"rateBasisPoints\":5000}. Prints each difference and \
    a summary as JSON; the exit code is 1 where there is a difference."
)]
pub(super) struct ReconcileArguments {
    /// One applied discount a line; - reads standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Ask about what the ledger does not know, so that it has a verdict of it.
    #[arg(long)]
    pub take_over: bool,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
#[command(after_help = "Example:\n  sameuser verify --data ./data\n\n\
    Prints a summary as JSON; each fault is a line on stderr, and the exit code is then 1.")]
pub(super) struct VerifyArguments {
    /// Directory of the store.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    pub data: PathBuf,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser backup --data ./data --to ./backup-2026-06-17\n\n\
    The copy opens as a store. It holds the pseudonym key too: keep it as safe as the store."
)]
pub(super) struct BackupArguments {
    /// Directory of the store.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    pub data: PathBuf,
    /// Directory of the copy; it must not hold a store.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}
