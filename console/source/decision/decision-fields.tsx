import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { campaignsQuery, nameOf } from '../campaign/campaign-queries';
import { RestrictionGrade } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { StatementField } from '../parts/statement-field';
import style from './decision.module.css';
import { asserts, causesOf, type Details, type Intent } from './intent';

const STATEMENT_AT_MOST = 1000;
const DAYS = [0, 30, 90, 180, 365] as const;

interface DecisionFieldsProperties {
  intent: Intent;
  details: Details;
  setDetails: (details: Details) => void;
}

export function DecisionFields({ intent, details, setDetails }: DecisionFieldsProperties) {
  const { t } = useTranslation();
  const terms = useTerms();
  const set = (part: Partial<Details>) => setDetails({ ...details, ...part });
  return (
    <>
      {intent.action === 'restrict' && <RestrictFields details={details} set={set} />}
      <div className={style.pair}>
        <NativeSelect
          label={t('decision.cause')}
          value={String(details.cause)}
          data={causesOf(intent.action).map((cause) => ({ value: String(cause), label: terms.cause(cause) }))}
          onChange={(event) => set({ cause: Number(event.currentTarget.value) })}
        />
        <NativeSelect
          label={t('decision.until')}
          value={String(details.days)}
          data={DAYS.map((days) => ({
            value: String(days),
            label: days === 0 ? t('decision.for_good') : t('decision.days', { count: days }),
          }))}
          onChange={(event) => set({ days: Number(event.currentTarget.value) })}
        />
      </div>
      {!asserts(intent.action) && (
        <Checkbox
          label={t('decision.whole_user')}
          checked={details.wholeUser}
          onChange={(event) => set({ wholeUser: event.currentTarget.checked })}
        />
      )}
      <StatementField
        label={t('decision.statement')}
        description={t('decision.statement_words')}
        maxLength={STATEMENT_AT_MOST}
        first
        value={details.statement}
        setValue={(value) => set({ statement: value })}
      />
    </>
  );
}

const GRADES = [
  RestrictionGrade.WARNING,
  RestrictionGrade.NO_DISCOUNT,
  RestrictionGrade.ALL_LATER_EVENTS,
] as const;

function RestrictFields({ details, set }: { details: Details; set: (part: Partial<Details>) => void }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const campaigns = useQuery(campaignsQuery).data?.campaigns ?? [];
  return (
    <>
      <div className={style.pair}>
        <NativeSelect
          label={t('decision.campaign')}
          value={details.campaignId}
          required
          data={[
            { value: '', label: t('decision.choose') },
            ...campaigns.map((one) => ({ value: one.campaignId, label: nameOf(one) })),
          ]}
          onChange={(event) => set({ campaignId: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('decision.grade')}
          value={String(details.grade)}
          data={GRADES.map((grade) => ({ value: String(grade), label: terms.grade(grade) }))}
          onChange={(event) => set({ grade: Number(event.currentTarget.value) })}
        />
      </div>
      <TextInput
        label={t('decision.notice')}
        description={t('decision.notice_words')}
        value={details.notice}
        onChange={(event) => set({ notice: event.currentTarget.value })}
      />
    </>
  );
}
