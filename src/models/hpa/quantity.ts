/**
 * Kubernetes quantities, as `ParseQuantity` of k8s.io/apimachinery reads them: a decimal number with an SI suffix (n u m k
 * M G T P E), a binary one (Ki Mi Gi Ti Pi Ei) or an exponent. Nothing below a nano-unit is kept, and what is cut off is
 * rounded away from zero; nothing is above the largest int64.
 */
export type Quantity = { readonly nano: bigint };

const form =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?<suffix>Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const INT64_MAX = 2n ** 63n - 1n;
const NANO = 10n ** 9n;
/** Powers of ten beyond this are above int64, or below a nano-unit, whatever stands before them. */
const FAR = 60;

/** Throws a RangeError that says what is wrong with the text and what would be right. */
export function parseQuantity(text: string): Quantity {
  const groups = form.exec(text)?.groups;
  const digits = `${groups?.whole ?? ''}${groups?.fraction ?? ''}`;
  if (groups === undefined || digits === '') throw new RangeError(whyNot(text));
  const suffix = groups.suffix ?? '';
  const power = binary.indexOf(suffix) + 1;
  const tens = power > 0 ? 0 : (decimal[suffix] ?? Number(suffix.slice(1)));
  const exponent = tens + 9 - (groups.fraction ?? '').length;
  const size = scale(BigInt(digits) * 1024n ** BigInt(power), exponent);
  const most = INT64_MAX * NANO;
  const capped = size > most ? most : size;
  return { nano: groups.sign === '-' ? -capped : capped };
}

function scale(amount: bigint, exponent: number): bigint {
  if (amount === 0n) return 0n;
  if (exponent >= 0) return amount * 10n ** BigInt(Math.min(exponent, FAR));
  const length = amount.toString().length;
  return divideUp(amount, 10n ** BigInt(Math.min(-exponent, length + 1)));
}

/** Away from zero. */
function divideUp(amount: bigint, by: bigint): bigint {
  const quotient = amount / by;
  if (amount % by === 0n) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

function whyNot(text: string): string {
  const unit = /^[+-]?(?:\d+\.?\d*|\.\d+)\s*(ms|s|%|\D.*)?$/.exec(text)?.[1];
  const shown = JSON.stringify(text);
  if (unit === 'ms' || unit === 's')
    return `${shown} is not a quantity: it has no unit of time; 100m is a tenth (of a second, if the metric is in seconds)`;
  if (unit === '%') return `${shown} is not a quantity: it has no percent; 50m is 5 %`;
  return `${shown} is not a quantity: give a number such as 30, 0.5, 100m (a tenth), 2k or 512Mi`;
}

/** `MilliValue()`: int64 milli-units. */
export function milliOf({ nano }: Quantity): bigint {
  return clamp(divideUp(nano, 10n ** 6n));
}

/** `Value()`: int64 units. */
export function unitsOf({ nano }: Quantity): bigint {
  return clamp(divideUp(nano, NANO));
}

function clamp(value: bigint): bigint {
  if (value > INT64_MAX) return INT64_MAX;
  return value < -INT64_MAX ? -INT64_MAX : value;
}

/**
 * `AsApproximateFloat64()` of the quantity as the API server writes it: the digits before its suffix times a power of
 * ten, in doubles.
 */
export function approximate({ nano }: Quantity): number {
  if (nano % 10n ** 9n === 0n) return Number(nano / 10n ** 9n);
  if (nano % 10n ** 6n === 0n) return Number(nano / 10n ** 6n) * 1e-3;
  return nano % 10n ** 3n === 0n ? Number(nano / 10n ** 3n) * 1e-6 : Number(nano) * 1e-9;
}
