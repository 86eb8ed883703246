import { startEmbeddedPostgres } from '../../platform/embedded-postgres/index.ts';
import { postmasterPid, untilGone } from '../platform/embedded-postgres-support.ts';
import { type Standin, startStandin } from '../support/eventstoredb-standin/start-standin.ts';
import { type ServiceProcess, startServiceProcess, steadyPort } from '../support/service-process.ts';
import { removeTemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

/** Where the log is: in the service's own Postgres, behind the stand-in, or on a real EventStoreDB. */
export type LogSetting =
  | { readonly kind: 'postgres' }
  /** The stand-in keeps its records in this database, which is not the service's and is not killed. */
  | { readonly kind: 'standin'; readonly databaseUrl: string }
  /** Not killed. Its log must be empty, or what earlier rounds of the same deployment left. */
  | { readonly kind: 'server'; readonly url: string };

/** Business time at first: the end of a month is near. */
export const STARTS_AT = '2026-01-24T00:00:00.000Z';

export type Target = 'service' | 'postgres' | 'standin';

/** Everything that can be killed, each a process of its own, on data that stays. */
export class Deployment {
  readonly dataDir: string;
  readonly eventStoreUrl: string | undefined;
  readonly targets: readonly Target[];
  readonly #port: number;
  readonly #standin: Standin | undefined;
  #service: ServiceProcess;

  private constructor(
    service: ServiceProcess,
    place: { dataDir: string; port: number; standin: Standin | undefined; eventStoreUrl: string | undefined },
  ) {
    this.#service = service;
    this.#port = place.port;
    this.#standin = place.standin;
    this.dataDir = place.dataDir;
    this.eventStoreUrl = place.eventStoreUrl;
    this.targets = ['service', 'postgres', ...(place.standin === undefined ? [] : (['standin'] as const))];
  }

  static async start(log: LogSetting): Promise<Deployment> {
    const dataDir = await temporaryFolder();
    const port = await steadyPort();
    const standin =
      log.kind === 'standin' ? await startStandin(log.databaseUrl, await steadyPort()) : undefined;
    const eventStoreUrl = log.kind === 'server' ? log.url : standin?.url;
    const service = await startServiceProcess({ dataDir, port, env: environment(eventStoreUrl) });
    const deployment = new Deployment(service, { dataDir, port, standin, eventStoreUrl });
    await service.ready();
    return deployment;
  }

  get service(): ServiceProcess {
    return this.#service;
  }

  /** SIGKILL to all of them at once; returns when they are gone. */
  async kill(targets: readonly Target[]): Promise<void> {
    await Promise.all(targets.map((target) => this.#kill(target)));
  }

  /**
   * Starts again what an operator starts; the service itself sees to its embedded Postgres.
   * @throws Error if the service ended although it was not killed
   */
  async revive(targets: readonly Target[]): Promise<void> {
    if (targets.includes('standin')) await this.#standin?.restart();
    if (targets.includes('service')) {
      const env = environment(this.eventStoreUrl);
      this.#service = await startServiceProcess({ dataDir: this.dataDir, port: this.#port, env });
    }
    await this.#service.ready();
  }

  /** Url of the service's Postgres while the service runs. */
  async databaseUrl(): Promise<string> {
    const { url, owned, stop } = await startEmbeddedPostgres({
      dataDir: this.dataDir,
      log: () => undefined,
    });
    if (!owned) return url;
    await stop();
    throw new Error('the service does not run');
  }

  /** Kills what runs and deletes the data. */
  async dispose(): Promise<void> {
    await this.#service.kill();
    await this.#standin?.kill();
    await removeTemporaryFolder(this.dataDir);
  }

  async #kill(target: Target): Promise<void> {
    if (target === 'service') return this.#service.kill();
    if (target === 'standin') return this.#standin?.kill();
    const pid = await postmasterPid(this.dataDir);
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
  }
}

function environment(eventStoreUrl: string | undefined): Record<string, string> {
  return {
    CLOCK: `manual:${STARTS_AT}`,
    ...(eventStoreUrl === undefined ? {} : { EVENTSTORE_URL: eventStoreUrl }),
  };
}
