import { Badge, NativeSelect } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { bits } from '../format/tokens';
import {
  Assertion,
  type Evidence,
  type EvidenceItem,
  type GetUserResponse,
} from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Waterfall, type Step } from '../parts/waterfall';
import { keyOf } from './evidence-pairs';

interface EvidenceCardProperties {
  user: UseQueryResult<GetUserResponse>;
  shown: Evidence | undefined;
  onShow: (evidence: Evidence) => void;
}

/** Why two accounts are one user: what each piece of evidence adds, in bits. */
export function EvidenceCard({ user, shown, onShow }: EvidenceCardProperties) {
  const { t } = useTranslation();
  return (
    <Card title={t('evidence.title')} aside={shown && <EvidenceBadges evidence={shown} />}>
      <Answer query={user} lines={5}>
        {({ evidence }) =>
          shown === undefined ? (
            <Quiet>{t('evidence.none')}</Quiet>
          ) : (
            <Pair all={evidence} shown={shown} onShow={onShow} />
          )
        }
      </Answer>
    </Card>
  );
}

interface PairProperties {
  all: readonly Evidence[];
  shown: Evidence;
  onShow: (evidence: Evidence) => void;
}

function Pair({ all, shown, onShow }: PairProperties) {
  const { t, i18n } = useTranslation();
  const stepOf = useEvidenceStep();
  // The server's strongest, and the one picked in the graph.
  const key = keyOf(shown);
  const offered = all.some((one) => keyOf(one) === key) ? all : [shown, ...all];
  const counted = shown.items.reduce((total, item) => total + Number(item.millibits), 0);
  const rest = Number(shown.millibits) - counted;
  const steps: Step[] = shown.items.map(stepOf);
  if (rest !== 0) {
    steps.push({ name: t('evidence.once'), amount: rest });
  }
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={t('evidence.pair')}
        value={key}
        data={offered.map((one) => ({
          value: keyOf(one),
          label: t(one.bridge ? 'evidence.of_bridge' : 'evidence.of', {
            one: one.accountId,
            other: one.otherAccountId,
            bits: bits(one.millibits, i18n.language),
          }),
        }))}
        onChange={(event) => {
          const chosen = offered.find((one) => keyOf(one) === event.currentTarget.value);
          if (chosen !== undefined) {
            onShow(chosen);
          }
        }}
      />
      <Waterfall
        steps={steps}
        total={Number(shown.millibits)}
        unit={t('evidence.bits')}
        caption={t('evidence.caption', { one: shown.accountId, other: shown.otherAccountId })}
      />
    </>
  );
}

function EvidenceBadges({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const said =
    evidence.assertion === Assertion.SAME_USER
      ? t('evidence.asserted')
      : evidence.assertion === Assertion.NOT_SAME_USER
        ? t('evidence.denied')
        : undefined;
  return (
    <>
      {evidence.bridge && (
        <Badge variant="light" color="orange" tt="none" radius="sm" title={t('evidence.bridge_words')}>
          {t('evidence.bridge')}
        </Badge>
      )}
      {said !== undefined && (
        <Badge variant="light" color="indigo" tt="none" radius="sm">
          {said}
        </Badge>
      )}
      <Badge
        variant="light"
        color={evidence.carriesBlame ? 'red' : 'gray'}
        tt="none"
        radius="sm"
        title={t(evidence.carriesBlame ? 'evidence.blame_words' : 'evidence.no_blame_words')}
      >
        {t(evidence.carriesBlame ? 'evidence.blame' : 'evidence.no_blame')}
      </Badge>
    </>
  );
}

export function useEvidenceStep(): (item: EvidenceItem) => Step {
  const terms = useTerms();
  return (item) => ({
    name: terms.evidence(item.kind),
    detail: [item.tag, item.class === '' ? '' : terms.identifierClass(item.class)]
      .filter((word) => word !== '')
      .join(' · '),
    amount: Number(item.millibits),
  });
}
