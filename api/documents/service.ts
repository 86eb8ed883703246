import type { Config } from '../../platform/config.ts';
import type { Logger } from '../../platform/logging.ts';
import { missingSellerSettings, type Seller, sellerFrom } from './parties.ts';
import { type DocumentFonts, loadFonts } from './pdf/fonts.ts';

/** What every document of this deployment has in common. */
export interface DocumentSettings {
  readonly seller: Seller;
  readonly fonts: DocumentFonts;
}

/**
 * Says in the log what documents lack: a warning in production, where somebody is going to send them.
 * @throws Error if a font cannot be used
 */
export async function documentSettings(config: Config, log: Logger): Promise<DocumentSettings> {
  const missing = missingSellerSettings(config);
  if (missing.length > 0) {
    const level = config.NODE_ENV === 'production' ? 'warn' : 'info';
    log[level]({ missing }, 'invoices show placeholders instead of their seller: settings are missing');
  }
  return { seller: sellerFrom(config), fonts: await loadFonts(config.DOCUMENT_FONTS) };
}
