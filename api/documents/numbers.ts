const DIGITS = 6;

/** `INV-000042`; longer numbers keep all their digits. */
export function invoiceNumber(number: number): string {
  return `INV-${padded(number)}`;
}

/** `CN-000007`; credit notes have numbers of their own. */
export function creditNoteNumber(number: number): string {
  return `CN-${padded(number)}`;
}

/** How other invoices are named: by number where there is one, else by id. */
export type InvoiceNames = (invoiceId: string) => string;

export function invoiceNames(numbers: ReadonlyMap<string, number>): InvoiceNames {
  return (invoiceId) => {
    const number = numbers.get(invoiceId);
    return number === undefined ? invoiceId : invoiceNumber(number);
  };
}

function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
