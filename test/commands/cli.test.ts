import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/commands.ts';
import { Cli } from './run-cli.ts';

/** The frame that every command stands in: finding it, its help, wrong calls. */

const cli = new Cli({ DATA_DIR: '/nonexistent/shearwater' });

describe('help', () => {
  test('names every command with its summary, and what exit codes mean', async () => {
    const { code, stdout, stderr } = await cli.run(['help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    expect(stdout).toContain('3 where a server or a database cannot be reached');
    expect((await cli.run(['--help'])).stdout).toBe(stdout);
  });

  test('comes with exit code 2 where no command is named', async () => {
    expect(await cli.run([])).toMatchObject({ code: 2, stdout: (await cli.run(['help'])).stdout });
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'of %s has every option, its words and an example',
    async (name) => {
      const command = await COMMANDS.find((entry) => entry.name === name)!.load();
      const { code, stdout } = await cli.run(['help', name]);
      expect(code).toBe(0);
      for (const option of Object.keys(command.options))
        expect(stdout).toMatch(new RegExp(`^  --${option}\\b`, 'm'));
      expect(stdout).toContain(['  shearwater', name, ...command.words].join(' '));
      expect(stdout).toMatch(new RegExp(`^Examples:\\n  shearwater ${name}`, 'm'));
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
      expect((await cli.run([name, '--help'])).stdout).toBe(stdout);
    },
  );

  test('says of each command what the list of them says', async () => {
    for (const entry of COMMANDS) {
      const command = await entry.load();
      expect({ name: command.name, summary: command.summary }).toEqual({
        name: entry.name,
        summary: entry.summary,
      });
    }
  });
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await cli.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('docs/cli.md has a chapter for each command, and names each of its options', async () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const entry of COMMANDS) {
    const chapter = page.split(`\n## ${entry.name}\n`)[1]?.split('\n## ')[0];
    expect(chapter, entry.name).toBeDefined();
    const { options } = await entry.load();
    const [, shared] = /\n## Which server, and as whom\n([\s\S]*)\n## serve\n/.exec(page)!;
    for (const option of Object.keys(options))
      expect(`${chapter}${shared}`, entry.name).toContain(`--${option}`);
  }
});

describe('a wrong call ends with exit code 2 and one line', () => {
  test.each<[string, string[], string]>([
    ['a command that there is not', ['serv'], "There is no command 'serv': did you mean serve?"],
    ['help of one that there is not', ['help', 'xyzzy'], "There is no command 'xyzzy' (see shearwater help)"],
    ['a missing word', ['settle'], 'POOL is missing: shearwater settle POOL (see shearwater help settle)'],
    ['a stray word', ['watch', 'p', 'q'], "Unexpected argument 'q'"],
    ['an unknown option', ['pools', '--jsn'], "Unknown option '--jsn'"],
    ['an option without its value', ['watch', 'p', '--after'], "'--after <value>' argument missing"],
    ['a URL that is none', ['pools', '--url', 'localhost'], '--url must be the http or https URL'],
    ['no token', ['pools'], 'No token for http://127.0.0.1:4000: set SHEARWATER_TOKEN'],
    ['a token that is none', ['pools', '--token-file', '/etc/passwd'], 'is no token'],
    [
      'a token file that there is not',
      ['pools', '--token-file', '/no/such'],
      'Cannot read --token-file: ENOENT',
    ],
    ['a sequence that is none', ['watch', 'p', '--after', 'now'], '--after must be a sequence'],
    ['a list that there is not', ['export', 'p', 'haircut'], "There is no list 'haircut'"],
    ['a format that there is not', ['export', 'p', '--format', 'xml'], '--format must be one of csv, jsonl'],
    [
      'a settlement of the fund',
      ['export', 'p', 'fund', '--settlement', '1'],
      '--settlement is for haircuts',
    ],
    ['a pool without a settlement', ['verify', '--pool', 'p'], '--pool and --settlement go together'],
    ['nobody to ask', ['settle', 'p'], 'There is no terminal to ask on: add --yes'],
    ['too many haircuts', ['preview', 'p', '--top', '10001'], '--top must be a number from 0 to 10000'],
  ])('%s', async (_, args, line) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a misspelt setting', async () => {
    const { code, stderr } = await cli.run(['pools'], { SHEARWATER_TOKN: 'x' });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'Wrong settings: unknown setting SHEARWATER_TOKN; did you mean SHEARWATER_TOKEN?\n',
    });
  });
});

test('a server that cannot be reached ends with exit code 3, and says what to try', async () => {
  const env = { SHEARWATER_TOKEN: 'a.b.c', SHEARWATER_URL: 'http://127.0.0.1:9' };
  const calls = [['pools'], ['preview', 'p'], ['settle', 'p', '--yes'], ['watch', 'p'], ['export', 'p']];
  for (const { code, stdout, stderr } of await Promise.all(calls.map((args) => cli.run(args, env)))) {
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^http:\/\/127\.0\.0\.1:9\/graphql gave no answer: .+\. Start a server with `shearwater serve`, or name another/,
    );
  }
}, 60_000);

test('what a server says cannot move the cursor, and shows no more than it says', async () => {
  const message = 'no\u001b[2J\u001b]0;x\u0007\u202e\nroot';
  const answer = JSON.stringify({ errors: [{ message, extensions: { code: 'FORBIDDEN' } }] });
  const hostile = createServer((_, res) => res.end(answer)).listen(0, '127.0.0.1');
  await once(hostile, 'listening');
  const url = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`;
  const { code, stderr } = await cli.run(['pools', '--url', url], { SHEARWATER_TOKEN: 'a.b.c' });
  hostile.close();
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'FORBIDDEN: no\uFFFD\nroot\n' });
});

test('what is no Shearwater is told from one', async () => {
  const other = createServer((_, res) => res.end('<html>')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { code, stderr } = await cli.run(['pools', '--url', url], { SHEARWATER_TOKEN: 'a.b.c' });
  other.close();
  expect(code).toBe(3);
  expect(stderr).toContain(`${url}/graphql gave no answer`);
});

test('a database that cannot be reached ends with exit code 3', async () => {
  const { code, stderr } = await cli.run(['migrate'], { DATABASE_URL: 'postgres://127.0.0.1:9/none' });
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^No PostgreSQL answers at DATABASE_URL \(.*ECONNREFUSED.*\): check the address, and that it runs\.\n$/,
  );
});

test('a token in an argument is warned of and never shown', async () => {
  const { stderr } = await cli.run(['pools', '--token', 'very-secret', '--url', 'http://127.0.0.1:9']);
  expect(stderr).toContain('others on this machine can read --token');
  expect(stderr).not.toContain('very-secret');
});
