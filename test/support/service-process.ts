import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const OWNER_KEY = 'owner-key-of-the-tests-0001';
/** Principal of OWNER_KEY. */
export const OWNER = 'key:owner';

export interface ServiceProcessOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The service as its users run it: a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Waits until /readyz answers 200. Throws if the process ends instead, or after `patienceMs`. */
  ready(patienceMs?: number): Promise<void>;
  hasEnded(): boolean;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end. Answers the exit code, null after a signal. */
  terminate(): Promise<number | null>;
  /** The last lines of its log. */
  tail(): Promise<string>;
}

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const READY_PATIENCE_MS = 60_000;
const POLL_MS = 50;
const TAIL_CHARS = 4_000;

/** Starts `aura serve` on a data folder, on a manual clock unless `env` says otherwise. Does not wait for it. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { dataDir, port, env = {} } = options;
  const logPath = join(dataDir, 'service.log');
  const log = await open(logPath, 'a');
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      DATA_DIR: dataDir,
      PORT: String(port),
      ADMIN_API_KEY: OWNER_KEY,
      CLOCK: 'manual:2026-01-01T00:00:00Z',
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const tail = async () => (await readFile(logPath, 'utf8').catch(() => '')).slice(-TAIL_CHARS);
  const end = async (signal: NodeJS.Signals) => {
    if (!hasEnded()) child.kill(signal);
    await ended;
  };
  return {
    url,
    child,
    hasEnded,
    tail,
    async ready(patienceMs = READY_PATIENCE_MS) {
      for (const deadline = Date.now() + patienceMs; ; await sleep(POLL_MS)) {
        const answer = await fetch(`${url}/readyz`).catch(() => undefined);
        if (answer?.ok === true) return;
        if (hasEnded()) throw new Error(`the service ended by itself:\n${await tail()}`);
        if (Date.now() < deadline) continue;
        const said = (await answer?.text()) ?? 'nothing';
        throw new Error(`not ready after ${patienceMs} ms; /readyz says ${said}\n${await tail()}`);
      }
    },
    kill: () => end('SIGKILL'),
    async terminate() {
      await end('SIGTERM');
      return child.exitCode;
    },
  };
}

const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A free port outside the range that the system gives to outgoing connections, so that it stays free. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
