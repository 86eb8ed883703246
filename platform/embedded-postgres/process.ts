import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { explainServerOutput, explainSpawnError } from './errors.ts';

export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How PostgreSQL's programs run: as `account`, in a folder anyone can enter, without our environment's secrets. */
export function identityOf(account: Account | undefined): Identity {
  return {
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  };
}

/**
 * Runs a program to its end.
 * @throws EmbeddedPostgresError cannot-run, disk-full, start-failed
 */
export async function run(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  place: string,
): Promise<void> {
  try {
    await promisify(execFile)(program, args, identityOf(account));
  } catch (error) {
    if (error instanceof Error && 'stderr' in error && 'code' in error && typeof error.code !== 'string') {
      throw explainServerOutput(program, String(error.stderr), place);
    }
    throw explainSpawnError(error, program);
  }
}
