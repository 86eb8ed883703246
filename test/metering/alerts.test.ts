import { describe, expect, test } from 'vitest';
import type { AlertEvent } from '../../domain/metering/alert-events.ts';
import { alertDecider, type RaiseUsageAlerts, thresholdsOf } from '../../domain/metering/alerts.ts';
import { noUsageTerms } from '../../domain/metering/usage-terms.ts';
import type { Threshold } from '../../domain/metering/usage-terms-events.ts';
import { specification } from '../support/decider-spec.ts';

const spec = specification(alertDecider);
const now = '2026-03-10T12:00:00.000Z';
const percent = (value: number): Threshold => ({ unit: 'percent', value: String(value) });

function look(quantity: bigint, thresholds: readonly Threshold[], tier = 'growth'): RaiseUsageAlerts {
  const levels = [{ meter: 'api.called', quantity, included: 1_000n, thresholds }];
  return { type: 'raiseUsageAlerts', now, customerId: 'acme', month: '2026-03', tier, levels };
}

function raised(threshold: Threshold, quantity: string, direction: 'up' | 'down', hint: boolean): AlertEvent {
  const month = { customerId: 'acme', month: '2026-03', meter: 'api.called' };
  const level = { quantity, included: '1000', tier: 'growth', upgradeHint: hint };
  return { type: 'usage.alert_raised', data: { ...month, threshold, direction, ...level }, effectiveAt: now };
}

const standing = [50, 80, 90, 100, 120].map(percent);

describe('thresholds', () => {
  test('are the standing ones and one’s own, each once; without an allowance there are no percentages', () => {
    const own = (threshold: Threshold) => ({
      ...noUsageTerms,
      alerts: [{ eventType: 'api.called', threshold }],
    });
    expect(thresholdsOf(noUsageTerms, 'api.called', 5n)).toEqual(standing);
    expect(thresholdsOf(own(percent(80)), 'api.called', 5n)).toEqual(standing);
    expect(thresholdsOf(own(percent(95)), 'api.called', 5n)).toContainEqual(percent(95));
    expect(thresholdsOf(own(percent(95)), 'email.sent', 5n)).toEqual(standing);
    const units: Threshold = { unit: 'units', value: '7' };
    expect(thresholdsOf(own(units), 'api.called', 0n)).toEqual([units]);
  });
});

describe('alerts', () => {
  test('of all that is reached at once, with the hint from 80 % on', () => {
    spec
      .when(look(850n, standing))
      .thenEvents(raised(percent(50), '850', 'up', true), raised(percent(80), '850', 'up', true));
    spec.when(look(500n, standing)).thenEvents(raised(percent(50), '500', 'up', false));
    spec.when(look(499n, standing)).thenNothing();
  });

  test('on the highest tier hint at no upgrade', () => {
    const [event] = spec.when(look(900n, [percent(90)], 'enterprise')).events();
    expect(event?.data.upgradeHint).toBe(false);
  });

  test('are said once on the way up and once on the way down, however often it goes', () => {
    const up = raised(percent(50), '600', 'up', false);
    const down = raised(percent(50), '400', 'down', false);
    spec
      .given(up)
      .when(look(700n, [percent(50)]))
      .thenNothing();
    spec
      .given(up)
      .when(look(400n, [percent(50)]))
      .thenEvents(down);
    for (const quantity of [600n, 400n]) {
      spec
        .given(up, down)
        .when(look(quantity, [percent(50)]))
        .thenNothing();
    }
  });

  test('in units are at the unit', () => {
    const units: Threshold = { unit: 'units', value: '10' };
    spec.when(look(9n, [units])).thenNothing();
    spec.when(look(10n, [units])).thenEvents(raised(units, '10', 'up', false));
  });
});
