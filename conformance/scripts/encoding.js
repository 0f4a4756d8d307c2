import encoding from 'k6/encoding';

export default function () {
  const text = 'hello? wörld>';
  for (const form of ['std', 'rawstd', 'url', 'rawurl']) {
    const coded = encoding.b64encode(text, form);
    console.log(
      form,
      coded,
      encoding.b64decode(coded, form, 's'),
      encoding.b64decode(coded, form).byteLength,
    );
  }
  console.log(encoding.b64encode(new Uint8Array([0, 255, 62]).buffer), encoding.b64encode(text));
  for (const wrong of [
    () => encoding.b64decode('***'),
    () => encoding.b64encode('x', 'base32'),
    () => encoding.b64encode(),
  ]) {
    try {
      console.log(wrong());
    } catch (error) {
      console.log(error.message);
    }
  }
}
