const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()).padStart(4, "0"),
  y: (date) => twoDigits(date.getFullYear() % 100),
  m: (date) => twoDigits(date.getMonth() + 1),
  B: (date) => MONTHS[date.getMonth()],
  b: (date) => MONTHS[date.getMonth()].slice(0, 3),
  d: (date) => twoDigits(date.getDate()),
  A: (date) => DAYS[date.getDay()],
  a: (date) => DAYS[date.getDay()].slice(0, 3),
  H: (date) => twoDigits(date.getHours()),
  M: (date) => twoDigits(date.getMinutes()),
  S: (date) => twoDigits(date.getSeconds()),
  "%": () => "%",
};

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * A date by the directives of C's `strftime` that chat templates use, in local time and in English whatever the machine's language is.
 * @throws RangeError for another directive
 */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(.?)/gs, (all, name: string) => {
    const directive = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined;
    if (directive === undefined)
      throw new RangeError(
        `strftime: ${all} is not implemented; there are %${Object.keys(DIRECTIVES).join(", %")}.`,
      );
    return directive(date);
  });
}
