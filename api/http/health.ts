import { scrubText } from '../../platform/logging.ts';

export interface HealthCheck {
  /** `postgres`, `event-log`, `projections`, `migrations` */
  readonly name: string;
  /** Resolves with what is worth knowing; rejects when the service cannot do its work. */
  check(): Promise<string | undefined>;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Readiness {
  readonly status: 'starting' | 'ready' | 'not-ready' | 'draining';
  readonly checks: readonly CheckResult[];
}

const CHECK_TIMEOUT_MS = 2_000;

/** Whether this process should be sent work. */
export class Health {
  readonly #checks: readonly HealthCheck[];
  #phase: 'starting' | 'serving' | 'draining' = 'serving';

  constructor(checks: readonly HealthCheck[], phase: 'starting' | 'serving' = 'serving') {
    this.#checks = checks;
    this.#phase = phase;
  }

  /** Start-up is over. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  /** Shutdown has begun: never ready again. */
  drain(): void {
    this.#phase = 'draining';
  }

  get draining(): boolean {
    return this.#phase === 'draining';
  }

  async readiness(): Promise<Readiness> {
    const checks = await Promise.all(this.#checks.map(runCheck));
    if (this.#phase !== 'serving') return { status: this.#phase, checks };
    return { status: checks.every((check) => check.ok) ? 'ready' : 'not-ready', checks };
  }
}

async function runCheck({ name, check }: HealthCheck): Promise<CheckResult> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  try {
    const detail = await Promise.race([check(), timeout]);
    return { name, ok: true, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { name, ok: false, detail: scrubText(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(timer);
  }
}
