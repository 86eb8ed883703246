/** Classes of account. A contra account reduces the class it is named after and has the opposite normal side. */
export type AccountType =
  | 'asset'
  | 'contra_asset'
  | 'liability'
  | 'equity'
  | 'revenue'
  | 'contra_revenue'
  | 'expense';

export type Side = 'Dr' | 'Cr';

/** The chart of accounts: one set of books, one chart. Codes never change their meaning. */
const chart = {
  '1010': { name: 'Cash - operating bank', type: 'asset' },
  '1020': { name: 'Cash - lending bank', type: 'asset' },
  '1030': { name: 'Cash - restricted (partner and merchant funds)', type: 'asset' },
  '1100': { name: 'Stripe balance - available', type: 'asset' },
  '1110': { name: 'Stripe balance - pending', type: 'asset' },
  '1120': { name: 'Stripe payouts in transit to bank', type: 'asset' },
  '1130': { name: 'Other PSP clearing (PayPal, ACH)', type: 'asset' },
  '1180': { name: 'Foreign-exchange clearing', type: 'asset' },
  '1190': { name: 'PSP suspense / unreconciled', type: 'asset' },
  '1200': { name: 'Accounts receivable', type: 'asset' },
  '1205': { name: 'Allowance for doubtful AR (contra)', type: 'contra_asset' },
  '1209': { name: 'Receivables revaluation', type: 'asset' },
  '1210': { name: 'Unbilled receivable (contract asset)', type: 'asset' },
  '1220': { name: 'Dispute receivable (funds withheld)', type: 'asset' },
  '1230': { name: 'Partner receivable (clawback / negative balance)', type: 'asset' },
  '1235': { name: 'Allowance - partner receivable (contra)', type: 'contra_asset' },
  '1240': { name: 'Insurance commission receivable', type: 'asset' },
  '1300': { name: 'Loan principal receivable', type: 'asset' },
  '1305': { name: 'Unamortised net origination fees (contra-loan)', type: 'contra_asset' },
  '1310': { name: 'Accrued interest receivable', type: 'asset' },
  '1315': { name: 'Loan fees and penalties receivable', type: 'asset' },
  '1320': { name: 'RBF advances at amortised cost', type: 'asset' },
  '1330': { name: 'Net-terms receivables', type: 'asset' },
  '1335': { name: 'Unearned net-terms fee (contra)', type: 'contra_asset' },
  '1390': { name: 'Allowance for credit losses - lending (contra)', type: 'contra_asset' },
  '1400': { name: 'Capitalised cost to obtain contracts', type: 'asset' },
  '2100': { name: 'Deferred revenue - subscriptions', type: 'liability' },
  '2110': { name: 'Deferred revenue - marketplace listing / certification', type: 'liability' },
  '2120': { name: 'Deferred revenue - data products', type: 'liability' },
  '2130': { name: 'Deferred revenue - services', type: 'liability' },
  '2200': { name: 'Customer credit balance', type: 'liability' },
  '2210': { name: 'Prepaid usage wallet', type: 'liability' },
  '2220': { name: 'Refunds payable', type: 'liability' },
  '2230': { name: 'SLA credit liability', type: 'liability' },
  '2240': { name: 'Unapplied receipts', type: 'liability' },
  '2300': { name: 'Sales tax payable', type: 'liability' },
  '2310': { name: 'Backup withholding payable', type: 'liability' },
  '2400': { name: 'Partner payable - on hold', type: 'liability' },
  '2410': { name: 'Partner payable - available', type: 'liability' },
  '2420': { name: 'Partner payouts in transit', type: 'liability' },
  '2430': { name: 'Partner dispute reserve', type: 'liability' },
  '2500': { name: 'Merchant funds payable', type: 'liability' },
  '2510': { name: 'Supplier payable - net terms', type: 'liability' },
  '2610': { name: 'Borrower overpayment', type: 'liability' },
  '2620': { name: 'Unapplied loan receipts', type: 'liability' },
  '2700': { name: 'Insurance commission clawback reserve', type: 'liability' },
  '3000': { name: 'Contributed capital', type: 'equity' },
  '3100': { name: 'Retained earnings', type: 'equity' },
  '3900': { name: 'Opening balances', type: 'equity' },
  '4010': { name: 'Subscription revenue', type: 'revenue' },
  '4020': { name: 'Usage revenue', type: 'revenue' },
  '4025': { name: 'Wallet breakage revenue', type: 'revenue' },
  '4030': { name: 'White-label base fee revenue', type: 'revenue' },
  '4040': { name: 'White-label client overage revenue', type: 'revenue' },
  '4045': { name: 'White-label partner share (contra)', type: 'contra_revenue' },
  '4050': { name: 'Marketplace commission revenue', type: 'revenue' },
  '4060': { name: 'Listing, featured and certification revenue', type: 'revenue' },
  '4070': { name: 'Vertical edition revenue', type: 'revenue' },
  '4080': { name: 'Data product revenue', type: 'revenue' },
  '4090': { name: 'Enterprise tenancy revenue', type: 'revenue' },
  '4100': { name: 'Net-terms fee income', type: 'revenue' },
  '4110': { name: 'Loan interest income', type: 'revenue' },
  '4120': { name: 'Origination fee income (yield)', type: 'revenue' },
  '4130': { name: 'RBF income', type: 'revenue' },
  '4140': { name: 'Late fees', type: 'revenue' },
  '4150': { name: 'Payment processing revenue', type: 'revenue' },
  '4160': { name: 'Insurance commission revenue', type: 'revenue' },
  '4170': { name: 'Professional services revenue', type: 'revenue' },
  '4180': { name: 'Data feed seat revenue', type: 'revenue' },
  '4900': { name: 'Refunds (contra)', type: 'contra_revenue' },
  '4910': { name: 'Credits and discounts (contra)', type: 'contra_revenue' },
  '4920': { name: 'Disputes lost (contra)', type: 'contra_revenue' },
  '4930': { name: 'SLA credits (contra)', type: 'contra_revenue' },
  '4990': { name: 'Rounding difference', type: 'revenue' },
  '5010': { name: 'PSP processing fees', type: 'expense' },
  '5020': { name: 'Dispute fees', type: 'expense' },
  '5030': { name: 'Payout and connected-account fees', type: 'expense' },
  '5040': { name: 'Interchange and network cost', type: 'expense' },
  '5060': { name: 'Affiliate and reseller commission', type: 'expense' },
  '5080': { name: 'Platform revenue-share expense', type: 'expense' },
  '5100': { name: 'Bad debt expense', type: 'expense' },
  '5110': { name: 'Provision for credit losses', type: 'expense' },
  '5120': { name: 'Partner clawback loss', type: 'expense' },
  '5160': { name: 'FX gain/loss', type: 'expense' },
} as const satisfies Record<string, { name: string; type: AccountType }>;

export type AccountCode = keyof typeof chart;

export interface Account {
  readonly code: AccountCode;
  readonly name: string;
  readonly type: AccountType;
  /** The side on which a posting increases the account. */
  readonly normalSide: Side;
}

const NORMAL_SIDE: Readonly<Record<AccountType, Side>> = {
  asset: 'Dr',
  contra_asset: 'Cr',
  liability: 'Cr',
  equity: 'Cr',
  revenue: 'Cr',
  contra_revenue: 'Dr',
  expense: 'Dr',
};

/** All 84 accounts in the order of their codes. */
export const accounts: readonly Account[] = Object.freeze(
  (Object.keys(chart) as AccountCode[])
    .sort()
    .map((code) => Object.freeze({ code, ...chart[code], normalSide: NORMAL_SIDE[chart[code].type] })),
);

const byCode: ReadonlyMap<string, Account> = new Map(accounts.map((account) => [account.code, account]));

export function isAccountCode(code: string): code is AccountCode {
  return byCode.has(code);
}

/** Throws RangeError on a code that is not in the chart. */
export function accountOf(code: string): Account {
  const account = byCode.get(code);
  if (account === undefined) throw new RangeError(`no such account: ${code.slice(0, 20)}`);
  return account;
}
