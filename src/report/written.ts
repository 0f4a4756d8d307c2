/** What was written into `folder`, for people: of a folder below it how many files. */
export function renderWritten(folder: string, files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const name = file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
    const [top = '', ...below] = name.split('/');
    const key = below.length === 0 ? top : `${top}/`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = [...counts].map(([name, count]) =>
    name.endsWith('/')
      ? `  ${folder}/${name}  ${count} ${count === 1 ? 'file' : 'files'}`
      : `  ${folder}/${name}`,
  );
  return `Written:\n${lines.join('\n')}\n`;
}
