/** The log lines on stderr: those in logfmt, and what fxscale says in its own way (`fxscale: ...`) as an error. */
export function readLines(stderr) {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      if (line.startsWith('time=')) return fieldsOf(line);
      const own = /^fxscale: (.*)$/.exec(line);
      return own === null ? { level: 'none', msg: line } : { level: 'error', msg: own[1] };
    });
}

function fieldsOf(line) {
  const fields = {};
  for (const [, name, quoted, plain] of line.matchAll(/([\w.]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)) {
    fields[name] = quoted === undefined ? plain : unquote(quoted);
  }
  const { time: _time, ...rest } = fields;
  return rest;
}

function unquote(text) {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text; // Go escapes a few characters that JSON has no such escape for.
  }
}
