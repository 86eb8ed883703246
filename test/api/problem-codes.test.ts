import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProblemCode, problemCatalogue } from '../../api/problems/catalogue.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { billingScenarios } from './problem-codes/billing.ts';
import { httpScenarios } from './problem-codes/http.ts';
import { outageScenarios } from './problem-codes/outages.ts';
import { refusalScenarios } from './problem-codes/refusals.ts';
import { givenOn, type Scenarios } from './problem-codes/scenario.ts';
import { usageScenarios } from './problem-codes/usage.ts';

const PLACES = {
  'billing.ts': billingScenarios,
  'refusals.ts': refusalScenarios,
  'usage.ts': usageScenarios,
  'http.ts': httpScenarios,
  'outages.ts': outageScenarios,
} satisfies Record<string, Scenarios>;

const scenarios: Scenarios = Object.assign({}, ...Object.values(PLACES));
const codes = Object.keys(problemCatalogue) as ProblemCode[];
const CARRY_RETRY_AFTER: readonly (number | undefined)[] = [429, 503, 504];

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

describe('every problem code is provoked', () => {
  it.each(codes)('%s', { timeout: 90_000 }, async (code) => {
    const scenario = scenarios[code];
    if (scenario === undefined) {
      throw new Error(
        `nothing provokes ${code}: add a scenario named '${code}' to test/api/problem-codes/refusals.ts (or http.ts), or take the code out of the catalogue`,
      );
    }
    const provoked = await scenario(givenOn(service));
    expect(provoked.code).toBe(code);
    if (provoked.status === undefined) return;
    expect(provoked.status).toBe(problemCatalogue[code].status);
    expect(provoked.headers.get('content-type')).toContain('application/problem+json');
    if (CARRY_RETRY_AFTER.includes(provoked.status)) {
      expect(provoked.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('and no scenario is about a code that is gone, or in two places', () => {
    const named = Object.values(PLACES).flatMap((place) => Object.keys(place));
    expect(named.filter((code) => !codes.includes(code as ProblemCode))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });
});
