import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createClient } from '../../platform/postgres.ts';

const Answer = z.object({
  url: z.string().default(''),
  owned: z.boolean().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  log: z.array(z.string()).default([]),
});

export interface Opener extends z.infer<typeof Answer> {
  readonly process: ChildProcess;
  /** Lets it stop as it should, and waits for its end. */
  finish(): Promise<void>;
  /** `kill -9`, and waits for its end. */
  kill(): Promise<void>;
}

/** Opens a data folder in another process, which leads a process group of its own. */
export async function openInProcess(
  dataDir: string,
  how: { readonly uid?: number; readonly gid?: number; readonly module?: string } = {},
): Promise<Opener> {
  const { module, ...identity } = how;
  const script = fileURLToPath(new URL('embedded-postgres-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir, ...(module === undefined ? [] : [module])], {
    ...identity,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    ...Answer.parse(JSON.parse(String(line))),
    process: child,
    async finish() {
      child.stdin.end();
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs one statement on a connection of its own and answers its rows. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = createClient({ url, name: 'test', as: 'owner' });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Pid of the server that runs, or last ran, on a data folder. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const place = await realpath(join(dataDir, 'postgres'));
  return Number.parseInt(await readFile(join(place, 'data/postmaster.pid'), 'utf8'), 10);
}

/** Waits until a process is gone or is a zombie that nobody reaps. */
export async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (/\) [ZX] /.test(state)) return;
    await sleep(10);
  }
}
