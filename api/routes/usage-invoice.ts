import { z } from 'zod';
import { generateUsageInvoice } from '../../commands/usage-invoice.ts';
import { finalizedBody } from './invoice-bodies.ts';
import { customerParams, finalizedInvoice, period } from './schemas.ts';
import { command, route } from './services.ts';

export const usageInvoiceRoutes = [
  route({
    operationId: 'generateUsageInvoice',
    method: 'post',
    path: '/v1/customers/:customerId/invoices/usage',
    summary: 'Cut an invoice for the usage of a month that has ended, alone',
    description:
      'Final at once. It shares the record of what is billed with the monthly invoice: whoever asks second bills what is left. Asked again, the same invoice.',
    tags: ['Invoices'],
    roles: ['finance'],
    kind: 'command',
    request: { params: customerParams, body: z.strictObject({ period }) },
    response: finalizedInvoice,
    errors: ['customer-not-found', 'period-not-ended', 'nothing-to-bill'],
    handler: ({ params, body }, context) =>
      command(
        context,
        'generateUsageInvoice',
        (commands, envelope) => generateUsageInvoice(commands, params.customerId, body.period, envelope),
        (result) => ({ body: finalizedBody(result), location: `/v1/invoices/${result.invoiceId}` }),
      ),
  }),
];
