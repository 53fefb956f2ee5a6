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

/** A formatter a language and form: making one costs more than using it a hundred times. */
const formatters = new Map<string, Intl.NumberFormat>();

function format(value: bigint | number, language: string, options: Intl.NumberFormatOptions): string {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = formatters.get(key) ?? new Intl.NumberFormat(language, options);
  formatters.set(key, known);
  return known.format(value);
}

/** With separators: `12,345,678`. */
export function grouped(value: bigint | number, language: string): string {
  return format(value, language, {});
}

/** Short: `12.3M`, `1235万`. */
export function shortened(value: bigint | number, language: string): string {
  return format(value, language, { notation: 'compact', maximumFractionDigits: 1 });
}

/** A share between 0 and 1 as a percentage. */
export function percent(value: number, language: string, digits = 0): string {
  return format(value, language, { style: 'percent', maximumFractionDigits: digits });
}

/** Thousandths of a bit as signed bits: `+6.3`. */
export function bits(millibits: bigint | number, language: string): string {
  return format(Number(millibits) / 1000, language, {
    signDisplay: 'exceptZero',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
}
