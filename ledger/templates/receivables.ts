import type { TemplateDefinition } from './definition.ts';

/** Refunds, disputes, dunning, receipts, tax and capital. */
export const receivablesTemplates = {
  'REF-1': {
    title: 'Refund of the whole invoice approved, half the period delivered (299 + 8% tax)',
    trigger: 'refund.created',
    lines: ['Dr 2100 149.50', 'Dr 4900 149.50', 'Dr 2300 23.92', 'Cr 2220 322.92'],
    note: 'A refund without a sum for the undelivered part leaves the schedule untouched: Dr 4900, 2300 / Cr 2220',
  },
  'REF-2': {
    title: 'Refund settles (Stripe fee is not returned)',
    trigger: 'refund balance transaction',
    lines: ['Dr 2220 322.92', 'Cr 1100 322.92'],
    note: 'refund_failure reverses it',
  },
  'REF-3': {
    title: 'Annual Growth 2,870.40 + 8% tax cancelled after 90 of 365 days, refund of the rest',
    trigger: 'refund.created',
    lines: ['Dr 2100 2162.63', 'Dr 2300 173.01', 'Cr 2220 2335.64'],
    note: 'Earned 707.77',
  },
  'REF-4': {
    title: 'Customer asks for its credit balance in cash',
    trigger: 'refund.created',
    lines: ['Dr 2200 24.11', 'Cr 2220 24.11'],
    note: 'then REF-2',
  },
  'REF-5': {
    title: 'Refund fails',
    trigger: 'refund.failed',
    lines: ['Dr 1100 322.92', 'Cr 2220 322.92'],
  },
  'DSP-1': {
    title: 'Dispute opened: funds and fee withdrawn',
    trigger: 'charge.dispute.funds_withdrawn',
    lines: ['Dr 1220 322.92', 'Dr 5020 15.00', 'Cr 1100 337.92'],
    note: 'No revenue entry yet; entitlement policy decides access',
  },
  'DSP-2': {
    title: 'Dispute won',
    trigger: 'charge.dispute.funds_reinstated',
    lines: ['Dr 1100 322.92', 'Cr 1220 322.92'],
    note: 'Fee stays unless the processor returns it',
  },
  'DSP-3': {
    title: 'Dispute lost, two thirds of the service delivered',
    trigger: 'charge.dispute.closed (lost)',
    lines: ['Dr 4920 199.33', 'Dr 2100 99.67', 'Dr 2300 23.92', 'Cr 1220 322.92'],
    note: 'Product/service disputes reduce revenue; pure credit failure goes to 5100',
  },
  'DSP-4': {
    title: 'Dispute larger than the payment because of FX',
    trigger: 'charge.dispute.funds_withdrawn',
    lines: ['Dr 1220 322.92', 'Dr 5160 4.10', 'Cr 1100 327.02'],
    note: 'polar #8344: must be representable',
  },
  'DUN-1': {
    title: 'Payment attempt fails',
    trigger: 'invoice.payment_failed',
    lines: [],
    note: 'No money posting; AR stays, attempt is an event. ACH return fee: Dr 5010 / Cr 1100',
  },
  'DUN-2': {
    title: 'Ageing provision (expected loss)',
    trigger: 'monthly close',
    lines: ['Dr 5100 29.90', 'Cr 1205 29.90'],
    note: 'Example: 299 delivered in full, 31-60 days. Post required minus existing 1205, on receivables net of tax and of the undelivered part. Matrix: current 0.5%, 1-30 2%, 31-60 10%, 61-90 30%, 90+ 70%. Lago writes off 100% at overdue and says it is not standard practice',
  },
  'DUN-5': {
    title: 'Before a write-off: the undelivered part is credited',
    trigger: 'credit note issued',
    lines: ['Dr 2100 99.67', 'Dr 2300 7.97', 'Cr 1200 107.64'],
    note: 'Reversed, never expensed; its tax is always reversible',
  },
  'DUN-3': {
    title: 'Write-off after dunning is exhausted: the delivered part and its tax',
    trigger: 'invoice.uncollectible',
    lines: ['Dr 1205 199.33', 'Dr 2300 15.95', 'Cr 1200 215.28'],
    note: 'After DUN-5 has reversed the undelivered part. No bad-debt relief for tax: Dr 1205 instead of 2300',
  },
  'DUN-4': {
    title: 'Recovery after write-off',
    trigger: 'payment.succeeded',
    lines: ['Dr 1110 215.28', 'Cr 1205 199.33', 'Cr 2300 15.95'],
    note: 'Tax is re-established',
  },
  'RCV-1': {
    title: 'Bank transfer pays an invoice',
    trigger: 'payment.succeeded (bank)',
    lines: ['Dr 1010 322.92', 'Cr 1200 322.92'],
    note: 'Partial: what came',
  },
  'RCV-2': {
    title: 'Payment of 347.03 on 322.92',
    trigger: 'payment.succeeded (card)',
    lines: ['Dr 1110 347.03', 'Cr 1200 322.92', 'Cr 2200 24.11'],
    note: 'Excess to customer credit, applied to the next invoice at finalisation (SUB-11)',
  },
  'RCV-3': {
    title: 'ACH debit returned after success',
    trigger: 'payment.returned',
    lines: ['Dr 1200 322.92', 'Cr 1100 322.92'],
    note: 'Return fee: Dr 5010 / Cr 1100',
  },
  'RCV-4': {
    title: 'Receipt that no invoice explains',
    trigger: 'bank.statement_line',
    lines: ['Dr 1010 50.00', 'Cr 2240 50.00'],
    note: 'Matched later: Dr 2240 / Cr 1200',
  },
  'TAX-1': {
    title: 'Sales tax remitted',
    trigger: 'tax.remitted',
    lines: ['Dr 2300 23.92', 'Cr 1010 23.92'],
  },
  'EQT-1': {
    title: 'Capital paid in to fund lending',
    trigger: 'capital.contributed',
    lines: ['Dr 1020 1000000.00', 'Cr 3000 1000000.00'],
  },
  'EQT-2': {
    title: 'Opening balance of an account taken over from another system',
    trigger: 'balances.imported',
    lines: ['Dr 1010 5000.00', 'Cr 3900 5000.00'],
    note: 'Receivables come in as open invoices, deferred revenue as schedules, never as bare balances; 3900 closes to zero when the whole trial balance is in',
  },
} as const satisfies Record<string, TemplateDefinition>;
