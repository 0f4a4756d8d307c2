/** An OCSP response stapled to a certificate, as k6 shows it: times in seconds since the epoch. */
export type OcspStaple = {
  readonly produced_at: number;
  readonly this_update: number;
  readonly next_update: number;
  readonly revoked_at: number;
  readonly revocation_reason: string;
  readonly status: string;
};

/** A server that stapled nothing. */
export const noStaple: OcspStaple = {
  produced_at: 0,
  this_update: 0,
  next_update: 0,
  revoked_at: 0,
  revocation_reason: '',
  status: 'unknown',
};

/** A time that is not there is the first of January of the year 1, as in Go. */
const NO_TIME = -62_135_596_800;

const statuses: Record<number, string> = { 128: 'good', 161: 'revoked', 130: 'unknown' };

/** RFC 5280, 5.3.1, by number. */
const reasons: Record<number, string> = {
  1: 'key_compromise',
  2: 'ca_compromise',
  3: 'affiliation_changed',
  4: 'superseded',
  5: 'cessation_of_operation',
  6: 'certificate_hold',
  8: 'remove_from_crl',
  9: 'privilege_withdrawn',
  10: 'aa_compromise',
};

const SEQUENCE = 0x30;
const GENERALIZED_TIME = 0x18;
const EXPLICIT_0 = 0xa0;

/** One element of DER (ITU-T X.690): its tag and what it holds. */
type Element = { readonly tag: number; readonly content: Buffer };

/** What an OCSP response (RFC 6960, 4.2.1) in DER says of its first certificate. */
export function parseOcsp(der: Buffer): OcspStaple {
  const [response] = elements(der);
  const [, wrapped] = elements(response?.content);
  const [, octets] = elements(elements(wrapped?.content)[0]?.content);
  const [basic] = elements(octets?.content);
  const [signed] = elements(basic?.content);
  const data = elements(signed?.content);
  const produced = data.find(({ tag }) => tag === GENERALIZED_TIME);
  const [single] = elements(data.find(({ tag }) => tag === SEQUENCE)?.content);
  const [, status, thisUpdate, ...more] = elements(single?.content);
  if (produced === undefined || status === undefined) return noStaple;
  const next = more.find(({ tag }) => tag === EXPLICIT_0);
  const [revokedAt, reason] = status.tag === 0xa1 ? elements(status.content) : [];
  return {
    produced_at: secondsOf(produced),
    this_update: secondsOf(thisUpdate),
    next_update: secondsOf(elements(next?.content)[0]),
    revoked_at: secondsOf(revokedAt),
    revocation_reason: reasons[elements(reason?.content)[0]?.content[0] ?? 0] ?? 'unspecified',
    status: statuses[status.tag] ?? 'unknown',
  };
}

/** The elements that follow each other in `bytes`; what is cut short ends the list. */
function elements(bytes: Buffer | undefined): Element[] {
  const found: Element[] = [];
  if (bytes === undefined) return found;
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const digits = short < 128 ? 0 : short - 128;
    const start = at + 2 + digits;
    if (digits > 4 || start > bytes.length) break;
    const length = digits === 0 ? short : bytes.readUIntBE(at + 2, digits);
    if (start + length > bytes.length) break;
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** A GeneralizedTime such as 20261122193313Z. */
function secondsOf(element: Element | undefined): number {
  const text = element?.tag === GENERALIZED_TIME ? element.content.toString('latin1') : '';
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (year === undefined) return NO_TIME;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
}
