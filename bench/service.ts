import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The service as a process of its own, and connections to it that stay open. */
export interface ServedApi {
  /** Answers the parsed body of a 2xx. Throws on any other status. */
  post(path: string, body: object): Promise<unknown>;
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** A key for a server of the benchmark's own. */
export function newKey(): string {
  return randomBytes(24).toString('hex');
}

const SERVE = ['../cli/main.ts', 'serve'] as const;

/**
 * Starts a program on a database, with production's settings and all roles, on a free port.
 * @param program a module and its arguments; `cli serve` unless given
 * @param key the owner's; servers on one database share it
 */
export async function serveApi(
  databaseUrl: string,
  connections: number,
  program: readonly [string, ...string[]] = SERVE,
  key = newKey(),
): Promise<ServedApi> {
  const [file, ...args] = program;
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      ADMIN_API_KEY: key,
      PORT: '0',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = await Promise.race([listening(child.stdout), ended.then(() => undefined)]);
  if (url === undefined) throw new Error('the service did not start');
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    };
    const sent = request(new URL(path, url), { method, agent, headers });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(sent, 'response');
    const answer = await json(response);
    if (response.statusCode >= 300)
      throw new Error(`${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    post: (path, body) => call('POST', path, body),
    get: (path) => call('GET', path),
    async stop() {
      agent.destroy();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function listening(output: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: output });
  for await (const line of lines) {
    const url = /listens on (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return await new Promise<never>(() => undefined);
}
