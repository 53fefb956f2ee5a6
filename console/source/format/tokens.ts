/** A benefit of 10,000 token basis points is one token not charged. */
const BASIS_POINTS = 10_000n;

/** Reads a sum as the server writes it: a number, or decimal digits where it may pass 64 bits. */
export function sum(value: bigint | string): bigint {
  if (typeof value === 'bigint') {
    return value;
  }
  return /^-?\d+$/.test(value) ? BigInt(value) : 0n;
}

/** Whole tokens of a benefit, rounded toward zero. */
export function benefitTokens(tokenBasisPoints: bigint | string): bigint {
  return sum(tokenBasisPoints) / BASIS_POINTS;
}

/** With separators: `12,345,678`. */
export function grouped(value: bigint | number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** Short: `12.3M`, `1235万`. */
export function shortened(value: bigint | number, language: string): string {
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A share between 0 and 1 as a percentage. */
export function percent(value: number, language: string, digits = 0): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(value);
}

/** Thousandths of a bit as signed bits: `+6.3`. */
export function bits(millibits: bigint | number, language: string): string {
  return new Intl.NumberFormat(language, {
    signDisplay: 'exceptZero',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(Number(millibits) / 1000);
}
