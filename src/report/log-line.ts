const colours = { debug: '37', info: '36', warning: '33', error: '31' };
const MESSAGE_WIDTH = 44;

/** A line of the log as k6 shows it in a terminal: level, whole seconds of the run, message, fields by name. */
export function colouredLine(
  seconds: number,
  level: keyof typeof colours,
  message: string,
  fields: Readonly<Record<string, string>>,
): string {
  const paint = (text: string) => `\u001b[${colours[level]}m${text}\u001b[0m`;
  const at = String(Math.floor(seconds)).padStart(4, '0');
  const text = message.replace(/\n$/, '');
  const pad = ' '.repeat(Math.max(0, MESSAGE_WIDTH - [...text].length));
  const more = Object.keys(fields)
    .sort()
    .map((name) => ` ${paint(name)}=${shown(fields[name] ?? '')}`);
  return `${paint(level.slice(0, 4).toUpperCase())}[${at}] ${text}${pad} ${more.join('')}\n`;
}

function shown(text: string): string {
  return /^[\w./@^+-]*$/.test(text) ? text : JSON.stringify(text);
}
