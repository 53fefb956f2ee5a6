//! One machine and two accounts: what tells one person's second account from somebody who lives with them or
//! bought their computer. Who is one user has one discount, and none of it is ever blame.

use sameuser::edge::proto::v1::{self, Decision};

use super::{Action, asked, dispose, disposition, publish, registered, terms, undo};
use crate::support::{Kind, Server, event, folder};

const EVENT: &str = "summer-2026";

/// A log-in on a device of somebody's: the machine `computer` under an id of it.
fn on(account: &str, day: u32, computer: &str, id: &str) -> v1::Event {
    let at = format!("2026-06-{day:02}T20:00:00+08:00");
    let mut event = event(Kind::Login, account, &at);
    let device = event.device.as_mut().unwrap();
    device.device_id = format!("{computer} {id}");
    device.hardware_fingerprint = computer.into();
    event
}

fn registers(mut event: v1::Event) -> v1::Event {
    event.event_type = v1::EventType::Registration.into();
    event
}

fn without_number(mut event: v1::Event) -> v1::Event {
    event.phone_number.clear();
    event
}

/// The two accounts of a story, what is told of them, and whether they are one user.
struct Story {
    name: &'static str,
    accounts: [&'static str; 2],
    events: Vec<v1::Event>,
    one_user: bool,
}

fn stories() -> Vec<Story> {
    let story = |name, accounts, one_user, events| Story {
        name,
        accounts,
        events,
        one_user,
    };
    vec![
        story(
            "two of a family on its computer, each with a phone",
            ["anna", "bert"],
            false,
            vec![
                registered("anna"),
                registered("bert"),
                on("anna", 15, "family", "1"),
                on("bert", 16, "family", "1"),
                on("anna", 17, "family", "1"),
            ],
        ),
        story(
            "the client installed anew for another account, once the first had ended",
            ["carl", "carl-2"],
            true,
            vec![
                registers(on("carl", 11, "desk", "1")),
                registers(on("carl-2", 16, "desk", "2")),
            ],
        ),
        story(
            "two machines alike, each with a number",
            ["karl", "lisa"],
            false,
            vec![
                registers(on("karl", 15, "alike", "1")),
                registers(on("lisa", 16, "alike", "2")),
                on("karl", 17, "alike", "1"),
            ],
        ),
        story(
            "one account ended, another took over all that it had",
            ["emil", "emil-2"],
            true,
            vec![
                registers(on("emil", 1, "laptop", "1")),
                registers(on("emil-2", 16, "laptop", "1")),
            ],
        ),
        story(
            "two of a family with one computer, the second the day after the first",
            ["ida", "jan"],
            false,
            vec![
                registers(on("ida", 11, "only", "1")),
                registers(on("jan", 12, "only", "1")),
            ],
        ),
        story(
            "a computer sold: both have other devices",
            ["fred", "gina"],
            false,
            vec![
                registered("fred"),
                on("fred", 15, "used", "1"),
                on("gina", 17, "used", "1"),
                on("gina", 18, "gina's phone", "1"),
            ],
        ),
        story(
            "an account without a number made on somebody's computer",
            ["hans", "hans-2"],
            true,
            vec![
                registered("hans"),
                on("hans", 15, "tower", "1"),
                without_number(registers(on("hans-2", 16, "tower", "1"))),
                on("hans", 17, "tower", "1"),
            ],
        ),
    ]
}

async fn ask(server: &Server, account: &str, task: &str) -> v1::Verdict {
    server.ask(asked(EVENT, account, task)).await.unwrap()
}

#[tokio::test]
async fn one_machine_and_two_accounts() {
    let folder = folder();
    let server = Server::start(&folder.path().join("data"));
    publish(&server, terms(EVENT)).await;
    for story in stories() {
        server.accept(story.events).await;
        let [one, other] = story.accounts;
        let (first, second) = (
            ask(&server, one, "t1").await,
            ask(&server, other, "t1").await,
        );
        assert_eq!(
            first.user_id == second.user_id,
            story.one_user,
            "{}",
            story.name
        );

        let disqualify = Action::Disqualify(v1::Disqualify {});
        dispose(&server, disposition(disqualify, &[one])).await;
        let after = ask(&server, other, "t2").await;
        assert_ne!(
            after.decision(),
            Decision::Revoke,
            "{}: {after:#?}",
            story.name
        );
    }
}

/// A user's id is that of its oldest account, and changes where accounts join or part; the verdicts tell which
/// users an account belonged to.
#[tokio::test]
async fn a_user_tells_where_it_comes_from() {
    let folder = folder();
    let server = Server::start(&folder.path().join("data"));
    publish(&server, terms(EVENT)).await;
    let older = event(Kind::Registration, "older", "2026-06-13T20:00:00+08:00");
    server.accept(vec![older, registered("younger")]).await;
    let own = ask(&server, "younger", "t1").await;
    let others = ask(&server, "older", "t1").await;
    assert_ne!(own.user_id, others.user_id);
    assert!(earlier(&server, "younger").await.is_empty());

    let together = disposition(Action::SameUser(v1::SameUser {}), &["older", "younger"]);
    let together = dispose(&server, together).await.disposition.unwrap();
    let came_from = [(own.user_id.clone(), "younger".to_string(), own.verdict_id)];
    assert_eq!(earlier(&server, "older").await, came_from);
    let joined = ask(&server, "younger", "t2").await;
    assert_eq!(joined.user_id, others.user_id);

    undo(&server, &together).await;
    let parted_from = [(joined.user_id, "younger".to_string(), joined.verdict_id)];
    assert_eq!(earlier(&server, "younger").await, parted_from);
    assert!(earlier(&server, "older").await.is_empty());
}

/// (user, account, verdict) of the users that an account's user comes from.
async fn earlier(server: &Server, account: &str) -> Vec<(String, String, String)> {
    let request = v1::GetUserRequest {
        account_id: account.into(),
        ..v1::GetUserRequest::default()
    };
    let user = server.review().await.get_user(request).await;
    let earlier = user.unwrap().into_inner().earlier_users.into_iter();
    earlier
        .map(|one| (one.user_id, one.account_id, one.verdict_id))
        .collect()
}
