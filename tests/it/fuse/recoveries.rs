//! Recoveries that were proposed before the fuse tripped wait with the rest, past their delay.

use std::collections::BTreeMap;

use sameuser::{
    domain::adjustment::AdjustmentState,
    edge::{intake, proto::v1, pseudonym::Pseudonymiser, question::question},
    service::{clock::Clock, fuse::FuseResolution, recovery::Setup, store::Store},
};

use super::{history, names, on_device, strict_on_machines, verify};
use crate::support::{Kind, check, event, folder};

const CAMPAIGN_TOML: &str = include_str!("../../../campaigns/kimi-work-desktop-2026-06.toml");
const WEIGHTS_TOML: &str = include_str!("../../../models/evidence-weights.toml");

struct Told {
    store: Store,
    pseudonymiser: Pseudonymiser,
}

impl Told {
    fn observe(&mut self, events: impl IntoIterator<Item = v1::Event>) {
        for event in events {
            let arrival = intake::arrival(event, &self.pseudonymiser).unwrap();
            self.store.observe(&arrival).unwrap();
        }
        self.store.commit().unwrap();
    }

    /// Adjustments by their states.
    fn states(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for latest in self.store.engine().ledger().adjustments.after(0) {
            *states
                .entry(format!("{:?}", latest.change.state))
                .or_default() += 1;
        }
        states
    }
}

#[test]
fn recoveries_through_what_is_held_wait_past_their_delay() {
    let folder = folder();
    let pseudonymiser = Pseudonymiser::new(&[7; 32], Default::default());
    let setup = Setup {
        clock: Clock::Events,
        key_check: pseudonymiser.key_check(),
        weights_toml: WEIGHTS_TOML.into(),
        model_json: strict_on_machines(),
        campaign_toml: CAMPAIGN_TOML.into(),
        expected_accounts: 0,
    };
    let store = Store::open(folder.path(), &setup).unwrap();
    let mut told = Told {
        store,
        pseudonymiser,
    };
    let strangers = names("stranger", 60);
    told.observe(strangers.iter().flat_map(|one| history(one, |_| {})));
    for stranger in &strangers {
        let asked = question(check(stranger, "before")).unwrap();
        told.store.decide(asked, false).unwrap();
    }
    for stranger in &strangers {
        told.observe([on_device(stranger, "faulty", 20)]);
    }
    let engine = told.store.engine();
    let held: Vec<u64> = engine.fuse().held().map(|(number, _)| number).collect();
    assert_eq!(held.len(), 1);
    let proposed = told.states();
    assert_eq!(proposed.keys().collect::<Vec<_>>(), ["Proposed"]);
    assert!((1..=20).contains(&proposed["Proposed"]), "{proposed:?}");

    // Days later they would have settled.
    let later = || [event(Kind::Login, "somebody", "2026-06-25T10:00:00+08:00")];
    told.observe(later());
    assert_eq!(told.states(), proposed);
    drop(told.store);
    let mut store = Store::open(folder.path(), &setup).unwrap();
    store.commit().unwrap();
    let mut told = Told { store, ..told };
    told.observe(later());
    assert_eq!(told.states(), proposed, "after a restart too");

    // Released, they settle at once, and the others follow.
    let (author, statement) = ("lena".to_string(), "a farm after all".to_string());
    let engine = told.store.engine_mut();
    let resolution = FuseResolution::Release;
    engine
        .resolve_fuse(held[0], resolution, author, statement)
        .unwrap();
    engine.settle_standings();
    told.store.commit().unwrap();
    let states = told.states();
    let open = format!("{:?}", AdjustmentState::Open);
    assert_eq!(states[&open], proposed["Proposed"], "{states:?}");
    assert!(states["Proposed"] > 0, "{states:?}");
    told.store.close().unwrap();
    verify(folder.path());
}
