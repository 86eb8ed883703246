import { execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { steadyPort } from '../support/service-process.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type FencedBlock, ROOT } from './markdown.ts';

const run = promisify(execFile);
const PORT = '8080';
const FOLDER = '.tour/';
const READY_WITHIN_MS = 90_000;
const POLL_MS = 100;

/** A command of the tour and the answer that is printed below it. */
export interface Step {
  readonly command: string;
  readonly expected: FencedBlock;
}

/** The tour as it is written: what starts the service, what sets the shell up, and the steps. */
export interface Tour {
  readonly start: string;
  readonly setup: string;
  readonly steps: readonly Step[];
}

/** @throws Error when a block is neither a command with its answer, nor the start, nor the set-up */
export function tourOf(blocks: readonly FencedBlock[]): Tour {
  const [start, setup, ...rest] = blocks;
  if (start?.language !== 'sh' || setup?.language !== 'sh') throw new Error('the tour starts no service');
  const steps: Step[] = [];
  for (let index = 0; index < rest.length; index += 2) {
    const [command, expected] = [rest[index], rest[index + 1]];
    if (command?.language !== 'sh' || expected === undefined || expected.language === 'sh') {
      throw new Error(`a command without an answer, or the other way round: ${command?.text}`);
    }
    steps.push({ command: command.text, expected });
  }
  return { start: start.text, setup: setup.text, steps };
}

export interface RunningTour {
  /** Runs a command in a shell that the tour's set-up was run in. Answers what it printed. */
  run(command: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the service with the tour's own command; only port and folder are replaced. */
export async function startTour({ start, setup }: Tour): Promise<RunningTour> {
  const folder = await temporaryFolder();
  const port = String(await steadyPort());
  const here = (text: string) => text.replaceAll(PORT, port).replaceAll(FOLDER, `${folder}/`);
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: port, LOG_LEVEL: 'warn' };
  // A process group of its own: npm, its shell and the service get the signal together, as with Ctrl-C.
  const child = spawn('bash', ['-euc', here(start)], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)));
  const isRunning = () => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, 0);
    } catch {
      return false;
    }
  };
  const stop = async () => {
    if (child.pid !== undefined && isRunning()) process.kill(-child.pid, 'SIGTERM');
    while (isRunning()) await sleep(POLL_MS);
    await removeTemporaryFolder(folder);
  };
  const isReady = async () =>
    (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok === true;
  for (const deadline = Date.now() + READY_WITHIN_MS; !(await isReady()); await sleep(POLL_MS)) {
    if (isRunning() && Date.now() < deadline) continue;
    await stop();
    throw new Error(`the service does not start:\n${said.join('')}`);
  }
  return {
    async run(command) {
      const options = { cwd: ROOT, env, maxBuffer: 2 ** 24 };
      return (await run('bash', ['-euc', here(`${setup}${command}`)], options)).stdout;
    },
    stop,
  };
}
