import { setTimeout as sleep } from 'node:timers/promises';
import { convertToCommandError, EventStoreDBClient } from '@eventstore/db-client';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type IStreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';

export type BatchAppendCall = ReturnType<IStreamsClient['batchAppend']>;

export interface ServerFeatures {
  /** `24.6.0`. */
  readonly version: string;
  readonly batchAppend: boolean;
}

const FEATURES_DEADLINE_MS = 2_000;
const CLOSE_WITHIN_MS = 1_000;

/**
 * The client, and the one call that we make ourselves: its `appendToStream` keeps what is in flight in a map of
 * the module, so that one broken connection rejects the appends of every client, and while writes wait for a
 * drain it ends the process with an unhandled rejection.
 */
export class LogClient extends EventStoreDBClient {
  /** @throws Error when the string cannot be parsed, or a certificate in it not be read */
  static override connectionString(connectionString: string): LogClient {
    const client = EventStoreDBClient.connectionString(connectionString);
    // The factory of the base class makes its own instances whatever it is called on.
    Object.setPrototypeOf(client, LogClient.prototype);
    return client as LogClient;
  }

  /** @param listen attaches listeners before anything can happen on the call */
  async openBatchAppend(listen: (call: BatchAppendCall) => void): Promise<BatchAppendCall> {
    return this.GRPCStreamCreator(streams.StreamsClient, 'batchAppend', (client) => {
      const call = client.batchAppend(
        ...this.callArguments({ requiresLeader: true }, { deadline: Number.POSITIVE_INFINITY }),
      );
      listen(call);
      return call;
    })();
  }

  /** Asks the server each time; the client's own copy may be that of a failed attempt. */
  serverFeatures(): Promise<ServerFeatures> {
    return this.execute(serverFeatures.ServerFeaturesClient, 'serverFeatures', async (client) => {
      const args = this.callArguments({}, { deadline: Date.now() + FEATURES_DEADLINE_MS });
      return new Promise<ServerFeatures>((resolve, reject) => {
        client.getSupportedMethods(new shared.Empty(), ...args, (error, answer) => {
          if (error !== null) return reject(convertToCommandError(error));
          const batchAppend = answer
            .getMethodsList()
            .some((method) => method.getMethodName().toLowerCase() === 'batchappend');
          resolve({ version: answer.getEventStoreServerVersion(), batchAppend });
        });
      });
    });
  }

  /** Ends all calls and closes the connection. A call whose reader has stopped reading never ends by itself. */
  async close(): Promise<void> {
    await Promise.race([this.dispose(), sleep(CLOSE_WITHIN_MS)]);
    (await this.getChannel()).close();
  }

  /** The server's options by name, as `/info/options` gives them to operators. */
  async serverOptions(): Promise<ReadonlyMap<string, string>> {
    const options = await this.HTTPRequest<{ name: string; value: unknown }[]>('GET', '/info/options', {});
    return new Map(options.map((option) => [option.name, String(option.value)]));
  }
}

interface Discardable {
  cancel?(): Promise<void>;
  unsubscribe?(): Promise<void>;
  resume(): unknown;
}

/** Cancels a read or a subscription. What is still on its way must be read, or the call never ends. */
export function discard(call: Discardable): void {
  const cancelled = call.cancel?.() ?? call.unsubscribe?.();
  cancelled?.catch(() => undefined);
  call.resume();
}
