import type { MeterId } from '../catalogue/types.ts';

/**
 * How one CDP event becomes usage. Paths name members of its data, nested by dots; the first that is there is taken.
 */
export interface CdpRoute {
  readonly meter: MeterId;
  /** Where the units stand; 1 if nowhere. A list stands for its length. */
  readonly quantity?: readonly string[];
  /** Metadata that the meter counts by. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
}

const TRACKED: CdpRoute = { meter: 'event.tracked' };
const EXPORT: CdpRoute = {
  meter: 'data.exported',
  quantity: ['rows', 'rowCount', 'row_count', 'recordCount', 'records'],
};
const AUDIENCE: CdpRoute = {
  meter: 'audience.activated',
  quantity: ['profiles', 'profileCount', 'profile_count', 'size'],
};
const EMAIL: CdpRoute = { meter: 'email.sent', quantity: ['recipients', 'recipientCount', 'messages'] };
const SMS: CdpRoute = { meter: 'sms.sent', quantity: ['segments', 'segmentCount', 'segment_count'] };
const PREDICTION: CdpRoute = { meter: 'prediction.scored', quantity: ['scores', 'scoreCount', 'profiles'] };
const ENRICHMENT: CdpRoute = {
  meter: 'profile.enriched',
  keys: {
    profileId: ['profileId', 'profile_id', 'profile.id'],
    provider: ['provider', 'source', 'enrichment.provider'],
  },
};

/** CDP events by the names that CDPs give them, and the meters they count on. What is not here is refused. */
export const CDP_ROUTES: Readonly<Record<string, CdpRoute>> = {
  // The collection calls of every CDP.
  track: TRACKED,
  page: TRACKED,
  page_view: TRACKED,
  page_viewed: TRACKED,
  screen: TRACKED,
  screen_view: TRACKED,
  identify: TRACKED,
  group: TRACKED,
  alias: TRACKED,
  // Commerce.
  product_viewed: TRACKED,
  product_added: TRACKED,
  cart_viewed: TRACKED,
  checkout_started: TRACKED,
  order_completed: TRACKED,
  order_refunded: TRACKED,
  // What the platform does with the data.
  export_completed: EXPORT,
  data_exported: EXPORT,
  audience_synced: AUDIENCE,
  audience_activated: AUDIENCE,
  email_sent: EMAIL,
  sms_sent: SMS,
  prediction_scored: PREDICTION,
  score_computed: PREDICTION,
  profile_enriched: ENRICHMENT,
  brief_generated: { meter: 'ai.brief_generated' },
  model_trained: { meter: 'model.trained' },
  api_request: { meter: 'api.called', quantity: ['calls', 'requestCount'] },
  api_called: { meter: 'api.called', quantity: ['calls', 'requestCount'] },
};

export interface RoutedUsage {
  readonly eventType: MeterId;
  /** As it stands in the data, NaN if that is no number; 1 unless a path leads to one. */
  readonly quantity: number;
  /** The event's name and the meter's keys: what else the event says may be about persons, and stays out. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The usage of a CDP event; undefined for one without a route. */
export function routeCdpEvent(
  name: string,
  data: Readonly<Record<string, unknown>>,
): RoutedUsage | undefined {
  const found = Object.hasOwn(CDP_ROUTES, name) ? CDP_ROUTES[name] : undefined;
  if (found === undefined) return undefined;
  const keys = Object.entries(found.keys ?? {}).flatMap(([key, paths]) => {
    const value = firstAt(data, paths);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    eventType: found.meter,
    quantity: unitsOf(firstAt(data, found.quantity ?? [])),
    metadata: { cdpEvent: name, ...Object.fromEntries(keys) },
  };
}

function unitsOf(value: unknown): number {
  if (value === undefined) return 1;
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  return typeof value === 'number' ? value : Number.NaN;
}

function firstAt(data: Readonly<Record<string, unknown>>, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = path.split('.').reduce<unknown>(memberOf, data);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
