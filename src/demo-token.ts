import { createHmac } from 'node:crypto';

/** The platform's secret where no other is set: published, for the demo. */
const demoSecret = 'fx-platform-demo-secret';

export const demoAccount = '00000000-0000-4000-8000-000000000000';

/** A token (JWT, HS256) with which the demo's first account is used until `expires`, in seconds since 1970. */
export function demoToken(expires: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: demoAccount, exp: expires })}`;
  return `${signed}.${createHmac('sha256', demoSecret).update(signed).digest('base64url')}`;
}
