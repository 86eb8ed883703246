import { createServer, type RequestListener, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemCatalogue } from '../problems/catalogue.ts';
import { PROBLEM_CONTENT_TYPE } from '../problems/mapper.ts';
import type { Health } from './health.ts';

export interface ServeOptions {
  readonly listener: RequestListener;
  readonly health: Health;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Longest time to receive a whole request, in milliseconds. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Between not ready and not accepting, in milliseconds. Default 0. */
  readonly shutdownDelayMs?: number;
  /** Longest time for requests in flight to finish, in milliseconds. Default 10,000. */
  readonly shutdownGraceMs?: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /**
   * Not ready → no new connections → requests in flight finish → closed. Safe to call again.
   * @returns false if the grace was over before all of them had finished
   */
  close(): Promise<boolean>;
}

const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;

/** Listens, and rejects if that is not possible (EADDRINUSE). */
export async function serveHttp(options: ServeOptions): Promise<HttpServer> {
  const requestTimeout = options.requestTimeoutMs ?? 30_000;
  const server = createServer(
    {
      requestTimeout,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      connectionsCheckingInterval: Math.min(1_000, requestTimeout),
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    options.listener,
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable && error.code !== 'ECONNRESET') socket.end(rawProblem(error.code));
    else socket.destroy();
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port, options.host, resolve);
  await listening;

  const drain = async (): Promise<boolean> => {
    options.health.drain();
    await sleep(options.shutdownDelayMs ?? 0);
    const closed = new Promise<true>((done) => server.close(() => done(true)));
    const timer = new AbortController();
    const late = sleep(options.shutdownGraceMs ?? 10_000, false, { signal: timer.signal });
    const finished = await Promise.race([closed, late]);
    timer.abort();
    late.catch(() => undefined);
    if (!finished) server.closeAllConnections();
    await closed;
    return finished;
  };
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  let closing: Promise<boolean> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    close() {
      closing ??= drain();
      return closing;
    },
  };
}

/** What node:http refuses before there is a request: still a problem document. */
function rawProblem(errorCode: string | undefined): string {
  const status =
    errorCode === 'HPE_HEADER_OVERFLOW' ? 431 : errorCode === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const code = 'invalid-header' as const;
  const body = JSON.stringify({
    type: `/docs/errors#${code}`,
    title: status === 400 ? problemCatalogue[code].title : STATUS_CODES[status],
    status,
    detail: 'The request could not be read.',
    code,
  });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
