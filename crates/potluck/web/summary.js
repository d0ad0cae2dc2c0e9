// Offers put together by provider, and their limits by bucket: a bucket that several offers share is counted once.

const LENGTH = { second: 1, minute: 60, hour: 3600, day: 86400, month: 2592000 };

/** Each provider with its offers, in the catalog's order. */
export function byProvider(offers) {
  const providers = new Map();
  for (const offer of offers) {
    const known = providers.get(offer.provider);
    if (known) known.offers.push(offer);
    else
      providers.set(offer.provider, {
        id: offer.provider,
        title: offer.provider_name,
        simulated: offer.simulated,
        offers: [offer],
      });
  }
  return [...providers.values()];
}

/** The buckets of these offers, each once. */
export function buckets(offers) {
  const found = new Map();
  for (const offer of offers) for (const limit of offer.limits) found.set(limit.bucket, limit);
  return [...found.values()];
}

/** Limits that count the same over the same time as one, longest time first; those at once are left out. */
export function pooled(offers) {
  const kinds = new Map();
  for (const limit of buckets(offers)) {
    if (limit.per === 'at once') continue;
    const kind = `${limit.counts}/${limit.per}`;
    const known = kinds.get(kind);
    kinds.set(kind, known ? together(known, limit) : limit);
  }
  return [...kinds.values()].sort((left, right) => seconds(right) - seconds(left));
}

function together(one, other) {
  const used = [one, other].filter((limit) => limit.used && limit.resets_at);
  const first = used.sort((left, right) => left.resets_at.localeCompare(right.resets_at))[0];
  return {
    ...one,
    amount: one.amount + other.amount,
    used: one.used + other.used,
    remaining: one.remaining + other.remaining,
    resets_at: first?.resets_at ?? one.resets_at,
  };
}

/** The length of a limit's time in seconds. */
export const seconds = (limit) => LENGTH[limit.per] ?? (Number.parseInt(limit.per, 10) || 0);

/** How many requests of daily limits are left, over how many providers, and how many offers have no daily limit. */
export function leftToday(offers) {
  const daily = (limit) => limit.counts === 'requests' && limit.per === 'day';
  const all = buckets(offers).filter(daily);
  const within = offers.filter((offer) => offer.limits.some(daily));
  return {
    requests: all.reduce((sum, limit) => sum + limit.remaining, 0),
    of: all.reduce((sum, limit) => sum + limit.amount, 0),
    offers: within.length,
    without: offers.length - within.length,
  };
}
