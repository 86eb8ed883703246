import { uuidv5 } from '../../../platform/uuid.ts';
import type { TestService } from '../../support/service.ts';

/** A thing that belongs to a customer, by the name of the parameter that carries its id. */
interface OwnedThing {
  /** The id of one that the customer has; it is made if need be. */
  of(service: TestService, customerId: string): Promise<string>;
  /** Well-formed, but of nothing. */
  readonly missing: string;
}

/**
 * Whatever an operation is given by id. A customer's key must not be able to tell another customer's from one that
 * does not exist. An operation with a path parameter that stands in neither list fails the matrix: add it here.
 */
export const OWNED_THINGS: Readonly<Record<string, OwnedThing>> = {
  customerId: { of: async (_service, customerId) => customerId, missing: 'no-such-customer' },
  invoiceId: { of: firstInvoice, missing: 'inv_no_such_invoice' },
  creditNoteId: { of: newCreditNote, missing: 'cn_no_such_credit_note' },
  refundId: { of: newRefund, missing: 'ref_no_such_refund' },
};

/** Path parameters that name something which is no customer's, with the value that the matrix sends. */
export const COMMON_THINGS: Readonly<Record<string, string | number>> = {
  account: '1200',
  eventId: uuidv5('no event', '4f3a5c0e-2d1b-5e8a-9c47-6b1f0d7e8a21'),
  keyId: 'no_such_key',
  stream: 'customer-own',
  revision: 0,
  period: '2026-01',
  featureName: 'core.profiles',
  resource: 'api_calls',
};

/** Members of bodies that need another value than the reference's example, for what the handler checks itself. */
export const BODY_MEMBERS: Readonly<Record<string, unknown>> = {
  role: 'auditor',
};

async function firstInvoice(service: TestService, customerId: string): Promise<string> {
  await service.service.core.drain();
  const { body } = await service.ok<{ data: { invoiceId: string }[] }>('listInvoices', { customerId });
  const [invoice] = body.data;
  if (invoice === undefined) throw new Error(`${customerId} has no invoice`);
  return invoice.invoiceId;
}

async function newCreditNote(service: TestService, customerId: string): Promise<string> {
  const invoiceId = await firstInvoice(service, customerId);
  const credit = { invoiceId, amount: { amount: '1.00', currency: 'USD' }, reason: 'matrix' };
  return (await service.ok<{ creditNoteId: string }>('issueCreditNote', credit)).body.creditNoteId;
}

async function newRefund(service: TestService, customerId: string): Promise<string> {
  const invoiceId = await firstInvoice(service, customerId);
  const amount = { amount: '299.00', currency: 'USD' };
  await service.ok('recordInvoicePayment', { invoiceId, amount, method: 'card' });
  const refund = { invoiceId, amount: { ...amount, amount: '1.00' }, reason: 'matrix' };
  return (await service.ok<{ refundId: string }>('refundPayment', refund)).body.refundId;
}
