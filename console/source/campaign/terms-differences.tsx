import { SegmentedControl } from '@mantine/core';
import { diffLines } from 'diff';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { Card, Quiet } from '../parts/card';
import style from './campaign.module.css';

interface TermsDifferencesProperties {
  revision: CampaignRevision;
  /** The revision before; none of the first. */
  before: CampaignRevision | undefined;
}

/** A revision's terms, whole or against the revision before. */
export function TermsDifferences({ revision, before }: TermsDifferencesProperties) {
  const { t } = useTranslation();
  const [view, setView] = useState<'differences' | 'whole'>('differences');
  const compared = view === 'differences' && before !== undefined;
  return (
    <Card
      title={
        compared
          ? t('campaign.against', { number: revision.revision, before: before.revision })
          : t('campaign.terms_of', { number: revision.revision })
      }
      flush
      aside={
        before !== undefined && (
          <SegmentedControl
            size="xs"
            aria-label={t('campaign.view')}
            value={view}
            data={[
              { value: 'differences', label: t('campaign.differences') },
              { value: 'whole', label: t('campaign.whole') },
            ]}
            onChange={(name) => setView(name)}
          />
        )
      }
    >
      {compared ? (
        <LineDifferences before={before.termsToml} after={revision.termsToml} />
      ) : (
        <pre className={style.terms} tabIndex={0}>
          {revision.termsToml}
        </pre>
      )}
    </Card>
  );
}

/** Lines taken out and put in, between some that stayed. */
export function LineDifferences({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const parts = diffLines(before, after);
  if (!parts.some((part) => part.added || part.removed)) {
    return <Quiet>{t('campaign.same')}</Quiet>;
  }
  return (
    <pre className={style.terms} tabIndex={0}>
      {parts.map((part, index) => {
        const sign = part.added ? '+' : part.removed ? '−' : ' ';
        const lines = part.value.replace(/\n$/, '').split('\n');
        return (
          <span key={index} className={style.part} data-sign={sign}>
            {(sign === ' ' ? around(lines, index === 0, index === parts.length - 1) : lines).map(
              (text, number) => (
                <span key={number}>{`${sign} ${text}\n`}</span>
              ),
            )}
          </span>
        );
      })}
    </pre>
  );
}

const LINES_AROUND = 3;

/** Of lines that stayed, those next to a change. */
function around(lines: readonly string[], first: boolean, last: boolean): readonly string[] {
  const before = first ? 0 : LINES_AROUND;
  const after = last ? 0 : LINES_AROUND;
  if (lines.length <= before + after + 1) {
    return lines;
  }
  return [...lines.slice(0, before), '⋯', ...lines.slice(lines.length - after)];
}
