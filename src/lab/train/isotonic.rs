//! Isotonic calibration: the rising step function closest to the truth (pool adjacent violators;
//! Zadrozny and Elkan 2002).

/// A sum, whether abuse was true, and how much it counts.
pub type Outcome = (f64, bool, f64);

/// Blocks of less weight than this are pooled with a neighbour: a probability from a handful is none.
const LEAST_WEIGHT: f64 = 30.0;

struct Block {
    /// Sum of sums x weight.
    place: f64,
    abusive: f64,
    weight: f64,
}

impl Block {
    fn share(&self) -> f64 {
        self.abusive / self.weight
    }

    fn join(&mut self, other: &Block) {
        self.place += other.place;
        self.abusive += other.abusive;
        self.weight += other.weight;
    }
}

/// Steps of (sum, probability), both rising.
pub fn isotonic(mut outcomes: Vec<Outcome>) -> Vec<(f64, f64)> {
    outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut blocks: Vec<Block> = Vec::new();
    for (sum, abusive, weight) in outcomes.into_iter().filter(|(_, _, weight)| *weight > 0.0) {
        let mut block = Block {
            place: sum * weight,
            abusive: if abusive { weight } else { 0.0 },
            weight,
        };
        while let Some(last) = blocks.last() {
            if last.weight >= LEAST_WEIGHT && last.share() < block.share() {
                break;
            }
            let last = blocks.pop().expect("there is a last one");
            block.join(&last);
        }
        blocks.push(block);
    }
    // Equal neighbours can't follow each other, but a light last block may have stayed.
    let steps = blocks
        .iter()
        .map(|block| (block.place / block.weight, block.share()));
    steps.collect()
}
