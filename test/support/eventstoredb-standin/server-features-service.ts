import features, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';

const STREAMS = 'event_store.client.streams.streams';

/** What the client may use; without `batchappend` it falls back to the unary append and says nothing. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
  append: [],
  batchappend: ['deadline_duration'],
};

/** `GetSupportedMethods`, as the version that the stand-in imitates answers it. */
export function serverFeaturesService(
  _call: ServerUnaryCall<Empty, SupportedMethods>,
  callback: sendUnaryData<SupportedMethods>,
): void {
  const answer = new features.SupportedMethods();
  answer.setEventStoreServerVersion('24.6.0');
  for (const [name, supported] of Object.entries(METHODS)) {
    const method = new features.SupportedMethod();
    method.setServiceName(STREAMS);
    method.setMethodName(name);
    method.setFeaturesList([...supported]);
    answer.addMethods(method);
  }
  callback(null, answer);
}
