import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeJwt, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const SECRET = 'a secret that is long enough to sign with';
const DAY_SECONDS = 86_400;

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shearwater-token-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('a token', () => {
  test('is all that is printed, and is signed with the secret that DATA_DIR keeps', async () => {
    const { code, stdout, stderr } = await run(['--subject', 'alice', '--role', 'TRADER']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const secret = (await readFile(join(dataDir, 'jwt-secret'), 'utf8')).trim();
    const { payload, protectedHeader } = await verify(stdout, secret);
    expect(protectedHeader.alg).toBe('HS256');
    expect(payload).toEqual({
      sub: 'alice',
      roles: ['TRADER'],
      iat: expect.any(Number),
      exp: payload.iat! + DAY_SECONDS,
    });
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(30);
  });

  test('carries several roles, pools, the issuer and the audience', async () => {
    const { stdout } = await run(
      [
        '--subject',
        'ops',
        '--role',
        'ANALYST',
        '--role',
        'ADMIN',
        '--pool',
        'BTC',
        '--pool',
        'ETH',
        '--expires-in',
        '90s',
      ],
      { AUTH_JWT_SECRET: SECRET, AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'shearwater' },
    );
    const { payload } = await verify(stdout, SECRET);
    expect(payload).toMatchObject({
      roles: ['ANALYST', 'ADMIN'],
      pools: ['BTC', 'ETH'],
      iss: 'https://id.example.com',
      aud: 'shearwater',
    });
    expect(payload.exp! - payload.iat!).toBe(90);
  });

  test.each([
    ['30m', 1800],
    ['12h', 43_200],
    ['7d', 7 * DAY_SECONDS],
  ])('is good for %s', async (time, seconds) => {
    const { stdout } = await run(['--subject', 'a', '--role', 'ADMIN', '--expires-in', time]);
    const { iat, exp } = decodeJwt(stdout.trim());
    expect(exp! - iat!).toBe(seconds);
  });
});

describe('a wrong call ends with exit code 2 and one line', () => {
  test.each([
    { why: 'no subject', args: ['--role', 'ADMIN'], line: '--subject is missing' },
    { why: 'an empty subject', args: ['--subject', '', '--role', 'ADMIN'], line: '--subject is missing' },
    {
      why: 'no role',
      args: ['--subject', 'a'],
      line: '--role is missing: one or more of TRADER, INTEGRATOR',
    },
    {
      why: 'an unknown role',
      args: ['--subject', 'a', '--role', 'trader'],
      line: '--role trader is unknown: use TRADER',
    },
    {
      why: 'an empty pool',
      args: ['--subject', 'a', '--role', 'ADMIN', '--pool='],
      line: '--pool needs the name',
    },
    { why: 'an unknown option', args: ['--subjct', 'a'], line: "Unknown option '--subjct'" },
    { why: 'a stray word', args: ['alice'], line: "Unexpected argument 'alice'" },
    {
      why: 'no time',
      args: ['--subject', 'a', '--role', 'ADMIN', '--expires-in', '0h'],
      line: '--expires-in 0h is not a time',
    },
    {
      why: 'an odd time',
      args: ['--subject', 'a', '--role', 'ADMIN', '--expires-in', 'soon'],
      line: '--expires-in soon is not a time',
    },
  ])('$why', async ({ args, line }) => {
    expectRefusal(await run(args), line);
  });

  test('wrong settings', async () => {
    expectRefusal(
      await run(['--subject', 'a', '--role', 'ADMIN'], { PORT: 'x' }),
      'Wrong settings: PORT must be',
    );
  });

  test('tokens that only the identity provider can sign', async () => {
    const env = { AUTH_JWKS_URL: 'https://id.example.com/jwks.json' };
    expectRefusal(
      await run(['--subject', 'a', '--role', 'ADMIN'], env),
      'Tokens come from your identity provider',
    );
  });
});

test('--help explains every option', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const option of ['--subject', '--role', '--pool', '--expires-in']) expect(stdout).toContain(option);
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function expectRefusal({ code, stdout, stderr }: Outcome, line: string): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(line);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
}

/** Runs the command with nothing in its environment but `env` and DATA_DIR. */
function run(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, 'token', ...args],
      { env: { DATA_DIR: dataDir, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

function verify(token: string, secret: string) {
  return jwtVerify(token.trim(), new TextEncoder().encode(secret));
}
