//! What can be said on the command line; its help is generated from here.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lab::evaluate::evidence::Evidence;

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
    /// Tell why two accounts are one user, or why not: the evidence, piece by piece.
    Explain(ExplainArguments),
    /// Tell how one account stands, and why: its user, its score, decisions, last verdicts.
    Why(WhyArguments),
    /// Print the latest state of every adjustment, as JSON lines.
    Adjustments(AdjustmentsArguments),
    /// Print every decision of a person or a rule, in order, as JSON lines.
    Audit(AuditArguments),
    /// Compare billing's own list of applied discounts with the ledger.
    Reconcile(ReconcileArguments),
    /// Check a store: hash chains, ledger, and every verdict judged again from its record.
    Verify(VerifyArguments),
    /// Copy a store, also while a server holds it.
    Backup(BackupArguments),
    /// Replay a labelled data set and report how good the answers are.
    Evaluate(EvaluateArguments),
    /// Print what people found accounts to be, with the features as they were at verdicts, as JSON lines.
    Export(ExportArguments),
    /// Learn the models that the service judges with.
    #[command(
        subcommand,
        after_help = "Example:\n  sameuser train abuse --data-set ./set --revision mine-1 --out model.json"
    )]
    Train(TrainCommand),
    /// Make a labelled set: events, billing's questions, and the truth about each account.
    Simulate(SimulateArguments),
    /// Write events into a Redis stream, as a login service would: for trying it out.
    Produce(ProduceArguments),
    /// Look after entries of login event streams that could not be taken in.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Say who may sign in to the console, and what they may do there.
    #[command(
        subcommand,
        after_help = "Example:\n  sameuser people add lin --role analyst --data ./data"
    )]
    People(PeopleCommand),
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
    /// Where HTTP listens: the console, /metrics, /healthz, /readyz [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<SocketAddr>,
    /// Redis with the login event streams, such as redis://127.0.0.1:6379; a password stands better in
    /// the configuration file, where nobody else sees it.
    #[arg(long, value_name = "URL")]
    pub redis: Option<String>,
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
#[command(after_help = "Example:\n  sameuser audit --data ./data > audit.jsonl")]
pub(super) struct AuditArguments {
    /// Only what is about this account, campaign or verdict.
    #[arg(long, value_name = "ID")]
    pub subject: Option<String>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser explain u1029 u1030 --data ./data\n\n\
    Evidence is told in bits: one more is twice as likely. Of pieces that say the same thing only the \
    strongest counts."
)]
pub(super) struct ExplainArguments {
    /// The one account's id.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The other's.
    #[arg(value_name = "OTHER")]
    pub other: String,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
#[command(after_help = "Example:\n  sameuser why u1029 --server http://127.0.0.1:50051")]
pub(super) struct WhyArguments {
    /// The account's id.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
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

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sameuser evaluate --data-set ./set --out ./report\n  \
    sameuser evaluate --data-set ./set --against | jq .report.harm.honest\n  \
    sameuser evaluate --data-set ./set --without device,phone\n  \
    sameuser evaluate --data-set ./set --answers ./other-system\n\n\
    Prints the report as JSON, and what matters of it in words on stderr. The set holds events.jsonl, \
    checks.jsonl and truth.jsonl; docs/evaluation.md says what each number means.")]
pub(super) struct EvaluateArguments {
    /// Directory of the labelled data set; or of the Hop airdrop's tables, unpacked (models/README.md).
    #[arg(long, value_name = "DIR")]
    pub data_set: PathBuf,
    /// Directory that gets evaluation.json and evaluation.html.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Also judge obvious alternatives: accounts per device, accounts per address, components.
    #[arg(long)]
    pub against: bool,
    /// The abuse model to judge with [default: the shipped one].
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The evidence weights to link with [default: the shipped ones].
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// The campaign, put in enforce mode [default: the shipped one].
    #[arg(long, value_name = "FILE")]
    pub campaign: Option<PathBuf>,
    /// Take evidence out of the events first: device, phone, address, identifiers, name, input.
    #[arg(long, value_enum, value_name = "EVIDENCE", value_delimiter = ',')]
    pub without: Vec<Evidence>,
    /// Judge another system by what it wrote: verdicts.jsonl, clusters.jsonl, scores.jsonl and
    /// verdicts-at-end.jsonl, whichever there are.
    #[arg(long, value_name = "DIR")]
    pub answers: Option<PathBuf>,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sameuser export --data ./data > labels.jsonl\n\n\
    Labels come from disqualifications, clearings and decided appeals; a line is one verdict before the \
    first of them. A server may hold the store. models/README.md says what is in a line."
)]
pub(super) struct ExportArguments {
    /// Directory of the store.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    pub data: PathBuf,
}

#[derive(Subcommand)]
pub(super) enum TrainCommand {
    /// The abuse model, from labelled data sets and labels of people.
    Abuse(TrainAbuseArguments),
    /// The evidence weights, from events without labels.
    Links(TrainLinksArguments),
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
    sameuser train links --events ./events.jsonl --labels ./pairs.jsonl --revision links-2026-11-em-1 --out weights.toml\n\n\
    Fits how often each agreement is seen between two accounts of one person and of two, by \
    expectation-maximisation; prints a card as JSON. `sameuser evaluate --weights` measures the result. \
    A label is a line {\"account_id\":…,\"other_account_id\":…,\"same_user\":true}.")]
pub(super) struct TrainLinksArguments {
    /// Files of events, one JSON line each.
    #[arg(long, value_name = "FILE", required = true)]
    pub events: Vec<PathBuf>,
    /// What analysts said about pairs, one JSON line each.
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// The weights to begin with [default: the shipped ones].
    #[arg(long, value_name = "FILE")]
    pub start: Option<PathBuf>,
    /// Where the weights go.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The name of the weights in verdicts.
    #[arg(long, value_name = "NAME")]
    pub revision: String,
}

#[derive(Args)]
#[command(after_help = "Example:\n  \
    sameuser train abuse --data-set ./set-1 --data-set ./set-2 --revision abuse-2026-11 --out models/abuse-model.json\n\n\
    Tells each set to an empty store with its questions asked in between, and learns from the features as \
    they were. Labels of people come with theirs. No farm, no person and no user is in two folds of the \
    calibration.")]
pub(super) struct TrainAbuseArguments {
    /// Directories of labelled data sets.
    #[arg(
        long = "data-set",
        value_name = "DIR",
        required_unless_present = "labels"
    )]
    pub data_sets: Vec<PathBuf>,
    /// Files of labels of people, as `sameuser export` prints them.
    #[arg(long, value_name = "FILE")]
    pub labels: Vec<PathBuf>,
    /// Where the model goes.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The model's name in verdicts.
    #[arg(long, value_name = "NAME")]
    pub revision: String,
    /// Also write the examples as a table (CSV), for other tools.
    #[arg(long, value_name = "FILE")]
    pub examples: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MixName {
    Base,
    Surge,
    Carrier,
    Sophisticated,
    Clean,
    Chaos,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProfileName {
    Full,
    Sparse,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sameuser simulate --accounts 50000 --seed 1 --out ./set\n  \
    sameuser simulate --accounts 2000 --seed 7 --mix sophisticated --abuse 0.17 --out ./set\n  \
    sameuser simulate --accounts 1000000 --seed 1 --profile sparse --out - | sameuser replay -\n\n\
    Writes events.jsonl (in their order of arrival), checks.jsonl, truth.jsonl and parameters.json; \
    the same arguments give the same bytes. docs/simulator.md says what is in them.")]
pub(super) struct SimulateArguments {
    /// How many accounts.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub accounts: u64,
    /// What everything is drawn from, the parameters of the world too.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Directory of the set; - writes the events alone to standard output.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which populations, and how hard the abusers are.
    #[arg(long, value_enum, default_value_t = MixName::Base)]
    pub mix: MixName,
    /// Share of abusive accounts, 0 to 0.5 [default: 0.07; clean has none].
    #[arg(long, value_name = "SHARE")]
    pub abuse: Option<f64>,
    /// full: some thirty events an account; sparse: some six, for tests of scale.
    #[arg(long, value_enum, default_value_t = ProfileName::Full)]
    pub profile: ProfileName,
    /// Break some lines, as the chaos mix does.
    #[arg(long)]
    pub broken: bool,
    /// Print the world's parameters as JSON and make nothing.
    #[arg(long)]
    pub parameters: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    sameuser produce events.jsonl --redis redis://127.0.0.1:6379 --rate 500\n  \
    zcat events.jsonl.gz | sameuser produce - --redis redis://127.0.0.1:6379 --partitions 4\n\n\
    Lines go into the stream as they are, broken ones too. Prints {\"produced\":…}.")]
pub(super) struct ProduceArguments {
    /// Files of one event a line; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The Redis server.
    #[arg(long, value_name = "URL")]
    pub redis: String,
    /// Who signed the server's certificate, PEM; by default whom the system trusts.
    #[arg(long, value_name = "FILE")]
    pub redis_authority: Option<PathBuf>,
    /// The stream.
    #[arg(long, value_name = "NAME", default_value = "sameuser:events")]
    pub stream: String,
    /// Partitions of the stream (at most 64); 0 = the stream itself. An account's events stay in one.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    pub partitions: u16,
    /// Events a second; as fast as Redis takes them if left out.
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Write protobuf instead of the lines; a line that is no event then goes as it is.
    #[arg(long)]
    pub protobuf: bool,
}

#[derive(Subcommand)]
#[command(after_help = "Examples:\n  \
    sameuser dead-letters list --data ./data\n  \
    sameuser dead-letters show 1718500000000-0 --data ./data\n  \
    sameuser dead-letters replay 1718500000000-0 --with corrected.json --server http://127.0.0.1:50051\n  \
    sameuser dead-letters discard --all --server http://127.0.0.1:50051")]
pub(super) enum DeadLettersCommand {
    /// Print open dead letters, one JSON line each; a server may hold the store.
    List(Target),
    /// Print the original bytes of one: raw identifiers are in it. A server may hold the store.
    Show(ShowArguments),
    /// Take events in after all, as they are or corrected, and resolve their letters.
    Replay(ReplayLettersArguments),
    /// Resolve letters without taking anything in.
    Discard(ResolveArguments),
}

#[derive(Args)]
pub(super) struct ShowArguments {
    /// The entry's id.
    #[arg(value_name = "ENTRY_ID")]
    pub entry: String,
    /// Its stream.
    #[arg(long, value_name = "NAME", default_value = "sameuser:events")]
    pub stream: String,
    /// Directory of the store.
    #[arg(long, value_name = "DIR", default_value = "./data")]
    pub data: PathBuf,
    /// The store's pseudonym key [default: DIR/pseudonym.key].
    #[arg(long, value_name = "FILE")]
    pub pseudonym_key: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ReplayLettersArguments {
    #[command(flatten)]
    pub which: ResolveArguments,
    /// The corrected event, one proto3-JSON line, for one letter.
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub with: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ResolveArguments {
    /// The entries' ids.
    #[arg(value_name = "ENTRY_ID", required_unless_present = "all")]
    pub entries: Vec<String>,
    /// Every open letter, of every stream.
    #[arg(long, conflicts_with_all = ["entries", "stream"])]
    pub all: bool,
    /// Their stream [default: sameuser:events].
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Subcommand)]
pub(super) enum PeopleCommand {
    /// Add a person; asks for a password, or reads it from standard input.
    #[command(
        after_help = "Example:\n  sameuser people add lin --role analyst --data ./data\n  \
            sameuser people add lin --role lead --server http://127.0.0.1:50051 < password"
    )]
    Add(PersonAndRole),
    /// Print everybody who may sign in, as JSON lines.
    List(Target),
    /// Remove a person; what they decided stays.
    Remove(PersonNamed),
    /// Give a person another password; asks for it, or reads it from standard input.
    SetPassword(PersonNamed),
    /// Let a person do something else.
    SetRole(PersonAndRole),
}

#[derive(Args)]
pub(super) struct PersonNamed {
    /// Their name, as decisions carry it.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Args)]
pub(super) struct PersonAndRole {
    /// Their name, as decisions carry it.
    pub name: String,
    /// What they may do.
    #[arg(long, value_enum)]
    pub role: RoleName,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    /// Looks at cases and decides them.
    Analyst,
    /// An analyst who also resolves adjustments and decides of campaigns.
    Lead,
    /// Decides of campaigns and of people, not of users.
    Administrator,
    /// Sees everything, changes nothing.
    Auditor,
}
