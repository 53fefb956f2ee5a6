//! Journal entries taken in again at a restart.

use super::{
    codec::{Stored, entry},
    engine::Engine,
    refusal::Refusal,
};
use crate::domain::{
    adjustment::{AdjustmentChange, GrantVoid},
    appeal::{Appeal, AppealDecision},
    case_work::{CaseClaim, CaseNote, CaseSnooze},
    disposition::{Disposition, DispositionEnd},
    fuse::FuseChange,
    person::PersonChange,
};

impl Engine {
    /// Takes in a recorded decision of people, billing or the ledger.
    ///
    /// # Errors
    /// Its bytes are damaged or of a newer release.
    pub(super) fn apply_entry(
        &mut self,
        sequence: u64,
        kind: u8,
        record: &[u8],
    ) -> Result<(), Refusal> {
        match kind {
            entry::DISPOSITION => {
                self.apply_disposition(sequence, Disposition::decode(record)?);
            }
            entry::DISPOSITION_END => self.apply_end(DispositionEnd::decode(record)?),
            entry::ADJUSTMENT => self.apply_change(sequence, AdjustmentChange::decode(record)?),
            entry::GRANT_VOID => {
                let void = GrantVoid::decode(record)?;
                let verdict = self.verdict(void.verdict)?;
                self.apply_void(&verdict.record, void.verdict);
            }
            entry::APPEAL => self.apply_appeal(sequence, Appeal::decode(record)?),
            entry::APPEAL_DECISION => self.apply_appeal_decision(AppealDecision::decode(record)?),
            entry::CASE_CLAIM => self.apply_claim(CaseClaim::decode(record)?),
            entry::CASE_SNOOZE => self.apply_snooze(CaseSnooze::decode(record)?),
            entry::CASE_NOTE => self.apply_note(CaseNote::decode(record)?),
            entry::FUSE => self.apply_fuse(sequence, FuseChange::decode(record)?),
            entry::PERSON => self.staff.apply(sequence, PersonChange::decode(record)?),
            _ => {}
        }
        Ok(())
    }
}
