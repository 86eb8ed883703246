import { afterAll, beforeAll, describe } from 'vitest';
import type { EventStore } from '../../eventstore/port.ts';
import { appendContract } from './contract/appends.ts';
import { readContract } from './contract/reads.ts';
import { restartContract } from './contract/restart.ts';
import { subscriptionContract } from './contract/subscriptions.ts';

/** A store to put through the contract, and what stands behind it. */
export interface StoreUnderTest {
  readonly store: EventStore;
  dispose(): Promise<void>;
  /** Kills the server behind the store with SIGKILL and starts it again on the same data. */
  restart?(): Promise<void>;
}

export interface ContractOptions {
  /** Positions are 1, 2, 3 … without gaps, and nobody else writes to the log meanwhile. */
  readonly dense?: boolean;
}

/** How the tests of the contract reach the store, which exists once their `beforeAll` has run. */
export interface ContractContext {
  readonly options: ContractOptions;
  store(): EventStore;
  /** Undefined when the server cannot be restarted. */
  restart(): (() => Promise<void>) | undefined;
}

const START_TIMEOUT_MS = 120_000;

/**
 * What every event store promises, as tests: `eventStoreContract('mine', makeStore)` in a test file. One store
 * is made for all of them; its log may hold events of others, and others may append meanwhile.
 */
export function eventStoreContract(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  options: ContractOptions = {},
): void {
  describe(`event store contract: ${name}`, () => {
    let made: StoreUnderTest | undefined;
    beforeAll(async () => {
      made = await makeStore();
    }, START_TIMEOUT_MS);
    afterAll(() => made?.dispose(), START_TIMEOUT_MS);

    const context: ContractContext = {
      options,
      store: () => {
        if (made === undefined) throw new Error('the store has not been made');
        return made.store;
      },
      restart: () => made?.restart?.bind(made),
    };
    appendContract(context);
    readContract(context);
    subscriptionContract(context);
    restartContract(context);
  });
}
