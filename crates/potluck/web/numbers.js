// Numbers for people.

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A whole number with its thousands. */
export const whole = (number) => WHOLE.format(number);

/** A number in few letters: `131K`. */
export const short = (number) => SHORT.format(number);

/** A length of context, in the thousands that its makers count in. */
export const context = (tokens) =>
  tokens >= 1024 && tokens < 1e6 && tokens % 1024 === 0 ? `${whole(tokens / 1024)}Ki` : short(tokens);

/** Milliseconds, as seconds where there are many. */
export const millis = (span) => (span >= 10000 ? `${(span / 1000).toFixed(1)} s` : `${whole(span)} ms`);

/** A share of one as a percentage. */
export const percent = (share) => `${Math.round(share * 100)} %`;

/** A thing and how many, in the right number: `1 model`, `3 models`. */
export const count = (number, one, many = `${one}s`) => `${whole(number)} ${number === 1 ? one : many}`;
