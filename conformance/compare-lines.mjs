/**
 * Differences between the log lines of two runs. The last line of a run that k6 refuses or breaks off says why; that
 * one is in fxscale's own words, and only what a script threw must be found in it.
 */
export function compareLines(script, k6, fxscale) {
  const [a, b] = [k6.lines, fxscale.lines].map((lines) => lines.map(normal));
  const found = [];
  if (![0, 99].includes(k6.code)) found.push(...compareReasons(a, b));
  for (const [group, ours, theirs] of groups(script, a, b)) {
    const count = Math.max(ours.length, theirs.length);
    for (let index = 0; index < count; index++) {
      if (ours[index] === theirs[index]) continue;
      found.push(
        `line ${group}${index + 1}: k6 ${ours[index] ?? 'nothing'} | fxscale ${theirs[index] ?? 'nothing'}`,
      );
      if (ours.length !== theirs.length) break; // All that follow are shifted.
    }
  }
  return found;
}

/** Takes the reason off both and compares the two. */
function compareReasons(a, b) {
  const [reason, own] = [a, b].map((lines) => {
    const at = lines.findLastIndex(({ level, source }) => level === 'error' && source === undefined);
    return at === -1 ? undefined : lines.splice(at, 1)[0];
  });
  if (own === undefined) return ['reason: fxscale gives none'];
  if (reason?.hint !== 'script exception') return [];
  const thrown = reason.msg.split('\n')[0].replace(/^GoError: /, '');
  return own.msg.includes(thrown)
    ? []
    : [`reason: k6 ${JSON.stringify(thrown)} is not in ${JSON.stringify(own.msg)}`];
}

function groups({ lines: order }, a, b) {
  const [ours, theirs] = [a, b].map((lines) => lines.map(text));
  if (order === 'unordered') return [['', ours.sort(), theirs.sort()]];
  if (order !== 'by vu') return [['', ours, theirs]];
  const vu = (line) => /msg="?(vu\d+)/.exec(line)?.[1] ?? '';
  const names = [...new Set([...ours, ...theirs].map(vu))].sort();
  return names.map((name) => [
    name === '' ? '' : `of ${name}, `,
    ours.filter((line) => vu(line) === name),
    theirs.filter((line) => vu(line) === name),
  ]);
}

/**
 * Without what differs from run to run of k6 itself (the order of the keys of Go's maps; in what `--http-debug` prints
 * the number of the request and the date), and without what only k6's own JavaScript engine knows: Go functions in its
 * stacks, columns and program counters, and the names of callers, of which some have none there.
 */
function normal({ msg = '', request_id: _id, ...fields }) {
  const said = msg
    .replace(/\n\tat [^\n]* \(native\)/g, '')
    .replace(/(:\d+:\d+)\(\d+\)/g, '$1')
    .replace(/(\n\tat [^\n]*:\d+):\d+/g, '$1')
    .replace(
      /(\n\tat [^\n]*)((?:\n\tat [^\n]*)+)/g,
      (_, first, rest) => first + rest.replace(/\n\tat .*?(file:[^\n)]*)\)?/g, '\n\tat $1'),
    )
    .replace(/\nDate: [^\n]*/g, '\nDate: then');
  return { ...fields, msg: sortObjects(said) };
}

/** Every JSON object in `text` with its keys in order. */
function sortObjects(text) {
  for (let from = text.indexOf('{"'); from !== -1; from = text.indexOf('{"', from + 1)) {
    for (let to = text.lastIndexOf('}'); to > from; to = text.lastIndexOf('}', to - 1)) {
      const sorted = inOrder(text.slice(from, to + 1));
      if (sorted !== undefined) return text.slice(0, from) + sorted + sortObjects(text.slice(to + 1));
    }
  }
  return text;
}

function inOrder(json) {
  try {
    return JSON.stringify(JSON.parse(json), (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  } catch {
    return undefined;
  }
}

function text({ level, msg, ...fields }) {
  const rest = Object.keys(fields)
    .sort()
    .map((name) => ` ${name}=${JSON.stringify(fields[name])}`);
  return `level=${level} msg=${JSON.stringify(msg)}${rest.join('')}`;
}
