import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '../problems/problem.ts';
import type { WireRequest, WireResponse } from './types.ts';

/** A body over its limit is still received up to here, so that the caller gets to read the answer. */
const MAX_DRAINED_BYTES = 16 * 1_048_576;

/** A request of node:http as the pipeline takes it. */
export function wireRequest(request: IncomingMessage): WireRequest {
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    remoteAddress: request.socket.remoteAddress ?? '',
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: (maxBytes) => readBody(request, maxBytes),
  };
}

/** Sends a response; `closing` asks the caller to open a new connection for its next request. */
export function sendResponse(response: ServerResponse, wire: WireResponse, closing = false): void {
  if (response.destroyed) return;
  response.writeHead(wire.status, {
    ...wire.headers,
    'Content-Length': String(Buffer.byteLength(wire.body)),
    ...(closing ? { Connection: 'close' } : {}),
  });
  response.end(wire.body);
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > MAX_DRAINED_BYTES) return Promise.reject(tooLarge(maxBytes, { Connection: 'close' }));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > MAX_DRAINED_BYTES) {
        request.pause();
        reject(tooLarge(maxBytes, { Connection: 'close' }));
      }
    });
    request.on('end', () => (size > maxBytes ? reject(tooLarge(maxBytes)) : resolve(Buffer.concat(chunks))));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new ProblemError('invalid-json', 'The body ended early.'));
    });
  });
}

function tooLarge(maxBytes: number, headers: Record<string, string> = {}): ProblemError {
  return new ProblemError('body-too-large', `The body has more than ${maxBytes} bytes.`, { headers });
}
