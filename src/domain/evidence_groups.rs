//! Groups of evidence between two accounts: inside a group the strongest counts, not the sum, and only
//! independent groups together may carry blame.

use smallvec::SmallVec;

/// Evidence of a group below this does not make the group count as support.
const GROUP_COUNTS_FROM_MILLIBITS: i32 = 1000;

/// What became of one machine between the two: one account took over where the other ended, or was made beside it.
pub(super) const SUCCESSION: &str = "succession";
/// Two registrations are alike in place and time.
pub(super) const REGISTRATION: &str = "registration";
/// Groups that say what became of a device or of an address which a group of its own has counted: who
/// shares a family PC may also register on it together, or inherit it. They link, and carry no blame.
const RESTING_ON_OTHERS: [&str; 2] = [SUCCESSION, REGISTRATION];

/// The strongest evidence of each group, millibits.
#[derive(Clone, Debug, Default)]
pub(super) struct EvidenceGroups<'a> {
    strongest: SmallVec<[(&'a str, i32); 6]>,
}

impl<'a> EvidenceGroups<'a> {
    /// Takes a piece of evidence in; answers the group's number, in the order they came.
    pub(super) fn count(&mut self, group: &'a str, millibits: i32) -> u8 {
        let known = self.strongest.iter().position(|(known, _)| *known == group);
        let place = known.unwrap_or(self.strongest.len());
        match self.strongest.get_mut(place) {
            Some((_, strongest)) => *strongest = (*strongest).max(millibits),
            None => self.strongest.push((group, millibits)),
        }
        place as u8
    }

    /// The strongest of a group so far; 0 where it has none.
    pub(super) fn strongest(&self, group: &str) -> i32 {
        let known = self.strongest.iter().find(|(known, _)| *known == group);
        known.map_or(0, |(_, strongest)| *strongest)
    }

    /// The sum over groups, millibits.
    pub(super) fn sum(&self) -> i32 {
        self.strongest.iter().map(|(_, strongest)| strongest).sum()
    }

    /// Groups that speak for one user.
    pub(super) fn speaking(&self) -> u8 {
        self.speaking_names().count() as u8
    }

    /// Of them those that rest on nothing another group has counted.
    pub(super) fn independent(&self) -> u8 {
        self.speaking_names()
            .filter(|group| !RESTING_ON_OTHERS.contains(group))
            .count() as u8
    }

    fn speaking_names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.strongest
            .iter()
            .filter(|(_, strongest)| *strongest >= GROUP_COUNTS_FROM_MILLIBITS)
            .map(|(group, _)| *group)
    }
}
