import { EventEmitter } from 'node:events';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { appendService, batchAppendService } from './append-service.ts';
import { readService } from './read-service.ts';
import { RecordLog } from './record-log.ts';
import { RecordTable } from './record-table.ts';
import { serverFeaturesService } from './server-features-service.ts';

// A process of its own: DATABASE_URL holds the log, PORT is where it listens (0: a free one). Prints {"port":…}, then {"fault":…} whenever one has set in.
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set');

// Ends with the process that started it: its end of the pipe is then closed.
process.stdin.on('end', () => process.exit(0)).resume();

const table = new RecordTable(databaseUrl);
const records = await table.open((error) => {
  console.error(error.message);
  process.exit(1);
});
const log = new RecordLog(table, records);

const faults = new EventEmitter().setMaxListeners(0);
for (const [signal, fault] of [
  ['SIGUSR2', 'mute'],
  ['SIGHUP', 'lose-answers'],
] as const) {
  process.on(signal, () => {
    faults.emit(fault);
    console.log(JSON.stringify({ fault }));
  });
}

const server = new Server();
server.addService(serverFeatures.ServerFeaturesService, { getSupportedMethods: serverFeaturesService });
server.addService(streams.StreamsService, {
  read: readService(log, faults),
  append: appendService(log),
  batchAppend: batchAppendService(log, faults),
});
const address = `127.0.0.1:${process.env['PORT'] ?? 0}`;
server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(JSON.stringify({ port }));
});
