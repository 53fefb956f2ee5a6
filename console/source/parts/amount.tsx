import { useTranslation } from 'react-i18next';

import { benefitTokens, grouped, shortened } from '../format/tokens';

interface AmountProperties {
  /** Tokens x basis points. */
  basisPoints: bigint | string;
  /** `12.3M` with the whole number on hover. */
  short?: boolean;
  /** Without the word for tokens: the column says it. */
  bare?: boolean;
}

/** A benefit in tokens. */
export function Amount({ basisPoints, short = false, bare = false }: AmountProperties) {
  const { t, i18n } = useTranslation();
  const tokens = benefitTokens(basisPoints);
  const whole = grouped(tokens, i18n.language);
  const shown = short ? shortened(tokens, i18n.language) : whole;
  return (
    <span title={t('amount.tokens', { amount: whole })}>
      {bare ? shown : t('amount.tokens', { amount: shown })}
    </span>
  );
}

export function useAmount(): (basisPoints: bigint | string) => string {
  const { t, i18n } = useTranslation();
  return (basisPoints) => t('amount.tokens', { amount: grouped(benefitTokens(basisPoints), i18n.language) });
}
