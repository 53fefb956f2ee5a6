import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import type { AccountEvent } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { AccountLink, IdentifierLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { NumberCell, StillCell, Table } from '../parts/table';
import { useEventName } from './event-words';
import style from './timeline.module.css';

const ROWS_AT_MOST = 200;

export function EventTable({ events }: { events: readonly AccountEvent[] }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const name = useEventName();
  return (
    <Table
      caption={t('timeline.title')}
      scrolling
      head={[
        t('timeline.when'),
        t('timeline.what'),
        t('account.one'),
        t('timeline.where'),
        t('timeline.with'),
        { name: t('timeline.tokens'), number: true },
      ]}
    >
      {events.slice(0, ROWS_AT_MOST).map((event) => (
        <tr key={String(event.sequence)}>
          <StillCell>
            <Moment at={event.occurredAt} exact />
          </StillCell>
          <StillCell>{name(event)}</StillCell>
          <td>
            <AccountLink id={event.accountId} />
          </td>
          <td>{event.surface === '' ? '–' : terms.surface(event.surface)}</td>
          <td className={style.with}>
            {event.identifiers.map((one) => (
              <IdentifierLink key={one.kind + one.tag} kind={one.kind} tag={one.tag} class="" />
            ))}
          </td>
          <NumberCell>{event.tokens > 0n ? grouped(event.tokens, i18n.language) : ''}</NumberCell>
        </tr>
      ))}
    </Table>
  );
}
