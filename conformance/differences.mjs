/**
 * Where fxscale differs from k6 2.0.0 and is meant to. `script` matches the name of scripts, `difference` what the
 * comparison says. An entry that explains nothing any more is an error, so that this list stays true.
 */
export const explained = [
  {
    script: /^exceptions(-init)?\.js$/,
    difference: /Cannot read propert|Cannot set propert/,
    reason: "V8 has words of its own for the same TypeError; k6's JavaScript engine is another one.",
  },
  {
    script: /^exceptions\.js$/,
    difference: /k6 level=error msg="(a string|\[object Object\])\\n\\tat default/,
    reason: 'What is thrown without being an Error carries no stack in V8.',
  },
  {
    script: /^exceptions-handle-summary\.js$/,
    difference: /handleSummary\(\) failed: Error: in the summary/,
    reason: 'The line says that it was handleSummary() that failed, and that the results are not lost.',
  },
  {
    script: /^http-digest-auth\.js$/,
    difference: /data_sent/,
    reason:
      'k6 sends the password in the clear (Basic) with the request that asks for the challenge; fxscale does not.',
  },
  {
    script: /^http-forms-odd\.js$/,
    difference: /%3Cnil%3E|data_(sent|received)/,
    reason: 'k6 2.2 encodes null and undefined as empty, where 2.0 writes <nil>; fxscale does as the newer.',
  },
  {
    script: /^http-submit-form\.js$/,
    difference: /secret=\*\*\*/,
    reason: 'What looks like a secret (secret=, token=) is masked in the log.',
  },
  {
    script: /^http-tls-refused\.js$/,
    difference: /server gave HTTP response to HTTPS client/,
    reason: 'OpenSSL says that what came is no TLS, but not what it was; error and error_code are the same.',
  },
  {
    script: /^modules-no-such-export\.js$/,
    difference: /No matching export in/,
    reason: 'It is found before anything runs, at file:line:column, in the words of the bundler.',
  },
  {
    script: /^options-unknown\.js$/,
    difference: /options\.foo is no option of k6 and has no effect/,
    reason:
      "Each unknown option is named with its place, where k6 names one of them by its JSON decoder's error.",
  },
  {
    script: /^tags-system\.js$/,
    difference: /^definition of http_req_duration/,
    reason: 'The view of expected responses is declared although no sample has the tag; it stays empty.',
  },
];
