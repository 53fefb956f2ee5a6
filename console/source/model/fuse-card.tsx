import { Badge, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import { FuseStanding, type FuseState } from '../generated/sameuser/v1/review_pb';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Moment } from '../parts/moment';
import { NumberCell, StillCell, Table } from '../parts/table';
import { review } from '../service/clients';
import { useMay } from '../service/signed-in';
import { FuseDialog, type Resolution } from './fuse-dialog';

const COLOURS: Partial<Record<FuseStanding, string>> = {
  [FuseStanding.HELD]: 'orange',
  [FuseStanding.RELEASED]: 'red',
  [FuseStanding.DISCARDED]: 'green',
};

/** Evidence that would have revoked too many established users, and what people said of it. */
export function FuseCard() {
  const { t } = useTranslation();
  const fuses = useQuery({ queryKey: ['fuses'], queryFn: async () => (await review.listFuses({})).fuses });
  const held = (fuses.data ?? []).filter((fuse) => fuse.standing === FuseStanding.HELD).length;
  return (
    <Card
      title={t('model.fuse')}
      flush
      aside={
        <Badge variant="light" color={held === 0 ? 'green' : 'orange'} tt="none" radius="sm">
          {held === 0 ? t('model.no_fuse') : t('model.tripped', { count: held })}
        </Badge>
      }
    >
      <Answer query={fuses} lines={3}>
        {(all) => (all.length === 0 ? <Quiet>{t('model.fuse_words')}</Quiet> : <Fuses fuses={all} />)}
      </Answer>
    </Card>
  );
}

function Fuses({ fuses }: { fuses: readonly FuseState[] }) {
  const { t, i18n } = useTranslation();
  const mayResolve = useMay('resolve');
  const [asked, setAsked] = useState<{ fuse: FuseState; resolution: Resolution }>();
  return (
    <>
      <Table
        caption={t('model.fuse')}
        head={[
          t('model.atom'),
          t('model.since'),
          { name: t('model.held'), number: true },
          t('model.standing'),
          ...(mayResolve ? [t('model.decide')] : []),
        ]}
      >
        {fuses.map((fuse) => (
          <tr key={fuse.fuseId}>
            <td>{fuse.atom}</td>
            <StillCell>
              <Moment at={fuse.trippedAt} />
            </StillCell>
            <NumberCell>{grouped(fuse.held, i18n.language)}</NumberCell>
            <td>
              <Standing fuse={fuse} />
            </td>
            {mayResolve && (
              <StillCell>
                {fuse.standing !== FuseStanding.RELEASED && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => setAsked({ fuse, resolution: 'release' })}
                  >
                    {t('model.release.name')}
                  </Button>
                )}{' '}
                {fuse.standing !== FuseStanding.DISCARDED && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => setAsked({ fuse, resolution: 'discard' })}
                  >
                    {t('model.discard.name')}
                  </Button>
                )}
              </StillCell>
            )}
          </tr>
        ))}
      </Table>
      {asked !== undefined && <FuseDialog {...asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Standing({ fuse }: { fuse: FuseState }) {
  const { t } = useTranslation();
  const names = {
    [FuseStanding.UNSPECIFIED]: '',
    [FuseStanding.HELD]: t('model.waits'),
    [FuseStanding.RELEASED]: t('model.release.done'),
    [FuseStanding.DISCARDED]: t('model.discard.done'),
  };
  return (
    <>
      <Badge variant="light" color={COLOURS[fuse.standing] ?? 'gray'} tt="none" radius="sm">
        {names[fuse.standing]}
      </Badge>
      {fuse.decidedBy !== '' && (
        <Quiet>{t('model.decided', { name: fuse.decidedBy, statement: fuse.decisionStatement })}</Quiet>
      )}
    </>
  );
}
