import { execFile } from 'node:child_process';
import { readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from './errors.ts';

/** What `postmaster.pid` says (PostgreSQL, src/include/utils/pidfile.h). */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

/** The server that runs on the cluster `data`, or undefined if none does, whatever its pid file says. */
export async function runningPostmaster(data: string): Promise<Postmaster | undefined> {
  const written = await readPidFile(data);
  if (written === undefined || !(await isServing(written.pid, data))) return undefined;
  return written;
}

/**
 * Prepares a dead server's pid file for the next start. PostgreSQL will not start while the pid in it is
 * alive; if that is a stranger who was given the same pid, it is replaced by our own, which PostgreSQL, as
 * our child, ignores. The rest stays: PostgreSQL uses it to look for surviving backends.
 */
export async function disownPidFile(data: string): Promise<void> {
  const pid = (await readPidFile(data))?.pid;
  if (pid === undefined || !isAlive(pid)) return;
  const content = await readFile(pidFile(data), 'utf8');
  await writeFile(pidFile(data), content.replace(/^.*/, String(process.pid)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

async function readPidFile(data: string): Promise<Postmaster | undefined> {
  const content = await readFile(pidFile(data), 'utf8').catch(ignoreMissing);
  const [pid, , , port, , , , status] = (content ?? '').split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(pid ?? '')) return undefined;
  return { pid: Number(pid), port: Number(port || 0), status: status ?? '' };
}

/**
 * True while process `pid` is a PostgreSQL server at work on the folder `data`: not for a zombie, nor for a
 * process that was given a dead server's pid.
 */
export async function isServing(pid: number, data: string): Promise<boolean> {
  const [program, ...args] = await commandOf(pid);
  if (program === undefined || basename(program) !== 'postgres') return false;
  try {
    // PostgreSQL works in its data folder, under whatever name that has by now.
    return await isSameFolder(await readlink(`/proc/${pid}/cwd`), data);
  } catch {
    // Not Linux, or a container without the privilege to look: what it was started with must do.
    const folder = args[args.indexOf('-D') + 1] ?? '';
    return isSameFolder(folder, data).catch(() => true);
  }
}

async function commandOf(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '' ? [] : line.split('\0');
  }
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  const [, program, folder] = /^(.*?) -D (.*?) -c /.exec(stdout.trim()) ?? [];
  return program === undefined || folder === undefined ? [] : [program, '-D', folder];
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(one), stat(other)]);
  return a.dev === b.dev && a.ino === b.ino;
}

function pidFile(data: string): string {
  return join(data, 'postmaster.pid');
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
