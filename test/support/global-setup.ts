import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's connection string to the test run's PostgreSQL server. */
    postgresUrl: string;
  }
}

/** One embedded PostgreSQL server for the whole test run, in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = fileURLToPath(new URL('postgres-server.ts', import.meta.url));
  // In a process group of its own, so that it survives a Ctrl-C long enough to clean up.
  const server = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const log: string[] = [];
  server.stderr.on('data', (chunk) => log.push(String(chunk)));
  const ended = once(server, 'close');
  const url = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line').then(([line]) => String(line)),
    ended.then(() => undefined),
  ]);
  if (url === undefined) throw new Error(`no PostgreSQL server for the tests:\n${log.join('')}`);
  project.provide('postgresUrl', url);
  return async () => {
    server.stdin.end();
    await ended;
  };
}
