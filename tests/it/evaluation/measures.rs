//! Whole systems, good and bad.

use sameuser::lab::{
    evaluate::{
        answers::{AbuseScore, Answer, Answers},
        interval::{Estimate, Share},
        report::Report,
        truth::Truth,
    },
    label::Label,
};

use super::{TOKENS, always, line, oracle, tasks, world};

/// The share, which must have a whole.
#[track_caller]
fn value(share: &Share) -> f64 {
    let estimate = share.estimate.unwrap();
    assert!(
        estimate.low <= estimate.value && estimate.value <= estimate.high,
        "{estimate:?}"
    );
    estimate.value
}

#[track_caller]
fn number(estimate: Option<Estimate>) -> f64 {
    estimate.unwrap().value
}

#[test]
fn a_perfect_oracle_scores_perfectly() {
    let truth = world();
    let report = Report::new(&truth, &oracle(&truth));
    let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
    assert_eq!(value(&honest.accounts_revoked), 0.0);
    assert_eq!(value(&honest.accounts_refused_a_seat), 0.0);
    assert_eq!(value(&honest.tokens_not_discounted), 0.0);
    assert_eq!(value(&abusive.accounts_refused), 1.0);
    assert_eq!(value(&abusive.accounts_revoked), 1.0);
    assert_eq!(value(&abusive.tokens_allowed), 0.0);
    assert_eq!(value(&abusive.tokens_left), 0.0);
    assert_eq!(number(report.harm.abusive_macro.accounts_refused), 1.0);
    assert_eq!(number(report.harm.abusive_macro.tokens_left), 0.0);
    assert_eq!(value(&report.duplicates.exactly_one_kept), 1.0);
    assert_eq!(value(&report.duplicates.accounts_revoked), 0.0);
    assert_eq!(value(&report.duplicates.tokens_beyond_one_account), 0.0);
    assert_eq!(value(&report.delays.groups_detected), 1.0);
    assert_eq!(report.delays.worst_accounts_before, 0);

    let users = report.users.unwrap();
    for measured in [users.pairwise, users.b_cubed] {
        assert_eq!(number(measured.precision), 1.0);
        assert_eq!(number(measured.recall), 1.0);
        assert_eq!(number(measured.f1), 1.0);
    }
    assert_eq!(value(&users.honest_persons_merged), 0.0);
    assert_eq!(users.users, users.persons);

    let scores = report.scores.unwrap();
    assert_eq!(number(scores.roc_area), 1.0);
    assert_eq!(number(scores.average_precision), 1.0);
    for at in &scores.recall_at {
        assert_eq!(number(at.recall), 1.0);
    }
    let calibration = scores.calibration.unwrap();
    assert_eq!(calibration.brier, 0.0);
    assert_eq!(calibration.expected_error, 0.0);
}

#[test]
fn revoking_everybody_harms_everybody() {
    let truth = world();
    let report = Report::new(&truth, &always(&truth, Answer::Revoked, 1.0));
    let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
    assert_eq!(value(&honest.accounts_revoked), 1.0);
    assert_eq!(value(&honest.tokens_not_discounted), 1.0);
    assert_eq!(value(&honest.tokens_not_restored), 1.0);
    assert_eq!(honest.tokens_not_discounted.part, 60 * 2 * TOKENS);
    assert_eq!(value(&abusive.accounts_refused), 1.0);
    assert_eq!(value(&abusive.tokens_allowed), 0.0);
    assert_eq!(value(&report.duplicates.none_kept), 1.0);
    assert_eq!(value(&report.duplicates.accounts_revoked), 1.0);
    let scores = report.scores.unwrap();
    assert_eq!(number(scores.roc_area), 0.5, "one score ranks nobody");
    for at in &scores.recall_at {
        assert_eq!(number(at.recall), 0.0, "{at:?}");
        assert_eq!(at.threshold, None);
    }
    let calibration = scores.calibration.unwrap();
    // 22 of 82 are abusive, all were told 100%.
    assert!((calibration.expected_error - 60.0 / 82.0).abs() < 1e-12);
    assert!((calibration.brier - 60.0 / 82.0).abs() < 1e-12);
}

#[test]
fn denying_everybody_a_seat_is_no_blame_but_costs_them_the_same() {
    let truth = world();
    let report = Report::new(&truth, &always(&truth, Answer::NoSeat, 0.0));
    let honest = &report.harm.honest;
    assert_eq!(value(&honest.accounts_revoked), 0.0);
    assert_eq!(value(&honest.accounts_refused_a_seat), 1.0);
    assert_eq!(value(&honest.tokens_not_discounted), 1.0);
    assert_eq!(value(&report.harm.abusive.accounts_refused), 1.0);
    assert_eq!(value(&report.harm.abusive.accounts_revoked), 0.0);
    assert_eq!(value(&report.delays.groups_detected), 0.0);
}

#[test]
fn allowing_everybody_catches_nobody() {
    let truth = world();
    let report = Report::new(&truth, &always(&truth, Answer::Allowed, 0.0));
    assert_eq!(value(&report.harm.honest.tokens_not_discounted), 0.0);
    let abusive = &report.harm.abusive;
    assert_eq!(value(&abusive.accounts_refused), 0.0);
    assert_eq!(value(&abusive.tokens_allowed), 1.0);
    assert_eq!(value(&abusive.tokens_left), 1.0);
    assert_eq!(value(&report.duplicates.several_kept), 1.0);
    assert_eq!(value(&report.duplicates.tokens_beyond_one_account), 0.5);
    let delays = &report.delays;
    assert_eq!(value(&delays.groups_detected), 0.0);
    let farm = delays
        .groups
        .iter()
        .find(|one| one.group == "farm-1")
        .unwrap();
    assert!(!farm.detected);
    assert_eq!(farm.accounts_before, 20, "all it was ever allowed");
    assert_eq!(farm.tokens_before, 20 * 2 * TOKENS);
    assert_eq!(delays.worst_tokens_before, farm.tokens_before);
}

#[test]
fn one_account_a_user_finds_no_pair() {
    let truth = world();
    let users = Report::new(&truth, &always(&truth, Answer::Allowed, 0.0))
        .users
        .unwrap();
    assert_eq!(users.users, 92);
    assert!(users.pairwise.precision.is_none(), "no pair is claimed");
    assert_eq!(number(users.pairwise.recall), 0.0);
    assert_eq!(number(users.pairwise.f1), 0.0);
    assert_eq!(number(users.b_cubed.precision), 1.0);
    // Of each of 92 accounts one of its person's: 40 of 1, 20 of 2, 20 of 20, 2 of 2, 10 of 2.
    let recall = (40.0 + 20.0 / 2.0 + 20.0 / 20.0 + 2.0 / 2.0 + 10.0 / 2.0) / 92.0;
    assert!((number(users.b_cubed.recall) - recall).abs() < 1e-12);
    assert_eq!(value(&users.honest_persons_merged), 0.0);
    for row in &users.pairs_found_by_population {
        assert_eq!(value(&row.numbers.pairs_found), 0.0, "{}", row.name);
    }
}

/// Of the farm's 20 accounts a chain of devices joins three, of which the system finds a pair.
#[test]
fn pairs_in_reach_are_those_that_identifiers_join() {
    let truth = world();
    let mut answers = always(&truth, Answer::Allowed, 0.0);
    let place = |id: &str| truth.find(id).unwrap() as usize;
    let [first, second, third] = ["farm-3", "farm-8", "farm-11"].map(place);
    let mut identifiers = vec![Vec::new(); truth.accounts().len()];
    identifiers[first] = vec![1];
    identifiers[second] = vec![1, 2];
    identifiers[third] = vec![2];
    // What a stranger shares puts nobody in reach.
    identifiers[place("single-1")] = vec![1, 2];
    answers.identifiers = Some(identifiers);
    let users = answers.users.as_mut().unwrap();
    users[first] = Some(1);
    users[third] = Some(1);
    let found = Report::new(&truth, &answers).users.unwrap();
    let rows = found.pairs_found_by_population.iter();
    let farm = rows.clone().find(|row| row.name == "farm").unwrap();
    assert_eq!(
        (
            farm.numbers.pairs_found.part,
            farm.numbers.pairs_found.whole
        ),
        (1, 190)
    );
    let in_reach = farm.numbers.pairs_in_reach_found.unwrap();
    assert_eq!((in_reach.part, in_reach.whole), (1, 3));
}

#[test]
fn one_user_for_all_merges_every_stranger() {
    let truth = world();
    let mut answers = always(&truth, Answer::Allowed, 0.0);
    answers.users = Some(vec![Some(7); truth.accounts().len()]);
    let users = Report::new(&truth, &answers).users.unwrap();
    assert_eq!(users.users, 1);
    assert_eq!(number(users.pairwise.recall), 1.0);
    assert_eq!(number(users.b_cubed.recall), 1.0);
    // 10 pairs of movers, 190 of the farm, 1 of the evader, 5 of duplicates; of 92 * 91 / 2.
    let precision = 206.0 / 4186.0;
    assert!((number(users.pairwise.precision) - precision).abs() < 1e-12);
    assert_eq!(value(&users.honest_persons_merged), 1.0);
}

/// What is recovered later is no longer left; what is restored is no longer lost.
#[test]
fn what_is_put_right_at_the_end_counts_apart() {
    let truth = world();
    let late = |number: u32| match truth.account(number) {
        account if account.label.is_abuse() => (Answer::Allowed, Answer::Revoked),
        account if account.label.is_honest() => (Answer::Revoked, Answer::Allowed),
        _ => (Answer::Allowed, Answer::Allowed),
    };
    let answers = Answers {
        tasks: tasks(&truth, late),
        ..Answers::default()
    };
    let report = Report::new(&truth, &answers);
    assert_eq!(value(&report.harm.abusive.tokens_allowed), 1.0);
    assert_eq!(value(&report.harm.abusive.tokens_left), 0.0);
    assert_eq!(value(&report.harm.abusive.accounts_refused), 0.0);
    assert_eq!(value(&report.harm.abusive.accounts_refused_at_end), 1.0);
    assert_eq!(value(&report.harm.honest.tokens_not_discounted), 1.0);
    assert_eq!(value(&report.harm.honest.tokens_not_restored), 0.0);
    assert!(
        report.users.is_none() && report.scores.is_none(),
        "nothing was told"
    );
}

/// A few accounts hold most tokens: overall the share follows them, averaged it does not.
#[test]
fn averages_over_populations_weigh_them_alike() {
    let truth = world();
    let farm_only = |number: u32| match truth.account(number).label {
        Label::BulkRegistration => (Answer::Revoked, Answer::Revoked),
        _ => (Answer::Allowed, Answer::Allowed),
    };
    let answers = Answers {
        tasks: tasks(&truth, farm_only),
        ..Answers::default()
    };
    let harm = Report::new(&truth, &answers).harm;
    assert_eq!(value(&harm.abusive.accounts_refused), 20.0 / 22.0);
    assert_eq!(number(harm.abusive_macro.accounts_refused), 0.5);
    assert_eq!(harm.abusive_macro.populations, 2);
    let labels: Vec<&str> = harm
        .abusive_by_label
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(
        labels,
        ["bulk_registration", "duplicate_account", "ban_evasion"]
    );
}

/// The first revocation ends a group's time: what it was allowed afterwards is not counted as delay.
#[test]
fn delay_counts_what_came_before_the_first_revocation() {
    let mut lines = vec![line("h", "h", Label::Legitimate, "single")];
    for number in 0..6 {
        lines.push(line(&format!("f{number}"), "f", Label::Emulator, "farm"));
    }
    let truth = Truth::new(lines).unwrap();
    // In the first hour f0..f2 are allowed, f3 is revoked, the rest allowed again.
    let answers = Answers {
        tasks: tasks(&truth, |number| match number {
            4 => (Answer::Revoked, Answer::Revoked),
            _ => (Answer::Allowed, Answer::Allowed),
        }),
        ..Answers::default()
    };
    let delays = Report::new(&truth, &answers).delays;
    assert_eq!(delays.groups.len(), 1);
    let farm = &delays.groups[0];
    assert!(farm.detected);
    assert_eq!((farm.accounts, farm.accounts_asking), (6, 6));
    assert_eq!((farm.accounts_before, farm.tokens_before), (3, 3 * TOKENS));
    assert_eq!(farm.hours, Some(0.0));
    assert_eq!(number(delays.median_accounts_before), 3.0);
}

/// Scores that order half of the pairs right; ties count half.
#[test]
fn curves_follow_the_ranking() {
    let lines = (0..8).map(|number| {
        let label = if number % 2 == 0 {
            Label::Legitimate
        } else {
            Label::ScriptedActivity
        };
        line(&format!("a{number}"), &format!("p{number}"), label, "all")
    });
    let truth = Truth::new(lines).unwrap();
    let told = |score: f64| AbuseScore {
        score,
        scored: true,
    };
    // Abusive: 0.9, 0.7, 0.5, 0.1; honest: 0.8, 0.5, 0.3, 0.2.
    let scores = [0.8, 0.9, 0.5, 0.7, 0.3, 0.5, 0.2, 0.1].map(told).to_vec();
    let answers = Answers {
        scores: Some(scores),
        calibrated: true,
        ..Answers::default()
    };
    let scores = Report::new(&truth, &answers).scores.unwrap();
    // Pairs won: 4 + 3 + 2.5 + 0 of 16.
    assert!((number(scores.roc_area) - 9.5 / 16.0).abs() < 1e-12);
    // At recall 1/4, 2/4, 3/4, 4/4: precision 1, 2/3, 3/5 (the tie comes at once), 4/8.
    let average = (1.0 + 2.0 / 3.0 + 3.0 / 5.0 + 4.0 / 8.0) / 4.0;
    assert!((number(scores.average_precision) - average).abs() < 1e-12);
    // Only 0.9 stands above every honest account.
    for at in &scores.recall_at {
        assert_eq!(number(at.recall), 0.25);
        assert_eq!(at.threshold, Some(0.9));
    }
    assert_eq!(scores.by_label.len(), 1);
}

/// The same answers give the same report, byte for byte: intervals are resampled with fixed dice.
#[test]
fn a_report_can_be_repeated() {
    let truth = world();
    let answers = oracle(&truth);
    let json = || serde_json::to_string(&Report::new(&truth, &answers)).unwrap();
    assert_eq!(json(), json());
}

#[test]
fn intervals_are_those_of_the_literature() {
    use sameuser::lab::evaluate::interval::{Clustered, Method, median};
    // Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662, 0 of 20 is 0 to 0.1611.
    let close = |a: f64, b: f64| (a - b).abs() < 5e-5;
    let one = Estimate::wilson(81.0, 263.0, Method::Wilson);
    assert!(close(one.low, 0.2553) && close(one.high, 0.3662), "{one:?}");
    let none = Estimate::wilson(0.0, 20.0, Method::Wilson);
    assert!(close(none.low, 0.0) && close(none.high, 0.1611), "{none:?}");

    // Twenty clusters of fifty accounts that share their fate: not a thousand independent ones.
    let (mut alone, mut together) = (Clustered::<2>::default(), Clustered::<2>::default());
    for account in 0..1000u32 {
        let hit = f64::from(u8::from(account / 50 % 2 == 0));
        alone.add(account, [hit, 1.0]);
        together.add(account / 50, [hit, 1.0]);
    }
    let width = |clusters: &Clustered<2>| {
        let estimate = Share::of(clusters).estimate.unwrap();
        assert_eq!(estimate.value, 0.5);
        (estimate.interval, estimate.high - estimate.low)
    };
    let ((wilson, narrow), (bootstrap, wide)) = (width(&alone), width(&together));
    assert_eq!(
        (wilson, bootstrap),
        (Method::Wilson, Method::ClusterBootstrap)
    );
    // The standard error of 20 clusters is sqrt(50) times that of 1,000 accounts.
    assert!(
        wide > 5.0 * narrow && wide < 9.0 * narrow,
        "{narrow} {wide}"
    );

    let middle = median((1..=100).map(f64::from).collect()).unwrap();
    assert_eq!(middle.value, 50.5);
    assert_eq!((middle.low, middle.high), (40.0, 61.0));
}
