import type { TemplateDefinition } from './definition.ts';

/** Net terms, working-capital loans and revenue-based financing. */
export const lendingTemplates = {
  'NET-1': {
    title: 'Net-30: supplier paid on day 7 (invoice 100,000, fee 3%)',
    trigger: 'net_terms.disbursed',
    lines: ['Dr 1330 103000.00', 'Cr 1020 100000.00', 'Cr 1335 3000.00'],
    note: 'Days 0-7: commitment, memo only',
  },
  'NET-2': {
    title: 'Fee accretion, one of 23 days',
    trigger: 'daily close',
    lines: ['Dr 1335 130.43', 'Cr 4100 130.43'],
    note: 'Last day absorbs the remainder',
  },
  'NET-3': {
    title: 'Customer pays on day 30',
    trigger: 'payment.succeeded',
    lines: ['Dr 1010 103000.00', 'Cr 1330 103000.00'],
  },
  'LN-1': {
    title: 'Working-capital origination 500,000, 2% fee withheld',
    trigger: 'loan.disbursed',
    lines: ['Dr 1300 500000.00', 'Cr 1305 10000.00', 'Cr 1020 490000.00'],
    note: 'Fee deferred, carried with the loan (ASC 310-20)',
  },
  'LN-2': {
    title: 'Day-1 expected credit loss (2% PD x 50% LGD)',
    trigger: 'loan.disbursed',
    lines: ['Dr 5110 5000.00', 'Cr 1390 5000.00'],
    note: 'ASC 326; re-measured at close',
  },
  'LN-3': {
    title: 'Month-1 interest 10% on 500,000',
    trigger: 'daily close, shown monthly',
    lines: ['Dr 1310 4166.67', 'Cr 4110 4166.67'],
    note: 'Actual/365 in the engine; 30/360 shown',
  },
  'LN-4': {
    title: 'Month-1 fee amortisation at the effective rate 1.42257%',
    trigger: 'monthly close',
    lines: ['Dr 1305 2803.92', 'Cr 4120 2803.92'],
    note: '490,000 x 1.42257% - 4,166.67',
  },
  'LN-5': {
    title: 'Instalment 1 of 6: 85,780.70',
    trigger: 'payment.succeeded',
    lines: ['Dr 1010 85780.70', 'Cr 1310 4166.67', 'Cr 1300 81614.03'],
    note: 'Waterfall: past-due (penalty, fee, interest, principal) then due, then in advance; configurable as in Fineract',
  },
  'LN-6': {
    title: 'Overpayment',
    trigger: 'payment.succeeded',
    lines: ['Dr 1010 200.00', 'Cr 2610 200.00'],
  },
  'LN-7': {
    title: 'Late fee',
    trigger: 'loan.late_fee_assessed',
    lines: ['Dr 1315 100.00', 'Cr 4140 100.00'],
  },
  'LN-8': {
    title: 'Non-accrual at 90 days past due: reverse uncollected interest',
    trigger: 'loan.nonaccrual',
    lines: ['Dr 4110 2800.77', 'Cr 1310 2800.77'],
    note: 'Example: the third instalment’s interest, unpaid. Only interest of unpaid months is reversed. Later receipts: principal first',
  },
  'LN-9': {
    title: 'Charge-off at 120 days, principal 253,111.89, unamortised fee 2,921.56',
    trigger: 'loan.charged_off',
    lines: ['Dr 1390 250190.33', 'Dr 1305 2921.56', 'Cr 1300 253111.89'],
    note: 'Any shortfall of the allowance first: Dr 5110 / Cr 1390',
  },
  'LN-10': {
    title: 'Recovery after charge-off',
    trigger: 'payment.succeeded',
    lines: ['Dr 1010 5000.00', 'Cr 1390 5000.00'],
  },
  'LN-11': {
    title: 'Backdated repayment',
    trigger: 'loan.payment_recorded(effective earlier)',
    lines: [],
    note: 'Reverse the later allocations, replay in effective order, post only the delta in the open period',
  },
  'RBF-1': {
    title: 'RBF advance 1,000,000 (cap 1.4x)',
    trigger: 'rbf.disbursed',
    lines: ['Dr 1320 1000000.00', 'Cr 1020 1000000.00'],
    note: 'At amortised cost; never gross up to 1,400,000',
  },
  'RBF-2': {
    title: 'Month-1 income at expected yield 3.91172% (8% of 1M monthly revenue)',
    trigger: 'monthly close',
    lines: ['Dr 1320 39117.22', 'Cr 4130 39117.22'],
    note: 'Expected yield re-estimated prospectively when the revenue forecast moves; small-portfolio option: 28.5714% of each collection',
  },
  'RBF-3': {
    title: 'Month-1 remittance',
    trigger: 'payment.succeeded',
    lines: ['Dr 1010 80000.00', 'Cr 1320 80000.00'],
    note: 'Stops exactly when cumulative collections = 1.4 x advance; the last remittance is truncated',
  },
  'RBF-4': {
    title: 'Impairment',
    trigger: 'close',
    lines: ['Dr 5110 50000.00', 'Cr 1390 50000.00'],
    note: 'Slow revenue is not default; breach (diversion, shut-down) is',
  },
} as const satisfies Record<string, TemplateDefinition>;
