// What the pool can still serve today, as the router foretells it; the day ends where the viewer is.

import { get } from './call.js';
import { tell } from './pool.js';

const EACH = 10000;

/** The last that was told; `null` where the router foretells nothing. */
export const forecast = { told: null };

/** Ask now and then, until the returned function is called. */
export function foresee() {
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC');
  const ask = async () => {
    if (document.hidden) return;
    forecast.told = await get(`/pool/forecast?zone=${zone}`).catch(() => null);
    tell();
  };
  const timer = setInterval(ask, EACH);
  ask();
  return () => clearInterval(timer);
}
