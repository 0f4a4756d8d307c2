import { open, SeekMode } from 'k6/experimental/fs';

const file = await open('./data/people.csv');

export default async function () {
  const { name, size } = await file.stat();
  console.log(name, size);
  const buffer = new Uint8Array(8);
  console.log(await file.read(buffer), String.fromCharCode(...buffer));
  console.log(await file.read(buffer), String.fromCharCode(...buffer));
  console.log(await file.seek(2, SeekMode.Start), await file.read(buffer), String.fromCharCode(...buffer));
  console.log(await file.seek(-4, SeekMode.End), await file.read(buffer), await file.read(buffer));
  await file.seek(0, SeekMode.Start);
  console.log(file.path.endsWith('people.csv'));
  try {
    await file.seek(-1, SeekMode.Start);
  } catch (error) {
    console.log(error.name);
  }
}
