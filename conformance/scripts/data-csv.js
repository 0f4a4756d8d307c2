import csv from 'k6/experimental/csv';
import fs from 'k6/experimental/fs';

// A file is read from where the last reader left it.
const file = () => fs.open('./data/people.csv');
const records = await csv.parse(await file(), { skipFirstLine: true });
const objects = await csv.parse(await file(), { asObjects: true });
const part = await csv.parse(await file(), { fromLine: 1, toLine: 2 });
const last = await file();

export default async function () {
  console.log(records.length, JSON.stringify(records[1]));
  console.log(objects.length, objects[1].city, Object.keys(objects[0]).sort().join());
  console.log(part.length, part[0].join('|'));
  const parser = new csv.Parser(last, { skipFirstLine: true });
  for (let next = await parser.next(); !next.done; next = await parser.next())
    console.log(next.value.join('|'));
}
