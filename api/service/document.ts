import type { DocumentOptions } from '../openapi/document.ts';

/** What /openapi.json says about itself. */
export const documentOptions: DocumentOptions = {
  title: 'Aura Ledger',
  version: '0.1.0',
  description:
    'Event-sourced revenue ledger. Commands answer with a log position (Revenue-Position); give it to a query as minPosition to read your own write. Money is a decimal string with its currency.',
  tags: {
    'Customers and subscriptions': 'Sign-up, tiers, trials and changes.',
    'Plans and access': 'What is on sale, and what a customer may do.',
    Usage: 'Facts, totals and what they cost.',
    Invoices: 'What was billed and what was paid.',
    Metrics: 'MRR and its movements, and a customer at a glance.',
    Books: 'The double-entry ledger behind it all.',
    Audit: 'The log itself.',
    Operations: 'Running the service.',
  },
};
