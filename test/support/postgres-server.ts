/**
 * The test run's PostgreSQL server: prints its url, and stops and deletes it when standard input ends. That
 * happens whichever way the test run ends, so nothing stays behind an interrupted one.
 */
import { once } from 'node:events';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { removeTemporaryFolder, sweepTemporaryFolders, temporaryFolder } from './temporary-folder.ts';

const ended = once(process.stdin.resume(), 'end');
await sweepTemporaryFolders();
const dataDir = await temporaryFolder();
try {
  const server = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
  console.log(server.url);
  await ended;
  await server.stop();
} finally {
  await removeTemporaryFolder(dataDir);
}
