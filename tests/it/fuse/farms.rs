//! A farm can't blow the fuse to be let through, however it sacrifices its accounts; and one that stands
//! on other evidence is revoked while something else is held.

use sameuser::edge::proto::v1::Event;

use super::{
    BORNE, Doors, configure, history, names, on_device, start, strict_on_machines, tell, verify,
};
use crate::support::{Server, folder};

const MEMBERS: usize = 60;

fn use_device(event: &mut Event, device: &str) {
    event.device.as_mut().unwrap().device_id = device.into();
}

/// Every member is refused on the farm's machine, and nothing trips.
async fn is_revoked_as_ever(server: &Server, members: &[String], machine: &str) {
    let brought = members.iter().map(|one| on_device(one, machine, 20));
    tell(server, brought.collect()).await;
    let mut doors = Doors::of(server).await;
    let (revoked, _) = doors.ask_all(members, machine).await;
    assert_eq!(revoked, members.len(), "on {machine}");
    assert!(doors.fuses().await.is_empty(), "{:#?}", doors.fuses().await);
}

#[tokio::test]
async fn a_sacrificial_farm_does_not_trip_it() {
    let folder = folder();
    let data = folder.path().join("data");
    let (_, configuration) = configure(folder.path(), &strict_on_machines());
    let server = start(&data, &configuration);

    // Aged for weeks on the one machine that they were registered on.
    let aged = names("aged", MEMBERS);
    let on_machine = |one: &String| history(one, |event| use_device(event, "machine 1"));
    tell(&server, aged.iter().flat_map(on_machine).collect()).await;
    is_revoked_as_ever(&server, &aged, "machine 1").await;

    // Aged on four machines with their own hardware, then brought to a fifth.
    let brought = names("brought", MEMBERS);
    let histories = brought.iter().enumerate().flat_map(|(number, one)| {
        let home = format!("home {}", number % 4);
        history(one, move |event| {
            use_device(event, &home);
            event
                .device
                .as_mut()
                .unwrap()
                .hardware_fingerprint
                .clone_from(&home);
        })
    });
    tell(&server, histories.collect()).await;
    is_revoked_as_ever(&server, &brought, "machine 2").await;

    // Each aged on a device of its own, all in one flat: they may be one subject, and count once.
    let flat = names("flat", MEMBERS);
    let at_home = |one: &String| history(one, |event| event.ip_address = "203.0.113.9".into());
    tell(&server, flat.iter().flat_map(at_home).collect()).await;
    is_revoked_as_ever(&server, &flat, "machine 3").await;

    server.stopped().await;
    verify(&data);
}

/// While strangers' device id is held, a farm on its own machine is revoked.
#[tokio::test]
async fn a_farm_on_other_evidence_is_revoked_while_an_atom_is_held() {
    let folder = folder();
    let data = folder.path().join("data");
    let (_, configuration) = configure(folder.path(), &strict_on_machines());
    let server = start(&data, &configuration);
    let strangers = names("stranger", BORNE * 2);
    let lives = strangers.iter().flat_map(|one| {
        let faulty = on_device(one, "faulty", 20);
        history(one, |_| {}).into_iter().chain([faulty])
    });
    tell(&server, lives.collect()).await;
    let mut doors = Doors::of(&server).await;
    let (revoked, _) = doors.ask_all(&strangers, "t").await;
    assert!(revoked <= BORNE, "{revoked}");
    assert_eq!(doors.fuses().await.len(), 1);

    // Members were on both: the farm's machine alone is enough.
    let farm = names("farm", MEMBERS);
    let lives = farm.iter().flat_map(|one| {
        let events = [on_device(one, "machine", 19), on_device(one, "faulty", 20)];
        let registered = history(one, |event| use_device(event, "machine"));
        registered.into_iter().chain(events)
    });
    tell(&server, lives.collect()).await;
    assert_eq!(doors.ask_all(&farm, "t").await.0, MEMBERS);
    assert_eq!(doors.fuses().await.len(), 1);
}
