import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { exchangeOn, failed, listen, newCertificate, newClient } from './http-client.ts';
import { newServer, own } from './tls-server.ts';

const other = await newCertificate(['other.test']);
const careless = { insecureSkipTLSVerify: true };

/** Has the environment name a file, or its folder, with `cert` for what is trusted. */
async function trust(cert: string, variable = 'SSL_CERT_FILE'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fxscale-tls-'));
  await writeFile(join(folder, 'roots.pem'), cert);
  vi.stubEnv(variable, variable === 'SSL_CERT_DIR' ? folder : join(folder, 'roots.pem'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
}

describe('a certificate', () => {
  it('is good when it is trusted, names the host and is in date', async () => {
    await trust(own.cert);
    const port = await listen(newServer());
    const client = newClient({ lookup: async () => ['127.0.0.1'] });
    for (const host of ['127.0.0.1', 'localhost', 'x.good.test']) {
      expect(await exchangeOn(client, `https://${host}:${port}/`)).toMatchObject({
        status: 200,
        tlsVersion: 'tls1.3',
      });
    }
  });

  it.each(['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])('is trusted by %s', async (variable) => {
    await trust(own.cert, variable);
    const port = await listen(newServer());
    expect((await exchangeOn(newClient(), `https://127.0.0.1:${port}/`)).status).toBe(200);
  });

  // Messages and codes as k6 v2.0.0 gave them, which looks at dates and names before it looks for the signer.
  it('may be signed by nobody known', async () => {
    await trust(other.cert);
    const port = await listen(newServer());
    expect(failed(await exchangeOn(newClient(), `https://127.0.0.1:${port}/`))).toEqual({
      message: 'x509: unknown authority',
      code: 1310,
      detail: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    });
  });

  it.each([
    ['127.0.0.1', "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"],
    ['localhost', 'certificate is valid for other.test, not localhost'],
  ])('may be for others than %s', async (host, why) => {
    const port = await listen(newServer({}, other));
    const client = newClient({ lookup: async () => ['127.0.0.1'] });
    expect(failed(await exchangeOn(client, `https://${host}:${port}/`))).toEqual({
      message: "x509: certificate doesn't match hostname",
      code: 1311,
      detail: `tls: failed to verify certificate: x509: ${why}`,
    });
  });

  it('may name its host as nobody does any more', async () => {
    const port = await listen(newServer({}, await newCertificate([], [])));
    expect(
      failed(await exchangeOn(newClient({ lookup: async () => ['127.0.0.1'] }), `https://nobody:${port}/`)),
    ).toMatchObject({
      code: 1311,
      detail: expect.stringContaining('certificate relies on legacy Common Name field'),
    });
  });

  it('may be out of date', async () => {
    const [from, to] = [new Date('2020-01-01'), new Date('2020-02-01')];
    const old = await newCertificate(['localhost'], ['127.0.0.1'], { notBeforeDate: from, notAfterDate: to });
    await trust(old.cert);
    const port = await listen(newServer({}, old));
    const failure = failed(await exchangeOn(newClient(), `https://127.0.0.1:${port}/`));
    expect(failure?.code).toBe(1000);
    expect(failure?.message).toMatch(
      /^x509: certificate has expired or is not yet valid: current time \S+Z is after 2020-02-01T00:00:00Z$/,
    );
  });

  it('is not looked at under insecureSkipTLSVerify', async () => {
    const port = await listen(newServer({}, other));
    expect((await exchangeOn(newClient({ options: careless }), `https://127.0.0.1:${port}/`)).status).toBe(
      200,
    );
  });
});
