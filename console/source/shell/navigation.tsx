import {
  IconBan,
  IconChartBar,
  IconGauge,
  IconGavel,
  IconInbox,
  IconListDetails,
  IconSearch,
  IconSpeakerphone,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, NavLink } from 'react-router';

import { grouped } from '../format/tokens';
import { overviewQuery } from '../overview/overview-query';
import style from './shell.module.css';

const ICON = { size: 17, stroke: 1.7, 'aria-hidden': true } as const;

export function Navigation() {
  const { t, i18n } = useTranslation();
  const overview = useQuery(overviewQuery(24)).data;
  const count = (value: bigint | undefined) =>
    value === undefined || value === 0n ? '' : grouped(value, i18n.language);
  const late = overview?.overdueAppeals ?? 0n;
  return (
    <nav className={style.side} aria-label={t('shell.navigation')}>
      <Link to="/queue" className={style.brand}>
        <img src="/mark.svg" width="22" height="22" alt="" />
        sameuser
      </Link>
      <Place
        to="/queue"
        icon={<IconInbox {...ICON} />}
        name={t('queue.title')}
        count={count(overview?.cases)}
      />
      <Place
        to="/appeals"
        icon={<IconGavel {...ICON} />}
        name={t('appeal.title')}
        count={count(overview?.openAppeals)}
        late={late > 0n}
      />
      <Place to="/search" icon={<IconSearch {...ICON} />} name={t('search.title')} />
      <div className={style.group}>{t('shell.rules')}</div>
      <Place to="/campaigns" icon={<IconSpeakerphone {...ICON} />} name={t('campaign.title')} />
      <Place to="/restrictions" icon={<IconBan {...ICON} />} name={t('restriction.title')} />
      <div className={style.group}>{t('shell.insight')}</div>
      <Place to="/overview" icon={<IconChartBar {...ICON} />} name={t('overview.title')} />
      <Place to="/model" icon={<IconGauge {...ICON} />} name={t('model.title')} />
      <Place to="/audit" icon={<IconListDetails {...ICON} />} name={t('audit.title')} />
    </nav>
  );
}

interface PlaceProperties {
  to: string;
  icon: React.ReactNode;
  name: string;
  count?: string;
  late?: boolean;
}

function Place({ to, icon, name, count = '', late = false }: PlaceProperties) {
  return (
    <NavLink to={to} className={style.place ?? ''}>
      {icon}
      {name}
      {count !== '' && <span className={late ? `${style.count} ${style.late}` : style.count}>{count}</span>}
    </NavLink>
  );
}
