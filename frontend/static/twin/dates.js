/** Dates, written YYYY-MM-DD, and the numbers that they have. The twin of functions/predict/dates.py. */

const DAY_MS = 24 * 60 * 60 * 1000;
const ORIGIN = "1970-01-01";

/** Return how many days after 1970-01-01 a date is; NaN for what is no date from 0001-01-01 to 9999-12-31. */
export function dayOf(text) {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\d$/.test(text) || text < "0001") return NaN;
  const date = new Date(text);
  return date.getUTCDate() === Number(text.slice(8)) ? date / DAY_MS : NaN; // where February has no 30th, it is March
}

/** Return the date that is so many days after 1970-01-01. */
export const dateOf = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Return what gives this part of a date, NaN for what is none: Monday's weekday is 0, `days` count from `since`. */
export function findPart(part, since = ORIGIN) {
  const first = dayOf(since);
  const parts = new Map([
    ["year", (date) => date.getUTCFullYear()],
    ["month", (date) => date.getUTCMonth() + 1],
    ["weekday", (date) => (date.getUTCDay() + 6) % 7],
    ["days", (date) => date / DAY_MS - first],
  ]);
  const of = parts.get(part);
  if (!of || Number.isNaN(first)) throw new RangeError(`a date has no part ${JSON.stringify(part)} since ${since}`);
  return (text) => of(new Date(dayOf(text) * DAY_MS));
}
