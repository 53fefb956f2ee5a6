//! Phone numbers: valid shapes of many countries, in the blocks that carriers have.

use std::collections::HashSet;

use super::{
    dice::{Dice, mix},
    world::{City, World},
};

/// Chinese carriers' three-digit blocks, and those of virtual operators.
const CHINA: [u16; 40] = [
    130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 145, 147, 149, 150, 151, 152, 153, 155, 156,
    157, 158, 159, 166, 172, 173, 175, 176, 177, 178, 180, 181, 182, 183, 185, 186, 187, 188, 189,
    191, 198,
];
const CHINA_VIRTUAL: [u16; 5] = [162, 165, 167, 170, 171];
/// North American area codes in use.
const AMERICA: [u16; 24] = [
    201, 206, 212, 213, 214, 267, 303, 305, 312, 347, 404, 408, 415, 425, 469, 503, 512, 602, 617,
    646, 702, 713, 818, 917,
];
const BRAZIL: [u16; 8] = [11, 21, 31, 41, 51, 61, 71, 81];
/// A city's Chinese numbers come from so many blocks of 10,000 a carrier block.
const REGIONS: u64 = 12;

/// Whose block a number is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Carrier,
    Virtual,
}

/// Where so many numbers in a row are dealt, a block is as good as full: the last is taken.
const TRIES: usize = 100;

/// Numbers that people were given, by their digits (at most 15): an operator gives none to two at a time.
#[derive(Default)]
pub struct Dealt(HashSet<u64>);

impl Dealt {
    fn is_new(&mut self, number: &str) -> bool {
        let digits = number.trim_start_matches('+').parse();
        self.0.insert(digits.expect("a number in E.164 is digits"))
    }
}

/// A number that a person of this city has, and nobody else was given.
pub fn of_person(world: &World, city: usize, dealt: &mut Dealt, dice: &mut Dice) -> String {
    if dice.chance(world.parameters.listed_numbers) {
        return disposable(world, dice);
    }
    let kind = if dice.chance(world.parameters.virtual_operator_numbers) {
        Kind::Virtual
    } else {
        Kind::Carrier
    };
    of_kind(&world.cities[city], kind, dealt, dice)
}

/// The same of a kind of operator.
pub fn of_kind(city: &City, kind: Kind, dealt: &mut Dealt, dice: &mut Dice) -> String {
    let mut number = String::new();
    for _ in 0..TRIES {
        number = complete(&block(city, kind, dice), dice.word());
        if dealt.is_new(&number) {
            break;
        }
    }
    number
}

/// The first digits of a city's numbers: all but the last four.
pub fn block(city: &City, kind: Kind, dice: &mut Dice) -> String {
    let blocks = match kind {
        Kind::Carrier => &CHINA[..],
        Kind::Virtual => &CHINA_VIRTUAL[..],
    };
    let mut digits = |low, high| dice.whole(low, high);
    match city.country.code {
        "CN" => {
            let carrier = blocks[digits(0, blocks.len() as u64 - 1) as usize];
            let region = mix(mix(city.number, u64::from(carrier)), digits(0, REGIONS - 1)) % 10_000;
            format!("+86{carrier}{region:04}")
        }
        "US" => {
            let area = AMERICA[(mix(city.number, digits(0, 2)) % AMERICA.len() as u64) as usize];
            // 555 and N11 are not given out.
            let mut exchange = digits(220, 989);
            if exchange % 100 == 11 || exchange == 555 {
                exchange += 1;
            }
            format!("+1{area}{exchange}")
        }
        "IN" => format!(
            "+91{}{:02}{:03}",
            digits(7, 9),
            digits(0, 99),
            digits(0, 999)
        ),
        "DE" => format!(
            "+49{}{:04}",
            [151, 160, 170, 171, 175, 176][digits(0, 5) as usize],
            digits(1000, 9999)
        ),
        "JP" => format!(
            "+81{}{:04}",
            [70, 80, 90][digits(0, 2) as usize],
            digits(1000, 9999)
        ),
        "BR" => format!(
            "+55{}9{:04}",
            BRAZIL[digits(0, 7) as usize],
            digits(6000, 9999)
        ),
        "RU" => format!(
            "+79{:02}{:03}",
            [3, 5, 10, 16, 25, 61, 85, 99][digits(0, 7) as usize],
            digits(100, 999)
        ),
        "ID" => format!(
            "+628{}{:04}",
            [12, 13, 21, 22, 52, 57, 78, 96][digits(0, 7) as usize],
            digits(1000, 9999)
        ),
        "NG" => format!(
            "+234{}{:03}",
            [803, 806, 703, 813, 816, 903, 805, 807][digits(0, 7) as usize],
            digits(100, 999)
        ),
        _ => format!(
            "+852{}{:03}",
            [5, 6, 9][digits(0, 2) as usize],
            digits(100, 999)
        ),
    }
}

/// The number of a block with these last four digits.
pub fn complete(block: &str, last: u64) -> String {
    format!("{block}{:04}", last % 10_000)
}

/// A number that a public site lends to anybody.
pub fn disposable(world: &World, dice: &mut Dice) -> String {
    format!("+{}", dice.pick(&world.catalogue.disposable_numbers))
}
