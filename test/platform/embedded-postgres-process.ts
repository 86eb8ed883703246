/**
 * A process that opens a data folder: `node embedded-postgres-process.ts <folder> [<module>]`. It answers one
 * line of JSON ({ url, owned, log } or { code, message }) and stops when its input ends. It outlives a SIGINT.
 */
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

type Module = typeof import('../../platform/embedded-postgres/index.ts');

const [, , dataDir = '', module] = process.argv;
const { startEmbeddedPostgres }: Module =
  module === undefined
    ? await import('../../platform/embedded-postgres/index.ts')
    : await import(pathToFileURL(module).href);

process.on('SIGINT', () => undefined);
const log: string[] = [];
try {
  const server = await startEmbeddedPostgres({ dataDir, log: (line) => log.push(line) });
  console.log(JSON.stringify({ url: server.url, owned: server.owned, log }));
  process.stdin.resume();
  await once(process.stdin, 'end');
  await server.stop();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  console.log(JSON.stringify({ code, message: String(error), log }));
}
