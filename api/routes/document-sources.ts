import { requireOwn } from '../auth/customer-scope.ts';
import type { CreditNoteSource } from '../documents/credit-note-model.ts';
import type { InvoiceSource } from '../documents/invoice-model.ts';
import type { QueryContext } from '../http/types.ts';
import { ProblemError } from '../problems/problem.ts';
import type { Services } from './services.ts';

type Context = QueryContext<Services>;
type Invoice = InvoiceSource['invoice'];

/** All that an invoice's document is made from. @throws ProblemError `invoice-not-found` */
export async function invoiceSource(invoiceId: string, context: Context): Promise<InvoiceSource> {
  const { services, principal } = context;
  const invoice = await services.billing.invoiceById(invoiceId);
  const missing = () => new ProblemError('invoice-not-found', 'There is no such invoice.');
  if (invoice === undefined) throw missing();
  requireOwn(principal, invoice.customerId, missing);
  const [customer, numbers] = await Promise.all([
    personOf(invoice.customerId, services),
    numbersNamedBy(invoice, services),
  ]);
  return { invoice, customer, seller: services.documents.seller, numbers };
}

/** All that a credit note's document is made from. @throws ProblemError `credit-note-not-found` */
export async function creditNoteSource(creditNoteId: string, context: Context): Promise<CreditNoteSource> {
  const { services, principal } = context;
  const { billing, documents } = services;
  const creditNote = await billing.creditNoteById(creditNoteId);
  const missing = () => new ProblemError('credit-note-not-found', 'There is no such credit note.');
  if (creditNote === undefined) throw missing();
  requireOwn(principal, creditNote.customerId, missing);
  const [customer, invoice] = await Promise.all([
    personOf(creditNote.customerId, services),
    billing.invoiceById(creditNote.invoiceId),
  ]);
  if (invoice === undefined)
    throw new Error(`credit note ${creditNoteId} corrects an invoice that is not there`);
  return { creditNote, invoice, customer, seller: documents.seller };
}

async function personOf(
  customerId: string,
  { billing, commands }: Services,
): Promise<InvoiceSource['customer']> {
  const customer = await billing.customerById(customerId);
  return customer === undefined ? undefined : commands.vault.get(customer.subjectId);
}

/** Numbers of the invoices that an invoice's lines name. */
async function numbersNamedBy({ lines }: Invoice, { billing }: Services): Promise<InvoiceSource['numbers']> {
  const named = lines.flatMap((line) => {
    if (line.kind === 'credit') return [line.fromInvoiceId];
    return line.kind === 'proration' ? [line.forInvoiceId] : [];
  });
  const others = await Promise.all([...new Set(named)].map((invoiceId) => billing.invoiceById(invoiceId)));
  return new Map(
    others.flatMap((other): [string, number][] =>
      other === undefined || other.number === null ? [] : [[other.invoiceId, other.number]],
    ),
  );
}
