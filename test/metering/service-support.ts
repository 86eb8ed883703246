import { addMonths, monthOf } from '../../domain/kernel/time.ts';
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

interface OpenInvoice {
  readonly invoiceId: string;
  readonly due: { readonly amount: string; readonly currency: string };
}

/** Pays what these customers owe, so that nobody is dunned. */
export async function payAll(service: TestService, ...customerIds: readonly string[]): Promise<void> {
  for (const customerId of customerIds) {
    const { body } = await service.ok<{ data: OpenInvoice[] }>('listInvoices', { customerId, limit: 100 });
    for (const { invoiceId, due } of body.data) {
      if (Number(due.amount) > 0) {
        await service.ok('recordInvoicePayment', { invoiceId, amount: due, method: 'card' });
      }
    }
  }
}

/** Moves the clock on to the 2nd of each month in turn, with every invoice paid when it is cut, and then to `to`. */
export async function live(
  service: TestService,
  to: string,
  ...customerIds: readonly string[]
): Promise<void> {
  for (let month = addMonths(monthOf(service.service.core.clock.now()), 1); ; month = addMonths(month, 1)) {
    await payAll(service, ...customerIds);
    const second = `${month}-02T00:00:00.000Z`;
    if (second >= to) break;
    await service.ok('advanceClock', { to: second });
  }
  await service.ok('advanceClock', { to });
}
