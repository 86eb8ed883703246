import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** Null after a signal. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program of ours as its users run it: a process of its own. */
export interface Run {
  readonly child: ChildProcess;
  readonly heard: { readonly out: string; readonly err: string };
  /** Resolves once the text has been said on stdout or stderr; throws if the process ends without. */
  said(text: string): Promise<void>;
  /** Waits for the end. */
  ended(): Promise<Ended>;
}

/** Runs a file with Node, with nothing of our own environment but what is given. */
export function runNode(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const hear = (name: 'out' | 'err') => (chunk: Buffer) => {
    heard[name] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  const closed = once(child, 'close');
  return {
    child,
    heard,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (`${heard.out}\n${heard.err}`.includes(text)) resolve();
        };
        listeners.add(look);
        look();
        void closed.then(() => reject(new Error(`ended without "${text}":\n${heard.out}\n${heard.err}`)));
      }),
    async ended() {
      await closed;
      return { code: child.exitCode, ...heard };
    },
  };
}
