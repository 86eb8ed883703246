/** What a figure means here, and what others mean by the same name. The text of docs/metrics.md and of the API. */
export interface MetricDefinition {
  readonly name: string;
  /** A balance holds at an instant and does not sum over time; an activity is a sum over the period. */
  readonly kind: 'balance' | 'activity' | 'rate';
  readonly definition: string;
  /** The choice that is made here, and the choices that others make. */
  readonly policy?: string;
}

export const metricDefinitions = {
  mrr: {
    name: 'Monthly recurring revenue (MRR)',
    kind: 'balance',
    definition:
      'Sum of the recurring prices of all paying subscriptions at an instant, net of recurring discounts and of tax. Kept as an exact integer, cents a year: monthly prices count twelvefold, annual ones once. MRR is a twelfth of it, rounded for display only. Trials, Free, usage, one-off charges and paused subscriptions are not in it; a suspended customer is, until dunning has failed for good.',
    policy:
      'Default: every recurring discount lowers it; usage and committed minimums are left out (usage revenue stands beside it); paused counts nothing. Others: Stripe lets only discounts without end lower it and keeps paused subscriptions in; ProfitWell counts usage.',
  },
  arr: {
    name: 'Annual recurring revenue (ARR)',
    kind: 'balance',
    definition: 'The exact amount of which MRR is a twelfth: recurring prices of a year, net.',
  },
  movements: {
    name: 'MRR movements',
    kind: 'activity',
    definition:
      'Every change of recurring revenue is of exactly one kind. new: the first ever above zero. reactivation: above zero again. expansion and contraction: up and down, still above zero. churn: to zero. Opening and all movements make closing, exactly, for each customer, stream and month. A change of billing cycle at an equal price of a year moves nothing.',
    policy:
      'Default: kinds are those of the customer as a whole; within a stream (revenueStream, groupBy=stream) those of the stream. A discount that starts is contraction (discount), one that ends expansion (discount-ended). Paid to Free is churn. New and churn in the same month count on both sides, as in Stripe; ProfitWell leaves both out.',
  },
  churnTiming: {
    name: 'Cancellation and churn',
    kind: 'activity',
    definition:
      'A cancellation is intent; churn is when recurring revenue ends, by default at the end of the paid period. Churn is voluntary, involuntary (dunning failed) or a pause.',
    policy:
      'Default: booked when it takes effect. Others: Stripe books it when the cancellation is asked for. What is asked for and has not come is in committed MRR.',
  },
  pause: {
    name: 'Pause',
    kind: 'activity',
    definition:
      'From the pause on the subscription counts nothing: churn with the reason pause, or contraction with that reason where other recurring revenue remains. Resuming is reactivation with the reason resume. A pause that ends in a cancellation stays churn by pause: nothing moves any more.',
    policy:
      'Default: a pause leaves MRR. Others: Stripe and Chargebee keep it in, Recurly takes it out. To see MRR with pauses in, leave the reasons pause and resume out of the movements.',
  },
  committedMrr: {
    name: 'Committed MRR',
    kind: 'balance',
    definition:
      'MRR less scheduled churn and contraction, plus scheduled expansion, as of now. A discount that ends at a known time is scheduled expansion, so that a cheap first month does not lower it. Trials are shown beside it and are in no sum.',
  },
  nrr: {
    name: 'Net revenue retention (NRR)',
    kind: 'rate',
    definition:
      'Recurring revenue at the end of the period of the customers who had some at its start, over what they had at the start. New customers and those who come back are not in it. Over twelve months it is measured on the customers of twelve months ago, not multiplied from months.',
  },
  grr: {
    name: 'Gross revenue retention (GRR)',
    kind: 'rate',
    definition:
      'The same, with each customer counted at no more than it had at the start. Never above 1, and never above NRR.',
    policy:
      'Default: at the ends of the period. The flow form, 1 less (churn + contraction) over opening, differs where a customer goes down and up within the period.',
  },
  grossMrrChurn: {
    name: 'Gross MRR churn rate',
    kind: 'rate',
    definition: 'Churn and contraction of the period over opening MRR.',
  },
  netMrrChurn: {
    name: 'Net MRR churn rate',
    kind: 'rate',
    definition: 'Churn and contraction less expansion and reactivation of the period, over opening MRR.',
  },
  logoChurn: {
    name: 'Logo churn rate',
    kind: 'rate',
    definition:
      'Customers who paid at the start of the period and do not at its end, over customers who paid at its start. Voluntary, involuntary and pause are shown apart, by the reason of the last churn of each.',
    policy: 'Default: over the customers at the start. Stripe adds the new ones to the denominator.',
  },
  quickRatio: {
    name: 'Quick ratio',
    kind: 'rate',
    definition:
      'New, expansion and reactivation over contraction and churn of the period. Null where nothing was lost.',
    policy: 'Default: reactivation counts. Baremetrics leaves it out.',
  },
  arpa: {
    name: 'Average revenue per account (ARPA, ARPU)',
    kind: 'rate',
    definition: 'MRR over paying customers, at the end of the period.',
  },
  ltv: {
    name: 'Customer lifetime value (LTV)',
    kind: 'rate',
    definition:
      'ARPA x gross margin / mean monthly logo churn of the six months before this one. Of one customer: revenue earned so far, plus its own MRR x gross margin / that churn. The gross margin is a finance input. Null with the reason where the margin is missing, nobody churned or nobody paid: never 0 for want of churn, never infinite.',
    policy: 'Default: six complete months, as in ChartMogul. Polar answers 0 where nobody churned.',
  },
  recognizedRevenue: {
    name: 'Recognised revenue',
    kind: 'activity',
    definition:
      'Credits less debits of the revenue accounts and their contra accounts (4xxx), by month of posting, which equals the trial balance to the last digit, or of service, with what belongs to no month of service (promotional credit, breakage, goodwill) beside the rows.',
  },
  usageRevenue: {
    name: 'Usage revenue',
    kind: 'activity',
    definition:
      'Recognised revenue of stream 2, net of promotional credit, by billable event type. Days are those of posting: with accruals by month, the last day carries the month.',
  },
  cashCollected: {
    name: 'Cash collected',
    kind: 'activity',
    definition:
      'Money received from customers for invoices and as prepayment, gross of processor fees and tax included, less payments that were returned. Refunds and disputes are shown apart.',
  },
  receivables: {
    name: 'Receivables ageing',
    kind: 'balance',
    definition:
      'What is open of each invoice as of a posting date: its postings to account 1200 until then, so that the whole equals that account. Ages are whole days after the due date, UTC.',
  },
  writeOffs: {
    name: 'Write-offs and bad debt',
    kind: 'activity',
    definition:
      'Written off is what left receivables unpaid, tax included. Bad debt is the expense (5100), which provisions book ahead of it.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricDefinitions;

/** The definition of a metric with its policy, for a description. */
export function definitionOf(name: MetricName): string {
  const { definition, policy }: MetricDefinition = metricDefinitions[name];
  return policy === undefined ? definition : `${definition} ${policy}`;
}
