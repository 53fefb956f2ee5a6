import { useTranslation } from 'react-i18next';

import { CampaignState } from '../generated/sameuser/v1/campaign_pb';
import {
  AppealState,
  CaseKind,
  DispositionCause,
  RestrictionGrade,
  type AuditEntry,
  type Case,
  type Disposition,
  type ScoreContribution,
} from '../generated/sameuser/v1/review_pb';
import {
  AdjustmentKind,
  AdjustmentState,
  Decision,
  ReasonCode,
  type Reason,
} from '../generated/sameuser/v1/verdict_pb';
import { auditWords, contributionWords, reasonWords } from './server-words';

/** Words for the contract's own terms. */
export function useTerms() {
  const { t, i18n } = useTranslation();
  // Keys made of what the server says can't be checked: an unknown one reads as the word itself.
  const term = (group: string, word: string): string => {
    const key = `term.${group}.${word.replaceAll(/[ -]/g, '_')}`;
    return i18n.exists(key) ? t(key as never) : word.replaceAll('_', ' ');
  };
  return {
    decision: (value: Decision) => term('decision', Decision[value]),
    reason: (value: ReasonCode) => term('reason', ReasonCode[value]),
    /** A reason in a sentence. */
    why: (reason: Reason) =>
      reasonWords(i18n, reason) ?? (reason.statement || term('reason', ReasonCode[reason.code])),
    /** What a feature of the score says. */
    contribution: (part: ScoreContribution) =>
      contributionWords(i18n, part) ?? (part.statement || part.feature.replaceAll('_', ' ')),
    /** The server's own words are English: other languages say what the kind says. */
    caseWhy: (one: Pick<Case, 'kind' | 'statement'>) =>
      i18n.language === 'en' ? one.statement : term('case_why', CaseKind[one.kind]),
    caseKind: (value: CaseKind) => term('case_kind', CaseKind[value]),
    cause: (value: DispositionCause) => term('cause', DispositionCause[value]),
    action: (value: ActionName) => term('action', value ?? 'none'),
    appealState: (value: AppealState) => term('appeal_state', AppealState[value]),
    campaignState: (value: CampaignState) => term('campaign_state', CampaignState[value]),
    grade: (value: RestrictionGrade) => term('grade', RestrictionGrade[value]),
    adjustmentKind: (value: AdjustmentKind) => term('adjustment_kind', AdjustmentKind[value]),
    adjustmentState: (value: AdjustmentState) => term('adjustment_state', AdjustmentState[value]),
    identifierKind: (word: string) => term('identifier_kind', word),
    identifierClass: (word: string) => term('identifier_class', word),
    evidence: (word: string) => term('evidence', word),
    /** What an entry of the audit says. */
    audit: (entry: AuditEntry) => auditWords(i18n, entry, term) ?? entry.statement,
    auditKind: (word: string) => term('audit_kind', word),
    surface: (word: string) => term('surface', word),
    population: (word: string) => term('population', word),
    role: (word: string) => term('role', word),
  };
}

export type ActionName = Disposition['action']['case'];
