import { formatDuration, type StatusLine } from "../statusLine";

/** Tells how far something is: a function to call when one more is done, with what else there is to say. */
export function countdown(
  status: StatusLine,
  total: number,
  what: string,
  now: () => number = Date.now,
): (more?: string) => void {
  const begun = now();
  let done = 0;
  if (total > 0) status.set(`0 of ${total} ${what}`);
  return (more) => {
    done++;
    const left = ((total - done) * (now() - begun)) / done;
    const parts = [`${done} of ${total} ${what}`, ...(more === undefined ? [] : [more])];
    status.set(`${parts.join(", ")}, ${formatDuration(left)} left`);
  };
}
