import { catalogueAt, isMeterId } from '../../domain/catalogue/catalogue.ts';
import type { MeterId, PriceModel } from '../../domain/catalogue/types.ts';
import { decimal } from '../../domain/kernel/money.ts';
import { type Month, monthStart } from '../../domain/kernel/time.ts';
import { rate, ratedMicros } from '../../domain/metering/rating.ts';
import { MINIMUM_COMMITMENT } from '../../domain/metering/rating-decider.ts';
import type { Formats } from './presentation.ts';

const METER_NAMES: Readonly<Record<MeterId, string>> = {
  'event.tracked': 'Events tracked',
  'data.exported': 'Rows exported',
  'api.called': 'API calls',
  'email.sent': 'E-mails sent',
  'audience.activated': 'Profiles activated',
  'prediction.scored': 'Predictions scored',
  'sms.sent': 'SMS segments sent',
  'profile.enriched': 'Profiles enriched',
  'ai.brief_generated': 'AI briefs generated',
  'model.trained': 'Models trained',
};

/** Short nouns for "… per event". */
const UNITS: Readonly<Record<MeterId, string>> = {
  'event.tracked': 'event',
  'data.exported': 'rows',
  'api.called': 'call',
  'email.sent': 'e-mail',
  'audience.activated': 'profile',
  'prediction.scored': 'score',
  'sms.sent': 'segment',
  'profile.enriched': 'profile',
  'ai.brief_generated': 'brief',
  'model.trained': 'training run',
};

const MICROS = 1_000_000;
const PRICE_PLACES = 6;

export interface UsageFigures {
  readonly meter: string;
  readonly month: Month;
  readonly billable: string;
  /** At 1e-6. */
  readonly accrued: string;
}

export function meterName(meter: string): string {
  if (meter === MINIMUM_COMMITMENT) return 'Minimum commitment, what usage left of it';
  return isMeterId(meter) ? METER_NAMES[meter] : meter;
}

/**
 * The price of a usage line in words. The list price is named only where it gives the line's amount to the
 * micro; anything else (an agreed price, the rest of a month that was billed before) is shown by its average.
 * Null where nothing was billable.
 */
export function priceText(line: UsageFigures, formats: Formats): string | null {
  const units = BigInt(line.billable);
  if (isMeterId(line.meter) && units > 0n) {
    const { price } = catalogueAt(monthStart(line.month)).meters[line.meter];
    const listed = ratedMicros(rate(price, units));
    if (decimal(listed).eq(decimal(line.accrued).times(MICROS))) {
      return modelText(price, UNITS[line.meter], units, formats);
    }
  }
  if (units === 0n) return null;
  const average = decimal(line.accrued).div(units.toString()).round(PRICE_PLACES, 2);
  return average.lt(0) ? null : `on average ${formats.price(average.toFixed())} each`;
}

function modelText(model: PriceModel, unit: string, units: bigint, formats: Formats): string {
  const { price, count } = formats;
  switch (model.kind) {
    case 'standard':
      return `${price(model.unitPrice)} per ${unit}`;
    case 'package':
      return `${price(model.price)} per started ${count(String(model.size))} ${unit}`;
    case 'volume': {
      const reached = model.tiers.find(({ upTo }) => upTo === null || units <= upTo);
      const bound = reached?.upTo ?? null;
      const range = bound === null ? 'at this volume' : `up to ${count(String(bound))}`;
      return `${price(reached?.unitPrice ?? '0')} per ${unit}, volume price ${range}`;
    }
    case 'graduated': {
      const last = model.tiers.findIndex(({ upTo }) => upTo === null || units <= upTo);
      const used = model.tiers.slice(0, last + 1);
      if (used.length === 1) return `${price(used[0]?.unitPrice ?? '0')} per ${unit}`;
      const parts = used.map(({ upTo, unitPrice }, index) =>
        index === used.length - 1 || upTo === null
          ? `then ${price(unitPrice)}`
          : `${price(unitPrice)} up to ${count(String(upTo))}`,
      );
      return `Per ${unit}: ${parts.join(', ')}`;
    }
  }
}
