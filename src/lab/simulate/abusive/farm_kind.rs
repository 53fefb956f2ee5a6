//! The kinds of farm: what each keeps apart, and how well, as thoroughness allows.

use std::{io, rc::Rc};

use super::{
    super::{
        device::{
            AUTOMATION, Device, HEADLESS, HYPERVISOR, MISSING_SENSORS, Reset, SOFTWARE_GPU,
            VIRTUAL_NETWORK,
        },
        habit::Input,
        network::Access,
        scene::Scene,
    },
    farm::{FarmPlan, Names, Numbers, build, set_up_at},
};

/// How thorough this farm is: 0 crude, 1 everything kept apart.
fn thoroughness(scene: &mut Scene) -> f64 {
    let parameters = &scene.world.parameters;
    let (mean, spread) = (parameters.thoroughness_mean, parameters.thoroughness_spread);
    scene.dice.normal(mean, spread).clamp(0.0, 1.0)
}

/// A plan with everything that thoroughness decides; kinds of farm change parts of it.
fn plan(scene: &mut Scene, thorough: f64) -> FarmPlan {
    let parameters = &scene.world.parameters;
    let drawn = scene
        .dice
        .size(parameters.farm_smallest, parameters.farm_largest);
    let size = scene.group_size(drawn, parameters.farm_smallest as usize);
    let city = scene.world.draw_city(&mut scene.dice);
    let cover = scene
        .dice
        .normal(parameters.cover_mean * 2.0 * thorough, 0.12);
    let tokens = parameters.tokens_median * parameters.farm_tokens_multiple;
    let hidden = |scene: &mut Scene| scene.dice.chance(thorough);
    let accounts_a_machine = match hidden(scene) {
        true => 1,
        false => scene.dice.size(2.0, 30.0),
    };
    let machines = machines(
        scene,
        size.div_ceil(accounts_a_machine),
        thorough,
        "windows",
    );
    let accesses = ways_out(scene, city, size, thorough);
    let phones = match scene.dice.chance(0.3 + 0.5 * thorough) {
        true => phones(scene, size.div_ceil(accounts_a_machine), thorough),
        false => Vec::new(),
    };
    FarmPlan {
        size,
        city,
        machines,
        phones,
        accesses,
        numbers: match hidden(scene) {
            true => Numbers::Scattered,
            false => [
                Numbers::Sequence,
                Numbers::Blocks(1),
                Numbers::Blocks(4),
                Numbers::Virtual,
            ][scene.dice.whole(0, 3) as usize],
        },
        names: match hidden(scene) {
            true => Names::Chosen,
            false => {
                [Names::Series, Names::Default, Names::Senseless][scene.dice.whole(0, 2) as usize]
            }
        },
        first_at: set_up_at(scene),
        apart_hours: match hidden(scene) {
            true => (scene.dice.between(0.3, 9.0), 1.1),
            false => (scene.dice.between(0.01, 0.15), 0.6),
        },
        cover: cover.clamp(0.0, 0.95),
        runs_a_day: scene.dice.between(0.4, 2.2),
        step_minutes: scene.dice.log_normal(1.0, 1.0),
        jitter_minutes: scene.dice.log_normal(1.0 + 60.0 * thorough * thorough, 0.8),
        tokens_median: scene.dice.log_normal(tokens, 0.8),
        tokens_sigma: scene.dice.between(0.02, 0.2 + thorough),
        tasks_a_run: scene.dice.between(1.0, 5.0),
        waits: match hidden(scene) {
            // As people do.
            true => (0.1, 1.0),
            // One after the other, or all at once.
            false => [(1.0, 1.0), (0.0, 0.1)][scene.dice.whole(0, 1) as usize],
        },
        input: match hidden(scene) {
            true => Input::Hands(scene.dice.log_normal(parameters.input_events_median, 0.4)),
            false => [
                Input::Nothing,
                Input::Faked(scene.dice.between(20.0, 160.0)),
                Input::Unknown,
            ][scene.dice.weighted([0.5, 0.35, 0.15].into_iter())],
        },
        sleeps: scene.dice.chance(0.3 + 0.7 * thorough),
        takes_part: scene.dice.between(0.5, 1.0),
    }
}

/// Machines of a farm: bought together where it is crude, of all sorts where it is not. Some copy one
/// image with its fingerprint; some throw their id away each day.
fn machines(
    scene: &mut Scene,
    count: usize,
    thorough: f64,
    platform: &'static str,
) -> Vec<Rc<Device>> {
    let alike = !scene.dice.chance(thorough);
    let cloned = alike && scene.dice.chance(0.5);
    let reset = match scene.dice.chance(0.25) {
        true => Reset::Daily,
        false => Reset::Never,
    };
    let first = Device {
        reset,
        ..Device::of_platform(scene.world, &mut scene.dice, platform)
    };
    (0..count)
        .map(|_| {
            let mut machine = match alike {
                true => first.twin(&mut scene.dice),
                false => Device {
                    reset,
                    ..Device::computer(scene.world, &mut scene.dice)
                },
            };
            if cloned {
                machine.fingerprint = first.fingerprint.clone();
            }
            Rc::new(machine)
        })
        .collect()
}

/// Phones of a farm: a shelf of one model, or of all sorts.
fn phones(scene: &mut Scene, count: usize, thorough: f64) -> Vec<Rc<Device>> {
    let alike = !scene.dice.chance(thorough);
    let first = Device::phone(scene.world, &mut scene.dice);
    (0..count)
        .map(|_| {
            Rc::new(match alike {
                true => first.twin(&mut scene.dice),
                false => Device::phone(scene.world, &mut scene.dice),
            })
        })
        .collect()
}

/// Addresses of a farm: one line, several, a carrier's, a VPN's or a server's.
fn ways_out(scene: &mut Scene, city: usize, size: usize, thorough: f64) -> Vec<Access> {
    let separate = scene.dice.chance(thorough);
    match scene.dice.weighted([0.40, 0.25, 0.15, 0.20].into_iter()) {
        0 if separate => (0..size.div_ceil(3))
            .map(|_| Access::home(scene.world, city, &mut scene.dice))
            .collect(),
        0 => vec![Access::home(scene.world, city, &mut scene.dice)],
        1 => (0..if separate { size } else { 2 })
            .map(|_| Access::mobile(city, &mut scene.dice))
            .collect(),
        2 => vec![Access::Vpn {
            provider: scene.dice.whole(0, 40),
        }],
        _ => {
            let servers = if separate { size.div_ceil(4) } else { 1 };
            let mut hosted = || Access::Hosted(scene.world.hosted(scene.dice.word()));
            (0..servers).map(|_| hosted()).collect()
        }
    }
}

/// Real machines, more accounts than machines unless thorough.
pub fn device_farm(scene: &mut Scene) -> io::Result<()> {
    let thorough = thoroughness(scene) * 0.9;
    let plan = plan(scene, thorough);
    build(scene, &plan)
}

/// Behind residential proxies: another home's address every session.
pub fn proxy_farm(scene: &mut Scene) -> io::Result<()> {
    let thorough = thoroughness(scene);
    let mut plan = plan(scene, thorough);
    let cities = match scene.dice.chance(0.5 + 0.5 * thorough) {
        true => vec![plan.city],
        false => (0..5)
            .map(|_| scene.world.draw_city(&mut scene.dice))
            .collect(),
    };
    plan.accesses = vec![Access::Proxies(cities.into())];
    build(scene, &plan)
}

/// On virtual machines and emulated phones; the thorough hide most signs of it.
pub fn emulator_farm(scene: &mut Scene) -> io::Result<()> {
    let thorough = thoroughness(scene);
    let mut plan = plan(scene, thorough);
    let shown = 1.0 - 0.85 * thorough;
    let weights = [1.0, 0.9, 0.7, 0.25, 0.5, 0.5];
    let signs = [
        HYPERVISOR,
        SOFTWARE_GPU,
        VIRTUAL_NETWORK,
        MISSING_SENSORS,
        AUTOMATION,
        HEADLESS,
    ];
    // What one image shows, nearly all machines of it show.
    let image: Vec<f64> = weights.iter().map(|weight| weight * shown).collect();
    let image: Vec<bool> = image
        .iter()
        .map(|share| scene.dice.chance(*share))
        .collect();
    for machine in plan.machines.iter_mut().chain(&mut plan.phones) {
        let mut emulated = (**machine).clone();
        for (sign, of_image) in signs.iter().zip(&image) {
            let kept = scene.dice.chance(if *of_image { 0.95 } else { 0.03 });
            // Computers have no sensors to miss.
            let fits = *sign != MISSING_SENSORS || emulated.mobile();
            if kept && fits && !emulated.signals.contains(sign) {
                emulated.signals.push(sign);
            }
        }
        *machine = Rc::new(emulated);
    }
    build(scene, &plan)
}

/// Every identifier is another one: only rhythm, names or lockstep betray it, and not always.
pub fn randomised_farm(scene: &mut Scene) -> io::Result<()> {
    let thorough = thoroughness(scene);
    let mut plan = plan(scene, thorough);
    plan.machines = (0..plan.size)
        .map(|_| Rc::new(Device::computer(scene.world, &mut scene.dice)))
        .collect();
    if !plan.phones.is_empty() {
        let phone = |_| Rc::new(Device::phone(scene.world, &mut scene.dice));
        plan.phones = (0..plan.size).map(phone).collect();
    }
    plan.accesses = match scene.dice.chance(0.5) {
        true => vec![Access::Proxies(Rc::from([plan.city]))],
        false => (0..plan.size)
            .map(|_| Access::home(scene.world, plan.city, &mut scene.dice))
            .collect(),
    };
    plan.numbers = Numbers::Scattered;
    if plan.names == Names::Default {
        plan.names = Names::Chosen;
    }
    build(scene, &plan)
}

/// One account now and then, so that no burst shows.
pub fn slow_drip_farm(scene: &mut Scene) -> io::Result<()> {
    let thorough = thoroughness(scene);
    let mut plan = plan(scene, thorough);
    let days = scene.dice.between(25.0, 70.0);
    plan.first_at = super::super::calendar::PERIOD_START - (days * 86_400_000.0) as i64;
    let hours = (days + 6.0) * 24.0 / plan.size as f64;
    plan.apart_hours = (hours * 0.7, scene.dice.between(0.5, 1.2));
    build(scene, &plan)
}
