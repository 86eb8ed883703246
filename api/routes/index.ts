import { keyRoutes } from '../auth/key-routes.ts';
import type { Route } from '../http/route.ts';
import { billRunRoutes } from './bill-runs.ts';
import { cdpEventRoutes } from './cdp-events.ts';
import { correctionRoutes } from './corrections.ts';
import { customerRoutes } from './customers.ts';
import { dashboardRoutes } from './dashboard.ts';
import { invoiceRoutes } from './invoices.ts';
import { ledgerRoutes } from './ledger.ts';
import { clockRoute, eventRoutes } from './operations.ts';
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
    ...correctionRoutes,
    ...billRunRoutes,
    ...dashboardRoutes,
    ...ledgerRoutes,
    ...eventRoutes,
    ...keyRoutes<Services>(),
    ...(manualClock ? [clockRoute] : []),
  ];
}
