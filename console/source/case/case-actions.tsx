import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import { decide } from '../decision/desk-store';
import type { IntendedAction } from '../decision/intent';
import type { Case, Evidence, GetUserResponse } from '../generated/sameuser/v1/review_pb';
import { useKeys } from '../keyboard/keys';
import { casePath } from '../queue/case-name';
import { casesOf, casesQuery } from '../queue/cases-query';
import { useCaseWork } from '../queue/case-work';
import { useQueueFilters } from '../queue/queue-filters';
import { skip, useSkipped } from '../queue/skipped';
import { SnoozeDialog } from '../queue/snooze-dialog';
import { useMay, usePerson } from '../service/signed-in';
import { useCaseTitle } from './case-title';
import { PairDialog } from './pair-dialog';
import { SecondLook } from './second-look';

interface CaseActionsProperties {
  account: string;
  found: Case | undefined;
  user: GetUserResponse;
  evidence: Evidence | undefined;
}

/** What can be done here: work on the case, then decide of it. */
export function CaseActions({ account, found, user, evidence }: CaseActionsProperties) {
  const { t } = useTranslation();
  const person = usePerson();
  const mayDecide = useMay('decide');
  const { claim } = useCaseWork();
  const { next, back } = useNext(found);
  const [snoozing, setSnoozing] = useState<readonly Case[]>([]);
  const subject = { name: useCaseTitle(account, user.accounts.length), accountIds: [account] };
  const order = (action: IntendedAction) => decide({ action, subjects: [subject] });
  const take = () => {
    if (found !== undefined) {
      const takeOver = found.claimedBy !== '' && found.claimedBy !== person.name;
      claim.mutate({ cases: [found], takeOver });
    }
  };
  useKeys({
    n: next,
    u: back,
    ...(mayDecide && {
      c: take,
      s: () => setSnoozing(found === undefined ? [] : [found]),
      d: () => order('disqualify'),
      l: () => order('clear'),
    }),
  });
  const verb = found?.claimedBy === person.name ? 'release' : found?.claimedBy ? 'take_over' : 'claim';
  return (
    <>
      <Button variant="subtle" onClick={next}>
        {t('queue.skip')}
      </Button>
      {mayDecide && found !== undefined && (
        <>
          <Button variant="default" onClick={() => setSnoozing([found])}>
            {t('queue.snooze')}
          </Button>
          <Button variant="default" onClick={take} loading={claim.isPending}>
            {t(`queue.${verb}`)}
          </Button>
        </>
      )}
      {mayDecide && (
        <>
          <Button variant="default" onClick={() => order('clear')}>
            {t('decision.verb.clear')}
          </Button>
          <Button color="red" onClick={() => order('disqualify')}>
            {t('decision.verb.disqualify')}
          </Button>
          <MoreActions account={account} user={user} evidence={evidence} order={order} />
        </>
      )}
      <SnoozeDialog cases={snoozing} onClose={() => setSnoozing([])} />
    </>
  );
}

/** The case after this one in the queue as it was filtered, and the way back to it. */
function useNext(found: Case | undefined) {
  const go = useNavigate();
  const person = usePerson();
  const { search, filters } = useQueueFilters();
  const skipped = useSkipped();
  const queue = casesOf(useInfiniteQuery(casesQuery(filters, person.name)).data, skipped);
  const back = () => void go(`/queue?${search.toString()}`);
  const next = () => {
    if (found !== undefined) {
      skip(found.caseId);
    }
    const place = queue.findIndex((one) => one.caseId === found?.caseId);
    const after = queue[place + 1];
    if (after === undefined) {
      back();
    } else {
      void go(casePath(after, search.toString()));
    }
  };
  return { next, back };
}

interface MoreActionsProperties {
  account: string;
  user: GetUserResponse;
  evidence: Evidence | undefined;
  order: (action: IntendedAction) => void;
}

function MoreActions({ account, user, evidence, order }: MoreActionsProperties) {
  const { t } = useTranslation();
  const [pairing, setPairing] = useState<'sameUser' | 'notSameUser' | null>(null);
  const [asking, setAsking] = useState(false);
  const split = () => {
    if (evidence !== undefined) {
      const { accountId, otherAccountId } = evidence;
      const name = t('decision.pair', { one: accountId, other: otherAccountId });
      decide({ action: 'notSameUser', subjects: [{ name, accountIds: [accountId, otherAccountId] }] });
    }
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={15} />}>
            {t('case.more')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => order('recover')}>{t('decision.verb.recover')}</Menu.Item>
          <Menu.Item onClick={() => order('restrict')}>{t('decision.verb.restrict')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item disabled={evidence === undefined} onClick={split}>
            {t('case.split')}
          </Menu.Item>
          <Menu.Item onClick={() => setPairing('notSameUser')}>{t('decision.verb.notSameUser')}</Menu.Item>
          <Menu.Item onClick={() => setPairing('sameUser')}>{t('decision.verb.sameUser')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => setAsking(true)}>{t('case.second_look')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {pairing !== null && (
        <PairDialog
          action={pairing}
          account={account}
          accounts={user.accounts}
          onClose={() => setPairing(null)}
        />
      )}
      {asking && <SecondLook accounts={[account]} onClose={() => setAsking(false)} />}
    </>
  );
}
