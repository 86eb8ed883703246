import { keyRoutes } from '../auth/key-routes.ts';
import type { Route } from '../http/route.ts';
import { accessRoutes } from './access.ts';
import { billRunRoutes } from './bill-runs.ts';
import { catalogueRoutes } from './catalogue.ts';
import { cdpEventRoutes } from './cdp-events.ts';
import { correctionRoutes } from './corrections.ts';
import { creditRoutes } from './credits.ts';
import { customerRoutes } from './customers.ts';
import { dashboardRoutes } from './dashboard.ts';
import { documentRoutes } from './documents.ts';
import { entitlementRoutes } from './entitlements.ts';
import { invoiceRoutes } from './invoices.ts';
import { journalRoutes } from './journal.ts';
import { ledgerRoutes } from './ledger.ts';
import { cashRoutes } from './metrics-cash.ts';
import { financeRoutes } from './metrics-finance.ts';
import { mrrRoutes } from './metrics-mrr.ts';
import { receivableRoutes } from './metrics-receivables.ts';
import { recognizedRoutes } from './metrics-recognized.ts';
import { revenueRoutes } from './metrics-revenue.ts';
import { standingRoutes } from './metrics-standing.ts';
import { summaryRoutes } from './metrics-summary.ts';
import { clockRoute, eventRoutes } from './operations.ts';
import { recommendationRoutes } from './recommendation.ts';
import type { Services } from './services.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { usageCommandRoutes } from './usage.ts';
import { usageAlertRoutes } from './usage-alerts.ts';
import { usageCorrectionRoutes } from './usage-corrections.ts';
import { usageInvoiceRoutes } from './usage-invoice.ts';
import { usageQueryRoutes } from './usage-queries.ts';
import { usageSeriesRoutes } from './usage-series.ts';
import { usageTermsRoutes } from './usage-terms.ts';

/** Every operation. `advanceClock` exists only where the clock is manual. */
export function allRoutes({ manualClock }: { readonly manualClock: boolean }): Route<Services>[] {
  return [
    ...customerRoutes,
    ...accessRoutes,
    ...entitlementRoutes,
    ...catalogueRoutes,
    ...recommendationRoutes,
    ...subscriptionRoutes,
    ...usageCommandRoutes,
    ...cdpEventRoutes,
    ...usageQueryRoutes,
    ...usageSeriesRoutes,
    ...usageCorrectionRoutes,
    ...usageTermsRoutes,
    ...usageAlertRoutes,
    ...usageInvoiceRoutes,
    ...invoiceRoutes,
    ...documentRoutes,
    ...correctionRoutes,
    ...billRunRoutes,
    ...creditRoutes,
    ...dashboardRoutes,
    ...summaryRoutes,
    ...mrrRoutes,
    ...standingRoutes,
    ...recognizedRoutes,
    ...revenueRoutes,
    ...cashRoutes,
    ...receivableRoutes,
    ...financeRoutes,
    ...ledgerRoutes,
    ...journalRoutes,
    ...eventRoutes,
    ...keyRoutes<Services>(),
    ...(manualClock ? [clockRoute] : []),
  ];
}
