-- Invoices for which a month's usage is reserved: asked again, an invoice bills the same months.
create table read.usage_bills (
  customer_id text collate "C" not null,
  month text collate "C" not null,
  invoice_id text collate "C" not null,
  primary key (customer_id, month, invoice_id)
);
create index usage_bills_invoice on read.usage_bills (invoice_id);
