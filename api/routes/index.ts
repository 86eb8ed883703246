import { keyRoutes } from '../auth/key-routes.ts';
import type { Route } from '../http/route.ts';
import { billRunRoutes } from './bill-runs.ts';
import { correctionRoutes } from './corrections.ts';
import { creditRoutes } from './credits.ts';
import { customerRoutes } from './customers.ts';
import { dashboardRoutes } from './dashboard.ts';
import { invoiceRoutes } from './invoices.ts';
import { ledgerRoutes } from './ledger.ts';
import { clockRoute, eventRoutes } from './operations.ts';
import type { Services } from './services.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { usageCommandRoutes } from './usage.ts';
import { usageQueryRoutes } from './usage-queries.ts';

/** Every operation. `advanceClock` exists only where the clock is manual. */
export function allRoutes({ manualClock }: { readonly manualClock: boolean }): Route<Services>[] {
  return [
    ...customerRoutes,
    ...subscriptionRoutes,
    ...usageCommandRoutes,
    ...usageQueryRoutes,
    ...invoiceRoutes,
    ...creditRoutes,
    ...correctionRoutes,
    ...billRunRoutes,
    ...dashboardRoutes,
    ...ledgerRoutes,
    ...eventRoutes,
    ...keyRoutes<Services>(),
    ...(manualClock ? [clockRoute] : []),
  ];
}
