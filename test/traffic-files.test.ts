import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parseFloor, parsePlacedEvent, timeFrom } from '../src/simulate-flags.ts';
import { readTrafficFile } from '../src/traffic-files.ts';
import { readTraffic } from '../src/traffic-source.ts';
import { Folder } from './cli/fxscale.ts';

const folder = new Folder();
afterAll(() => rmSync(folder.path, { recursive: true }));

const read = (name: string, content: string) => readTrafficFile(folder.write(name, content));

describe('a file of traffic', () => {
  it.each([
    ['header.csv', 'rate,time\n5,2026-01-05T00:00:00Z\n7,2026-01-05T00:01:00Z\n'],
    ['plain.csv', '1767571200,5\r\n1767571260,7\r\n'],
    ['milliseconds.csv', 'timestamp,host,rps\n1767571200000,a,5\n1767571260000,a,7\n'],
    ['pairs.json', '[[1767571200,5],[1767571260,"7"]]'],
    ['objects.json', '[{"time":"2026-01-05T00:00:00Z","rate":5},{"time":1767571260,"rate":7}]'],
    [
      'prometheus.json',
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1767571200,"5"],[1767571260,"7"]]}]}}',
    ],
  ])('is read from %s', async (name, content) => {
    const { from, to, rateAt } = await read(name, content);
    expect([from, to]).toEqual([1_767_571_200, 1_767_571_320]);
    expect([rateAt(from + 30), rateAt(from + 60)]).toEqual([5, 7]);
  });

  it.each([
    ['negative.csv', 'time,rate\n1,5\n2,-7\n', ':3:2: its rate -7 is not zero or more'],
    [
      'word.csv',
      'time,rate\n1,5\n2,many\n',
      ':3:2: "many" is not a rate: write requests per second as a number',
    ],
    ['date.csv', 'time,rate\nyesterday,5\n', ':2:1: "yesterday" is not a time'],
    ['twice.csv', '1,5\n2,6\n2,7\n', ':3:2: it has the time of the one before it'],
    ['back.csv', '1,5\n3,6\n2,7\n', ':3:2: it comes before the one before it'],
    ['gap.csv', '1,5\n2,6\n3,6\n500,7\n', ':4:2: 497 s are missing before it'],
    ['columns.csv', 'when,rate\n1,5\n', ':1: the header has no column time'],
    ['ragged.csv', '1,5\n2\n', 'record on line 2: wrong number of fields'],
    ['short.csv', '1,5\n', 'a history needs at least two points'],
    ['path.json', '[[1,5],[2,null]]', ': [1]: "null" is not a rate'],
    ['shape.json', '{"rates":[]}', ': it must be an array'],
    ['broken.json', '[[1,5],', ': this is not JSON'],
  ])('is refused with its place: %s', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('may be a preset instead', async () => {
    expect(await readTraffic('flat', 0, {})).toMatchObject({
      name: 'flat',
      base: { mean: 1, profile: { name: 'flat' } },
    });
    await expect(readTraffic('flatt', 0, {})).rejects.toThrow(
      'or one of flat, fx-centre-share, fx-overlap-heavy',
    );
  });
});

describe('moments', () => {
  it('are dates, or times after the start', () => {
    const event = parsePlacedEvent('nfp:5:15s:30m@4d12h30m');
    expect(event).toMatchObject({ name: 'nfp', multiplier: 5, rise: 15, decay: 1800 });
    expect(timeFrom(event.moment, 1000)).toBe(1000 + 4.5 * 86_400 + 1800);
    expect(timeFrom(parsePlacedEvent('a:2:1s:1s@2026-01-05T00:00:00Z').moment, 1000)).toBe(1_767_571_200);
    expect(parseFloor('18@4d:2h')).toEqual({ replicas: 18, moment: { after: 345_600 }, seconds: 7200 });
  });

  it.each(['nfp:5:15s:30m', 'nfp:5:15s:30m@', 'nfp:5@1d', 'nfp:5:15s:30m@noon'])('are not in %s', (text) => {
    expect(() => parsePlacedEvent(text)).toThrow(/is not an? /);
  });
});
