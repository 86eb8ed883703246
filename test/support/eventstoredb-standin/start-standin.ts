import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Standin {
  /** Connection string for the adapter. */
  readonly url: string;
  readonly port: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** The subscriptions that are open now deliver nothing more, and do not say so. */
  muteSubscriptions(): Promise<void>;
  /** From now on appends are written but not answered, until it is restarted. */
  loseAnswers(): Promise<void>;
  /** Kills it if it still runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts the stand-in for EventStoreDB as a process of its own, its log in the given database. */
export async function startStandin(databaseUrl: string, port = 0): Promise<Standin> {
  let running = await launch(databaseUrl, port);
  const kill = async (): Promise<void> => {
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const first = running;
  return {
    url: `esdb://127.0.0.1:${first.port}?tls=false`,
    port: first.port,
    kill,
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    muteSubscriptions: () => afterwards(running, 'SIGUSR2'),
    loseAnswers: () => afterwards(running, 'SIGHUP'),
    restart: async () => {
      await kill();
      running = await launch(databaseUrl, first.port);
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: Interface;
  readonly port: number;
}

/** A signal is handled some time after it was sent: the fault has set in when the process says so. */
async function afterwards({ child, lines }: Running, signal: NodeJS.Signals): Promise<void> {
  const told = once(lines, 'line');
  child.kill(signal);
  await told;
}

async function launch(databaseUrl: string, port: number): Promise<Running> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the stand-in ended with ${code} before it listened`);
  });
  const lines = createInterface({ input: child.stdout });
  const listening = once(lines, 'line').then(([line]) => {
    const { port: actual } = JSON.parse(String(line)) as { port: number };
    return { child, lines, port: actual };
  });
  failed.catch(() => undefined);
  return Promise.race([listening, failed]);
}
