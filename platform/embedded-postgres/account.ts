import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

/** An operating-system user that PostgreSQL runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const UNPRIVILEGED = ['postgres', '_postgres', 'nobody', 'daemon'];

/**
 * PostgreSQL refuses to run as root, so root runs it as a user that exists already. Undefined: as ourselves.
 * @param owner uid that owns an existing cluster, which decides
 * @throws EmbeddedPostgresError wrong-user, cannot-run
 */
export async function serverAccount(owner?: number): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const accounts = await readAccounts();
  if (owner !== undefined) return accountOf(owner, accounts);
  for (const name of UNPRIVILEGED) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new EmbeddedPostgresError(
    'cannot-run',
    `PostgreSQL does not run as root and none of the users ${UNPRIVILEGED.join(', ')} exists: start the service as an ordinary user, or set DATABASE_URL`,
  );
}

function accountOf(uid: number, accounts: readonly Account[]): Account {
  if (uid === 0) {
    throw new EmbeddedPostgresError(
      'wrong-user',
      'the database files belong to root, and PostgreSQL does not run as root: give them back to the user they were created by (chown -R)',
    );
  }
  return accounts.find((account) => account.uid === uid) ?? { name: `uid ${uid}`, uid, gid: uid };
}

async function readAccounts(): Promise<Account[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

const BITS = { read: 0o4, traverse: 0o1, execute: 0o1, use: 0o5 } as const;

/** True if the mode bits of `path` and of every folder above it let `account` in. Access lists are not read. */
export async function canReach(account: Account, path: string, need: keyof typeof BITS): Promise<boolean> {
  const real = await realpath(path);
  if (!(await permits(account, real, BITS[need]))) return false;
  for (let folder = real; folder !== dirname(folder); ) {
    folder = dirname(folder);
    if (!(await permits(account, folder, BITS.traverse))) return false;
  }
  return true;
}

async function permits(account: Account, path: string, bits: number): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  const group = gid === account.gid ? 3 : 0;
  const shift = uid === account.uid ? 6 : group;
  return ((mode >> shift) & bits) === bits;
}
