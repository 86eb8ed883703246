import type { TestService } from '../support/service.ts';

export interface MeterBody {
  readonly eventType: string;
  readonly quantity: number;
  readonly ratedQuantity: number;
  readonly included: number;
  readonly remaining: number;
  readonly billable: number;
  readonly quarantined: number;
  readonly corrected: number;
}

/** A meter's figures in a month, as of a log position. */
export async function meterOf(
  service: TestService,
  customerId: string,
  eventType: string,
  period: string,
  minPosition?: number,
): Promise<MeterBody | undefined> {
  const { body } = await service.ok<{ meters: MeterBody[] }>('getUsage', { customerId, period, minPosition });
  return body.meters.find((meter) => meter.eventType === eventType);
}

export interface EventBody {
  readonly type: string;
  readonly position: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The events of a stream, oldest first. */
export async function eventsOf(service: TestService, stream: string): Promise<readonly EventBody[]> {
  const events: EventBody[] = [];
  for (let startingAfter: string | undefined; ; ) {
    const page = { stream, limit: 100, startingAfter };
    const { body } = await service.ok<{ data: EventBody[]; nextCursor?: string }>('listEvents', page);
    events.push(...body.data);
    startingAfter = body.nextCursor;
    if (startingAfter === undefined) return events;
  }
}
