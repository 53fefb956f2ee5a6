import { IconDeviceDesktop, IconDeviceMobile, IconId, IconNetwork } from '@tabler/icons-react';
import { Link } from 'react-router';

import type { Identifier } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import style from './parts.module.css';

export function AccountLink({ id }: { id: string }) {
  return (
    <Link className={style.name} to={`/accounts/${encodeURIComponent(id)}`}>
      {id}
    </Link>
  );
}

const ICONS = { phone: IconDeviceMobile, device: IconDeviceDesktop, ip_address: IconNetwork } as const;

/** The masked name of an identifier: its kind, the short tag of its pseudonym and its class. */
export function IdentifierLink({ kind, tag, class: kindOfUse }: Pick<Identifier, 'kind' | 'tag' | 'class'>) {
  const terms = useTerms();
  const Icon = kind in ICONS ? ICONS[kind as keyof typeof ICONS] : IconId;
  return (
    <span className={style.identifier} data-kind={kind}>
      <Icon size={15} stroke={1.7} aria-hidden />
      <Link to={`/identifiers/${encodeURIComponent(tag)}?kind=${encodeURIComponent(kind)}`}>
        {terms.identifierKind(kind)} <span className={style.tag}>{tag}</span>
      </Link>
      {kindOfUse !== '' && <span className={style.soft}>{terms.identifierClass(kindOfUse)}</span>}
    </span>
  );
}
