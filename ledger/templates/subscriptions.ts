import type { TemplateDefinition } from './definition.ts';

/** Subscriptions, proration and the monthly invoice. */
export const subscriptionsTemplates = {
  'SUB-1': {
    title: 'Monthly Growth invoice finalised (299 + 8% tax)',
    trigger: 'invoice.finalized, due in advance',
    lines: ['Dr 1200 322.92', 'Cr 2100 299.00', 'Cr 2300 23.92'],
    note: 'Non-cancellable or due now; otherwise post at payment',
  },
  'SUB-2': {
    title: 'Daily release of deferred (30-day month)',
    trigger: 'daily close',
    lines: ['Dr 2100 9.97', 'Cr 4010 9.97'],
    note: '299/30 = 9.9667; cumulative to the cent, half-even: 9.97, 9.96, 9.97 …; any cadence gives the same month',
  },
  'SUB-3': {
    title: 'Card payment succeeds',
    trigger: 'charge.succeeded + balance transaction',
    lines: ['Dr 1110 322.92', 'Cr 1200 322.92'],
    note: 'Gross, never net of fee',
  },
  'SUB-4': {
    title: 'Stripe fee on that charge (2.9% + 0.30)',
    trigger: 'same balance transaction, fee field',
    lines: ['Dr 5010 9.66', 'Cr 1110 9.66'],
    note: 'Fee comes from balance_transaction.fee, never recomputed',
  },
  'SUB-5': {
    title: 'Pending becomes available',
    trigger: 'available_on reached / balance.available',
    lines: ['Dr 1100 313.26', 'Cr 1110 313.26'],
  },
  'SUB-6': {
    title: 'Annual Growth invoice (20% discount)',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 2870.40', 'Cr 2100 2870.40'],
    note: '12 x 299 x 0.8',
  },
  'SUB-7': {
    title: 'Annual release, one 31-day month of 365',
    trigger: 'daily close, shown summed',
    lines: ['Dr 2100 243.79', 'Cr 4010 243.79'],
    note: '2870.40 x 31/365 = 243.787',
  },
  'SUB-8': {
    title: 'Trial start / trial day',
    trigger: 'subscription.trial_started',
    lines: [],
    note: 'No entry. A 100% discounted trial has no transaction price',
  },
  'SUB-9': {
    title: 'Mid-cycle upgrade Growth to Pro at half period',
    trigger: 'proration invoice finalised (subscription.changed is the memo)',
    lines: ['Dr 2100 149.50', 'Dr 1200 270.00', 'Cr 2100 399.50', 'Cr 2300 20.00'],
    note: 'Credit = invoiced minus earned to the second (in cents); charge rounded half-even to the cent; tax once on the net at each rate. ASC 606 modification, prospective',
  },
  'SUB-10': {
    title: 'Mid-cycle downgrade Pro to Growth at half period, credit kept',
    trigger: 'credit note issued (subscription.changed is the memo)',
    lines: ['Dr 2100 399.50', 'Dr 2300 20.00', 'Cr 2100 149.50', 'Cr 2200 270.00'],
    note: 'Immediate downgrade, invoice paid: credit to customer balance, not cash. Unpaid: Cr 1200',
  },
  'SUB-11': {
    title: 'Credit balance applied to next invoice',
    trigger: 'invoice.payment_applied',
    lines: ['Dr 2200 270.00', 'Cr 1200 270.00'],
  },
  'SUB-12': {
    title: 'Pause with unused time credited',
    trigger: 'credit note issued (subscription.paused is the memo)',
    lines: ['Dr 2100 149.50', 'Dr 2300 11.96', 'Cr 2200 161.46'],
    note: 'Monthly plan, paid. Unpaid: Cr 1200. Annual plan: no entry, the schedule freezes and the term end moves by the pause',
  },
  'SUB-13': {
    title: 'Goodwill credit note of 50.00 gross before payment, service delivered, tax 8%',
    trigger: 'credit_note.issued',
    lines: ['Dr 4910 46.30', 'Dr 2300 3.70', 'Cr 1200 50.00'],
    note: 'Undelivered part debits 2100 instead of 4910',
  },
  'SUB-14': {
    title: 'Cancel now, no refund, half the period left',
    trigger: 'schedule released by cancellation (subscription.cancelled is the memo)',
    lines: ['Dr 2100 149.50', 'Cr 4010 149.50'],
    note: 'The remainder is earned at once; accrued usage is billed at once',
  },
  'SUB-15': {
    title: 'Cancel now, invoice unpaid, half the period left',
    trigger: 'credit note issued',
    lines: ['Dr 2100 149.50', 'Dr 2300 11.96', 'Cr 1200 161.46'],
    note: 'The delivered half stays owed',
  },
  'SUB-16': {
    title: 'Void of a finalised, unpaid invoice, half the period released',
    trigger: 'invoice.voided',
    lines: ['Dr 2100 149.50', 'Dr 4010 149.50', 'Dr 2300 23.92', 'Cr 1200 322.92'],
    note: 'Usage lines go back: Dr 1210 / Cr 1200, residual 4990 reversed. Paid or partly paid: refused, use a credit note',
  },
  'SUB-17': {
    title: 'Tax-inclusive price 299 at 8%',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 299.00', 'Cr 2100 276.85', 'Cr 2300 22.15'],
    note: 'MRR counts 276.85',
  },
  'SUB-18': {
    title: 'Upgrade, proration kept for the next invoice',
    trigger: 'proration.deferred (subscription.changed is the memo)',
    lines: ['Dr 2100 149.50', 'Dr 1210 250.00', 'Cr 2100 399.50'],
    note: 'Then on the invoice: Dr 1200 270.00 / Cr 1210 250.00, Cr 2300 20.00',
  },
  'SUB-19': {
    title: 'Coupon 20% on Growth, tax 8%',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 258.34', 'Cr 2100 239.20', 'Cr 2300 19.14'],
    note: 'A coupon lowers the price; 4910 is for goodwill after the fact',
  },
  'INV-1': {
    title: 'Monthly invoice: next month 299 in advance, usage 1,625.00 in arrears, tax 8%',
    trigger: 'invoice.finalized',
    lines: ['Dr 1200 2077.92', 'Cr 2100 299.00', 'Cr 1210 1625.00', 'Cr 2300 153.92'],
    note: 'One entry composed of SUB-1, USE-2 and USE-3: an invoice posts once',
  },
} as const satisfies Record<string, TemplateDefinition>;
